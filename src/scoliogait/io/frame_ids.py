"""Which frame an entry of a file belongs to, where the file says so by a number or by the name of a picture."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from pathlib import PurePosixPath

import numpy as np
from numpy.typing import NDArray

from scoliogait.errors import DataError

# Fewer frames than this share of those between the first and the last are no recording: ids of a set of pictures, say.
_LEAST_SHARE = 0.5
_LAST_NUMBER = re.compile(r"(.*?)(\d+)(\D*)")
_MOST_DIGITS = 15
_LONGEST_NAME = 1_000


def frames_of_ids(ids: Sequence[object], field: str, where: str) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    """The frame (N,) of each entry, 0 for the first frame that the ids name, and what a reader should know.

    ids: numbers, or names of pictures whose last number counts frames ("12.jpg", "frame_0012.png"). Frames in between
    that no id names stay empty; a constant step is removed, and said. Raises DataError naming ``where`` and ``field``
    for other values, names of several recordings, and numbers that leave more than half of the frames out.
    """
    if not ids:
        return np.empty(0, dtype=np.int64), ()
    parts = [_parts(value, field, where) for value in ids]
    stems = sorted({stem for stem, _ in parts})
    if len(stems) > 1:
        raise DataError(
            f"{where}: {field} names pictures of several recordings ({stems[0]!r} and {stems[1]!r} before the number); "
            "write one file a recording"
        )
    numbers = np.array([number for _, number in parts], dtype=np.int64)
    known = np.unique(numbers)
    step = math.gcd(*np.diff(known).tolist()) if len(known) > 1 else 1
    frames = (numbers - known[0]) // step
    n_frames = int(frames.max()) + 1
    if len(known) < _LEAST_SHARE * n_frames:
        raise DataError(
            f"{where}: {field} names {len(known)} of the frames {known[0]} to {known[-1]}; expected numbers of frames "
            "in a row, not those of single pictures"
        )
    if step == 1:
        return frames, ()
    return frames, (f"Numbers of frames rise in steps of {step}; they were taken as one after the other.",)


def _parts(value: object, field: str, where: str) -> tuple[str, int]:
    """What stands before the number, and the number."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**_MOST_DIGITS:
        return "", value
    if isinstance(value, str) and len(value) <= _LONGEST_NAME:
        match = _LAST_NUMBER.fullmatch(PurePosixPath(value.replace("\\", "/")).stem)
        if match and len(match[2]) <= _MOST_DIGITS:
            return match[1] + match[3], int(match[2])
    raise DataError(
        f"{where}: {field} is {str(value)[:40]!r}; expected the number of a frame or the name of a picture "
        "that ends in it"
    )
