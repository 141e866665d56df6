"""What the network preferred in the pictures of the walker: the rows of ``Seen.sides_px`` that are theirs."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from scoliogait.measurement.mirror_difference import mirror_difference
from scoliogait.video.watch import Seen


def walker_sides_px(seen: Seen, poses: NDArray[np.float32]) -> NDArray[np.float32]:
    """(T, 17, 2) of the walker whose poses in the pictures are (T, 17, 3); NaN in pictures without them."""
    sides = np.full((*poses.shape[:2], 2), np.nan, np.float32)
    for frame in np.flatnonzero((poses[..., 2] > 0).any(axis=1)).tolist():
        row, _ = seen.nearest_to(frame, poses[frame])
        if row >= 0:
            sides[frame] = seen.sides_px[frame][row]
    return sides


def walker_mirror_difference(seen: Seen, poses: NDArray[np.float32]) -> NDArray[np.float32]:
    """The walker's mirror difference (8, 2), as it stands in a Walk."""
    return mirror_difference(poses, walker_sides_px(seen, poses))
