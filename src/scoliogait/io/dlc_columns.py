"""What DeepLabCut's tables hold, as text or HDF5: rows of frames, columns of (scorer[, individual], bodypart, x).

Lightning Pose writes the same. Frame numbers come from the index of the rows, so that rows left out are empty frames.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scoliogait.errors import DataError
from scoliogait.io.blazepose_points import NO_CONFIDENCE
from scoliogait.io.frame_ids import frames_of_ids
from scoliogait.io.person_rows import by_frame, is_present
from scoliogait.io.walk_of_people import Recording
from scoliogait.limits import MAX_PEOPLE_PER_FRAME, MAX_POINT_VALUES

_COORDINATES = ("x", "y", "likelihood")


def dlc_recording(
    columns: Sequence[tuple[str, ...]], index: Sequence[Any], values: NDArray[np.floating], path: Path
) -> Recording:
    """The recording in a table. columns: of each, the last two words are bodypart and coordinate, the one before them,
    of four, the individual. index (T,): numbers of frames, or names of pictures that end in them. values (T, columns).

    Raises DataError naming the file for 3-D tables, for two columns of one coordinate, and for an index that names no
    frames.
    """
    _refuse_repeated(columns, path)
    parts = [column[-2:] for column in columns]
    if any(coordinate == "z" for _, coordinate in parts):
        raise DataError(f"{path}: is a 3-D table; give the table of one camera, or a TRC file")
    individuals = list(dict.fromkeys(_individual(column) for column in columns))
    names = list(dict.fromkeys(name for name, coordinate in parts if coordinate in _COORDINATES))
    _check_counts(len(index), len(individuals), len(names), path)
    points = np.full((len(index), len(individuals), len(names), 3), np.nan, dtype=np.float32)
    for column, (name, coordinate) in enumerate(parts):
        if coordinate in _COORDINATES:
            place = individuals.index(_individual(columns[column])), names.index(name), _COORDINATES.index(coordinate)
            with np.errstate(
                over="ignore", invalid="ignore"
            ):  # what float32 cannot hold becomes infinite, and is refused
                points[:, *place] = values[:, column]
    notes = _without_likelihood(points, {coordinate for _, coordinate in parts})
    frame, about_frames = frames_of_ids(index, "index of the rows", str(path))
    present = is_present(points)
    frame_of_person = np.repeat(frame, len(individuals))[present.ravel()]
    frames = by_frame(points[present], frame_of_person, int(frame.max()) + 1, str(path))
    return Recording(frames, names, notes=(*notes, *about_frames))


def _refuse_repeated(columns: Sequence[tuple[str, ...]], path: Path) -> None:
    """Raises DataError where two columns hold the same: of two scorers, say, of whom the last would be taken."""
    for column, n_columns in Counter(column[-3:] if len(column) > 3 else column[-2:] for column in columns).items():
        if n_columns > 1 and column[-1] in _COORDINATES:
            raise DataError(
                f"{path}: holds {' '.join(column)!r} in {n_columns} columns; keep those of one scorer, and one "
                "bodypart of a name"
            )


def _individual(column: tuple[str, ...]) -> str:
    return column[-3] if len(column) > 3 else ""


def _check_counts(n_frames: int, n_people: int, n_names: int, path: Path) -> None:
    if not n_frames or not n_names:
        raise DataError(f"{path}: holds {n_frames} frames of {n_names} bodyparts; analyse the video again")
    if n_people > MAX_PEOPLE_PER_FRAME or n_frames * n_people * n_names * 3 > MAX_POINT_VALUES:
        raise DataError(f"{path}: holds {n_frames} frames of {n_people} individuals; cut the recording")


def _without_likelihood(points: NDArray[np.float32], coordinates: set[str]) -> tuple[str, ...]:
    if "likelihood" in coordinates:
        return ()
    points[..., 2] = 1.0
    return (NO_CONFIDENCE,)
