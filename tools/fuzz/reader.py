"""A reader as it is fuzzed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from scoliogait.errors import ScoliogaitError


@dataclass(frozen=True)
class Reader:
    """name: of the file that the bytes become. read: takes its path. seeds: small whole files to start from."""

    name: str
    read: Callable[[Path], object]
    seeds: Callable[[Path], list[bytes]]

    def try_on(self, folder: Path, content: bytes) -> bool:
        """Whether the bytes were read; False where they were refused. Any other exception is a fault, and rises."""
        path = folder / self.name
        path.write_bytes(content)
        try:
            self.read(path)
        except ScoliogaitError:
            return False
        return True
