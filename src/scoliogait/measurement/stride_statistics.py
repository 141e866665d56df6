"""From the values of single strides, seen from the front and the back, to those of a walk with their errors.

A direction is the robust mean of its strides; a walk is the mean of its directions. The error has a statistical part,
the spread of the strides, and a systematic part that no number of strides reduces: constant keypoint errors, what is
unknown of the camera roll, and perspective.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from scoliogait.measurement.body import Array
from scoliogait.measurement.keypoint_error import (
    KEYPOINT_FREEDOM,
    PLACEMENT_TURNING,
    disagreement_factor,
    smoothing_factor,
)
from scoliogait.measurement.perspective import perspective_errors
from scoliogait.measurement.student_t import t_quantile
from scoliogait.walk import N_PAIRS_BY_METRICS

MAD_TO_SD = 1.4826
LEVEL = 0.95
_MIN_STRIDES_FOR_ERROR = 3
_HUBER = 1.5
_N_ENTRIES = N_PAIRS_BY_METRICS[0] * N_PAIRS_BY_METRICS[1]


@dataclass(frozen=True, eq=False)
class StrideValues:
    """The strides of one or more passes at a known camera roll.

    values (S, 8, 3): signed, in 1/128 of the body's height and rad; NaN unknown. weights (S, 8, 3): 0 unknown. levers
    (S, 8, 3): what a value seen from the front changes by per rad of roll, up to its sign; NaN unknown. sides (S,): 1
    front, -1 back. keypoint_errors (8, 3): one part, see ``keypoint_error.py``; NaN unknown. least_errors (8, 3): what
    the common part is at least, whatever the strides say; 0 unknown. n_frames: clear frames inside them.
    """

    values: Array
    weights: Array
    levers: Array
    sides: Array
    keypoint_errors: Array
    least_errors: Array
    n_frames: int


@dataclass(frozen=True, eq=False)
class Combined:
    """Values of a walk and the parts of their errors, all (8, 3); NaN unknown. Units as in ``StrideValues``.

    statistical: standard error by the spread of the strides; NaN with fewer than three, and 0 strides are unknown.
    keypoint, roll, perspective: standard deviations of the systematic parts. freedom: degrees of freedom of the sum
    of all parts (Satterthwaite, Biometrics Bulletin 2, 1946); freedom_without_roll: of all parts but the roll.
    n_strides: int, of each entry.
    """

    values: Array
    statistical: Array
    keypoint: Array
    roll: Array
    perspective: Array
    freedom: Array
    freedom_without_roll: Array
    n_strides: NDArray[np.int64]

    @property
    def systematic(self) -> Array:
        """Standard deviation of all that more strides do not reduce."""
        return np.asarray(np.sqrt(self.keypoint**2 + self.roll**2 + self.perspective**2))

    @property
    def standard_errors(self) -> Array:
        """Both kinds together; NaN with fewer than three strides."""
        return np.asarray(np.hypot(self.statistical, self.systematic))

    @property
    def half_widths(self) -> Array:
        """Half of the 95 % interval, by the t quantile; NaN with fewer than three strides."""
        return two_sided_t(self.freedom) * self.standard_errors


def two_sided_t(freedom: ArrayLike) -> Any:
    """The t quantile, for an interval of 95 %, of each number of degrees of freedom; inf is the normal one."""
    return t_quantile(freedom, 0.5 + LEVEL / 2)


def joined(passes: Sequence[StrideValues]) -> StrideValues:
    """The strides of one or more passes of one person as those of one; keypoint errors by their mean square."""
    if len(passes) == 1:
        return passes[0]
    errors = np.array([strides.keypoint_errors for strides in passes])
    known = np.isfinite(errors)
    squares = np.where(known, errors, 0.0) ** 2
    mean = np.divide(
        squares.sum(axis=0), known.sum(axis=0), out=np.full(errors.shape[1:], np.nan), where=known.any(axis=0)
    )
    return StrideValues(
        values=np.concatenate([strides.values for strides in passes]),
        weights=np.concatenate([strides.weights for strides in passes]),
        levers=np.concatenate([strides.levers for strides in passes]),
        sides=np.concatenate([strides.sides for strides in passes]),
        keypoint_errors=np.sqrt(mean),
        least_errors=np.sqrt(np.mean([strides.least_errors**2 for strides in passes], axis=0)),
        n_frames=sum(strides.n_frames for strides in passes),
    )


def combine_strides(strides: StrideValues, roll_error: float, roll_freedom: float = np.inf) -> Combined:
    """Values and errors from the strides of one or more passes; roll_error: standard deviation of the roll in rad.

    roll_freedom: the degrees of freedom of that error, inf where it is known.

    The weight of a direction is n / (1 + n) for n strides: nearly equal for both, as what turns round with the walker
    does not average out over strides, and less for a direction that hardly was seen.
    """
    values, weights, levers = (
        array.reshape(len(strides.sides), _N_ENTRIES) for array in (strides.values, strides.weights, strides.levers)
    )
    means, spread = direction_means(values, weights, strides.sides)
    total, value, variance, lever, turning = (np.zeros(_N_ENTRIES) for _ in range(5))
    count = np.zeros(_N_ENTRIES, dtype=np.int64)
    for side, (mean, n_strides) in means.items():
        share = n_strides / (1.0 + n_strides)
        total += share
        value += share * np.where(n_strides > 0, mean, 0.0)
        variance += np.divide(share**2 * spread**2, n_strides, out=np.zeros(_N_ENTRIES), where=n_strides > 0)
        lever += side * share * _mean_of_known(levers[strides.sides == side])
        turning += side * share
        count += n_strides
    weight = np.divide(1.0, total, out=np.full(_N_ENTRIES, np.nan), where=total > 0)
    # What turns round with the walker: 0 is cancelled by two directions, 1 is all of it, in one.
    turning = np.abs(turning * weight).reshape(N_PAIRS_BY_METRICS)
    shown, freedom = _keypoint_errors(means, spread, strides.keypoint_errors)
    shown = shown * np.sqrt(1.0 + turning**2)
    keypoint = np.maximum(shown, strides.least_errors * np.sqrt(1.0 + (PLACEMENT_TURNING * turning) ** 2))
    statistical = np.where(count >= _MIN_STRIDES_FOR_ERROR, np.sqrt(variance) * weight, np.nan)
    return _with_freedom(
        values=(value * weight).reshape(N_PAIRS_BY_METRICS),
        statistical=statistical.reshape(N_PAIRS_BY_METRICS),
        keypoint=keypoint,
        roll=np.abs(lever * weight).reshape(N_PAIRS_BY_METRICS) * roll_error,
        perspective=perspective_errors(turning, np.abs(_mean_of_known(levers)).reshape(N_PAIRS_BY_METRICS)[:, 0]),
        n_strides=count.reshape(N_PAIRS_BY_METRICS),
        statistical_freedom=(count - sum((n > 0).astype(int) for _, n in means.values())).reshape(N_PAIRS_BY_METRICS)
        if means
        else np.zeros(N_PAIRS_BY_METRICS),
        keypoint_freedom=np.where(keypoint > shown, KEYPOINT_FREEDOM, freedom),
        roll_freedom=roll_freedom,
    )


def _keypoint_errors(
    means: dict[float, tuple[Array, NDArray[np.int64]]], spread: Array, assumed: Array
) -> tuple[Array, float]:
    """One part of the constant errors (8, 3), and the degrees of freedom behind its size."""
    expected = assumed * smoothing_factor(spread.reshape(N_PAIRS_BY_METRICS), assumed)
    if len(means) < 2:
        return expected, KEYPOINT_FREEDOM
    (there, n_there), (back, n_back) = means.values()
    with np.errstate(divide="ignore", invalid="ignore"):
        sampling = spread**2 * (1.0 / n_there + 1.0 / n_back) / 4
    half = ((there - back) / 2).reshape(N_PAIRS_BY_METRICS)
    factor, freedom = disagreement_factor(half, sampling.reshape(N_PAIRS_BY_METRICS), expected)
    return factor * expected, freedom


def _with_freedom(
    *,
    values: Array,
    statistical: Array,
    keypoint: Array,
    roll: Array,
    perspective: Array,
    n_strides: NDArray[np.int64],
    statistical_freedom: Array,
    keypoint_freedom: Array,
    roll_freedom: float,
) -> Combined:
    by_strides, by_keypoints, by_roll = statistical**2, keypoint**2, roll**2
    without_roll = by_strides + by_keypoints + perspective**2
    spent = by_strides**2 / np.maximum(statistical_freedom, 1) + by_keypoints**2 / keypoint_freedom
    freedom = _satterthwaite(without_roll + by_roll, spent + by_roll**2 / roll_freedom)
    return Combined(
        values, statistical, keypoint, roll, perspective, freedom, _satterthwaite(without_roll, spent), n_strides
    )


def _satterthwaite(variance: Array, spent: Array) -> Array:
    """Degrees of freedom (8, 3) of a sum of variances, of which ``spent`` sums the squares over their own freedom."""
    return np.divide(variance**2, spent, out=np.full(N_PAIRS_BY_METRICS, np.inf), where=spent > 0)


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
