"""How well a measurement repeats: intraclass correlations named in both schemes, standard error, detectable change.

Sources: Shrout and Fleiss, Psychol Bull 86:420 (1979); McGraw and Wong, Psychol Methods 1:30 (1996), whose F intervals
are used; Weir, J Strength Cond Res 19:231 (2005) for SEM and MDC. People who gave different numbers of values are
taken by the one-way analysis of variance with the mean group size n0 of Donner, Int Stat Rev 54:67 (1986).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import chi2, f

from scoliogait.errors import DataError
from scoliogait.evaluation.metrics import FloatArray

LEVEL = 0.95
# Two single values of an unchanged person differ by more in 5 % of cases.
CHANGE = float(1.959963984540054 * np.sqrt(2.0))
# By Shrout and Fleiss: by McGraw and Wong.
NAMES = {
    "ICC(1,1)": "ICC(1)",
    "ICC(2,1)": "ICC(A,1)",
    "ICC(3,1)": "ICC(C,1)",
    "ICC(1,k)": "ICC(k)",
    "ICC(2,k)": "ICC(A,k)",
    "ICC(3,k)": "ICC(C,k)",
}


@dataclass(frozen=True)
class Correlation:
    """An intraclass correlation with its 95 % interval; NaN where people do not differ at all.

    shrout_fleiss, mcgraw_wong: its name in both schemes. ICC(1,.) takes the repeats of a person as interchangeable,
    which passes are; ICC(2,.) counts a shift between first and second repeats as disagreement, ICC(3,.) does not.
    """

    shrout_fleiss: str
    mcgraw_wong: str
    value: float
    interval: tuple[float, float]


@dataclass(frozen=True)
class Repeatability:
    """Of single values. icc: ICC(1,1). sem: standard deviation within a person, in the unit of the values; mdc95 = 1.96
    * sqrt(2) * sem. Intervals: 95 %. n_people: with two values or more; n_values: theirs.
    """

    icc: Correlation
    sem: float
    sem_interval: tuple[float, float]
    mdc95: float
    mdc95_interval: tuple[float, float]
    n_people: int
    n_values: int


def repeatability(people: Sequence[ArrayLike]) -> Repeatability:
    """From the values of each person; people with a single value are left out.

    Raises DataError when fewer than two people have two values, or when a value is not finite.
    """
    groups = [np.asarray(values, dtype=np.float64) for values in people]
    groups = [values for values in groups if len(values) > 1]
    if len(groups) < 2:
        raise DataError(f"repeatability: {len(groups)} people have two values or more; at least 2 are needed")
    if not all(np.isfinite(values).all() for values in groups):
        raise DataError("repeatability: a value is NaN or infinite; leave out what was not measured")
    sizes = np.array([len(values) for values in groups])
    means = np.array([values.mean() for values in groups])
    total, n_people = int(sizes.sum()), len(groups)
    freedom = total - n_people
    within = sum(float(np.square(values - values.mean()).sum()) for values in groups) / freedom
    grand = float((sizes * means).sum()) / total
    between = float((sizes * np.square(means - grand)).sum()) / (n_people - 1)
    size = (total - float(np.square(sizes).sum()) / total) / (n_people - 1)
    icc = _one_way(between, within, size, n_people - 1, freedom)
    sem = float(np.sqrt(within))
    low, high = (float(np.sqrt(within * freedom / chi2.ppf(q, freedom))) for q in (0.5 + LEVEL / 2, 0.5 - LEVEL / 2))
    return Repeatability(icc, sem, (low, high), CHANGE * sem, (CHANGE * low, CHANGE * high), n_people, total)


def intraclass_correlations(values: ArrayLike) -> tuple[Correlation, ...]:
    """The six forms for a table (people, repeats) without gaps, at least 2 by 2, in the order of ``NAMES``.

    Raises DataError for another shape or a value that is not finite.
    """
    table = np.asarray(values, dtype=np.float64)
    if table.ndim != 2 or min(table.shape) < 2 or not np.isfinite(table).all():
        raise DataError(f"intraclass correlation: shape {table.shape} or NaN; expected finite values, at least (2, 2)")
    n, k = table.shape
    rows, columns, error, within = _mean_squares(table)
    one = _one_way(rows, within, k, n - 1, n * (k - 1))
    agreement = _agreement(rows, columns, error, n, k)
    consistency = _by_ratio("ICC(3,1)", rows, error, k, (n - 1, (n - 1) * (k - 1)))
    single = (one, agreement, consistency)
    return (*single, *(_of_mean(form, k) for form in single))


def _mean_squares(table: FloatArray) -> tuple[float, float, float, float]:
    """Of people, of repeats, of the rest, and of both within people."""
    n, k = table.shape
    by_row, by_column, grand = table.mean(axis=1), table.mean(axis=0), table.mean()
    rows = k * float(np.square(by_row - grand).sum()) / (n - 1)
    columns = n * float(np.square(by_column - grand).sum()) / (k - 1)
    rest = float(np.square(table - by_row[:, None] - by_column + grand).sum())
    within = float(np.square(table - by_row[:, None]).sum()) / (n * (k - 1))
    return rows, columns, rest / ((n - 1) * (k - 1)), within


def _one_way(between: float, within: float, size: float, first: int, second: int) -> Correlation:
    return _by_ratio("ICC(1,1)", between, within, size, (first, second))


def _by_ratio(name: str, between: float, within: float, size: float, freedom: tuple[int, int]) -> Correlation:
    """(F - 1) / (F + size - 1) of the ratio F of two mean squares, and of the ends of its interval."""
    first, second = freedom
    if between == within == 0:
        return Correlation(name, NAMES[name], np.nan, (np.nan, np.nan))
    tail = 0.5 + LEVEL / 2
    factors = (1.0, 1.0 / f.ppf(tail, first, second), f.ppf(tail, second, first))
    value, low, high = ((between * c - within) / (between * c + (size - 1) * within) for c in factors)
    return Correlation(name, NAMES[name], float(value), (float(low), float(high)))


def _agreement(rows: float, columns: float, error: float, n: int, k: int) -> Correlation:
    """ICC(2,1), with the interval of McGraw and Wong's table 7 by Satterthwaite's degrees of freedom."""
    name = "ICC(2,1)"
    bottom = rows + (k - 1) * error + k * (columns - error) / n
    if bottom == 0:
        return Correlation(name, NAMES[name], np.nan, (np.nan, np.nan))
    value = (rows - error) / bottom
    if columns == error == 0:
        return Correlation(name, NAMES[name], 1.0, (1.0, 1.0))
    a, b = k * value / (n * (1 - value)), 1 + k * value * (n - 1) / (n * (1 - value))
    parts = (a * columns) ** 2 / (k - 1) + (b * error) ** 2 / ((n - 1) * (k - 1))
    freedom = (a * columns + b * error) ** 2 / parts
    low_f, high_f = f.ppf(0.5 + LEVEL / 2, n - 1, freedom), f.ppf(0.5 + LEVEL / 2, freedom, n - 1)
    other = k * columns + (k * n - k - n) * error
    low = n * (rows - low_f * error) / (low_f * other + n * rows)
    high = n * (high_f * rows - error) / (other + n * high_f * rows)
    return Correlation(name, NAMES[name], float(value), (float(low), float(high)))


def _of_mean(single: Correlation, k: int) -> Correlation:
    """The same of the mean of k repeats (Spearman-Brown)."""
    name = single.shrout_fleiss.replace(",1)", ",k)")
    value, low, high = (k * r / (1 + (k - 1) * r) for r in (single.value, *single.interval))
    return Correlation(name, NAMES[name], value, (low, high))
