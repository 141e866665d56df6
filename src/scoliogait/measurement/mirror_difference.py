"""How far a pose network disagrees with itself about a picture and its mirror image, for each pair of joints.

The mean of both runs is what is measured, so that no side is preferred. Half of their difference is what the network
preferred, and shows how unsure it is: what remains after averaging is of the same order (``keypoint_error.py``).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from scoliogait.measurement.body import FIGURE_HEIGHT, Array, Poses, height_px, seen
from scoliogait.skeleton import LEFT_OF_PAIRS, PAIR_NAMES, RIGHT_OF_PAIRS

_AXIS = [PAIR_NAMES.index(name) for name in ("shoulders", "hips", "ankles")]
_MAD_TO_SD = 1.4826


def mirror_difference(poses: Poses, sides_px: NDArray[np.floating]) -> NDArray[np.float32]:
    """Size (8, 2) of half of the difference, a robust standard deviation about 0 over the frames of a walker.

    Rows as PAIR_NAMES; columns: height of the left above the right joint, midline from the body's axis; in 1/128 of the
    body's height, 0 where no frame shows the pair. poses (T, 17, 3): means of both runs. sides_px (T, 17, 2): half of
    the difference, plain less mirrored, NaN in frames without the walker.
    """
    heights = height_px(poses)
    known = seen(poses) & np.isfinite(sides_px).all(axis=-1) & (heights > 0)[:, None]
    unit = (FIGURE_HEIGHT / np.where(heights > 0, heights, 1.0))[:, None]
    sides = np.where(known[..., None], sides_px, np.nan).astype(np.float64)
    left, right = sides[:, LEFT_OF_PAIRS], sides[:, RIGHT_OF_PAIRS]
    rises = (right[..., 1] - left[..., 1]) * unit
    middles = (left[..., 0] + right[..., 0]) / 2 * unit
    middles = middles - middles[:, _AXIS].mean(axis=1, keepdims=True)
    return np.stack([_sizes(rises), _sizes(middles)], axis=-1).astype(np.float32)


def _sizes(values: Array) -> Array:
    """Of the known values of each column (T, 8)."""
    columns = (np.abs(column[np.isfinite(column)]) for column in values.T)
    return np.array([_MAD_TO_SD * np.median(known) if len(known) else 0.0 for known in columns])
