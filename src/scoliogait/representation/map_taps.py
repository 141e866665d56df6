"""Which source pixels make a pixel of a map that is shrunk or enlarged, as OpenCV's area mode weighs them."""

from __future__ import annotations

from functools import lru_cache
from math import ceil, floor

import numpy as np
from numpy.typing import NDArray

from scoliogait.representation.pose import CANVAS_PX

# OpenCV leaves out a source pixel that a cell covers by less than this.
_SLIVER = 1e-3


@lru_cache(maxsize=4)
def tap_tables(size: int) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Source offsets and weights, both (2, 129, size, taps): [enlarged?, length of the box]."""
    n_taps = max(2, ceil(CANVAS_PX / size) + 1)
    index = np.zeros((2, CANVAS_PX + 1, size, n_taps), dtype=np.int64)
    weight = np.zeros((2, CANVAS_PX + 1, size, n_taps), dtype=np.float32)
    for length in range(1, CANVAS_PX + 1):
        for target in range(size):
            for enlarged, taps in enumerate((_area_taps(target, length, size), _enlarging_taps(target, length, size))):
                for tap, (source, share) in enumerate(taps):
                    index[enlarged, length, target, tap] = source
                    weight[enlarged, length, target, tap] = share
    return index, weight


def _area_taps(target: int, length: int, size: int) -> list[tuple[int, float]]:
    """Source pixels that the cell of a target pixel covers, with their share of it."""
    if length < size:
        return []
    scale = 1 / (size / length)
    begin, end = target * scale, (target + 1) * scale
    cell = min(scale, length - begin)
    taps = []
    for source in range(floor(begin), min(ceil(end), length)):
        covered = min(end, source + 1) - max(begin, source)
        if covered > _SLIVER:
            taps.append((source, covered / cell))
    return taps


def _enlarging_taps(target: int, length: int, size: int) -> list[tuple[int, float]]:
    """The two source pixels of a target pixel in OpenCV's area mode for enlarging."""
    growth = size / length
    source = floor(target * (1 / growth))
    share = (target + 1) - (source + 1) * growth
    share = share - floor(share) if share > 0 else 0.0
    if source >= length - 1:
        return [(length - 1, 1.0)]
    return [(source, 1.0 - share), (source + 1, share)]
