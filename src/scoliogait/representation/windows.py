"""Which frames of a walk a network looks at together, when it is scored in clips of the length that it was trained on.

A maximum over frames grows with their number, so a network trained on 20 frames meets, in a walk of 300, features that
no training clip ever had.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from scoliogait.scores import WindowLogits

Window = tuple[int, int]


def windows_of(n_frames: int, length: int) -> list[Window]:
    """(start, stop) of the fewest windows of ``length`` frames that cover a walk, in order.

    They are spread evenly: the first begins with the walk, the last ends with it. Where ``length`` does not divide the
    walk, neighbours share frames, all of them equally many to within one. A walk shorter than one window is one whole.
    """
    if n_frames <= length:
        return [(0, n_frames)]
    last = -(-n_frames // length) - 1
    starts = (round(index * (n_frames - length) / last) for index in range(last + 1))
    return [(start, start + length) for start in starts]


def logits_of_windows(logits: NDArray[np.floating], windows: Sequence[Sequence[Window]]) -> WindowLogits:
    """Logits (W, 3), walk after walk, with what their windows say: how many there are, and how much they overlap."""
    counts = np.array([len(of_walk) for of_walk in windows], dtype=np.int64)
    filled = [(of_walk[-1][1] - of_walk[0][0]) / (of_walk[0][1] - of_walk[0][0]) for of_walk in windows]
    return WindowLogits(logits, counts, np.array(filled, dtype=np.float64))
