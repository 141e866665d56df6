"""Silhouette alignment: the person cropped to full height and centred, as Scoliosis1K and OpenGait store it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from scoliogait.errors import DataError

# A frame whose grey values add up to this or less shows no person (OpenGait datasets/pretreatment.py).
EMPTY_FRAME_GREY_SUM = 10_000


def align_silhouettes(frames: ArrayLike, size: int = 64) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Crop each frame to its person, scale it to ``size`` rows and centre it (OpenGait ``datasets/pretreatment.py``).

    frames: uint8 (T, H, W), grey 0 background to 255 person (bool is taken as 0/255). Returns uint8
    (T', size, 2 * (size // 2)) and the int64 (T',) indices of the frames kept, in order. Dropped are frames with a grey
    sum of at most 10,000 (a mask stored as 0/1 needs 10,001 pixels) and frames whose middle is column 0. The input is
    not changed.

    Per frame: rows are cut to the non-zero rows, the rest is resized with OpenCV's cubic kernel to height ``size`` and
    width int(size * width / height), and ``size`` columns are taken around the first column at which the running column
    sum exceeds half of the total; missing columns are zeros. Raises DataError for a wrong shape or dtype.
    """
    array = np.asarray(frames)
    if array.dtype == np.bool_:
        array = array.astype(np.uint8) * np.uint8(255)
    if array.ndim != 3 or array.dtype != np.uint8:
        raise DataError(
            f"silhouettes: shape {array.shape}, dtype {array.dtype}; expected uint8 (frames, height, width), 0..255"
        )
    if size < 2:
        raise DataError(f"silhouettes: size is {size}; expected at least 2 pixels")
    aligned, kept = [], []
    for index, frame in enumerate(array):
        result = _align_frame(frame, size)
        if result is not None:
            aligned.append(result)
            kept.append(index)
    stack = np.stack(aligned) if aligned else np.zeros((0, size, 2 * (size // 2)), dtype=np.uint8)
    return stack, np.array(kept, dtype=np.int64)


def _align_frame(frame: NDArray[np.uint8], size: int) -> NDArray[np.uint8] | None:
    import cv2

    if frame.sum(dtype=np.int64) <= EMPTY_FRAME_GREY_SUM:
        return None
    rows = np.flatnonzero(frame.any(axis=1))
    person = frame[rows[0] : rows[-1] + 1]
    width = int(size * (person.shape[1] / person.shape[0]))
    if width < 1:
        return None
    resized = cv2.resize(person, (width, size), interpolation=cv2.INTER_CUBIC)
    running = resized.sum(axis=0, dtype=np.int64).cumsum()
    centre = int(np.argmax(running > running[-1] / 2))
    if centre == 0:
        return None
    return _window(resized, centre, size // 2)


def _window(image: NDArray[Any], centre: int, half: int) -> NDArray[np.uint8]:
    left, right = centre - half, centre + half
    if left <= 0 or right >= image.shape[1]:
        image = np.pad(image, ((0, 0), (half, half)))
        left, right = left + half, right + half
    return image[:, left:right].astype(np.uint8)
