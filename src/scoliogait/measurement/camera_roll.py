"""The body's vertical axis in the picture, and how far the camera is rolled about its line of sight.

The body's axis from the ankles to the trunk leans in the picture by roll + lean (seen from the front) or roll - lean
(from behind). With both directions the two can be separated. With one direction they **cannot be**: how much of it is
roll is then an assumption, stated as the spreads below: a small angle is mostly lean, a large one roll. A person who
truly leans far as a whole, and walks one way only, loses most of that lean; what parts of the body do relative to each
other is kept.

The lines through shoulders and hips turn with the camera too, but say little of it: keypoint errors that turn the axis
by 0.3 degrees turn them by 1.4 and 3.7, and they differ by two degrees and more between people. They are not used.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from scoliogait.measurement.body import Array, Mask, Poses
from scoliogait.measurement.keypoint_error import KEYPOINT_SHARE, STRIDE_SHARE, jitter
from scoliogait.measurement.stride_statistics import direction_means, two_sided_t
from scoliogait.measurement.stride_windows import MIN_STRIDE_COVERAGE, StrideWindows, bridged
from scoliogait.skeleton import PAIR_NAMES, PAIRS

# Cameras are set up level, or they are not: share and spread (standard deviation) of the roll of each kind. The spread
# of the lean of whole bodies.
ROLL_SPREADS_RAD = ((0.5, np.deg2rad(0.5)), (0.5, np.deg2rad(3.0)))
LEAN_SPREAD_RAD = np.deg2rad(0.8)
# Degrees of freedom of the error that these give a roll seen from one direction: the spreads themselves are assumed.
# From simulated walkers of seeds that no study reports (docs/studies/video-truth.md).
ROLL_FREEDOM = 3.0
# What perspective adds to the angle of the axis in one direction.
VIEW_ERROR_RAD = np.deg2rad(0.15)
_AXIS_PAIRS = [PAIR_NAMES.index(name) for name in ("shoulders", "hips", "ankles")]


def axis_middles(poses: Poses, visible: Mask, roll: float = 0.0) -> Array:
    """Middles of shoulders, hips and ankles (T, 3, 2) in px; short gaps are bridged, NaN beyond.

    visible: (T, 17), joints of poses (T, 17, 3) that are seen in a clear frame. roll: of the camera, taken out.
    """
    middles = np.full((len(poses), len(_AXIS_PAIRS), 2), np.nan)
    for place, row in enumerate(_AXIS_PAIRS):
        left, right = PAIRS[row]
        both = visible[:, left] & visible[:, right]
        if both.any():
            of_left, of_right = (level(poses[:, joint], roll) for joint in (left, right))
            filled, near = bridged((of_left + of_right) / 2, both)
            middles[near, place] = filled[near]
    return middles


def body_axis(middles: Array, clear: Mask) -> Array:
    """Place of the body's axis (T, 2) in px: the mean of the three middles (T, 3, 2), NaN where one is unknown.

    A pair that less than half of the clear frames (T,) show is left out in the whole walk. An axis of two pairs lies a
    little elsewhere, but a midline that is not measured at all would be further from the truth.
    """
    shown = np.isfinite(middles[..., 0])[clear].sum(axis=0) >= 0.5 * clear.sum()
    if not shown.any():
        return np.full((len(middles), 2), np.nan)
    return middles[:, shown].sum(axis=1) / shown.sum()


@dataclass(frozen=True, eq=False)
class AxisAngles:
    """The angle of the axis ankles to trunk in each stride that shows it.

    angles (S,): rad, clockwise as seen. sides (S,): 1 front, -1 back. keypoint_error: standard deviation in rad of one
    part of the constant keypoint errors (see ``keypoint_error.py``).
    """

    angles: Array
    sides: Array
    keypoint_error: float


def axis_angles(middles: Array, windows: StrideWindows, view: Array) -> AxisAngles:
    """From middles (T, 3, 2) px, as from ``axis_middles``, the strides of the walk, and view (T,): of its frames."""
    trunk, ankles = (middles[:, 0] + middles[:, 1]) / 2, middles[:, 2]
    axis = trunk - ankles
    known: Mask = np.asarray(np.isfinite(axis).all(axis=1))
    enough = windows.sums(lambda frames: known[frames, None])[:, 0] >= MIN_STRIDE_COVERAGE * windows.lengths
    mean = windows.sums(lambda frames: np.where(known[frames, None], axis[frames], 0.0))[enough]
    of_frames = np.arctan2(axis[:, 0], -axis[:, 1])
    error = KEYPOINT_SHARE * float(np.nan_to_num(jitter(of_frames[:, None], view)[0]))
    return AxisAngles(np.arctan2(mean[:, 0], -mean[:, 1]), windows.sides[enough], error)


@dataclass(frozen=True)
class CameraRoll:
    """angle, error: of the roll in rad, error a standard deviation. seen_sides: 0, 1 or 2, how many directions show it.

    angle is positive when the picture's content is turned clockwise. With one direction it rests on an assumption.
    """

    angle: float
    error: float
    seen_sides: int

    @property
    def freedom(self) -> float:
        """Degrees of freedom of the error: few where it rests on an assumption, inf with two directions."""
        return float("inf") if self.seen_sides == 2 else ROLL_FREEDOM

    @property
    def half_width(self) -> float:
        """Half of the 95 % interval in rad."""
        return float(two_sided_t(self.freedom) * self.error)


def find_camera_roll(passes: Sequence[AxisAngles]) -> CameraRoll:
    """The roll of the one camera that filmed these passes, from the angle of the body's axis in each stride.

    Angles of front strides are roll + lean, of back strides roll - lean, with the spreads above. One side alone shows
    little: a small angle is then mostly taken for a lean, a large one for a roll.
    """
    angles = np.concatenate([seen_pass.angles for seen_pass in passes])[:, None]
    sides = np.concatenate([seen_pass.sides for seen_pass in passes])
    means, spread = direction_means(angles, np.ones_like(angles), sides)
    if not means:
        shares, spreads = zip(*ROLL_SPREADS_RAD, strict=True)
        return CameraRoll(0.0, float(np.sqrt(np.dot(shares, np.square(spreads)))), 0)
    shown = [seen_pass.keypoint_error for seen_pass in passes if len(seen_pass.angles)]
    seen_angles, seen_sides = np.array([mean[0] for mean, _ in means.values()]), np.array(list(means))
    sampling = np.array([spread[0] ** 2 / n_strides[0] for _, n_strides in means.values()])
    size = max(float(np.mean(np.square(shown))), (STRIDE_SHARE * spread[0]) ** 2)
    constant = size * (1.0 + np.outer(seen_sides, seen_sides))
    covariance = constant + np.diag(sampling + VIEW_ERROR_RAD**2)
    return CameraRoll(*_roll_from_angles(seen_angles, seen_sides, covariance), len(means))


def _roll_from_angles(angles: Array, sides: Array, covariance: Array) -> tuple[float, float]:
    """Posterior mean and standard deviation of the roll, from the mean angle of each side (1 or 2) and its errors."""
    design = np.stack([np.ones_like(sides), sides], axis=1)
    logarithms, means, seconds = [], [], []
    for share, roll_spread in ROLL_SPREADS_RAD:
        prior = np.diag([roll_spread**2, LEAN_SPREAD_RAD**2])
        expected = design @ prior @ design.T + covariance
        explained = np.linalg.solve(expected, angles)
        mean = float(prior[0] @ design.T @ explained)
        variance = prior[0, 0] - prior[0] @ design.T @ np.linalg.solve(expected, design @ prior[:, 0])
        logarithms.append(np.log(share) - 0.5 * (angles @ explained + np.log(np.linalg.det(expected))))
        means.append(mean)
        seconds.append(variance + mean**2)
    # Of a picture that lies on its side every weight is smaller than a number can be; their ratios are not.
    weights = np.exp(np.array(logarithms) - max(logarithms))
    roll = float(np.average(means, weights=weights))
    return roll, float(np.sqrt(np.average(seconds, weights=weights) - roll**2))


def level(joints: Poses, roll: float) -> Array:
    """Places (..., 2) in px of joints (..., 3), as a camera without that roll would have seen them."""
    xy = joints[..., :2].astype(np.float64)
    return turned(xy, -roll) if roll else xy


def turned(xy: Array, angle: float) -> Array:
    """Points (..., 2) turned by an angle in rad about the picture's origin, clockwise as seen (y points down)."""
    x, y = xy[..., 0], xy[..., 1]
    return np.stack([np.cos(angle) * x - np.sin(angle) * y, np.sin(angle) * x + np.cos(angle) * y], axis=-1)
