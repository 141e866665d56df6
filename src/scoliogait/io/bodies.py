"""How large a body is in the picture and where it stands, even when only parts of it are seen.

Lengths are in body heights, from the ankles to the eyes (about nine tenths of the stature), so that they do not depend
on the camera. The standing figure below gives each joint its usual place.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from scoliogait.io.people import Poses
from scoliogait.skeleton import JOINT, JOINT_NAMES

Array = NDArray[np.float64]

# Height above the ankles of each part of a standing person, in body heights.
_HEIGHTS = {
    "nose": 0.96,
    "eye": 1.0,
    "ear": 0.97,
    "shoulder": 0.85,
    "elbow": 0.65,
    "wrist": 0.50,
    "hip": 0.53,
    "knee": 0.27,
    "ankle": 0.0,
}
FIGURE_HEIGHTS = np.array([_HEIGHTS[name.split("_")[-1]] for name in JOINT_NAMES])
_CENTRE = 0.53

# An estimator puts joints that it does not see, feet below the edge of the picture, somewhere with a low confidence.
_GUESS_CONFIDENCE = 0.3
_CHAIN = ("shoulder", "hip", "knee", "ankle")
# Upright segments keep their length from the front and from the side.
_UPRIGHT = tuple(
    (JOINT[f"{side}_{a}"], JOINT[f"{side}_{b}"]) for side in ("left", "right") for a, b in pairwise(_CHAIN)
)
_UPRIGHT_LENGTHS = np.array([FIGURE_HEIGHTS[a] - FIGURE_HEIGHTS[b] for a, b in _UPRIGHT])
# Read only where no upright segment is seen: arms and head.
_OTHERS = tuple(
    (JOINT[f"{side}_{a}"], JOINT[f"{side}_{b}"])
    for side in ("left", "right")
    for a, b in (("shoulder", "elbow"), ("elbow", "wrist"), ("ear", "shoulder"))
)
_OTHER_LENGTHS = np.array([0.2, 0.17, 0.15] * 2)
# Segments whose lengths tell one body from another, as a share of its size.
_PROPORTIONS = (
    *_UPRIGHT,
    *((JOINT[f"left_{part}"], JOINT[f"right_{part}"]) for part in ("shoulder", "hip")),
    *((JOINT[f"{side}_shoulder"], JOINT[f"{side}_elbow"]) for side in ("left", "right")),
)
N_PROPORTIONS = len(_PROPORTIONS)


def visible(poses: Poses) -> NDArray[np.bool_]:
    """Joints with a confidence above 0: (N, 17, 3) -> (N, 17)."""
    return np.asarray(poses[..., 2] > 0)


def sizes_px(poses: Poses) -> Array:
    """Body height of each detection in px (N,), from the median of the segments that are seen; NaN where none is.

    The first that is there counts: upright segments whose ends are more than guesses, upright ones, arms and head.
    """
    upright = _lengths_px(poses, _UPRIGHT) / _UPRIGHT_LENGTHS
    guessed = np.stack([np.minimum(poses[:, a, 2], poses[:, b, 2]) < _GUESS_CONFIDENCE for a, b in _UPRIGHT], axis=1)
    size = _median_of_known(np.where(guessed, np.nan, upright))
    for lengths in (upright, _lengths_px(poses, _OTHERS) / _OTHER_LENGTHS):
        missing = ~np.isfinite(size)
        size[missing] = _median_of_known(lengths[missing])
    return np.where(size > 0, size, np.nan)


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
    return _lengths_px(poses, _PROPORTIONS) / size_px[:, None]


def signed_widths(poses: Poses, size_px: Array) -> Array:
    """Shoulder width in body heights (N,): positive from the front, negative from the back, NaN unless seen."""
    left, right = JOINT["left_shoulder"], JOINT["right_shoulder"]
    seen = visible(poses)[:, [left, right]].all(axis=1)
    return np.where(seen, (poses[:, left, 0].astype(np.float64) - poses[:, right, 0]) / size_px, np.nan)


def _lengths_px(poses: Poses, segments: tuple[tuple[int, int], ...]) -> Array:
    first, second = (list(ends) for ends in zip(*segments, strict=True))
    seen = visible(poses)
    length = np.linalg.norm(poses[:, first, :2].astype(np.float64) - poses[:, second, :2], axis=2)
    return np.where(seen[:, first] & seen[:, second], length, np.nan)


def _median_of_known(values: Array) -> Array:
    """Median over the last axis without NaN; NaN where nothing is known. Much faster than ``np.nanmedian``."""
    ordered = np.sort(values, axis=-1)  # NaN last
    n = np.isfinite(values).sum(axis=-1)
    low, high = np.maximum(n - 1, 0) // 2, n // 2
    last = values.shape[-1] - 1
    rows = np.arange(len(values))
    return np.where(n > 0, (ordered[rows, low] + ordered[rows, np.minimum(high, last)]) / 2, np.nan)
