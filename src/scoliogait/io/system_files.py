"""Files that operating systems and synchronisers leave in folders: no data, wherever a folder is looked through."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

# Hidden names, ``._000.png`` of macOS among them, are known by their first letter.
_NAMES = {"__macosx", "thumbs.db", "ehthumbs.db", "desktop.ini", "icon\r", "@eadir", "$recycle.bin"}


def is_system_file(path: Path) -> bool:
    """Whether a file or folder of this name belongs to the system and not to the data."""
    return path.name.startswith(".") or path.name.casefold() in _NAMES


def data_files(folder: Path, pattern: str) -> Iterator[Path]:
    """What matches the pattern in a folder, in no order, without what belongs to the system."""
    return (path for path in folder.glob(pattern) if not is_system_file(path))
