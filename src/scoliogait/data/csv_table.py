"""A table that people write by hand: CSV in UTF-8 with a line of headings; every cell is text."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from scoliogait.errors import DataError
from scoliogait.incoming import require_file
from scoliogait.limits import MAX_TABLE_BYTES, MAX_TABLE_ROWS


@dataclass(frozen=True)
class CsvTable:
    """columns: the headings, in order. rows: the number of each line and its cells by heading, without outer blanks."""

    path: Path
    columns: tuple[str, ...]
    rows: tuple[tuple[int, Mapping[str, str]], ...]


def read_csv_table(path: str | Path) -> CsvTable:
    """Read a CSV file; lines without any text are left out, and cells that a line lacks at its end are empty.

    Raises DataError naming the file, and the line where there is one, for what is no such table, a heading that is
    empty or comes twice, and a line with more cells than headings.
    """
    path = Path(path)
    require_file(path, MAX_TABLE_BYTES)
    try:
        with path.open(newline="", encoding="utf-8-sig") as stream:
            reader = csv.reader(stream)
            headings = [cell.strip() for cell in next(reader, [])]
            lines = [(reader.line_num, [cell.strip() for cell in row]) for row in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{path}: cannot be read as a CSV table ({error}); write it again in UTF-8") from error
    wrong = next((name for name in headings if not name or headings.count(name) > 1), None)
    if wrong is not None:
        raise DataError(f"{path}: has the heading {wrong!r} empty or twice; name each column once in the first line")
    filled = [(number, cells) for number, cells in lines if any(cells)]
    for number, cells in filled:
        if len(cells) > len(headings):
            raise DataError(f"{path}: line {number}: has {len(cells)} cells for {len(headings)} columns; quote commas")
    if len(filled) > MAX_TABLE_ROWS:
        raise DataError(f"{path}: has {len(filled):,} lines; at most {MAX_TABLE_ROWS:,} are read")
    rows = [
        (number, dict.fromkeys(headings, "") | dict(zip(headings, cells, strict=False))) for number, cells in filled
    ]
    return CsvTable(path, tuple(headings), tuple(rows))
