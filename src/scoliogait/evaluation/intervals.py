"""Intervals for the figures of ``metrics``: the bootstrap over people for all of them, Wilson's for plain proportions.

Walks of one person are alike, so a person is drawn or left out as a whole where people are known (Davison & Hinkley,
Bootstrap Methods and their Application, 1997, section 3.8). Where they are unknown each walk stands for a person, and
the interval is too narrow by an amount that the data cannot tell.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import binomtest

from scoliogait.errors import DataError
from scoliogait.evaluation.metrics import (
    METRIC_NAMES,
    N_CLASSES,
    PROPORTIONS,
    check_labels,
    confusion_matrix,
    metrics_of_tables,
    predicted_classes,
    proportion_counts,
)

Interval = tuple[float, float]
NO_INTERVAL: Interval = (float("nan"), float("nan"))
_MIN_GROUPS = 2


def bootstrap_intervals(
    scores: ArrayLike,
    labels: ArrayLike,
    groups: Sequence[str | None] | None = None,
    n_resamples: int = 2000,
    seed: int = 0,
    level: float = 0.95,
) -> dict[str, Interval]:
    """Percentile interval of every figure of ``screening_metrics`` (not of counts), drawing people with replacement.

    scores (N, 3), labels (N,) as there. groups: the person of each walk, None for a walk whose person is unknown (it
    counts as a person of its own). The same seed gives the same intervals. An interval is (NaN, NaN) when there is only
    one person, or when the figure is undefined in every resample.

    Raises DataError for bad scores or labels, groups of another length, a level outside 0..1, fewer than 1 resample.
    """
    _check_level(level)
    if n_resamples < 1:
        raise DataError(f"n_resamples is {n_resamples}; expected at least 1")
    tables = _table_per_group(scores, labels, groups)
    if len(tables) < _MIN_GROUPS:
        return dict.fromkeys(METRIC_NAMES, NO_INTERVAL)
    draws = np.random.default_rng(seed).multinomial(len(tables), np.full(len(tables), 1 / len(tables)), n_resamples)
    resampled = (draws @ tables.reshape(len(tables), -1)).reshape(n_resamples, N_CLASSES, N_CLASSES)
    return {name: _percentiles(values, level) for name, values in metrics_of_tables(resampled).items()}


def wilson_interval(n_right: int, n_total: int, level: float = 0.95) -> Interval:
    """Wilson score interval of a proportion (E. B. Wilson, JASA 22, 1927); (NaN, NaN) when nothing was counted."""
    _check_level(level)
    if not 0 <= n_right <= n_total:
        raise DataError(f"{n_right} of {n_total} is no proportion; expected 0 <= right <= total")
    if n_total == 0:
        return NO_INTERVAL
    interval = binomtest(n_right, n_total).proportion_ci(confidence_level=level, method="wilson")
    return float(interval.low), float(interval.high)


def wilson_intervals(scores: ArrayLike, labels: ArrayLike, level: float = 0.95) -> dict[str, Interval]:
    """Wilson interval of each plain proportion: accuracy, per-class precision and recall, sensitivities, specificities.

    Every walk counts as independent. Raises DataError for bad scores or labels.
    """
    table = confusion_matrix(labels, predicted_classes(scores))
    intervals = {}
    for name in PROPORTIONS:
        right, total = proportion_counts(table, name)
        intervals[name] = wilson_interval(int(right), int(total), level)
    return intervals


def group_numbers(groups: Sequence[str | None] | None, n_walks: int) -> NDArray[np.int64]:
    """Running number of the person of each walk, (N,); an unknown person is a person of their own."""
    if groups is None:
        return np.arange(n_walks)
    if len(groups) != n_walks:
        raise DataError(f"groups name the person of {len(groups)} walks, the scores hold {n_walks}; expected as many")
    numbers: dict[tuple[str, str | int], int] = {}
    keys = [("unknown", row) if group is None else ("known", group) for row, group in enumerate(groups)]
    return np.array([numbers.setdefault(key, len(numbers)) for key in keys], dtype=np.int64)


def _table_per_group(scores: ArrayLike, labels: ArrayLike, groups: Sequence[str | None] | None) -> NDArray[np.int64]:
    calls = predicted_classes(scores)
    truth = check_labels(labels, "labels")
    if len(truth) != len(calls):
        raise DataError(f"labels hold {len(truth)} walks, scores {len(calls)}; expected as many of each")
    numbers = group_numbers(groups, len(truth))
    tables = np.zeros((numbers.max() + 1, N_CLASSES, N_CLASSES), dtype=np.int64)
    np.add.at(tables, (numbers, truth, calls), 1)
    return tables


def _percentiles(values: NDArray[np.float64], level: float) -> Interval:
    defined = values[np.isfinite(values)]
    if not len(defined):
        return NO_INTERVAL
    low, high = np.quantile(defined, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def _check_level(level: float) -> None:
    if not 0 < level < 1:
        raise DataError(f"level is {level}; expected a confidence level between 0 and 1, such as 0.95")
