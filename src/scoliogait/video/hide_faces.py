"""Faces made unreadable for good: a few large squares of one colour each take the place of a head.

The squares hang on the head and not on the picture, and their colours are coarse: many pictures of one face show the
same few means again, from which nothing finer can be computed.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from scoliogait.video.detect import Boxes

# Squares across the shorter side of a hidden place, which is half as large again as the head: two or so are the face.
_ACROSS = 3
_SMALLEST_PX = 4
_GREY_STEP = 24


def hide_faces(rgb: NDArray[np.uint8], heads: Boxes) -> NDArray[np.uint8]:
    """The picture (H, W, 3) with the places (N, 4) = left, top, right, bottom in px hidden; the given one is left."""
    hidden = rgb.copy()
    for head in heads:
        left, top = np.floor(head[:2]).astype(int).tolist()
        right, bottom = np.ceil(head[2:]).astype(int).tolist()
        inside = hidden[max(top, 0) : max(bottom, 0), max(left, 0) : max(right, 0)]
        if inside.size:
            cell = max(_SMALLEST_PX, min(right - left, bottom - top) / _ACROSS)
            inside[...] = _in_squares(inside, cell)
    return hidden


def _in_squares(part: NDArray[np.uint8], cell_px: float) -> NDArray[np.uint8]:
    import cv2

    height, width = part.shape[:2]
    few = max(1, round(width / cell_px)), max(1, round(height / cell_px))
    means = cv2.resize(part, few, interpolation=cv2.INTER_AREA)
    coarse = means // _GREY_STEP * _GREY_STEP + _GREY_STEP // 2
    squares: NDArray[np.uint8] = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_NEAREST)  # type: ignore[assignment]
    return squares
