"""Rows into files as they come: CSV for spreadsheets and statistics, JSON Lines for programs.

Each row is written at once, so memory does not grow with their number. Text from outside stays text: in a spreadsheet
it is no formula, and it breaks no line.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from scoliogait.errors import DataError
from scoliogait.files import refuse_existing, streamed_file
from scoliogait.plain_text import escaped
from scoliogait.report.screening_table import Cell

AddRow = Callable[[Mapping[str, Cell]], None]

# What spreadsheets take for the beginning of a formula: at the beginning of a cell, and after a semicolon, which parts
# cells in countries that write a comma in numbers. The wide signs are those of East Asian keyboards.
_FORMULA = re.compile(r"(^|;)(\s*)(?=[=+\-@\uff1d\uff0b\uff0d\uff20])")


def cell_text(text: str) -> str:
    """A text for a cell: what could begin a formula has an apostrophe before it, control characters are written out."""
    return _FORMULA.sub(r"\1'\2", escaped(text))


@contextmanager
def csv_file(path: Path, columns: Sequence[str]) -> Iterator[AddRow]:
    """A CSV file in UTF-8 with a heading, which appears at ``path`` when the block ends well; an empty cell is None."""
    with _open(path) as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(columns)

        def add(row: Mapping[str, Cell]) -> None:
            cells = (row[column] for column in columns)
            writer.writerow([cell_text(cell) if isinstance(cell, str) else cell for cell in cells])
            stream.flush()

        yield add


@contextmanager
def json_lines_file(path: Path, columns: Sequence[str]) -> Iterator[AddRow]:
    """A JSON Lines file, which appears at ``path`` when the block ends well: an object with all columns in each line.

    It is ASCII: other characters are written as JSON writes them, ``\\u0142``, so that none breaks a line.
    """
    with _open(path) as stream:

        def add(row: Mapping[str, Cell]) -> None:
            stream.write(json.dumps({column: row[column] for column in columns}, allow_nan=False) + "\n")
            stream.flush()

        yield add


def refuse_output_file(path: Path, overwrite: bool, is_ours: Callable[[Path], bool], kind: str) -> None:
    """DataError when the file must not be written: it is a folder, of another kind, or exists without ``overwrite``."""
    if path.is_dir():
        raise DataError(f"{path}: is a folder; give the name of a file in it")
    refuse_existing(path, overwrite, is_ours, kind)


def begins_like_csv(columns: Sequence[str]) -> Callable[[Path], bool]:
    """Recognises an older CSV file of ours: its heading begins with these columns. An empty file is replaced too."""
    return _begins((",".join(columns) + ",").encode())


def begins_like_json_lines(columns: Sequence[str]) -> Callable[[Path], bool]:
    """Recognises an older JSON Lines file of ours by its first key. An empty file is replaced too."""
    return _begins(f'{{"{columns[0]}": '.encode())


def _begins(start: bytes) -> Callable[[Path], bool]:
    def recognises(path: Path) -> bool:
        if not path.is_file():
            return False
        with path.open("rb") as stream:
            return stream.read(len(start)) in (start, b"")

    return recognises


@contextmanager
def _open(path: Path) -> Iterator[TextIO]:
    with streamed_file(path) as temporary, temporary.open("w", encoding="utf-8", newline="") as stream:
        yield stream
