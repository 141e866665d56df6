"""DeepLabCut's and Lightning Pose's tables as text."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from scoliogait.errors import DataError
from scoliogait.io.dlc_columns import dlc_recording
from scoliogait.io.text_table import number_in, read_rows, text_head
from scoliogait.io.walk_of_people import Recording, walk_of_people
from scoliogait.walk import Walk

_LEVELS = ("scorer", "individuals", "bodyparts", "coords")


def is_dlc_csv(path: Path) -> bool:
    """Whether this text file begins with the names of scorers."""
    return text_head(path).startswith(f"{_LEVELS[0]},")


def read_dlc_csv(
    path: str | Path, walk_id: str | None = None, person: int | None = None, layout: str | None = None
) -> Walk:
    """Read such a table as the walk of its walker (see ``walk_of_people``); joints by the names of the bodyparts.

    Raises DataError naming the file as ``dlc_recording`` and ``walk_of_people`` do.
    """
    path = Path(path)
    return walk_of_people(dlc_csv_recording(path), path, walk_id, person, layout)


def dlc_csv_recording(path: Path) -> Recording:
    """Everybody in such a table."""
    rows = read_rows(path, ",")
    header = [row for row in rows[: len(_LEVELS)] if row[0].strip() in _LEVELS]
    if [row[0].strip() for row in header] not in ([*_LEVELS], [_LEVELS[0], *_LEVELS[2:]]):
        raise DataError(f"{path}: has the header lines {[row[0] for row in header]}; expected {', '.join(_LEVELS)}")
    body = rows[len(header) :]
    columns = [tuple(row[column].strip() for row in header) for column in range(1, len(header[0]))]
    index = [int(row[0]) if row[0].isdecimal() and row[0].isascii() and len(row[0]) < 16 else row[0] for row in body]
    is_number = [column[-1] in ("x", "y", "z", "likelihood") for column in columns]
    values = np.array(
        [
            [number_in(row, column, path) if wanted else np.nan for column, wanted in enumerate(is_number, 1)]
            for row in body
        ]
    ).reshape(len(body), len(columns))
    return dlc_recording(columns, index, values, path)
