"""Files that operating systems and synchronisers leave in folders: no data, wherever a folder is looked through."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path

# Hidden names, ``._000.png`` of macOS among them, are known by their first letter.
_NAMES = {"__macosx", "thumbs.db", "ehthumbs.db", "desktop.ini", "icon\r", "@eadir", "$recycle.bin"}


def is_system_file(path: Path) -> bool:
    """Whether a file or folder of this name belongs to the system and not to the data."""
    return path.name.startswith(".") or path.name.casefold() in _NAMES


def data_files(folder: Path, pattern: str) -> Iterator[Path]:
    """What matches the pattern, in lower case, in a folder: whatever the case of the name, in no order.

    What belongs to the system is left out.
    """
    return (path for path in folder.glob("*") if fnmatchcase(path.name.lower(), pattern) and not is_system_file(path))
