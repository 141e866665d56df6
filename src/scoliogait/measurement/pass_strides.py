"""What one recorded pass shows, frame by frame and stride by stride, before directions and passes are combined.

``look_at`` finds the view, the whole strides and the angle of the body's axis in each; with the camera's roll known,
``measure_strides`` gives the values of every stride. A session looks at all its passes first, finds one roll for all of
them, and then measures each.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scoliogait.long_frames import give_back
from scoliogait.measurement.body import FIGURE_HEIGHT, Array, Mask, Poses, running_median, seen
from scoliogait.measurement.camera_roll import AxisAngles, axis_angles, axis_middles, body_axis, level
from scoliogait.measurement.keypoint_error import keypoint_errors, mirror_errors
from scoliogait.measurement.pieces import by_pieces, pieces
from scoliogait.measurement.stride_statistics import MAD_TO_SD, StrideValues
from scoliogait.measurement.stride_windows import (
    MIN_STRIDE_COVERAGE,
    SMOOTH_FRAMES,
    StrideWindows,
    bridged,
    stretches,
    stride_windows,
    view_of_frames,
)
from scoliogait.skeleton import ANKLE_JOINTS, FACE_JOINTS, LEFT_OF_PAIRS, RIGHT_OF_PAIRS

# An outlier is this many robust standard deviations, and at least so many units, from the median of five frames.
_OUTLIER_SPREADS = 5.0
_OUTLIER_UNITS = 2.0
_OUTLIER_FRAMES = 5
_HARMONICS = 3
_FRAMES_PER_TERM = 3
# Frames whose products of terms are summed at once.
_FRAMES_AT_ONCE = 4_096


@dataclass(frozen=True, eq=False)
class Look:
    """A pass before it is measured. poses (T, 17, 3); view (T,), clear (T,): as from ``view_of_frames``.

    windows: as from ``stride_windows``. stride_frames: None where no stride was found, and each stretch counts as one.
    angles: of the body's axis in each stride, which show the camera's roll. mirror_difference:
    (8, 2) as in ``Walk``, None where unknown.
    """

    poses: Poses
    view: Array
    clear: Mask
    windows: StrideWindows
    stride_frames: float | None
    angles: AxisAngles
    mirror_difference: NDArray[np.float32] | None = None


def look_at(poses: Poses, stride_frames: float | None, mirror_difference: NDArray[np.float32] | None = None) -> Look:
    """Find view, strides and axis of poses (T, 17, 3), where a stride has ``stride_frames`` frames (None: unknown)."""
    view, clear = view_of_frames(poses)
    windows = stride_windows(view, stride_frames)
    middles = axis_middles(poses, seen(poses) & clear[:, None])
    angles = axis_angles(middles, windows, view)
    return Look(poses, view, clear, windows, stride_frames, angles, mirror_difference)


def measure_strides(look: Look, roll: float) -> StrideValues:
    """The values of every stride of a pass whose camera is rolled by ``roll`` rad."""
    usable = seen(look.poses) & look.clear[:, None]
    weights = _pair_weights(look.poses, usable)
    rise, run, middle, lever = _frame_values(look, usable, roll)
    if look.stride_frames is not None:
        for values in (rise, run, middle):
            _lose_movement(values, weights, look.view, look.stride_frames)
    of_strides, stride_weights, levers = _stride_values(look.windows, weights, rise, run, middle, lever)
    del weights, lever
    used = np.zeros(len(look.poses), dtype=bool)
    used[look.windows.frames[look.windows.weights > 0]] = True
    errors = keypoint_errors(rise, middle, run, look.view)
    least = mirror_errors(look.mirror_difference, run)
    return StrideValues(
        of_strides, stride_weights, levers, look.windows.sides, errors, least, int((used & look.clear).sum())
    )


def _frame_values(look: Look, usable: Mask, roll: float) -> tuple[Array, Array, Array, Array]:
    """Of each frame and pair, (T, 8), in 1/128 of body height and the walker's frame; NaN unknown.

    rise: left above right. run: left beyond right. middle: left of the body's axis. lever: below the axis' middle.
    usable: (T, 17), joints that are seen in a clear frame.
    """
    units = FIGURE_HEIGHT / _smooth_height_px(look.poses, usable, roll)
    axes = body_axis(axis_middles(look.poses, usable, roll), look.clear)
    both = usable[:, LEFT_OF_PAIRS] & usable[:, RIGHT_OF_PAIRS]
    rise, run, middle, lever = (np.empty(both.shape) for _ in range(4))
    for piece in pieces(len(both)):
        xy, axis = level(look.poses[piece], roll), axes[piece]
        left, right = xy[:, LEFT_OF_PAIRS], xy[:, RIGHT_OF_PAIRS]
        to_left, scale = (look.view[piece] * units[piece])[:, None], units[piece, None]
        rise[piece] = (right[..., 1] - left[..., 1]) * scale
        run[piece] = (left[..., 0] - right[..., 0]) * to_left
        middle[piece] = ((left[..., 0] + right[..., 0]) / 2 - axis[:, :1]) * to_left
        lever[piece] = ((left[..., 1] + right[..., 1]) / 2 - axis[:, 1:]) * scale
        give_back(look.poses)  # of a long walk the arrays of all frames take most memory
    for values in (rise, run, middle):
        values[~both] = np.nan
        _lose_outliers(values)
    lever[~np.isfinite(middle)] = np.nan
    return rise, run, middle, lever


def _smooth_height_px(poses: Poses, visible: Mask, roll: float) -> Array:
    """Height from head to lower ankle of each frame (T,), median of nine; NaN away from complete frames.

    A frame that lacks a foot or the head looks shorter than it is. In a walk that never shows both, the height is that
    of the seen joints, as in the literal form.
    """
    complete: Mask = np.asarray(visible[:, ANKLE_JOINTS].all(axis=1) & visible[:, FACE_JOINTS].any(axis=1))
    if not complete.any():
        complete = np.asarray(visible.sum(axis=1) >= 2)
    if not complete.any():
        return np.full(len(poses), np.nan)

    def of_piece(frames: slice) -> Array:
        y, counting = level(poses[frames], roll)[..., 1], visible[frames]
        return np.where(counting, y, -np.inf).max(axis=1) - np.where(counting, y, np.inf).min(axis=1)

    filled, near = bridged(by_pieces(of_piece, len(poses))[:, None], complete)
    smooth = running_median(filled[:, 0], SMOOTH_FRAMES)
    return np.where(near & (smooth > 0), smooth, np.nan)


def _lose_outliers(values: Array) -> None:
    """Set those of the values (T, 8) to NaN that are far from the median of the five frames around them.

    Against the neighbours, not against the whole walk: the ends of a movement are no outliers.
    """
    for column in range(values.shape[1]):
        known = np.flatnonzero(np.isfinite(values[:, column]))
        if len(known):
            around = running_median(values[known, column], _OUTLIER_FRAMES)
            distance = np.abs(values[known, column] - around)
            limit = max(_OUTLIER_SPREADS * MAD_TO_SD * float(np.median(distance)), _OUTLIER_UNITS)
            values[known[distance > limit], column] = np.nan


def _pair_weights(poses: Poses, usable: Mask) -> Array:
    """Weight of a pair in a frame (T, 8): the square of its smaller confidence, 0 where not seen."""

    def of_piece(frames: slice) -> Array:
        confidence = np.where(usable[frames], poses[frames, :, 2].astype(np.float64), 0.0)
        return np.minimum(confidence[:, LEFT_OF_PAIRS], confidence[:, RIGHT_OF_PAIRS]) ** 2

    return by_pieces(of_piece, len(poses))


def _lose_movement(values: Array, weights: Array, side: Array, stride_frames: float) -> None:
    """Take out of values (T, k) the regular movement of their stretch: three harmonics of the stride, fitted to what is
    seen.

    The movement averages to nothing over a whole stride. Taken out first, it does not shift the mean of a stride that
    lacks some frames or trusts them less. A stretch with too few frames for the fit is left as it is. weights (T, k).
    """
    for first, stop in stretches(side):
        phase = 2 * np.pi * np.arange(stop - first) / stride_frames
        waves = [wave(order * phase) for order in range(1, _HARMONICS + 1) for wave in (np.cos, np.sin)]
        design = np.stack([np.ones(stop - first), *waves], axis=1)
        del waves
        own = values[first:stop]
        trust = np.where(np.isfinite(own), weights[first:stop], 0.0)
        enough = (trust > 0).sum(axis=0) >= max(_FRAMES_PER_TERM * design.shape[1], stride_frames)
        if enough.any():
            known, trust = own[:, enough], trust[:, enough]
            fitted = _weighted_fits(design, np.nan_to_num(known, copy=False), trust)
            del known
            own[:, enough] -= design[:, 1:] @ fitted[1:]


def _weighted_fits(design: Array, values: Array, weights: Array) -> Array:
    """Least-squares coefficients (p, k) of the columns of values (T, k) on design (T, p), each with its own weights."""
    n_terms = design.shape[1]
    moments = np.zeros((weights.shape[1], n_terms, n_terms))
    for first in range(0, len(design), _FRAMES_AT_ONCE):
        part, of_part = design[first : first + _FRAMES_AT_ONCE], weights[first : first + _FRAMES_AT_ONCE]
        products = (part[:, :, None] * part[:, None, :]).reshape(len(part), -1)
        moments += (products.T @ of_part).T.reshape(-1, n_terms, n_terms)
    targets = (design.T @ (weights * values)).T[..., None]
    # A gap may hide one phase of the step in every stride; the smallest coefficients are then taken.
    return np.asarray((np.linalg.pinv(moments, rcond=1e-10, hermitian=True) @ targets)[..., 0].T)


def _stride_values(
    windows: StrideWindows, weights: Array, rise: Array, run: Array, middle: Array, lever: Array
) -> tuple[Array, Array, Array]:
    """Of each stride (S, 8, 3): the values, NaN where less than half was seen; their weights; their roll levers."""
    line = np.isfinite(rise) & np.isfinite(run)
    mean_rise, line_weight = _weighted_means(windows, weights, rise, line)
    mean_run, _ = _weighted_means(windows, weights, run, line)
    mean_middle, middle_weight = _weighted_means(windows, weights, middle, np.isfinite(middle))
    mean_lever, _ = _weighted_means(windows, weights, lever, np.isfinite(middle))
    values = np.stack([mean_rise, mean_middle, np.arctan2(mean_rise, np.abs(mean_run))], axis=-1)
    levers = np.stack([mean_run, mean_lever, np.where(np.isfinite(mean_run), 1.0, np.nan)], axis=-1)
    return values, np.stack([line_weight, middle_weight, line_weight], axis=-1), levers


def _weighted_means(windows: StrideWindows, weights: Array, values: Array, known: Mask) -> tuple[Array, Array]:
    """Weighted means over each window and the weights behind them, (S, 8); NaN and 0 where less than half is known."""
    total = windows.sums(lambda frames: weights[frames] * known[frames])
    n_known = windows.sums(lambda frames: known[frames] & (weights[frames] > 0))
    enough = (n_known >= MIN_STRIDE_COVERAGE * windows.lengths[:, None]) & (total > 0)
    sums = windows.sums(lambda frames: weights[frames] * np.where(known[frames], values[frames], 0.0))
    means = np.divide(sums, total, out=np.full_like(total, np.nan), where=enough)
    return means, np.where(enough, total, 0.0)
