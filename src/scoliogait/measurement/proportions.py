"""Could two recordings show the same person? From the proportions of their limbs in the picture.

The lengths are logarithms of eight limbs over the body's height, each the upper fifth over the clear frames, as a limb
that swings towards the camera looks shorter. Recordings of one person differ by keypoint errors, by perspective and by
the side they show; the covariance of these differences and the limits come from simulated people who walked several
times (docs/studies/repeatability.md, which also counts how often the limits are wrong). Bodies are much alike, so this
finds some exchanged recordings and not all: a stated subject is better.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scoliogait.measurement.body import Array, Poses, height_px, seen
from scoliogait.measurement.stride_windows import view_of_frames
from scoliogait.skeleton import JOINT

# Joint pairs whose middles are the ends of the trunk and neck, or whose left and right ends are averaged.
_TRUNK, _NECK = ("shoulder", "hip"), ("ear", "shoulder")
_LIMBS = (("hip", "knee"), ("knee", "ankle"), ("shoulder", "elbow"), ("elbow", "wrist"))
_WIDTHS = ("shoulder", "hip")
# Without a head, or a foot, the body's height is not seen.
_HEAD = [JOINT[f"{side}_{part}"] for part in ("eye", "ear") for side in ("left", "right")]
_ANKLES = [JOINT["left_ankle"], JOINT["right_ankle"]]
_QUANTILE = 0.8
_MIN_FRAMES = 15
_MIN_SHARE = 0.2
# Covariance of the differences between two recordings of one person, 1e-4: trunk, thigh, shank, upper arm, forearm,
# shoulder width, hip width, neck.
_COVARIANCE = 1e-4 * np.array(
    [
        [6.09, -2.03, 0.82, 4.97, 6.66, 3.39, 3.50, -1.11],
        [-2.03, 17.80, -12.79, -0.13, 15.89, 0.86, 2.75, 0.77],
        [0.82, -12.79, 19.16, 2.67, -12.93, 0.95, 0.52, -0.01],
        [4.97, -0.13, 2.67, 12.32, 4.14, 3.70, 4.10, -1.03],
        [6.66, 15.89, -12.93, 4.14, 64.57, 9.88, 9.21, 6.78],
        [3.39, 0.86, 0.95, 3.70, 9.88, 12.17, 4.25, 2.55],
        [3.50, 2.75, 0.52, 4.10, 9.21, 4.25, 57.44, 1.75],
        [-1.11, 0.77, -0.01, -1.03, 6.78, 2.55, 1.75, 16.00],
    ]
)
# Squared distances that 1 in 100 pairs of recordings of one person exceed: both directions in each, the same one in
# each, different ones.
LIMITS = {"both": 14.4, "same": 22.3, "other": 23.7}


@dataclass(frozen=True, eq=False)
class Proportions:
    """Logarithms (8,) of limb lengths over body height; NaN unknown. sides: the directions seen, of 1 and -1."""

    lengths: Array
    sides: frozenset[int]


def proportions(poses: Poses) -> Proportions:
    """Of poses (T, 17, 3); all unknown where fewer than 15 clear frames show the body from head to feet."""
    view, clear = view_of_frames(poses)
    height, visible = height_px(poses), seen(poses)
    usable = clear & (height > 0) & visible[:, _HEAD].any(axis=1) & visible[:, _ANKLES].all(axis=1)
    if usable.sum() < _MIN_FRAMES:
        return Proportions(np.full(len(_COVARIANCE), np.nan), frozenset())
    lengths = _lengths(poses[usable]) / height[usable, None]
    known = (lengths > 0).sum(axis=0) >= _MIN_FRAMES
    logarithms = [
        np.log(np.quantile(column[column > 0], _QUANTILE)) if enough else np.nan
        for column, enough in zip(lengths.T, known, strict=True)
    ]
    sides = frozenset(side for side in (1, -1) if (view[usable] == side).mean() >= _MIN_SHARE)
    return Proportions(np.array(logarithms), sides)


def excess_of_difference(first: Proportions, second: Proportions) -> float:
    """Squared distance between two recordings over the limit: above 1 they hardly show one person; 0 where unknown."""
    difference = first.lengths - second.lengths
    known = np.isfinite(difference)
    if not known.any() or not first.sides or not second.sides:
        return 0.0
    covariance = _COVARIANCE[np.ix_(known, known)]
    distance = float(difference[known] @ np.linalg.solve(covariance, difference[known]))
    # With fewer limbs the limit would be lower; it is kept, so that missing joints refuse nobody.
    return distance / LIMITS[_relation(first.sides, second.sides)]


def _relation(first: frozenset[int], second: frozenset[int]) -> str:
    if len(first) == len(second) == 2:
        return "both"
    return "same" if first & second else "other"


def _lengths(poses: Poses) -> Array:
    """Lengths (T, 8) in px; NaN where a joint of it is not seen."""
    xy = np.where(seen(poses)[..., None], poses[..., :2].astype(np.float64), np.nan)
    left, right = ({part: xy[:, JOINT[f"{side}_{part}"]] for part in _PARTS} for side in ("left", "right"))
    middle = {part: (left[part] + right[part]) / 2 for part in _PARTS}
    columns = [np.linalg.norm(middle[_TRUNK[0]] - middle[_TRUNK[1]], axis=1)]
    for near, far in _LIMBS:
        columns.append(sum(np.linalg.norm(side[near] - side[far], axis=1) for side in (left, right)) / 2)
    columns += [np.linalg.norm(left[part] - right[part], axis=1) for part in _WIDTHS]
    columns.append(np.linalg.norm(middle[_NECK[0]] - middle[_NECK[1]], axis=1))
    return np.stack(columns, axis=1)


_PARTS = ("ear", "shoulder", "elbow", "wrist", "hip", "knee", "ankle")
