"""The real walks that come with the package, by name."""

from __future__ import annotations

from pathlib import Path

from scoliogait.errors import DataError
from scoliogait.io.read import read_walk
from scoliogait.samples import sample_paths
from scoliogait.walk import Walk
from scoliogait.wording import nearest


def sample_names() -> tuple[str, ...]:
    """Names of the walks that come with the package, sorted."""
    return tuple(path.stem for path in sample_paths())


def sample_path(name: str) -> Path:
    """The file of one of them. Raises DataError for a name that there is not."""
    for path in sample_paths():
        if path.stem == name:
            return path
    near = nearest(name, sample_names())
    suggestion = f"; did you mean {near!r}?" if near else ""
    raise DataError(f"{name}: no such sample walk{suggestion}; expected one of {', '.join(sample_names())}")


def sample(name: str) -> Walk:
    """One of them, such as ``"intel_worker_back"``; its ``origin`` states title, source and licence.

    None of the people in them has a known diagnosis. Raises DataError for a name that there is not.
    """
    return read_walk(sample_path(name))
