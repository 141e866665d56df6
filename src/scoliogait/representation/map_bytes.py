"""Second half of a skeleton map on a CPU: grey levels, crop and halving in bytes, as ``map_crop`` does it on a GPU.

A byte takes a quarter of the time of a float, and most pixels of a halved map need no more than whole numbers.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from scoliogait.representation.pose import CANVAS_PX
from scoliogait.representation.settings import SkeletonMapConfig

Levels = NDArray[np.uint8]
Boxes = NDArray[np.int64]
# Of images (M, 128, W) the boxes (M, 4), each (size, size).
Resize = Callable[[Levels, Boxes, int], Levels]

_MIDDLE_PX = CANVAS_PX // 2
_WHOLE = (0, CANVAS_PX, 0, CANVAS_PX)
# The 24 levels whose 255th part is not this product are those that no map has (``grey_bytes``).
_SHARE = 1 / 255


def grey_bytes(intensity: NDArray[np.float32]) -> Levels:
    """8-bit grey of an intensity in grey levels, 0 to 255: rounded down, where 24 levels come out one lower.

    Those are 33, 37, ... 61, and these times 2 and 4 (``map_raster.grey_levels``): 001xxx01, 01xxx010 and 1xxx0100.
    """
    level = intensity.astype(np.uint8, order="C")
    lower = (level & 0b11100011) == 0b00100001
    lower |= (level & 0b11000111) == 0b01000010
    lower |= (level & 0b10001111) == 0b10000100
    level -= lower
    return level


def cropped(levels: Levels, left: int, config: SkeletonMapConfig, resize: Resize) -> Levels:
    """Grey (N, 2, 128, W) -> maps (N, 2, size, size).

    The W columns from ``left`` on are all that is not black; both are multiples of 16. resize: for boxes that are not
    the whole canvas in two times the size; its boxes count columns from ``left``.
    """
    maps = np.zeros((*levels.shape[:2], config.size, config.size), dtype=np.uint8)
    if not levels.size:
        return maps
    boxes = boxes_of(levels, left, config)
    is_whole = are_halved(boxes, config.size)
    if is_whole.any():
        width = levels.shape[-1] // 2
        maps[..., left // 2 : left // 2 + width][is_whole] = halved(levels[is_whole])
    if not is_whole.all():
        maps[~is_whole] = resize(levels[~is_whole], boxes[~is_whole] - (0, 0, left, 0), config.size)
    return maps


def boxes_of(levels: Levels, left: int, config: SkeletonMapConfig) -> Boxes:
    """Grey (N, 2, 128, W) -> (N, 2, 4) = first row, rows, first column, columns, as ``map_crop.crop_boxes``."""
    if config.alignment == "none":
        return np.broadcast_to(np.array(_WHOLE), (len(levels), 2, 4))
    if config.alignment == "shared":
        levels = levels.max(axis=1, keepdims=True).repeat(2, axis=1)
    lit = np.asarray(levels.view(np.uint64).any(axis=-1))
    top = lit.argmax(axis=-1)
    bottom = np.where(lit.any(axis=-1), CANVAS_PX - 1 - lit[..., ::-1].argmax(axis=-1), top)
    height = bottom - top + 1
    if config.geometry == "square":
        half = height // 2
        return np.stack([top, height, _MIDDLE_PX - half, np.minimum(2 * half + 1, CANVAS_PX)], axis=-1)
    column = left + np.arange(levels.shape[-1])
    needed = np.maximum(_MIDDLE_PX - column, column - _MIDDLE_PX + 1)
    half = np.maximum((height + 1) // 2, (levels.any(axis=-2) * needed).max(axis=-1))
    return np.stack([top - (2 * half - height) // 2, 2 * half, _MIDDLE_PX - half, 2 * half], axis=-1)


def are_halved(boxes: Boxes, size: int) -> NDArray[np.bool_]:
    """Of boxes (..., 4), whether each is the whole canvas in two times the size."""
    return np.asarray((boxes == _WHOLE).all(axis=-1) & (2 * size == CANVAS_PX))


def halved(images: Levels) -> Levels:
    """Mean of 2 x 2 pixels, rounded down as the published export does: (M, 128, W) -> (M, 64, W / 2)."""
    pairs = images.view(np.uint16)
    sums = (pairs & 0xFF) + (pairs >> 8)
    totals = sums[:, ::2] + sums[:, 1::2]
    maps: Levels = (totals >> 2).astype(np.uint8)
    # Where the mean is a whole level, the last bit of the export's own operations decides, in their own order.
    whole = (totals & 3) == 0
    whole &= totals > 0
    pixel = np.flatnonzero(whole)
    width = images.shape[-1]
    row = pixel // (width // 2)
    first = 2 * (pixel + row * (width // 2))
    levels = images.reshape(-1)
    total = levels.take(first) * _SHARE
    for further in (1, width, width + 1):
        total += levels.take(first + further) * _SHARE
    maps.reshape(-1)[pixel] = (total * 0.25 * 255).astype(np.uint8)
    return maps
