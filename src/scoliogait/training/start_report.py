"""What a run was started from, for people (a table) and for the files of the run."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict
from rich.console import Console
from rich.table import Table
from rich.text import Text

from scoliogait.files import write_json
from scoliogait.identity.prints_file import read_prints, write_prints
from scoliogait.identity.walk_prints import WalkPrints
from scoliogait.json_file import read_model
from scoliogait.provenance import Selection
from scoliogait.training.start_checks import StartFindings
from scoliogait.training.warm_start import Tensors, WarmStart

START_FILE, START_WALKS_FILE = "start.json", "start_walks.parquet"


class StartedFrom(BaseModel):
    """What a run was started from. taken, new, left: counts of tensors. test_walks_seen: None where unknown."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    name: str
    kind: str
    sha256: str
    selection: str
    taken: int
    new: int
    left: int
    test_walks_seen: int | None
    trained_on: list[dict[str, Any]]
    cautions: list[str]


class _StartFile(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    started_from: StartedFrom
    tensors: dict[str, Any]


def start_facts(warm: WarmStart, findings: StartFindings) -> dict[str, Any]:
    """What run.json and the bundle say: source, counts of tensors, what the source was trained on, cautions."""
    return {
        "name": warm.source,
        "kind": warm.kind,
        "sha256": warm.sha256,
        "selection": Selection.of(warm.provenance).value,
        "taken": len(warm.taken),
        "new": len(warm.new),
        "left": len(warm.left),
        "test_walks_seen": findings.test_walks_seen,
        "trained_on": [data.to_facts() for data in findings.trained_on],
        "cautions": list(findings.cautions),
    }


def write_start(folder: Path, warm: WarmStart, findings: StartFindings) -> None:
    """``start.json`` in a run folder: the facts, and every tensor by name; beside it the walks that the source has
    seen, where they are recorded. A run that goes on needs nothing else."""
    if warm.walks is not None:
        write_prints(folder / START_WALKS_FILE, warm.walks)
    groups = {"taken": warm.taken, "new": warm.new, "left": warm.left}
    tensors = {name: {t.name: [t.shape, t.source_shape] for t in group} for name, group in groups.items()}
    write_json(
        folder / START_FILE,
        {"started_from": start_facts(warm, findings), "tensors": tensors | {"unused": list(warm.unused)}},
    )


def read_start(folder: Path) -> Mapping[str, Any] | None:
    """The facts in a run folder's ``start.json``; None for a run that started from random values."""
    path = folder / START_FILE
    if not path.is_file():
        return None
    remedy = "start the run again with --overwrite"
    return read_model(path, _StartFile, remedy).started_from.model_dump()


def read_start_walks(folder: Path) -> WalkPrints | None:
    """The walks that trained and chose what a run was started from; None where they were not recorded."""
    path = folder / START_WALKS_FILE
    return read_prints(path) if path.is_file() else None


def print_start(console: Console, warm: WarmStart, findings: StartFindings) -> None:
    """The table by part of the model (tensors in another shape one by one), then the cautions."""
    table = Table(
        title=f"started from {warm.source} ({warm.kind}, {warm.sha256[:12]})",
        title_justify="left",
        title_style="bold",
    )
    table.add_column("part of the model", no_wrap=True)
    for heading in ("tensors", "numbers"):
        table.add_column(heading, justify="right")
    table.add_column("", no_wrap=True)
    for word, group in (("taken", warm.taken), ("new, fresh values", warm.new)):
        for part, tensors in _by_part(group).items():
            numbers = sum(math.prod(t.shape) for t in tensors)
            table.add_row(part, str(len(tensors)), f"{numbers:,}", word)
    for t in warm.left:
        table.add_row(
            t.name, "1", f"{math.prod(t.shape):,}", f"left, shape differs: {t.source_shape} there, {t.shape} here"
        )
    console.print(table)
    for caution in findings.cautions:
        console.print(Text(f"caution: {caution}", style="yellow"))


def _by_part(group: tuple[Tensors, ...]) -> dict[str, list[Tensors]]:
    """By the first two levels of the names, in the order of the model."""
    parts: dict[str, list[Tensors]] = {}
    for tensors in group:
        *modules, _ = tensors.name.split(".")
        parts.setdefault(".".join(modules[:2]), []).append(tensors)
    return parts
