"""What a set of poses does not hold: the outline of the trunk, and where in the stride something happens.

Every feature is signed or even. A mirrored walk has the signed ones with the other sign and the same even ones: left
becomes right, and each foot does half a stride later what the other one did. So of what points to the left the mean
and the second harmonic of the stride are signed and the first harmonic is even; of what both sides share it is the
other way round.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scoliogait.measurement.body import Array, Mask, Poses, height_px, running_median, seen
from scoliogait.measurement.robust_asymmetry import robust_asymmetry
from scoliogait.measurement.stride import find_strides
from scoliogait.measurement.stride_windows import view_of_frames
from scoliogait.measurement.trunk_outline import axis_of, banded, left_of_axis, trunk_rows
from scoliogait.skeleton import JOINT
from scoliogait.walk import Walk

_FOREGROUND = 128
_HEIGHT_FRAMES = 9
_MIN_FRAMES = 12
_PAIRS = ("shoulder", "elbow", "wrist", "knee", "ankle")
_SEGMENTS = (("shoulder", "elbow"), ("elbow", "wrist"), ("shoulder", "hip"), ("hip", "knee"), ("knee", "ankle"))


@dataclass(frozen=True, eq=False)
class Features:
    """Of one walk: signed (s,), even (e,), float64, finite; 0 where a walk does not show it."""

    signed: Array
    even: Array


GROUPS = ("outline", "outline in the stride", "turned parts", "stride", "posture")


def features_of(walk: Walk) -> dict[str, Features]:
    """Every group of ``GROUPS`` of a walk with poses and aligned silhouettes (T, 64, 64) of the same frames.

    outline: of each band of height the middle of the trunk, its width, and how much more body is on the left. outline
    in the stride: their harmonics. turned parts: frontal signs of torsion in the joints. stride: harmonics of the
    joints, and frames of a stride. posture: the signed robust PAV, which says to which side a person bends.
    """
    assert walk.poses is not None
    assert walk.silhouettes is not None
    side, clear = view_of_frames(walk.poses)
    stride = find_strides(walk.poses, walk.frame_rate_hz).stride_frames
    phase = stride_phase(walk.poses, stride, clear)
    middle, width, uneven = trunk_bands(walk.silhouettes, side)
    joints = phase_locked(*joint_signals(walk.poses, side), phase, clear)
    asymmetry = robust_asymmetry(walk.poses, walk.frame_rate_hz).values
    groups = (
        _means(np.hstack([middle, uneven]), width, clear),
        phase_locked(np.hstack([middle, uneven]), width, phase, clear),
        turned_parts(walk.poses, side, clear),
        Features(joints.signed, np.append(joints.even, stride or 0.0)),
        Features(asymmetry.ravel().astype(np.float64), np.empty(0)),
    )
    return dict(zip(GROUPS, groups, strict=True))


def outline_of(silhouettes: NDArray[np.uint8], poses: Poses) -> Features:
    """The group "outline" alone."""
    side, clear = view_of_frames(poses)
    middle, width, uneven = trunk_bands(silhouettes, side)
    return _means(np.hstack([middle, uneven]), width, clear)


def left_against_right(outline: Features) -> Features:
    """Of the group "outline" of walks (walks in rows) how much more of the body is on the left, band by band."""
    return Features(outline.signed[:, outline.signed.shape[1] // 2 :], outline.even[:, :0])


def trunk_bands(silhouettes: NDArray[np.uint8], side: Array) -> tuple[Array, Array, Array]:
    """Of each frame and band of height, (T, bands) each, in pixels of 64 a body.

    The axis is the mean column of the body between chin and crotch. middle: how far the middle of the trunk, the run of
    foreground about the axis, lies to the walker's left of what it does on average over the bands. width: of that run.
    uneven: how much more of the body, arms included, lies to the left of the axis than to the right. NaN where the axis
    shows no body or the walker neither comes nor goes.
    """
    rows = trunk_rows(silhouettes)
    axis = axis_of(rows)
    reach = [_reach(rows, axis, direction) for direction in (1, -1)]
    centre = (reach[0] + reach[1]) / 2
    centre = centre - _mean(centre.T)[:, None]
    facing = np.where(side == 0, np.nan, side)
    return banded(centre * facing[:, None]), banded(reach[0] - reach[1]), left_of_axis(rows, axis, facing)


def _reach(rows: Array, axis: Array, direction: int) -> Array:
    """Column (T, rows) of the edge of the run of foreground that holds the axis, to the right (1) or left (-1)."""
    start = np.clip(np.round(axis).astype(int), 0, rows.shape[2] - 1)
    columns = start[:, None] + direction * np.arange(rows.shape[2] // 2)
    inside = (columns >= 0) & (columns < rows.shape[2])
    line = np.take_along_axis(rows, np.clip(columns, 0, rows.shape[2] - 1)[:, None], axis=2) * inside[:, None]
    body = np.logical_and.accumulate(line >= _FOREGROUND / 255.0, axis=2)
    # The first pixel beyond the run is partly covered.
    beyond = np.take_along_axis(line, np.minimum(body.sum(axis=2), line.shape[2] - 1)[..., None], axis=2)[..., 0]
    covered = (line * body).sum(axis=2) + beyond - 0.5
    return np.where(body[..., 0], start[:, None] + direction * covered, np.nan)


def joint_signals(poses: Poses, side: Array) -> tuple[Array, Array]:
    """What points to the walker's left (T, k) and what both sides share (T, m), in hundredths of the body's height."""
    visible = seen(poses)
    height = running_median(np.maximum(height_px(poses), 1.0), _HEIGHT_FRAMES)
    xy = np.where(visible[..., None], poses[..., :2].astype(np.float64), np.nan) * (100.0 / height)[:, None, None]
    hips = (xy[:, JOINT["left_hip"]] + xy[:, JOINT["right_hip"]]) / 2
    facing = np.where(side == 0, np.nan, side)
    to_left, shared = [], []
    for part in _PAIRS:
        left, right = xy[:, JOINT[f"left_{part}"]] - hips, xy[:, JOINT[f"right_{part}"]] - hips
        to_left += [right[:, 1] - left[:, 1], facing * (left[:, 0] + right[:, 0]) / 2]
        shared += [-(left[:, 1] + right[:, 1]) / 2, facing * (left[:, 0] - right[:, 0])]
    to_left.append(xy[:, JOINT["right_hip"], 1] - xy[:, JOINT["left_hip"], 1])
    to_left.append(facing * (xy[:, JOINT["nose"], 0] - hips[:, 0]))
    return np.stack(to_left, axis=1), np.stack(shared, axis=1)


def turned_parts(poses: Poses, side: Array, clear: Mask) -> Features:
    """Frontal signs of torsion: how much longer segments look on the left, where the nose points, relative widths."""
    xy = np.where(seen(poses)[..., None], poses[..., :2].astype(np.float64), np.nan)
    shoulders, hips, ears = (
        xy[:, JOINT[f"left_{part}"]] - xy[:, JOINT[f"right_{part}"]] for part in ("shoulder", "hip", "ear")
    )
    trunk = np.linalg.norm(_middle(xy, "shoulder") - _middle(xy, "hip"), axis=1)
    signed = [_log_ratio(*(_length(xy, name, *ends) for name in ("left", "right"))) for ends in _SEGMENTS]
    facing = np.where(side == 0, np.nan, side)
    signed += [facing * (xy[:, JOINT["nose"], 0] - _middle(xy, part)[:, 0]) / trunk for part in ("shoulder", "ear")]
    widths = [np.abs(pair[:, 0]) / trunk for pair in (shoulders, hips, ears)]
    return _means(np.stack(signed, axis=1), np.stack(widths, axis=1), clear)


def _length(xy: Array, side: str, near: str, far: str) -> Array:
    return np.asarray(np.linalg.norm(xy[:, JOINT[f"{side}_{near}"]] - xy[:, JOINT[f"{side}_{far}"]], axis=1))


def _log_ratio(left: Array, right: Array) -> Array:
    return np.asarray(np.log(np.maximum(left, 1e-6) / np.maximum(right, 1e-6)))


def _middle(xy: Array, part: str) -> Array:
    return np.asarray((xy[:, JOINT[f"left_{part}"]] + xy[:, JOINT[f"right_{part}"]]) / 2)


def stride_phase(poses: Poses, stride: float | None, clear: Mask) -> Array:
    """Phase (T,) of a stride of so many frames in rad, 0 where the left ankle is highest above the right one.

    NaN without a stride.
    """
    nothing = np.full(len(poses), np.nan)
    rise = poses[:, JOINT["right_ankle"], 1].astype(np.float64) - poses[:, JOINT["left_ankle"], 1]
    known = clear & seen(poses)[:, [JOINT["left_ankle"], JOINT["right_ankle"]]].all(axis=1)
    if stride is None or known.sum() < _MIN_FRAMES:
        return nothing
    turn = 2 * np.pi * np.arange(len(poses)) / stride
    cosine, sine = _harmonics(rise[known, None], turn[known], 1)[1:, 0]
    return np.asarray(turn - np.arctan2(sine, cosine))


def phase_locked(to_left: Array, shared: Array, phase: Array, clear: Mask) -> Features:
    """First and second harmonic in the phase (T,) of what points to the left (T, k) and of what is shared (T, m)."""
    usable = clear & np.isfinite(phase)
    both = np.hstack([to_left, shared])
    known = usable[:, None] & np.isfinite(both)
    first, second = np.zeros((2, both.shape[1])), np.zeros((2, both.shape[1]))
    for frames in np.unique(known, axis=1).T:  # columns known in the same frames are fitted together
        if frames.sum() >= _MIN_FRAMES:
            columns = (known == frames[:, None]).all(axis=0)
            fitted = _harmonics(both[np.ix_(frames, columns)], phase[frames], 2)
            first[:, columns], second[:, columns] = fitted[1:3], fitted[3:5]
    pointing = to_left.shape[1]
    return Features(
        signed=np.concatenate([second[:, :pointing].ravel(), first[:, pointing:].ravel()]),
        even=np.concatenate([first[:, :pointing].ravel(), second[:, pointing:].ravel()]),
    )


def _harmonics(values: Array, phase: Array, n: int) -> Array:
    """Least-squares mean, cosine and sine of n harmonics, (1 + 2 n, k), of values (T, k)."""
    waves = [wave(order * phase) for order in range(1, n + 1) for wave in (np.cos, np.sin)]
    return np.asarray(np.linalg.lstsq(np.stack([np.ones(len(phase)), *waves], axis=1), values, rcond=1e-6)[0])


def _means(to_left: Array, shared: Array, clear: Mask) -> Features:
    return Features(_mean(to_left[clear]), _mean(shared[clear]))


def _mean(values: Array) -> Array:
    known = np.isfinite(values)
    total = np.where(known, values, 0.0).sum(axis=0)
    return np.asarray(np.divide(total, known.sum(axis=0), out=np.zeros(values.shape[1]), where=known.any(axis=0)))
