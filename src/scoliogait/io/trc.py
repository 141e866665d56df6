"""TRC files of OpenSim, Pose2Sim and capture software: tab-separated places of markers in 3-D, units in the header.

An empty cell is a marker that was not seen; its neighbours stay in their columns.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from scoliogait.errors import DataError
from scoliogait.io.frame_ids import one_row_a_frame
from scoliogait.io.joint_centres import Markers
from scoliogait.io.text_table import number_in, read_lines, text_head
from scoliogait.io.walk_of_markers import walk_of_markers
from scoliogait.walk import Walk

_AXES = "(X/Y/Z)"
_N_HEADER_LINES = 5
_MAX_RATE_ERROR = 0.01


def is_trc(path: Path) -> bool:
    """Whether this is a text file that begins as TRC files do."""
    return text_head(path).startswith("PathFileType")


def read_trc(path: str | Path, walk_id: str | None = None) -> Walk:
    """Read a TRC file of joint centres as a walk seen from the front (see ``walk_of_markers``).

    Frames that the file leaves out are empty. Raises DataError naming the file and line when the header and what
    follows do not fit each other, and as ``walk_of_markers`` does.
    """
    path = Path(path)
    lines = read_lines(path, "\t")
    if len(lines) <= _N_HEADER_LINES:
        raise DataError(f"{path}: holds no frame below its header; export it again")
    facts = _facts(lines, path)
    names = _names(lines[3], facts, path)
    rows = lines[_N_HEADER_LINES:]
    if len(rows) != _number(facts, "NumFrames", path):
        raise DataError(f"{path}: holds {len(rows)} frames, NumFrames says {facts['NumFrames']}; export it again")
    frame, notes = one_row_a_frame([_frame_number(row, path) for row in rows], "Frame#", str(path))
    rate_hz = _number(facts, "DataRate", path)
    _check_time(np.array([number_in(row, 1, path) for row in rows]), frame, rate_hz, path)
    xyz = np.full((int(frame.max()) + 1, len(names), 3), np.nan)
    xyz[frame] = [_places(row, len(names), path) for row in rows]
    return walk_of_markers(Markers(names, xyz, facts.get("Units", ""), rate_hz), path, walk_id, notes)


def _facts(lines: list[list[str]], path: Path) -> dict[str, str]:
    axes = [cell.strip() for cell in lines[0]][2:3]
    if axes != [_AXES]:
        raise DataError(f"{path}: line 1 states the axes {axes}; expected {_AXES}")
    keys, values = ([cell.strip() for cell in line] for line in lines[1:3])
    return dict(zip(keys, values, strict=False))


def _names(line: list[str], facts: dict[str, str], path: Path) -> list[str]:
    names = [cell.strip() for cell in line[2::3]]
    while names and not names[-1]:
        names.pop()
    if not all(names) or len(names) != _number(facts, "NumMarkers", path):
        raise DataError(
            f"{path}: line 4 names {len(names)} markers, one in every third cell, NumMarkers says "
            f"{facts['NumMarkers']}; export it again"
        )
    return names


def _number(facts: dict[str, str], key: str, path: Path) -> float:
    try:
        value = float(facts[key])
    except (KeyError, ValueError):
        value = 0.0
    if not 0 < value < float("inf"):
        raise DataError(f"{path}: {key} of the header is {facts.get(key)!r}; expected a positive number")
    return value


def _frame_number(row: list[str], path: Path) -> int:
    value = number_in(row, 0, path)
    if not value.is_integer():
        raise DataError(f"{path}: Frame# is {row[0][:40]!r}; expected the number of a frame")
    return int(value)


def _check_time(time_s: NDArray[np.float64], frame: NDArray[np.int64], rate_hz: float, path: Path) -> None:
    """Time and Frame# must agree with the rate of the header, or one of the three is wrong."""
    if len(frame) < 2 or not np.isfinite(time_s).all():
        return
    seconds = np.median(np.diff(time_s) / np.maximum(np.diff(frame), 1))
    if not abs(seconds * rate_hz - 1) <= _MAX_RATE_ERROR:
        raise DataError(
            f"{path}: a frame takes {seconds:.4g} s by the column Time, DataRate says {rate_hz:g} a second; correct one"
        )


def _places(row: list[str], n_markers: int, path: Path) -> NDArray[np.float64]:
    n_cells = 2 + 3 * n_markers
    cells = row[:n_cells] + [""] * (n_cells - len(row))
    if any(cell.strip() for cell in row[n_cells:]):
        raise DataError(f"{path}: frame {row[0]} has {len(row)} cells; expected {n_cells}, so export it again")
    return np.array([number_in(cells, column, path) for column in range(2, n_cells)]).reshape(n_markers, 3)
