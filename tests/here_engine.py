"""An engine without processes, and what makes a process die or find a full disk when it opens a file."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
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


def _written(folder: Path, what: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "sitecustomize.py").write_text(_AT_START.format(what=what))
    return folder
