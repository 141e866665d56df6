"""Tables in text files: the beginning, to recognise them by, and rows of cells under a limit that is checked first."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from pathlib import Path

from scoliogait.errors import DataError
from scoliogait.limits import MAX_TEXT_TABLE_BYTES

HEAD_BYTES = 16 * 2**10
_DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+(e[+-]?\d+)?", re.IGNORECASE)


def text_head(path: Path) -> str:
    """The first lines of a regular text file in UTF-8, the last one perhaps cut; empty for any other file."""
    try:
        if not path.is_file():
            return ""
        with path.open("rb") as stream:
            head = stream.read(HEAD_BYTES)
    except OSError:
        return ""
    if b"\0" in head:
        return ""
    return head.decode("utf-8-sig", "ignore").lstrip("\r\n")


def read_lines(path: Path, delimiter: str) -> list[list[str]]:
    """The cells of each line that has any text; DataError names the file that is too large or no text in UTF-8."""
    return [cells for _, cells in _numbered_lines(path, delimiter)]


def read_rows(path: Path, delimiter: str) -> list[list[str]]:
    """The same, each with as many cells as the first; DataError names the line that has fewer or more."""
    rows = _numbered_lines(path, delimiter)
    for number, cells in rows:
        if len(cells) != len(rows[0][1]):
            raise DataError(
                f"{path}: line {number} has {len(cells)} cells, the first {len(rows[0][1])}; write the file again"
            )
    return [cells for _, cells in rows]


def _numbered_lines(path: Path, delimiter: str) -> list[tuple[int, list[str]]]:
    try:
        if not path.is_file() or path.stat().st_size > MAX_TEXT_TABLE_BYTES:
            raise DataError(f"{path}: is no file of at most {MAX_TEXT_TABLE_BYTES >> 20} MiB; cut the recording")
        with path.open(encoding="utf-8-sig", newline="") as stream:
            lines = list(csv.reader(stream, delimiter=delimiter))
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror or error}); check the path") from error
    except (csv.Error, UnicodeDecodeError) as error:
        raise DataError(f"{path}: is not a table in UTF-8 text ({error}); write it again") from error
    return [(number, cells) for number, cells in enumerate(lines, 1) if any(cell.strip() for cell in cells)]


def number_in(row: Sequence[str], column: int, path: Path) -> float:
    """The number in a cell, NaN where it is empty; DataError naming the file and the text for anything else."""
    text = row[column].strip()
    try:
        return float(text) if text else float("nan")
    except ValueError:
        mend = "write numbers with a point" if _DECIMAL_COMMA.fullmatch(text) else "write a missing joint empty"
        raise DataError(f"{path}: {text[:40]!r} stands where a number is expected; {mend}") from None
