"""Where a body stands in the picture and what it looks like, even when only parts of it are seen.

Lengths are in body heights, from the ankles to the eyes (about nine tenths of the stature), so that they do not depend
on the camera. The standing figure of ``body_size.py`` gives each joint its usual place.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from scoliogait.io.people import Poses
from scoliogait.measurement.body_size import FIGURE_HEIGHTS, UPRIGHT, lengths_px, visible
from scoliogait.skeleton import JOINT

Array = NDArray[np.float64]

_CENTRE = 0.53
# Segments whose lengths tell one body from another, as a share of its size.
_PROPORTIONS = (
    *UPRIGHT,
    *((JOINT[f"left_{part}"], JOINT[f"right_{part}"]) for part in ("shoulder", "hip")),
    *((JOINT[f"{side}_shoulder"], JOINT[f"{side}_elbow"]) for side in ("left", "right")),
)
N_PROPORTIONS = len(_PROPORTIONS)


def centres_px(poses: Poses, size_px: Array) -> Array:
    """Where the middle of each body is, (N, 2): a part of a body points to the middle of the whole standing figure.

    Without a size it is the mean of the visible joints.
    """
    seen = visible(poses)
    weight = seen / seen.sum(axis=1, keepdims=True)
    mean = np.einsum("nj,njc->nc", weight, poses[..., :2].astype(np.float64))
    above = (weight * (FIGURE_HEIGHTS - _CENTRE)).sum(axis=1)
    mean[:, 1] += np.where(np.isfinite(size_px), size_px, 0.0) * above
    return mean


def proportions(poses: Poses, size_px: Array) -> Array:
    """Lengths of ten segments as shares of the body height (N, 10), NaN where an end is missing."""
    return lengths_px(poses, _PROPORTIONS) / size_px[:, None]


def signed_widths(poses: Poses, size_px: Array) -> Array:
    """Shoulder width in body heights (N,): positive from the front, negative from the back, NaN unless seen."""
    left, right = JOINT["left_shoulder"], JOINT["right_shoulder"]
    seen = visible(poses)[:, [left, right]].all(axis=1)
    return np.where(seen, (poses[:, left, 0].astype(np.float64) - poses[:, right, 0]) / size_px, np.nan)
