"""Persons as JSON lists of numbers, with the frame of each, to one array a frame."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scoliogait.errors import DataError
from scoliogait.limits import MAX_PEOPLE_PER_FRAME

Points = NDArray[np.float32]


def points_of_rows(rows: Sequence[Any], field: str, where: str) -> Points:
    """Float32 (N, J, 3) of N lists of x, y, confidence of each joint; DataError names ``where`` and ``field``."""
    if not all(isinstance(row, list) for row in rows):
        raise DataError(f"{where}: {field} is not a list of numbers; run the pose estimator again")
    lengths = sorted({len(row) for row in rows})
    if len(lengths) > 1:
        raise DataError(
            f"{where}: {field} has {lengths[0]} and {lengths[-1]} values; one recording has one layout, so run one "
            "pose estimator over all of it"
        )
    n_values = lengths[0] if lengths else 0
    if n_values % 3 or (rows and not n_values):
        raise DataError(f"{where}: {field} has {n_values} values; expected x, y, confidence of each joint")
    return _numbers(rows, field, where).reshape(len(rows), n_values // 3, 3)


def points_of_pairs(places: Sequence[Any], scores: Sequence[Any], fields: tuple[str, str], where: str) -> Points:
    """Float32 (N, J, 3) of N lists of J places [x, y] and N lists of J scores; DataError names ``where`` and fields."""
    xy, confidence = _numbers(places, fields[0], where), _numbers(scores, fields[1], where)
    if not len(places):
        return np.zeros((0, 0, 3), dtype=np.float32)
    if xy.ndim != 3 or xy.shape[2] != 2 or confidence.shape != xy.shape[:2]:
        raise DataError(
            f"{where}: {fields[0]} have shape {xy.shape} and {fields[1]} {confidence.shape} (people, joints ...); "
            "expected x and y, and one score, of each joint"
        )
    return np.concatenate([xy, confidence[..., None]], axis=2)


def by_frame(points: Points, frame: NDArray[np.int64], n_frames: int, where: str) -> list[Points]:
    """One array (P, J, 3) a frame, of people (N, J, 3) whose frames (N,) may be in any order.

    Raises DataError naming ``where`` when a frame holds more than ``MAX_PEOPLE_PER_FRAME`` people.
    """
    counts = np.bincount(frame, minlength=n_frames)
    if counts.max(initial=0) > MAX_PEOPLE_PER_FRAME:
        raise DataError(
            f"{where}: frame {int(counts.argmax())} holds {counts.max()} people; at most {MAX_PEOPLE_PER_FRAME} can be "
            "followed. Run the pose estimator again, or with a higher threshold"
        )
    order = np.argsort(frame, kind="stable")
    return np.split(points[order], np.cumsum(counts)[:-1])


def is_present(points: NDArray[np.floating]) -> NDArray[np.bool_]:
    """Whether a row (..., J, 3) holds a person: arrays of several people are filled up with NaN."""
    return np.asarray(np.isfinite(points[..., :2]).all(axis=-1).any(axis=-1))


def _numbers(values: Sequence[Any], field: str, where: str) -> Points:
    try:
        with np.errstate(over="ignore"):  # what float32 cannot hold becomes infinite, and is refused
            return np.array(values, dtype=np.float32)
    except (TypeError, ValueError, OverflowError) as error:
        raise DataError(f"{where}: {field} is not a list of numbers ({error}); run the pose estimator again") from error
