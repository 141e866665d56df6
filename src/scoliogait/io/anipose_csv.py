"""Anipose's 3-D tables: ``<joint>_x``, ``_y``, ``_z``, ``_score``, ``_error``, ``_ncams`` of each joint, and ``fnum``.

The unit of places is that of the calibration board, which the table does not say; a body of 0.6 to 2 m between
shoulders and ankles does. A joint with a score of NaN or 0, or seen by fewer than two cameras, was not found.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from scoliogait.errors import DataError
from scoliogait.io.frame_ids import one_row_a_frame
from scoliogait.io.joint_centres import Markers, joint_name
from scoliogait.io.layouts import columns_of_names
from scoliogait.io.text_table import number_in, read_rows, text_head
from scoliogait.io.walk_of_markers import walk_of_markers
from scoliogait.skeleton import JOINT
from scoliogait.walk import Walk

_MARK, _FRAME = "_ncams", "fnum"
_UNITS = {"m": 1.0, "cm": 100.0, "mm": 1000.0}
_BODY_M = (0.6, 2.0)
_FEWEST_CAMERAS = 2


def is_anipose_csv(path: Path) -> bool:
    """Whether the first line of this text file names a number of cameras for its joints, as Anipose does."""
    cells = text_head(path).split("\n", 1)[0].split(",")
    return _FRAME in (cell.strip() for cell in cells) and any(cell.strip().endswith(_MARK) for cell in cells)


def read_anipose_csv(path: str | Path, walk_id: str | None = None) -> Walk:
    """Read such a table as a walk seen from the front (see ``walk_of_markers``). The table states no frame rate.

    Raises DataError naming the file when the size of the body fits no unit, and as ``walk_of_markers`` does.
    """
    path = Path(path)
    header, *rows = read_rows(path, ",")
    columns = {name.strip(): column for column, name in enumerate(header)}
    names = [name.removesuffix(_MARK) for name in columns if name.endswith(_MARK)]
    lacking = [
        f"{name}_{axis}" for name in names for axis in ("x", "y", "z", "score") if f"{name}_{axis}" not in columns
    ]
    if lacking or not rows:
        raise DataError(f"{path}: has {len(rows)} rows and lacks {', '.join(lacking[:4]) or 'nothing else'}")
    xyz = _columns(rows, columns, [f"{name}_{axis}" for name in names for axis in "xyz"], path)
    xyz = xyz.reshape(len(rows), len(names), 3)
    score, cameras = (_columns(rows, columns, [name + end for name in names], path) for end in ("_score", _MARK))
    xyz[~(score > 0) | ~(cameras >= _FEWEST_CAMERAS)] = np.nan
    frame, notes = one_row_a_frame(_frames(rows, columns[_FRAME], path), _FRAME, str(path))
    placed = np.full((int(frame.max()) + 1, *xyz.shape[1:]), np.nan)
    placed[frame] = xyz
    unit = _unit(placed, names, path)
    notes = (*notes, f"The table states no unit; {unit} was taken, by the size of the body.")
    return walk_of_markers(Markers(names, placed, unit, None), path, walk_id, notes)


def _columns(
    rows: Sequence[Sequence[str]], columns: dict[str, int], wanted: Sequence[str], path: Path
) -> NDArray[np.float64]:
    return np.array([[number_in(row, columns[name], path) for name in wanted] for row in rows])


def _frames(rows: Sequence[Sequence[str]], column: int, path: Path) -> list[int]:
    numbers = [number_in(row, column, path) for row in rows]
    if not all(number.is_integer() for number in numbers):
        raise DataError(f"{path}: {_FRAME} holds other values than numbers of frames; run Anipose again")
    return [int(number) for number in numbers]


def _unit(xyz: NDArray[np.float64], names: Sequence[str], path: Path) -> str:
    found = columns_of_names([joint_name(name) for name in names], str(path))
    shoulders, ankles = (
        np.mean(
            [xyz[:, column] for side in ("left", "right") if (column := found[JOINT[f"{side}_{part}"]]) is not None], 0
        )
        for part in ("shoulder", "ankle")
    )
    lengths = np.linalg.norm(shoulders - ankles, axis=-1)
    length = float(np.median(lengths[np.isfinite(lengths)])) if np.isfinite(lengths).any() else 0.0
    fitting = [unit for unit, per_metre in _UNITS.items() if _BODY_M[0] <= length / per_metre <= _BODY_M[1]]
    if not fitting:
        raise DataError(
            f"{path}: shoulders and ankles are {length:.3g} apart, which is no body in {' or '.join(_UNITS)}; scale it"
        )
    return fitting[0]
