"""From the values of single strides, seen from the front and the back, to those of a walk with their standard errors.

A direction is the robust mean of its strides; a walk is the mean of its directions. The standard error has the spread
of the strides, what is unknown of the camera roll, and how far the two directions disagree beyond that.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from scoliogait.measurement.body import Array
from scoliogait.walk import N_PAIRS_BY_METRICS

MAD_TO_SD = 1.4826
_MIN_STRIDES_FOR_ERROR = 3
_HUBER = 1.5
# Median of the square of a standard normal value.
_MEDIAN_OF_SQUARE = 0.455


def combine_strides(
    values: Array, weights: Array, levers: Array, sides: Array, roll_error: float
) -> tuple[Array, Array]:
    """Values and standard errors (8, 3) of a walk from those of its strides (S, 8, 3); NaN unknown.

    Units as in ``RobustAsymmetry``. weights (S, 8, 3): 0 unknown. levers (S, 8, 3): what a value seen from the front
    changes by per rad of camera roll, up to its sign; NaN unknown. sides (S,): 1 front, -1 back. roll_error: standard
    deviation of the roll in rad.

    The weight of a direction is n / (1 + n) for n strides: nearly equal for both, as what turns round with the walker
    does not average out over strides, and less for a direction that hardly was seen.
    """
    n_entries = N_PAIRS_BY_METRICS[0] * N_PAIRS_BY_METRICS[1]
    flat, flat_weights, flat_levers = (array.reshape(len(sides), n_entries) for array in (values, weights, levers))
    means, spread = direction_means(flat, flat_weights, sides)
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
    single difference shows little and feet really differ. An error of height is one of angle by the pair's width.
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


def direction_means(
    values: Array, weights: Array, sides: Array
) -> tuple[dict[float, tuple[Array, NDArray[np.int64]]], Array]:
    """Robust mean (k,) and number of strides (k,) of each side, and the spread (k,) of single strides about them.

    values (S, k): any unit, NaN unknown; weights (S, k); sides (S,): 1 or -1, the keys of the result. The spread is
    pooled over the sides and 0 with nothing to pool.
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
        spread[column] = MAD_TO_SD * np.median(np.abs(own - centre[column]))
    limit = np.where(spread > 0, _HUBER * spread, np.inf)
    final = base
    for _ in range(5):
        distance = np.abs(filled - centre)
        final = base * np.minimum(1.0, np.divide(limit, distance, out=np.ones_like(distance), where=distance > 0))
        total = final.sum(axis=0)
        centre = np.divide((final * filled).sum(axis=0), total, out=np.zeros_like(total), where=total > 0)
    return np.where(known.any(axis=0), centre, np.nan), final
