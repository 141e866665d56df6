"""The robust Postural Asymmetry Vector: the same 8 x 3 entries as the literal one, signed, each with a standard error.

What differs from ``asymmetry.py``, and why:

- Values are signed in the walker's own frame, and averaged before the magnitude is taken. The mean of ``abs(x)`` that
  the literal form takes is mostly the size of the movement and of the keypoint noise.
- The view does not matter: towards the camera and away from it, the same body gives the same values. Both directions
  count alike where both were walked, which cancels all that turns round with the walker: camera roll, the perspective
  of a rotated trunk, and the part of the keypoint errors that turns too.
- Only whole strides count. Turns, frames with exchanged sides and outliers do not. A frame that is missing in the
  middle of a step does not shift the mean, as the regular movement is taken out first.
- The midline is measured from the body's own vertical axis, through the mean of the middles of shoulders, hips and
  ankles. No pair lies on it by construction, and six joints carry less noise than two hips.
- The tilt is that of the mean line of a stride. The tilt of a single frame is noise where a pair is narrow, as ankles.

Here is what a frame and a stride measure. The view and the whole strides are in ``stride_windows.py``, the body's axis
and what can be known of the camera's roll in ``camera_roll.py``, means and standard errors over strides in
``stride_statistics.py``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.ndimage import median_filter

from scoliogait.measurement.body import FIGURE_HEIGHT, Array, Mask, Poses, seen
from scoliogait.measurement.camera_roll import axis_middles, body_axis, find_camera_roll, turned
from scoliogait.measurement.stride import find_strides
from scoliogait.measurement.stride_statistics import MAD_TO_SD, combine_strides
from scoliogait.measurement.stride_windows import (
    MIN_STRIDE_COVERAGE,
    SMOOTH_FRAMES,
    bridged,
    stretches,
    stride_windows,
    view_of_frames,
)
from scoliogait.skeleton import ANKLE_JOINTS, FACE_JOINTS, LEFT_OF_PAIRS, RIGHT_OF_PAIRS
from scoliogait.walk import check_poses

# An outlier is this many robust standard deviations, and at least so many units, from the median of five frames.
_OUTLIER_SPREADS = 5.0
_OUTLIER_UNITS = 2.0
_OUTLIER_FRAMES = 5
_HARMONICS = 3
_FRAMES_PER_TERM = 3


@dataclass(frozen=True, eq=False)
class RobustAsymmetry:
    """Signed asymmetries of one walk; rows as PAIR_NAMES, columns as PAV_METRICS.

    values: float32 (8, 3). vertical: positive when the left joint is higher, in 1/128 of the body's height; midline:
        positive when the pair lies to the walker's left of the body's axis, same unit; angular: positive when the left
        joint is higher, rad, -pi/2..pi/2. 0 where nothing was measured, as in the literal form: a model needs a number,
        and 0 is the mean of all people. As a magnitude 0 is "perfectly even": ``measured`` shows the difference.
    measured: bool (8, 3). False where the value is 0 because the pair was not seen.
    standard_errors: float32 (8, 3), units as the values. From three sources: the spread of the strides within each
        direction; what is unknown of the camera roll; and, where both directions were walked, how far they disagree
        beyond that. An error that a keypoint has in every stride shows only in the last one, so the errors of a walk
        of one direction are too small. NaN where not measured or with fewer than three strides: frames of one stride
        follow each other and are no independent looks. With few strides the t quantile belongs to them.
    n_frames, n_strides: clear frames inside the whole strides used, and those strides. Where no stride is found each
        stretch of clear frames counts as a whole, and n_strides is 0.
    camera_roll, camera_roll_error: rad, positive when the picture's content is turned clockwise.
    """

    values: NDArray[np.float32]
    standard_errors: NDArray[np.float32]
    measured: Mask
    n_frames: int
    n_strides: int
    camera_roll: float
    camera_roll_error: float

    @property
    def magnitudes(self) -> NDArray[np.float32]:
        """abs(values), float32 (8, 3): what a model gets; the same for a walk and its mirror image.

        Near 0 a magnitude is too large: the error of a value cannot cancel once its sign is gone. A perfectly even pair
        has a mean magnitude of 0.8 standard errors. It is not corrected, as a correction adds noise elsewhere.
        """
        return np.abs(self.values)


def robust_asymmetry(poses: ArrayLike, frame_rate_hz: float | None = None) -> RobustAsymmetry:
    """The robust PAV of poses (T, 17, 3) = x px, y px, confidence; a joint below confidence 0.3 is not seen.

    frame_rate_hz narrows the search for the stride; None where unknown. A walk without a frame from the front or back
    gives zeros, nothing measured. Raises DataError for a wrong shape, no frame, NaN or confidences outside 0..2.

    Source: own design. The entries are those of the DRF paper in UMGRL's public reading (``asymmetry.py``).
    """
    checked = check_poses(poses, "poses")
    strides = find_strides(checked, frame_rate_hz)
    visible = seen(checked)
    view, clear = view_of_frames(checked)
    windows, sides = stride_windows(view, strides.stride_frames)
    xy = checked[..., :2].astype(np.float64)
    roll, roll_error = find_camera_roll(axis_middles(xy, visible & clear[:, None]), windows, sides)
    level = turned(xy, -roll)
    rise, run, middle, lever = _frame_values(level, visible, clear, view)
    weights = _pair_weights(checked, visible & clear[:, None])
    if strides.stride_frames is not None:
        rise, run, middle = (_without_movement(v, weights, view, strides.stride_frames) for v in (rise, run, middle))
    per_stride, stride_weights, levers = _stride_values(windows, weights, rise, run, middle, lever)
    values, errors = combine_strides(per_stride, stride_weights, levers, sides, roll_error)
    measured = np.isfinite(values)
    used = windows.sum(axis=0) > 0
    return RobustAsymmetry(
        values=np.where(measured, values, 0.0).astype(np.float32),
        standard_errors=errors.astype(np.float32),
        measured=measured,
        n_frames=int((used & clear).sum()),
        n_strides=len(windows) if strides.stride_frames is not None else 0,
        camera_roll=roll,
        camera_roll_error=roll_error,
    )


def _frame_values(xy: Array, visible: Mask, clear: Mask, side: Array) -> tuple[Array, Array, Array, Array]:
    """Of each frame and pair, (T, 8), in 1/128 of body height and the walker's frame; NaN unknown.

    rise: left above right. run: left beyond right. middle: left of the body's axis. lever: below the axis' middle.
    """
    usable = visible & clear[:, None]
    unit = FIGURE_HEIGHT / _smooth_height_px(xy, usable)
    axis = body_axis(axis_middles(xy, usable), clear)
    left, right = xy[:, LEFT_OF_PAIRS], xy[:, RIGHT_OF_PAIRS]
    to_left, scale = (side * unit)[:, None], unit[:, None]
    rise = (right[..., 1] - left[..., 1]) * scale
    run = (left[..., 0] - right[..., 0]) * to_left
    middle = ((left[..., 0] + right[..., 0]) / 2 - axis[:, :1]) * to_left
    lever = ((left[..., 1] + right[..., 1]) / 2 - axis[:, 1:]) * scale
    both = usable[:, LEFT_OF_PAIRS] & usable[:, RIGHT_OF_PAIRS]
    rise, run, middle = (_without_outliers(np.where(both, values, np.nan)) for values in (rise, run, middle))
    return rise, run, middle, np.where(np.isfinite(middle), lever, np.nan)


def _smooth_height_px(xy: Array, visible: Mask) -> Array:
    """Height from head to lower ankle of each frame (T,), median of nine; NaN away from complete frames.

    A frame that lacks a foot or the head looks shorter than it is. In a walk that never shows both, the height is that
    of the seen joints, as in the literal form.
    """
    complete: Mask = np.asarray(visible[:, ANKLE_JOINTS].all(axis=1) & visible[:, FACE_JOINTS].any(axis=1))
    if not complete.any():
        complete = np.asarray(visible.sum(axis=1) >= 2)
    if not complete.any():
        return np.full(len(xy), np.nan)
    top = np.where(visible, xy[..., 1], np.inf).min(axis=1)
    bottom = np.where(visible, xy[..., 1], -np.inf).max(axis=1)
    filled, near = bridged((bottom - top)[:, None], complete)
    smooth = median_filter(filled[:, 0], size=SMOOTH_FRAMES, mode="nearest")
    return np.where(near & (smooth > 0), smooth, np.nan)


def _without_outliers(values: Array) -> Array:
    """Values (T, 8) with those far from the median of the five frames around them set to NaN.

    Against the neighbours, not against the whole walk: the ends of a movement are no outliers.
    """
    kept = values.copy()
    for column in range(values.shape[1]):
        known = np.flatnonzero(np.isfinite(values[:, column]))
        if len(known):
            around = median_filter(values[known, column], size=_OUTLIER_FRAMES, mode="nearest")
            distance = np.abs(values[known, column] - around)
            limit = max(_OUTLIER_SPREADS * MAD_TO_SD * float(np.median(distance)), _OUTLIER_UNITS)
            kept[known[distance > limit], column] = np.nan
    return kept


def _pair_weights(poses: Poses, usable: Mask) -> Array:
    """Weight of a pair in a frame (T, 8): the square of its smaller confidence, 0 where not seen."""
    confidence = np.where(usable, poses[..., 2].astype(np.float64), 0.0)
    return np.minimum(confidence[:, LEFT_OF_PAIRS], confidence[:, RIGHT_OF_PAIRS]) ** 2


def _without_movement(values: Array, weights: Array, side: Array, stride_frames: float) -> Array:
    """Values (T, 8) less the regular movement of their stretch: three harmonics of the stride, fitted to what is seen.

    The movement averages to nothing over a whole stride. Taken out first, it does not shift the mean of a stride that
    lacks some frames or trusts them less. A stretch with too few frames for the fit is left as it is.
    """
    still = values.copy()
    for first, stop in stretches(side):
        phase = 2 * np.pi * np.arange(stop - first) / stride_frames
        waves = [wave(order * phase) for order in range(1, _HARMONICS + 1) for wave in (np.cos, np.sin)]
        design = np.stack([np.ones(stop - first), *waves], axis=1)
        for column in range(values.shape[1]):
            own = values[first:stop, column]
            root = np.sqrt(np.where(np.isfinite(own), weights[first:stop, column], 0.0))
            if (root > 0).sum() < max(_FRAMES_PER_TERM * design.shape[1], stride_frames):
                continue
            fitted = np.linalg.lstsq(design * root[:, None], np.nan_to_num(own) * root, rcond=None)[0]
            still[first:stop, column] = own - design[:, 1:] @ fitted[1:]
    return still


def _stride_values(
    windows: Array, weights: Array, rise: Array, run: Array, middle: Array, lever: Array
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


def _weighted_means(windows: Array, weights: Array, values: Array, known: Mask) -> tuple[Array, Array]:
    """Weighted means over each window and the weights behind them, (S, 8); NaN and 0 where less than half is known."""
    total = windows @ (weights * known)
    enough = windows @ (known & (weights > 0)) >= MIN_STRIDE_COVERAGE * windows.sum(axis=1, keepdims=True)
    enough &= total > 0
    sums = windows @ (weights * np.where(known, values, 0.0))
    means = np.divide(sums, total, out=np.full_like(total, np.nan), where=enough)
    return means, np.where(enough, total, 0.0)
