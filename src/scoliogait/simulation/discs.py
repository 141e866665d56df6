"""Filled discs in many pictures at once, each to the pixel as OpenCV draws it.

To call OpenCV for a small disc takes as long as drawing it, and a walk has thousands of them. Which pixels one covers
depends on its radius, and on where between pixels its centre lies: OpenCV draws each such disc once, and it is copied.
"""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

# Places and sizes are counted in 1/16 px.
SUBPIXEL_BITS = 4
_UNIT = 1 << SUBPIXEL_BITS
# By position: OpenCV takes a fifth of the time of a small shape to read a keyword.
FILLED = (255, -1, cv2.LINE_8, SUBPIXEL_BITS)
# No pixel of a disc is further from that of its centre than its whole radius and so many more.
_MARGIN_PX = 3


def discs_on_black(centres: NDArray[np.int32], radii: NDArray[np.int32], side_px: int) -> NDArray[np.uint8]:
    """Pictures uint8 (T, side_px, side_px), 255 where a disc is. centres (T, n, 2), x and y, radii (T, n), in 1/16 px.

    0 is the middle of the first pixel. What lies outside of a picture is not drawn.
    """
    pictures = np.zeros((len(radii), side_px, side_px), np.uint8)
    picture = np.repeat(np.arange(len(radii)), radii.shape[1])
    centres, radii = centres.reshape(-1, 2), radii.reshape(-1)
    (column, row), (right, down) = (centres >> SUBPIXEL_BITS).T, (centres & (_UNIT - 1)).T
    middle, between = (picture * side_px + row) * side_px + column, down * _UNIT + right
    reach = _reach(radii)
    inside = (np.minimum(column, row) >= reach) & (np.maximum(column, row) < side_px - reach)
    pixels = pictures.reshape(-1)
    whole = np.flatnonzero(inside)
    whole = whole[np.argsort(radii[whole])]
    middle, between = middle[whole], between[whole]
    of_radii, counts = np.unique(radii[whole], return_counts=True)
    for radius, n_discs, end in zip(of_radii.tolist(), counts, counts.cumsum(), strict=True):
        discs = _covered(radius, side_px).take(between[end - n_discs : end], axis=0)
        discs += middle[end - n_discs : end, None]
        pixels[discs] = 255
    for disc in np.flatnonzero(~inside):
        cv2.circle(pictures[picture[disc]], centres[disc].tolist(), int(radii[disc]), *FILLED)
    return pictures


def _reach(radii: NDArray[np.int32]) -> NDArray[np.int32]:
    return (radii >> SUBPIXEL_BITS) + np.int32(_MARGIN_PX)


@lru_cache(maxsize=256)
def _covered(radius: int, side_px: int) -> NDArray[np.intp]:
    """The pixels of a disc, (256, n), in rows of ``side_px`` and counted from the one above and to the left of its
    centre; by how far down and to the right from there that is. Where there are fewer than n, the last is repeated."""
    reach = int(_reach(np.array(radius, np.int32)))
    drawn = np.zeros((_UNIT * _UNIT, 2 * reach + 1, 2 * reach + 1), np.uint8)
    for between, picture in enumerate(drawn):
        down, right = divmod(between, _UNIT)
        cv2.circle(picture, (reach * _UNIT + right, reach * _UNIT + down), radius, *FILLED)
    _, row, column = np.nonzero(drawn)
    n_covered = np.count_nonzero(drawn, axis=(1, 2))[:, None]
    end = np.cumsum(n_covered)[:, None]
    pixels = ((row - reach) * side_px + column - reach).astype(np.intp)
    return pixels[np.minimum(end - n_covered + np.arange(n_covered.max()), end - 1)]
