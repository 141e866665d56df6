"""Silhouette alignment: the person cropped to full height and centred, as Scoliosis1K and OpenGait store it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from scoliogait.errors import DataError
from scoliogait.long_frames import in_pieces, of_frames

# A frame whose grey values add up to this or less shows no person (OpenGait datasets/pretreatment.py).
EMPTY_FRAME_GREY_SUM = 10_000
# Frames are looked at in pieces that stay in a processor's cache.
_BYTES_AT_ONCE = 1 << 20


def shows_person(frames: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Of frames (T, H, W), which show a person by their grey sum, (T,)."""
    return of_frames(lambda piece: _row_sums(piece).sum(axis=1, dtype=np.int64), frames) > EMPTY_FRAME_GREY_SUM


def align_silhouettes(
    frames: ArrayLike, size: int = 64, n_kept: int | None = None
) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Crop each frame to its person, scale it to ``size`` rows and centre it (OpenGait ``datasets/pretreatment.py``).

    frames: uint8 (T, H, W), grey 0 background to 255 person (bool is taken as 0/255). Returns uint8
    (T', size, 2 * (size // 2)) and the int64 (T',) indices of the frames kept, in order. Dropped are frames with a grey
    sum of at most 10,000 (a mask stored as 0/1 needs 10,001 pixels) and frames whose middle is column 0. The input is
    not changed. n_kept: how many of the first that are kept are wanted; no more are given.

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
    for index, image in islice(_aligned(array, size), n_kept):
        kept.append(index)
        aligned.append(image)
    below = np.concatenate(aligned) if aligned else np.zeros((0, 2 * (size // 2)), dtype=np.uint8)
    return below.reshape(-1, size, 2 * (size // 2)), np.array(kept, dtype=np.int64)


def _aligned(array: NDArray[np.uint8], size: int) -> Iterator[tuple[int, NDArray[np.uint8]]]:
    """The number of each frame that is kept, and what becomes of it."""
    begin = 0
    for frames in in_pieces(array, _BYTES_AT_ONCE) if array.size else ():
        scaled = list(_scaled(frames, size))
        for (index, image), centre in zip(scaled, _centres([image for _, image in scaled]), strict=True):
            if centre > 0:
                yield begin + index, _window(image, centre, size // 2)
        begin += len(frames)


def _persons(frames: NDArray[np.uint8]) -> Iterator[tuple[int, int, int]]:
    """(index, first row, row after the last) of the person in each frame that shows one."""
    # One pass over the pixels gives both the sum of a frame and its rows that are not black.
    sums = _row_sums(frames)
    lit = sums > 0
    shown = np.flatnonzero(sums.sum(axis=1, dtype=np.int64) > EMPTY_FRAME_GREY_SUM)
    tops = lit.argmax(axis=1)[shown]
    bottoms = frames.shape[1] - lit[:, ::-1].argmax(axis=1)[shown]
    return zip(shown.tolist(), tops.tolist(), bottoms.tolist(), strict=True)


def _row_sums(frames: NDArray[np.uint8]) -> NDArray[np.int32]:
    """Grey sum of each row of frames (T, H, W), (T, H)."""
    import cv2

    n_frames, height, width = frames.shape
    sums = cv2.reduce(frames.reshape(-1, width), 1, cv2.REDUCE_SUM, dtype=cv2.CV_32S)
    return np.asarray(sums, np.int32).reshape(n_frames, height)


def _scaled(frames: NDArray[np.uint8], size: int) -> Iterator[tuple[int, NDArray[np.uint8]]]:
    """The person of each frame that shows one at ``size`` rows; left out where less than a column would be left."""
    import cv2

    for index, top, bottom in _persons(frames):
        width = int(size * (frames.shape[2] / (bottom - top)))
        if width > 0:
            image = cv2.resize(frames[index, top:bottom], (width, size), None, 0, 0, cv2.INTER_CUBIC)
            yield index, np.asarray(image, np.uint8)


def _centres(images: Sequence[NDArray[np.uint8]]) -> list[int]:
    """Of each image, the first column at which the running column sum exceeds half of the total."""
    import cv2

    sums = np.zeros((len(images), 1, max((image.shape[1] for image in images), default=1)), np.int32)
    for columns, image in zip(sums, images, strict=True):
        cv2.reduce(image, 0, cv2.REDUCE_SUM, columns[:, : image.shape[1]], cv2.CV_32S)
    running = sums[:, 0].cumsum(axis=1, dtype=np.int64)
    centres: list[int] = (running > running[:, -1:] / 2).argmax(axis=1).tolist()
    return centres


def _window(image: NDArray[Any], centre: int, half: int) -> NDArray[np.uint8]:
    """``2 * half`` columns around the centre; black where the image has none."""
    left, right = centre - half, centre + half
    if left > 0 and right < image.shape[1]:
        return image[:, left:right]
    window = np.zeros((len(image), 2 * half), dtype=np.uint8)
    inside = image[:, max(left, 0) : right]
    begin = max(-left, 0)
    window[:, begin : begin + inside.shape[1]] = inside
    return window
