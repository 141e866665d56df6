"""How large a body is in the picture: the one height that limits, notes, bars and reports speak of, in px.

``person_height_px`` is from head to feet. Lengths of single segments stand in where head or feet are never seen: the
standing figure below says which share of the body's height, from the ankles to the eyes, each segment spans.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from scoliogait.measurement.body import EYES_TO_ANKLES, Array, Mask, Poses, median, seen
from scoliogait.skeleton import JOINT, JOINT_NAMES

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

# An estimator puts joints that it does not see, feet below the edge of the picture, somewhere with a low confidence.
_GUESS_CONFIDENCE = 0.3
_CHAIN = ("shoulder", "hip", "knee", "ankle")
# Upright segments keep their length from the front and from the side.
UPRIGHT = tuple((JOINT[f"{side}_{a}"], JOINT[f"{side}_{b}"]) for side in ("left", "right") for a, b in pairwise(_CHAIN))
_UPRIGHT_LENGTHS = np.array([FIGURE_HEIGHTS[a] - FIGURE_HEIGHTS[b] for a, b in UPRIGHT])
# Read only where no upright segment is seen: arms and head.
_OTHERS = tuple(
    (JOINT[f"{side}_{a}"], JOINT[f"{side}_{b}"])
    for side in ("left", "right")
    for a, b in (("shoulder", "elbow"), ("elbow", "wrist"), ("ear", "shoulder"))
)
_OTHER_LENGTHS = np.array([0.2, 0.17, 0.15] * 2)
_EYES_AND_EARS = [JOINT[f"{side}_{part}"] for part in ("eye", "ear") for side in ("left", "right")]
_ANKLES = [JOINT["left_ankle"], JOINT["right_ankle"]]


def visible(poses: Poses) -> Mask:
    """Joints with a confidence above 0: (N, 17, 3) -> (N, 17)."""
    return np.asarray(poses[..., 2] > 0)


def person_height_px(poses: Poses) -> float | None:
    """Height of one person (T, 17, 3) in the picture, from head to feet in px; None where nothing shows it.

    The median, over the frames that show head and feet, of what lies between eyes or ears and ankles, which is
    ``EYES_TO_ANKLES`` of it. Where no frame shows both, the median of ``sizes_px`` stands in for that length.
    """
    spans = _eyes_to_ankles_px(poses)
    if not len(spans):
        spans = sizes_px(poses[visible(poses).any(axis=1)])
        spans = spans[np.isfinite(spans)]
    return median(spans) / EYES_TO_ANKLES if len(spans) else None


def sizes_px(poses: Poses) -> Array:
    """Body height, ankles to eyes, of each detection in px (N,), from its segments; NaN where none is seen.

    It is known of a part of a body, too. The median of the first that are there counts: upright segments whose ends are
    more than guesses, upright ones, arms and head.
    """
    upright = lengths_px(poses, UPRIGHT) / _UPRIGHT_LENGTHS
    guessed = np.stack([np.minimum(poses[:, a, 2], poses[:, b, 2]) < _GUESS_CONFIDENCE for a, b in UPRIGHT], axis=1)
    size = _median_of_known(np.where(guessed, np.nan, upright))
    for lengths in (upright, lengths_px(poses, _OTHERS) / _OTHER_LENGTHS):
        missing = ~np.isfinite(size)
        size[missing] = _median_of_known(lengths[missing])
    return np.where(size > 0, size, np.nan)


def lengths_px(poses: Poses, segments: Sequence[tuple[int, int]]) -> Array:
    """Lengths of segments, pairs of joints, in px: (N, S), NaN where an end is missing."""
    first, second = (list(ends) for ends in zip(*segments, strict=True))
    there = visible(poses)
    length = np.linalg.norm(poses[:, first, :2].astype(np.float64) - poses[:, second, :2], axis=2)
    return np.where(there[:, first] & there[:, second], length, np.nan)


def _eyes_to_ankles_px(poses: Poses) -> Array:
    """From an eye or ear to an ankle, where they lie farthest apart, of the frames that show one of each."""
    known = seen(poses)
    whole = known[:, _EYES_AND_EARS].any(axis=1) & known[:, _ANKLES].any(axis=1)
    xy, known = poses[whole, :, :2].astype(np.float64), known[whole]
    apart = np.linalg.norm(xy[:, _EYES_AND_EARS, None] - xy[:, None, _ANKLES], axis=-1)
    both = known[:, _EYES_AND_EARS, None] & known[:, None, _ANKLES]
    spans: Array = np.where(both, apart, 0.0).max(axis=(1, 2))
    return spans[spans > 0]


def _median_of_known(values: Array) -> Array:
    """Median over the last axis without NaN; NaN where nothing is known. Much faster than ``np.nanmedian``."""
    ordered = np.sort(values, axis=-1)  # NaN last
    n = np.isfinite(values).sum(axis=-1)
    low, high = np.maximum(n - 1, 0) // 2, n // 2
    last = values.shape[-1] - 1
    rows = np.arange(len(values))
    return np.where(n > 0, (ordered[rows, low] + ordered[rows, np.minimum(high, last)]) / 2, np.nan)
