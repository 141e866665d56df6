"""CPU seconds of ``data check`` over 1,500 simulated walks, as a store and as trees, and the ratio to another checkout.

``python -m benchmarks check --against CHECKOUT`` measures that checkout in the same run and in turns, so that a busy
machine is equally busy for both; without it there is no ratio. User and system seconds of the whole process; the least
of all rounds. Each checkout has a store of its own, without the columns that stores of earlier programs lack. A store
is checked twice: *first*, where nothing that was found in it is kept, and *again*, where a check or an import kept it.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from rich.console import Console
from rich.table import Table

from benchmarks.refusals import cpu_s
from scoliogait.data.kept_problems import CHECKED_FILE
from scoliogait.data.store_format import HEADER_FILE, NEWER_COLUMNS, TABLE_FILE
from scoliogait.data.tree_export import export_poses, export_tree
from scoliogait.files import read_json, sha256_of, write_json
from scoliogait.representation.contract import InputContract
from scoliogait.simulation.cohort_store import write_cohort
from scoliogait.simulation.config import CohortConfig

N_WALKS = 1500
N_FRAMES = 120
N_ROUNDS = 3
TARGET_RATIO = 2.0
FIRST, AGAIN, TREES = "store, first check", "store, again", "trees"


def run(against: Path | None = None, n_walks: int = N_WALKS) -> list[dict[str, Any]]:
    """Measure all forms, here and in the other checkout, print the table, and give its rows."""
    sources = {"here": Path(__file__).parents[1] / "src"}
    if against is not None:
        sources["there"] = against.resolve() / "src"
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        store = write_cohort(CohortConfig(n_walks=n_walks, n_frames=N_FRAMES), folder / "store")
        export_poses(store, folder / "poses")
        export_tree(store, folder / "silhouettes", InputContract(representation="silhouette"))
        _leave_out_newer_columns(store.path)
        for source in sources:
            shutil.copytree(store.path, folder / source)
        rows = [_measure(form, sources, folder) for form in (FIRST, AGAIN, TREES)]
    _print(rows, n_walks)
    return rows


def _leave_out_newer_columns(store: Path) -> None:
    table = pq.read_table(store / TABLE_FILE)
    pq.write_table(table.drop_columns(sorted(NEWER_COLUMNS)), store / TABLE_FILE)
    write_json(store / HEADER_FILE, read_json(store / HEADER_FILE) | {"table_sha256": sha256_of(store / TABLE_FILE)})


def _measure(form: str, sources: dict[str, Path], folder: Path) -> dict[str, Any]:
    seconds: dict[str, list[float]] = {source: [] for source in sources}
    for _ in range(N_ROUNDS):
        for source, path in sources.items():
            if form == FIRST:
                (folder / source / CHECKED_FILE).unlink(missing_ok=True)
            paths = ["poses", "silhouettes"] if form == TREES else [source]
            command = [sys.executable, "-m", "scoliogait", "data", "check", *paths]
            seconds[source].append(cpu_s(command, path, folder))
    least = {source: min(measured) for source, measured in seconds.items()}
    ratio = least["there"] / least["here"] if "there" in least else None
    return {"form": form, **least, "ratio": ratio, "target_ratio": TARGET_RATIO}


def _print(rows: list[dict[str, Any]], n_walks: int) -> None:
    title = f"data check of {n_walks:,} walks of {N_FRAMES} frames, CPU s; least of {N_ROUNDS}"
    table = Table("form", "here, CPU s", "there, CPU s", "ratio", "target", title=title)
    for row in rows:
        measured = row["ratio"] is not None
        table.add_row(
            row["form"],
            f"{row['here']:.2f}",
            f"{row['there']:.2f}" if measured else "",
            f"{row['ratio']:.2f}x" if measured else "",
            f">= {row['target_ratio']:.0f}x",
        )
    Console().print(table)
