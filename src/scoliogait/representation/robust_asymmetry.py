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

Camera roll. The body's axis from the ankles to the trunk leans in the picture by roll + lean (seen from the front) or
roll - lean (from behind). With both directions the two are told apart. With one direction they **cannot be**: how
much of it is roll is then an assumption, stated as the spreads below: a small angle is mostly lean, a large one roll. A
person who truly leans far as a whole, and walks one way only, loses most of that lean; what parts of the body do
relative to each other is kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.ndimage import median_filter

from scoliogait.representation.body import MIN_FRONTAL_WIDTH, frontal_width, seen
from scoliogait.representation.stride import find_strides
from scoliogait.skeleton import FACE_JOINTS, JOINT, PAIR_NAMES, PAIRS
from scoliogait.walk import N_PAIRS_BY_METRICS, check_poses

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

FIGURE_HEIGHT = 128.0
# Cameras are set up level, or they are not: share and spread (standard deviation) of the roll of each kind. The spread
# of the lean of whole bodies, and of the angle that constant keypoint errors add to the axis seen from one side.
ROLL_SPREADS_RAD = ((0.5, np.deg2rad(0.5)), (0.5, np.deg2rad(3.0)))
LEAN_SPREAD_RAD = np.deg2rad(0.8)
AXIS_ERROR_RAD = np.deg2rad(0.25)
_MIN_STRIDES_FOR_ERROR = 3
# Frames to either side from which the view, the height and the midline of an incomplete frame are taken.
_REACH_FRAMES = 4
# Share of the walk's usual width below which the walker is turning: 0.9 is a heading of 26 degrees.
_MIN_WIDTH_SHARE = 0.9
_SMOOTH_FRAMES = 2 * _REACH_FRAMES + 1
_MIN_STRIDE_COVERAGE = 0.5
# An outlier is this many robust standard deviations, and at least so many units, from the median of five frames.
_OUTLIER_SPREADS = 5.0
_OUTLIER_UNITS = 2.0
_OUTLIER_FRAMES = 5
_HARMONICS = 3
_FRAMES_PER_TERM = 3
_HUBER = 1.5
_MAD_TO_SD = 1.4826
# Median of the square of a standard normal value.
_MEDIAN_OF_SQUARE = 0.455
_LEFT = [left for left, _ in PAIRS]
_RIGHT = [right for _, right in PAIRS]
_AXIS_PAIRS = [PAIR_NAMES.index(name) for name in ("shoulders", "hips", "ankles")]
_ANKLES = [JOINT["left_ankle"], JOINT["right_ankle"]]


@dataclass(frozen=True, eq=False)
class RobustAsymmetry:
    """Signed asymmetries of one walk; rows as PAIR_NAMES, columns as METRIC_NAMES of the literal form.

    values: float32 (8, 3). vertical: positive when the left joint is higher, in 1/128 of the body's height; midline:
        positive when the pair lies to the walker's left of the body's axis, same unit; angular: positive when the left
        joint is higher, rad, -pi/2..pi/2. 0 where nothing was measured, as in the literal form: a model needs a number,
        and 0 is the mean of all people. As a magnitude 0 is "perfectly even": ``measured`` tells the difference.
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
    view, clear = _view(checked)
    windows, sides = _stride_windows(view, strides.stride_frames)
    xy = checked[..., :2].astype(np.float64)
    roll, roll_error = _camera_roll(_axis_middles(xy, visible & clear[:, None]), windows, sides)
    level = _turned(xy, -roll)
    rise, run, middle, lever = _frame_values(level, visible, clear, view)
    weights = _pair_weights(checked, visible & clear[:, None])
    if strides.stride_frames is not None:
        rise, run, middle = (_without_movement(v, weights, view, strides.stride_frames) for v in (rise, run, middle))
    per_stride, stride_weights, levers = _stride_values(windows, weights, rise, run, middle, lever)
    values, errors = _combine(per_stride, stride_weights, levers, sides, roll_error)
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


def _view(poses: NDArray[np.float32]) -> tuple[Array, Mask]:
    """Which side is seen in each frame, and which frames show it clearly.

    side (T,): 1 front, -1 back, 0 while turning, side-on or long unseen. clear (T,): frames of a known side whose left
    and right are not exchanged, as estimators do now and then.
    """
    width = frontal_width(poses)
    known = np.isfinite(width)
    if not known.any():
        return np.zeros(len(poses)), np.zeros(len(poses), dtype=bool)
    bridged, near = _bridged(width[:, None], known)
    smooth = median_filter(bridged[:, 0], size=_SMOOTH_FRAMES, mode="nearest")
    frontal = near & (np.abs(smooth) >= MIN_FRONTAL_WIDTH)
    usual = float(np.median(np.abs(smooth[frontal]))) if frontal.any() else 0.0
    side = np.where(frontal & (np.abs(smooth) >= _MIN_WIDTH_SHARE * usual), np.sign(smooth), 0.0)
    return side, (side != 0) & ~(known & (np.sign(bridged[:, 0]) == -side))


def _bridged(values: Array, known: Mask) -> tuple[Array, Mask]:
    """Columns (T, k) with unknown frames filled linearly, and the frames that are near enough to a known one."""
    frames = np.arange(len(values))
    places = np.flatnonzero(known)
    filled = np.stack([np.interp(frames, places, column[places]) for column in values.T], axis=1)
    after = np.clip(np.searchsorted(places, frames), 0, len(places) - 1)
    before = np.maximum(after - 1, 0)
    distance = np.minimum(np.abs(places[after] - frames), np.abs(frames - places[before]))
    return filled, distance <= _REACH_FRAMES


def _stride_windows(side: Array, stride_frames: float | None) -> tuple[Array, Array]:
    """Weight of each frame in each whole stride (S, T), 0..1, and the side seen in it (S,), 1 or -1.

    Strides lie one after the other inside a stretch of one side; what is left over is cut evenly from both ends, where
    the walker comes out of a turn. Frames that a stride shares with the next count in part in both.
    """
    starts = np.arange(len(side), dtype=np.float64)
    windows, sides = [], []
    for first, stop in _stretches(side):
        length = stride_frames if stride_frames is not None else float(stop - first)
        n_strides = int((stop - first) / length)
        begin = first + (stop - first - n_strides * length) / 2
        for number in range(n_strides):
            low, high = begin + number * length, begin + (number + 1) * length
            windows.append(np.clip(np.minimum(starts + 1, high) - np.maximum(starts, low), 0.0, 1.0))
            sides.append(side[first])
    return np.array(windows).reshape(-1, len(side)), np.array(sides)


def _stretches(side: Array) -> list[tuple[int, int]]:
    """Intervals [first, stop) of frames of one known side."""
    edges = np.flatnonzero(np.diff(side, prepend=0.0, append=0.0)).tolist()
    return [(first, stop) for first, stop in pairwise(edges) if side[first] != 0]


def _axis_middles(xy: Array, visible: Mask) -> Array:
    """Middles of shoulders, hips and ankles (T, 3, 2) in px; short gaps are bridged, NaN beyond."""
    middles = np.full((len(xy), len(_AXIS_PAIRS), 2), np.nan)
    for place, row in enumerate(_AXIS_PAIRS):
        left, right = PAIRS[row]
        both = visible[:, left] & visible[:, right]
        if both.any():
            filled, near = _bridged((xy[:, left] + xy[:, right]) / 2, both)
            middles[near, place] = filled[near]
    return middles


def _axis(middles: Array, clear: Mask) -> Array:
    """Place of the body's axis (T, 2): the mean of the three middles, NaN where one is unknown.

    A pair that less than half of the clear frames show is left out in the whole walk. An axis of two pairs lies a
    little elsewhere, but a midline that is not measured at all would be further from the truth.
    """
    shown = np.isfinite(middles[..., 0])[clear].sum(axis=0) >= 0.5 * clear.sum()
    if not shown.any():
        return np.full((len(middles), 2), np.nan)
    return middles[:, shown].sum(axis=1) / shown.sum()


def _camera_roll(middles: Array, windows: Array, sides: Array) -> tuple[float, float]:
    """Camera roll and its error in rad, from the angle of the axis ankles to trunk in each stride.

    Angles of front strides are roll + lean, of back strides roll - lean, with the spreads above. One side alone tells
    little: a small angle is then mostly taken for a lean, a large one for a roll.
    """
    trunk, ankles = (middles[:, 0] + middles[:, 1]) / 2, middles[:, 2]
    axis = trunk - ankles
    known: Mask = np.asarray(np.isfinite(axis).all(axis=1))
    covered = windows * known
    enough = covered.sum(axis=1) >= _MIN_STRIDE_COVERAGE * windows.sum(axis=1)
    mean = covered[enough] @ np.where(known[:, None], axis, 0.0)
    angles, views = np.arctan2(mean[:, 0], -mean[:, 1])[:, None], sides[enough]
    means, spread = _direction_means(angles, np.ones_like(angles), views)
    if not means:
        shares, spreads = zip(*ROLL_SPREADS_RAD, strict=True)
        return 0.0, float(np.sqrt(np.dot(shares, np.square(spreads))))
    seen_angles = np.array([mean[0] for mean, _ in means.values()])
    errors = np.array([AXIS_ERROR_RAD**2 + spread[0] ** 2 / n_strides[0] for _, n_strides in means.values()])
    return _roll_from_angles(seen_angles, np.array(list(means)), errors)


def _roll_from_angles(angles: Array, sides: Array, variances: Array) -> tuple[float, float]:
    """Posterior mean and standard deviation of the roll, from the mean angle of each side (1 or 2) and its variance."""
    design = np.stack([np.ones_like(sides), sides], axis=1)
    weights, means, seconds = [], [], []
    for share, roll_spread in ROLL_SPREADS_RAD:
        prior = np.diag([roll_spread**2, LEAN_SPREAD_RAD**2])
        expected = design @ prior @ design.T + np.diag(variances)
        explained = np.linalg.solve(expected, angles)
        mean = float(prior[0] @ design.T @ explained)
        variance = prior[0, 0] - prior[0] @ design.T @ np.linalg.solve(expected, design @ prior[:, 0])
        weights.append(share * np.exp(-0.5 * angles @ explained) / np.sqrt(np.linalg.det(expected)))
        means.append(mean)
        seconds.append(variance + mean**2)
    roll = float(np.average(means, weights=weights))
    return roll, float(np.sqrt(np.average(seconds, weights=weights) - roll**2))


def _turned(xy: Array, angle: float) -> Array:
    """Points (..., 2) turned about the picture's origin, clockwise as seen (y points down)."""
    x, y = xy[..., 0], xy[..., 1]
    return np.stack([np.cos(angle) * x - np.sin(angle) * y, np.sin(angle) * x + np.cos(angle) * y], axis=-1)


def _frame_values(xy: Array, visible: Mask, clear: Mask, side: Array) -> tuple[Array, Array, Array, Array]:
    """Of each frame and pair, (T, 8), in 1/128 of body height and the walker's frame; NaN unknown.

    rise: left above right. run: left beyond right. middle: left of the body's axis. lever: below the axis' middle.
    """
    usable = visible & clear[:, None]
    unit = FIGURE_HEIGHT / _smooth_height_px(xy, usable)
    axis = _axis(_axis_middles(xy, usable), clear)
    left, right = xy[:, _LEFT], xy[:, _RIGHT]
    to_left, scale = (side * unit)[:, None], unit[:, None]
    rise = (right[..., 1] - left[..., 1]) * scale
    run = (left[..., 0] - right[..., 0]) * to_left
    middle = ((left[..., 0] + right[..., 0]) / 2 - axis[:, :1]) * to_left
    lever = ((left[..., 1] + right[..., 1]) / 2 - axis[:, 1:]) * scale
    both = usable[:, _LEFT] & usable[:, _RIGHT]
    rise, run, middle = (_without_outliers(np.where(both, values, np.nan)) for values in (rise, run, middle))
    return rise, run, middle, np.where(np.isfinite(middle), lever, np.nan)


def _smooth_height_px(xy: Array, visible: Mask) -> Array:
    """Height from head to lower ankle of each frame (T,), median of nine; NaN away from complete frames.

    A frame that lacks a foot or the head looks shorter than it is. In a walk that never shows both, the height is that
    of the seen joints, as in the literal form.
    """
    complete: Mask = np.asarray(visible[:, _ANKLES].all(axis=1) & visible[:, FACE_JOINTS].any(axis=1))
    if not complete.any():
        complete = np.asarray(visible.sum(axis=1) >= 2)
    if not complete.any():
        return np.full(len(xy), np.nan)
    top = np.where(visible, xy[..., 1], np.inf).min(axis=1)
    bottom = np.where(visible, xy[..., 1], -np.inf).max(axis=1)
    filled, near = _bridged((bottom - top)[:, None], complete)
    smooth = median_filter(filled[:, 0], size=_SMOOTH_FRAMES, mode="nearest")
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
            limit = max(_OUTLIER_SPREADS * _MAD_TO_SD * float(np.median(distance)), _OUTLIER_UNITS)
            kept[known[distance > limit], column] = np.nan
    return kept


def _pair_weights(poses: NDArray[np.float32], usable: Mask) -> Array:
    """Weight of a pair in a frame (T, 8): the square of its smaller confidence, 0 where not seen."""
    confidence = np.where(usable, poses[..., 2].astype(np.float64), 0.0)
    return np.minimum(confidence[:, _LEFT], confidence[:, _RIGHT]) ** 2


def _without_movement(values: Array, weights: Array, side: Array, stride_frames: float) -> Array:
    """Values (T, 8) less the regular movement of their stretch: three harmonics of the stride, fitted to what is seen.

    The movement averages to nothing over a whole stride. Taken out first, it does not shift the mean of a stride that
    lacks some frames or trusts them less. A stretch with too few frames for the fit is left as it is.
    """
    still = values.copy()
    for first, stop in _stretches(side):
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
    enough = windows @ (known & (weights > 0)) >= _MIN_STRIDE_COVERAGE * windows.sum(axis=1, keepdims=True)
    enough &= total > 0
    sums = windows @ (weights * np.where(known, values, 0.0))
    means = np.divide(sums, total, out=np.full_like(total, np.nan), where=enough)
    return means, np.where(enough, total, 0.0)


def _combine(values: Array, weights: Array, levers: Array, sides: Array, roll_error: float) -> tuple[Array, Array]:
    """Values and standard errors (8, 3) of a walk from those of its strides (S, 8, 3); NaN unknown.

    The weight of a direction is n / (1 + n) for n strides: nearly equal for both, as what turns round with the walker
    does not average out over strides, and less for a direction that hardly was seen.
    """
    n_entries = N_PAIRS_BY_METRICS[0] * N_PAIRS_BY_METRICS[1]
    flat, flat_weights, flat_levers = (array.reshape(len(sides), n_entries) for array in (values, weights, levers))
    means, spread = _direction_means(flat, flat_weights, sides)
    total, value, variance, lever, count = (np.zeros(n_entries) for _ in range(5))
    for side, (mean, n_strides) in means.items():
        share = n_strides / (1.0 + n_strides)
        total += share
        value += share * np.where(n_strides > 0, mean, 0.0)
        variance += np.divide(share**2 * spread**2, n_strides, out=np.zeros(n_entries), where=n_strides > 0)
        lever += side * share * _mean_of_known(flat_levers[sides == side])
        count += n_strides
    with np.errstate(divide="ignore", invalid="ignore"):
        value = (value / total).reshape(N_PAIRS_BY_METRICS)
        variance = ((variance + (lever * roll_error) ** 2) / total**2).reshape(N_PAIRS_BY_METRICS)
    if len(means) == 2:
        (there, n_there), (back, n_back) = means.values()
        with np.errstate(divide="ignore", invalid="ignore"):
            sampling = spread**2 * (1.0 / n_there + 1.0 / n_back)
        widths = np.abs(_mean_of_known(flat_levers).reshape(N_PAIRS_BY_METRICS)[:, 0])
        variance = variance + _view_variance(there - back, sampling, widths)
    enough = count.reshape(N_PAIRS_BY_METRICS) >= _MIN_STRIDES_FOR_ERROR
    return value, np.where(enough, np.sqrt(variance), np.nan)


def _view_variance(difference: Array, sampling: Array, widths: Array) -> Array:
    """Variance (8, 3) of a mean over both directions that their disagreement shows beyond the spread of strides.

    The two directions are two looks at one body whose keypoint errors are taken as independent; their mean then errs by
    half of their difference. Eight pairs share one estimate for heights and one for midlines, by the median, as a
    single difference tells little and feet really differ. An error of height is one of angle by the pair's width.
    """
    with np.errstate(invalid="ignore"):
        half = (np.where(np.isfinite(sampling), difference, np.nan) / 2).reshape(N_PAIRS_BY_METRICS)
    excess = []
    for column in range(2):
        known = np.isfinite(half[:, column])
        if not known.any():
            excess.append(0.0)
            continue
        shown = float(np.median(half[known, column] ** 2)) / _MEDIAN_OF_SQUARE
        by_strides = float(np.median(sampling.reshape(N_PAIRS_BY_METRICS)[known, column])) / 4
        excess.append(max(0.0, shown - by_strides))
    by_angle = np.divide(excess[0], widths**2, out=np.zeros_like(widths), where=widths > 0)
    return np.stack([np.full_like(widths, excess[0]), np.full_like(widths, excess[1]), by_angle], axis=-1)


def _mean_of_known(values: Array) -> Array:
    known = np.isfinite(values)
    sums = np.where(known, values, 0.0).sum(axis=0)
    return np.divide(sums, known.sum(axis=0), out=np.zeros(values.shape[1]), where=known.any(axis=0))


def _direction_means(
    values: Array, weights: Array, sides: Array
) -> tuple[dict[float, tuple[Array, NDArray[np.int64]]], Array]:
    """Robust mean (k,) and number of strides (k,) of each side, and the spread (k,) of single strides about them.

    values (S, k), NaN unknown; weights (S, k). The spread is pooled over the sides and 0 with nothing to pool.
    """
    means: dict[float, tuple[Array, NDArray[np.int64]]] = {}
    squares, freedom = np.zeros(values.shape[1]), np.zeros(values.shape[1])
    for side in (1.0, -1.0):
        own, own_weights = values[sides == side], weights[sides == side]
        n_strides = np.isfinite(own).sum(axis=0)
        if not n_strides.any():
            continue
        mean, final_weights = _huber_mean(own, own_weights)
        means[side] = (mean, n_strides)
        relative = final_weights / np.maximum(final_weights.max(axis=0), np.finfo(float).tiny)
        squares += (relative * np.where(np.isfinite(own), own - mean, 0.0) ** 2).sum(axis=0)
        freedom += np.maximum(n_strides - 1, 0)
    return means, np.sqrt(np.divide(squares, freedom, out=np.zeros_like(squares), where=freedom > 0))


def _huber_mean(values: Array, weights: Array) -> tuple[Array, Array]:
    """Weighted Huber means (k,) of columns (S, k) and the final weights (S, k); NaN entries weigh nothing."""
    known = np.isfinite(values)
    base = np.where(known, weights, 0.0)
    filled = np.where(known, values, 0.0)
    centre = np.zeros(values.shape[1])
    spread = np.zeros(values.shape[1])
    for column in np.flatnonzero(known.any(axis=0)):
        own = values[known[:, column], column]
        centre[column] = np.median(own)
        spread[column] = _MAD_TO_SD * np.median(np.abs(own - centre[column]))
    limit = np.where(spread > 0, _HUBER * spread, np.inf)
    final = base
    for _ in range(5):
        distance = np.abs(filled - centre)
        final = base * np.minimum(1.0, np.divide(limit, distance, out=np.ones_like(distance), where=distance > 0))
        total = final.sum(axis=0)
        centre = np.divide((final * filled).sum(axis=0), total, out=np.zeros_like(total), where=total > 0)
    return np.where(known.any(axis=0), centre, np.nan), final
