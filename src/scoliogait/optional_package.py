"""Packages that only some formats need: imported where they are used, and named where they are missing."""

from __future__ import annotations

from pathlib import Path

from scoliogait.errors import DataError


def needs_extra(path: Path | str, package: str, extra: str) -> DataError:
    """The error to raise where reading ``path`` needs a package that is not installed, with the extra that has it."""
    return DataError(f'{path}: this format needs {package}; pip install "scoliogait[{extra}]"')
