"""An engine without processes, and what makes a process die or find a full disk when it opens a file."""

import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import forkserver
from pathlib import Path
from typing import Any

from scoliogait.district.engine import Task, Work


@dataclass
class Here:
    """Does one task after the other in this process."""

    link: str | None = None

    def run(self, work: Work, tasks: Iterable[Task]) -> Iterator[dict[str, Any]]:
        yield from map(work, tasks)


# Python runs this file at its start wherever the folder is in PYTHONPATH.
_AT_START = """
import os, signal, sys

def look(event, arguments):
    if event == "open" and isinstance(arguments[0], (str, bytes)):
        name = os.fsdecode(arguments[0])
        {what}

sys.addaudithook(look)
"""


def dies_at(folder: Path, name: str) -> Path:
    """A folder for PYTHONPATH: a process that opens a file whose path holds ``name`` is killed there and then."""
    return _written(folder, f"if {name!r} in name: os.kill(os.getpid(), signal.SIGKILL)")


def disk_full_after(folder: Path, n_parts: int, parts: Path) -> Path:
    """The same: no file can be written in the folder ``parts`` when it holds so many."""
    return _written(
        folder,
        f"if {str(parts)!r} in name and name.endswith('.part') and len([one for one in os.listdir({str(parts)!r}) "
        f"if not one.startswith('.')]) >= {n_parts}: raise OSError(28, 'No space left on device')",
    )


@contextmanager
def workers_begin_with(at_start: Path) -> Iterator[None]:
    """Workers that begin within have this folder first in PYTHONPATH, also those that are forked from a server."""
    before = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = os.pathsep.join([str(at_start), *sys.path])
    forkserver._forkserver._stop()  # type: ignore[attr-defined]
    try:
        yield
    finally:
        os.environ.pop("PYTHONPATH") if before is None else os.environ.update(PYTHONPATH=before)
        forkserver._forkserver._stop()  # type: ignore[attr-defined]


def _written(folder: Path, what: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "sitecustomize.py").write_text(_AT_START.format(what=what))
    return folder
