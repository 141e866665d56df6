"""Which frame an entry of a file belongs to, where the file says so by a number or by the name of a picture."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import PurePosixPath

import numpy as np
from numpy.typing import NDArray

from scoliogait.errors import DataError
from scoliogait.io.frame_numbers import about_step, are_too_far_apart, step_of
from scoliogait.limits import MAX_FRAMES

_LAST_NUMBER = re.compile(r"(.*?)(\d+)(\D*)")
_MOST_DIGITS = 15
_LONGEST_NAME = 1_000


def frames_of_ids(ids: Sequence[object], field: str, where: str) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    """The frame (N,) of each entry, 0 for the first frame that the ids name, and what a reader should know.

    ids: numbers, or names of pictures whose last number counts frames ("12.jpg", "frame_0012.png"). Frames in between
    that no id names stay empty; a constant step is removed, and said. Raises DataError naming ``where`` and ``field``
    for other values, names of several recordings (or folders that both hold one frame), and numbers too far apart
    (``frame_numbers``).
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
    _refuse_other_folders(ids, numbers.tolist(), field, where)
    known = np.unique(numbers)
    step = step_of(known.tolist())
    frames = (numbers - known[0]) // step
    n_frames = int(frames.max()) + 1
    if are_too_far_apart(len(known), n_frames):
        raise DataError(
            f"{where}: {field} names {len(known)} of the frames {known[0]} to {known[-1]}; expected numbers of frames "
            "in a row, not those of single pictures"
        )
    if n_frames > MAX_FRAMES:
        raise DataError(f"{where}: has {n_frames:,} frames; at most {MAX_FRAMES:,} are read, give a part of it")
    return frames, about_step(step, f"field {field}")


def one_row_a_frame(ids: Sequence[object], field: str, where: str) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    """The same for a file of one person: DataError where a frame comes twice, as one row would replace the other."""
    frames, notes = frames_of_ids(ids, field, where)
    numbers, n_rows = np.unique(frames, return_counts=True)
    if (n_rows > 1).any():
        twice = ids[int(np.flatnonzero(frames == numbers[n_rows.argmax()])[0])]
        raise DataError(
            f"{where}: {field} {str(twice)[:40]!r} stands in {n_rows.max()} rows; expected one row a frame, so keep "
            "one recording in a file"
        )
    return frames, notes


def _refuse_other_folders(ids: Sequence[object], numbers: Sequence[int], field: str, where: str) -> None:
    """Raises DataError where pictures in two folders are one frame: two recordings, or two cameras."""
    folders: dict[int, PurePosixPath] = {}
    for value, number in zip(ids, numbers, strict=True):
        if isinstance(value, str):
            folder = _posix(value).parent
            if folders.setdefault(number, folder) != folder:
                raise DataError(
                    f"{where}: {field} names pictures of several recordings (frame {number} in the folders "
                    f"{str(folders[number])[-40:]!r} and {str(folder)[-40:]!r}); write one file a recording"
                )


def _posix(name: str) -> PurePosixPath:
    return PurePosixPath(name.replace("\\", "/"))


def _parts(value: object, field: str, where: str) -> tuple[str, int]:
    """What stands before the number, and the number."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**_MOST_DIGITS:
        return "", value
    if isinstance(value, str) and len(value) <= _LONGEST_NAME:
        match = _LAST_NUMBER.fullmatch(_posix(value).stem)
        if match and len(match[2]) <= _MOST_DIGITS:
            return match[1] + match[3], int(match[2])
    raise DataError(
        f"{where}: {field} is {str(value)[:40]!r}; expected the number of a frame or the name of a picture "
        "that ends in it"
    )
