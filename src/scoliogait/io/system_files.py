"""Files that operating systems and synchronisers leave in folders: no data, wherever a folder is looked through."""

from __future__ import annotations

import os
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path

# Hidden names, ``._000.png`` of macOS among them, are known by their first letter.
_NAMES = {"__macosx", "thumbs.db", "ehthumbs.db", "desktop.ini", "icon\r", "@eadir", "$recycle.bin"}


def is_system_file(path: Path) -> bool:
    """Whether a file or folder of this name belongs to the system and not to the data."""
    return _is_system(path.name)


def _is_system(name: str) -> bool:
    return name.startswith(".") or name.casefold() in _NAMES


def data_files(folder: Path, pattern: str) -> Iterator[Path]:
    """What matches the pattern, in lower case, in a folder: whatever the case of the name, in no order.

    What belongs to the system is left out.
    """
    return (folder / name for name in _names_in(folder) if fnmatchcase(name.lower(), pattern) and not _is_system(name))


def _names_in(folder: Path) -> list[str]:
    """Names in a folder; none where it cannot be listed or is none."""
    try:
        return os.listdir(folder)  # noqa: PTH208 -- a third of the time of Path.glob
    except OSError:
        return []
