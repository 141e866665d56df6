"""The bootstrap over people: every statistic is a function of how often each person counts.

A resample gives person g the weight "how often g was drawn", a jackknife sample gives one person 0 and all others 1,
the data themselves are weight 1 for all. A statistic that takes weights therefore serves all three.

Intervals: the plain percentile interval covers too little for small classes and for ranks near 1, so the interval here
is BCa (bias-corrected and accelerated; Efron, Better bootstrap confidence intervals, JASA 82, 1987), with the jackknife
over people. ``studies/interval_coverage.py`` measures both.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from scoliogait.errors import DataError
from scoliogait.evaluation.metrics import FloatArray

Interval = tuple[float, float]
NO_INTERVAL: Interval = (float("nan"), float("nan"))
# Weights (rows, people) -> values (rows,) or (rows, figures); NaN where the statistic is undefined.
Statistic = Callable[[FloatArray], FloatArray]

MIN_PEOPLE = 2
# Below this a width, or the variance of a share, is rounding.
NO_WIDTH, NO_VARIANCE = 1e-9, 1e-18
# Rows of weights that are worked on at once, so that thousands of walks do not fill the memory.
_BATCH = 256


@dataclass(frozen=True)
class Resampled:
    """A statistic of the data, of every resample (B, ...), and with each person left out once (people, ...)."""

    value: FloatArray
    draws: FloatArray
    left_out: FloatArray


def resample(statistic: Statistic, n_people: int, n_resamples: int, seed: int) -> Resampled:
    """Draw people with replacement; the same seed gives the same draws, for every statistic of the same people.

    Raises DataError for fewer than 1 resample and for a seed below 0.
    """
    if n_resamples < 1:
        raise DataError(f"n_resamples is {n_resamples}; expected at least 1")
    if seed < 0:
        raise DataError(f"seed is {seed}; expected 0 or more")
    generator = np.random.default_rng(seed)
    shares = np.full(n_people, 1 / n_people)
    value = statistic(np.ones((1, n_people)))[0]
    starts = range(0, n_resamples, _BATCH)
    draws = [
        statistic(generator.multinomial(n_people, shares, min(_BATCH, n_resamples - start)).astype(np.float64))
        for start in starts
    ]
    left_out = [
        statistic(_without(range(start, min(start + _BATCH, n_people)), n_people))
        for start in range(0, n_people, _BATCH)
    ]
    return Resampled(value, np.concatenate(draws), np.concatenate(left_out))


def bca_interval(resampled: Resampled, level: float) -> Interval:
    """BCa interval of one figure, widened if need be to hold the figure itself.

    NO_INTERVAL where the figure is undefined, or where the interval has no width because (nearly) every resample gives
    the same (all walks right, say): such a bootstrap knows nothing of what it has not seen, and a width of zero would
    be a false claim.
    """
    check_level(level)
    value = float(resampled.value)
    draws = resampled.draws[np.isfinite(resampled.draws)]
    if not np.isfinite(value) or len(draws) == 0:
        return NO_INTERVAL
    # A draw equal to the value counts half on either side. Never all on one side: the bias would be infinite.
    below = float(((draws < value) + 0.5 * (draws == value)).mean())
    bias = ndtri(np.clip(below, 0.5 / len(draws), 1 - 0.5 / len(draws)))
    acceleration = _acceleration(resampled.left_out)
    normal = ndtri(np.array([(1 - level) / 2, (1 + level) / 2]))
    ranks = ndtr(bias + (bias + normal) / (1 - acceleration * (bias + normal)))
    low, high = np.quantile(draws, ranks)
    low, high = min(float(low), value), max(float(high), value)
    return (low, high) if high - low > NO_WIDTH else NO_INTERVAL


def standard_error(draws: FloatArray) -> float:
    """Standard deviation of a figure over its resamples (those where it is defined); NaN for fewer than two."""
    defined = draws[np.isfinite(draws)]
    return float(defined.std(ddof=1)) if len(defined) > 1 else float("nan")


def group_numbers(groups: Sequence[str | None] | None, n_walks: int) -> NDArray[np.int64]:
    """Running number of the person of each walk, (N,); an unknown person is a person of their own.

    Raises DataError when groups name another number of walks.
    """
    if groups is None:
        return np.arange(n_walks)
    if len(groups) != n_walks:
        raise DataError(f"groups name the person of {len(groups)} walks, the scores hold {n_walks}; expected as many")
    numbers: dict[tuple[str, str | int], int] = {}
    keys = [("unknown", row) if group is None else ("known", group) for row, group in enumerate(groups)]
    return np.array([numbers.setdefault(key, len(numbers)) for key in keys], dtype=np.int64)


def sum_per_person(values: NDArray[np.generic], people: NDArray[np.int64], n_people: int) -> FloatArray:
    """Sums (people, ...) of values (walks, ...) over the walks of each person."""
    sums = np.zeros((n_people, *values.shape[1:]))
    np.add.at(sums, people, values)
    return sums


def check_level(level: float) -> None:
    """DataError unless it is a confidence level between 0 and 1."""
    if not 0 < level < 1:
        raise DataError(f"level is {level}; expected a confidence level between 0 and 1, such as 0.95")


def _without(rows: range, n_people: int) -> FloatArray:
    weights = np.ones((len(rows), n_people))
    weights[np.arange(len(rows)), list(rows)] = 0
    return weights


def _acceleration(left_out: FloatArray) -> float:
    defined = left_out[np.isfinite(left_out)]
    distances = defined.mean() - defined
    spread = float((distances**2).sum())
    return float((distances**3).sum()) / (6 * spread**1.5) if spread > 0 else 0.0
