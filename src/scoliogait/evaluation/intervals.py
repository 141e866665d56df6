"""Intervals for the figures of ``metrics``: the bootstrap over people for all of them, Wilson's for plain proportions.

Walks of one person are alike, so a person is drawn or left out as a whole where people are known (Davison & Hinkley,
Bootstrap Methods and their Application, 1997, section 3.8). Where they are unknown each walk stands for a person, and
the interval is too narrow by an amount that the data cannot show.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri

from scoliogait.errors import DataError
from scoliogait.evaluation.metrics import (
    METRIC_NAMES,
    N_CLASSES,
    PROPORTIONS,
    FloatArray,
    check_labels,
    metrics_of_tables,
    predicted_classes,
    proportion_counts,
)
from scoliogait.evaluation.resampling import (
    MIN_PEOPLE,
    NO_INTERVAL,
    Interval,
    Resampled,
    bca_interval,
    check_level,
    group_numbers,
    resample,
)


def bootstrap_intervals(
    scores: ArrayLike,
    labels: ArrayLike,
    groups: Sequence[str | None] | None = None,
    n_resamples: int = 2000,
    seed: int = 0,
    level: float = 0.95,
) -> dict[str, Interval]:
    """BCa interval of every figure of ``screening_metrics`` (not of counts), drawing people with replacement.

    scores (N, 3), labels (N,) as there. groups: the person of each walk, None for a walk whose person is unknown (it
    counts as a person of its own). The same seed gives the same intervals. An interval is (NaN, NaN) when there is only
    one person, when the figure is undefined, and when every resample gives the same figure (see ``bca_interval``).

    Raises DataError for bad scores or labels, groups of another length, a level outside 0..1, fewer than 1 resample.
    """
    check_level(level)
    tables = tables_per_person(scores, labels, groups)
    if len(tables) < MIN_PEOPLE:
        return dict.fromkeys(METRIC_NAMES, NO_INTERVAL)
    resampled = resample(lambda weights: weighted_metrics(weights, tables), len(tables), n_resamples, seed)
    return {
        name: bca_interval(
            Resampled(resampled.value[column], resampled.draws[:, column], resampled.left_out[:, column]), level
        )
        for column, name in enumerate(METRIC_NAMES)
    }


def weighted_metrics(weights: FloatArray, tables: NDArray[np.int64]) -> FloatArray:
    """Figures (rows, figures in the order of METRIC_NAMES) of people counted ``weights`` (rows, people) times."""
    counts = (weights @ tables.reshape(len(tables), -1)).reshape(-1, N_CLASSES, N_CLASSES)
    figures = metrics_of_tables(counts)
    return np.stack([figures[name] for name in METRIC_NAMES], axis=-1)


def tables_per_person(scores: ArrayLike, labels: ArrayLike, groups: Sequence[str | None] | None) -> NDArray[np.int64]:
    """Counts (people, 3, 3), rows truth, columns prediction, of each person's walks. Raises DataError as above."""
    calls = predicted_classes(scores)
    truth = check_labels(labels, "labels")
    if len(truth) != len(calls):
        raise DataError(f"labels hold {len(truth)} walks, scores {len(calls)}; expected as many of each")
    numbers = group_numbers(groups, len(truth))
    tables = np.zeros((numbers.max() + 1, N_CLASSES, N_CLASSES), dtype=np.int64)
    np.add.at(tables, (numbers, truth, calls), 1)
    return tables


def wilson_interval(n_right: float, n_total: float, level: float = 0.95) -> Interval:
    """Wilson score interval of a proportion (E. B. Wilson, JASA 22, 1927); (NaN, NaN) when nothing was counted.

    The counts may be fractions, as effective counts are. Raises DataError unless 0 <= n_right <= n_total.
    """
    check_level(level)
    if not 0 <= n_right <= n_total:
        raise DataError(f"{n_right} of {n_total} is no proportion; expected 0 <= right <= total")
    if n_total == 0:
        return NO_INTERVAL
    z = float(ndtri((1 + level) / 2))
    share = n_right / n_total
    centre = (share + z**2 / (2 * n_total)) / (1 + z**2 / n_total)
    half = z / (1 + z**2 / n_total) * math.sqrt(share * (1 - share) / n_total + z**2 / (4 * n_total**2))
    return (0.0 if n_right == 0 else centre - half), (1.0 if n_right == n_total else centre + half)


def wilson_of_people(right: ArrayLike, total: ArrayLike, level: float = 0.95) -> Interval:
    """Wilson interval of a proportion counted on people who have several walks each.

    right, total: (people,) walks counted as right, and at all. The walks are first divided by the design effect: how
    much larger the variance between people makes the variance of the share (a ratio estimate), at least 1. With one
    walk a person this is the plain interval. Where all walks agree the data show no variance, and each person counts
    once. Source: Korn & Graubard, Survey Methodology 24, 1998, with Wilson's interval in place of the exact one and
    without their t-correction, which made the interval of a dozen people too wide.
    """
    rights, totals = np.asarray(right, dtype=np.float64), np.asarray(total, dtype=np.float64)
    n_total = float(totals.sum())
    share = float(rights.sum()) / n_total if n_total else 0.0
    effective = n_total / _design_effect(rights, totals)
    return wilson_interval(share * effective, effective, level)


def wilson_intervals(
    scores: ArrayLike, labels: ArrayLike, groups: Sequence[str | None] | None = None, level: float = 0.95
) -> dict[str, Interval]:
    """Wilson interval of each plain proportion: accuracy, per-class precision and recall, sensitivities, specificities.

    groups: the person of each walk, as in ``bootstrap_intervals``; see ``wilson_of_people``. Raises DataError for bad
    scores, labels or groups.
    """
    tables = tables_per_person(scores, labels, groups)
    return {name: wilson_of_people(*proportion_counts(tables, name), level) for name in PROPORTIONS}


def confusion_intervals(
    scores: ArrayLike, labels: ArrayLike, groups: Sequence[str | None] | None = None, level: float = 0.95
) -> list[list[Interval]]:
    """Wilson interval of each cell's share of its row (3 x 3): how often a true class is called each class.

    (NaN, NaN) in the row of a class without walks. Raises DataError for bad scores, labels or groups.
    """
    tables = tables_per_person(scores, labels, groups)
    totals = tables.sum(axis=2)
    classes = range(N_CLASSES)
    return [[wilson_of_people(tables[:, row, column], totals[:, row], level) for column in classes] for row in classes]


def _design_effect(right: FloatArray, total: FloatArray) -> float:
    """Variance of the share over that of as many independent walks, at least 1; (people,) counts."""
    n_walks, n_people = float(total.sum()), int((total > 0).sum())
    if n_people == n_walks:
        return 1.0
    share = float(right.sum()) / n_walks
    if share in (0.0, 1.0) or n_people < MIN_PEOPLE:
        return n_walks / n_people
    between = n_people / (n_people - 1) * float(((right - share * total) ** 2).sum()) / n_walks**2
    return max(1.0, between / (share * (1 - share) / (n_walks - 1)))
