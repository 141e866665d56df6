"""What the rules found in the walks of a store, kept in it as ``checked.json`` so that they need not run again.

It counts only for the same content, by the checksums of the store, the same program, by a checksum over its source, the
same numpy, scipy and OpenCV and the same that was stated. Whatever else the file may be is as good as no file. Who may
write a store may write this file too: it saves time, and proves nothing about a store that came from elsewhere.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

import scoliogait
from scoliogait.data.problems import Problem, ProblemSeverity
from scoliogait.data.stated import NOTHING_STATED, Stated
from scoliogait.data.store import WalkStore
from scoliogait.errors import DataError
from scoliogait.files import sole_writer, write_json
from scoliogait.json_file import Format, read_versioned
from scoliogait.plain_text import is_plain

# Packages that the rules count on.
_REQUIRED = ("numpy", "scipy", "opencv-python-headless")
CHECKED_FILE = "checked.json"
CHECKED = Format("scoliogait.checked-walks", 1, "a record of what was found in a store", "remove it")


class _Find(BaseModel):
    """walk: its index in the store."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    walk: int
    kind: str
    severity: ProblemSeverity
    message: str


class _Checked(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    of: dict[str, str]
    problems: list[_Find]


def read_kept(store: WalkStore, places: Sequence[str], stated: Stated = NOTHING_STATED) -> list[Problem] | None:
    """The problems of all walks as they were found before, in order; None where nothing that counts was kept.

    places: of each walk, what its problems name as ``where``.
    """
    path = store.path / CHECKED_FILE
    try:
        kept = read_versioned(path, _Checked, CHECKED) if path.is_file() else None
    except DataError:
        return None
    if kept is None or kept.of != _conditions(store, stated):
        return None
    if not all(0 <= find.walk < len(store) and is_plain(find.kind + find.message) for find in kept.problems):
        return None
    return [Problem(places[find.walk], find.kind, find.severity, find.message) for find in kept.problems]


def keep(store: WalkStore, problems: Sequence[Sequence[Problem]], stated: Stated = NOTHING_STATED) -> None:
    """Keep the problems of each walk, in the order of the store; nothing happens where it cannot be written."""
    finds = [
        {"walk": index, "kind": problem.kind, "severity": problem.severity, "message": problem.message}
        for index, of_walk in enumerate(problems)
        for problem in of_walk
    ]
    with suppress(DataError), sole_writer(store.path):
        write_json(store.path / CHECKED_FILE, {**CHECKED.mark, "of": _conditions(store, stated), "problems": finds})


def _conditions(store: WalkStore, stated: Stated) -> dict[str, str]:
    """All that the outcome depends on."""
    return {
        "store": store.files_digest,
        "program": digest_of_source(Path(scoliogait.__file__).parent),
        "stated": _digest(asdict(stated)),
        **{package: _version(package) for package in _REQUIRED},
    }


def _version(package: str) -> str:
    """Empty for one that came another way than by its distribution."""
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return ""


@cache
def digest_of_source(package: Path) -> str:
    """sha256 over every module of a package: whatever a rule uses is among them, and nothing needs to be listed."""
    modules = sorted(package.rglob("*.py"))
    return _digest(
        [[str(path.relative_to(package)), hashlib.sha256(path.read_bytes()).hexdigest()] for path in modules]
    )


def _digest(content: Any) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
