"""The steady asymmetry of each left/right pair of a walk, and the walk without it: what occlusion takes away."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import median_filter

from scoliogait.measurement.body import height_px
from scoliogait.measurement.stride_windows import SMOOTH_FRAMES, view_of_frames
from scoliogait.skeleton import LEFT_OF_PAIRS, PAIR_NAMES, RIGHT_OF_PAIRS

Array = NDArray[np.float64]
Poses = NDArray[np.float32]

# The middles of these make the body's axis, as in the measured asymmetries.
_AXIS = [PAIR_NAMES.index(name) for name in ("shoulders", "hips", "ankles")]


def steady_asymmetry(poses: Poses) -> Array:
    """What is steadily uneven in each pair, in px of each frame: (T, 8, 2), pairs as ``PAIR_NAMES``.

    poses: completed, (T, 17, 3). Column 0: how far left and right together lie from where a mirror at the body's axis
    would have them; column 1: how much lower the left lies. Both are means over the frames of a known side, in body
    heights, and so the same for the whole walk but for the size of the walker and the side that is seen: steps and
    swinging arms have no part in them. Frames of an unknown side have no column 0.
    """
    side, _ = view_of_frames(poses)
    height = median_filter(np.nan_to_num(height_px(poses), nan=1.0), size=SMOOTH_FRAMES, mode="nearest")
    height = np.maximum(height, 1.0)[:, None]
    left, right = (poses[:, joints, :2].astype(np.float64) for joints in (LEFT_OF_PAIRS, RIGHT_OF_PAIRS))
    axis = (0.5 * (left + right))[:, _AXIS, 0].mean(axis=1, keepdims=True)
    across = (left[..., 0] + right[..., 0] - 2 * axis) / height * side[:, None]
    lower = (left[..., 1] - right[..., 1]) / height
    known = side != 0 if (side != 0).any() else np.ones(len(poses), dtype=bool)
    steady = (across[known].mean(axis=0) * side[:, None] * height, lower[known].mean(axis=0) * height)
    return np.stack(steady, axis=-1)


def without_asymmetry(poses: Poses, asymmetry: Array, pairs: Iterable[int]) -> Poses:
    """The walk with these rows of ``PAIR_NAMES`` evened out; each side is moved by half of what is uneven."""
    evened = poses.copy()
    for pair in pairs:
        across, lower = 0.5 * asymmetry[:, pair, 0], 0.5 * asymmetry[:, pair, 1]
        for joint, sign in ((LEFT_OF_PAIRS[pair], 1.0), (RIGHT_OF_PAIRS[pair], -1.0)):
            evened[:, joint, 0] -= across
            evened[:, joint, 1] -= sign * lower
    return evened
