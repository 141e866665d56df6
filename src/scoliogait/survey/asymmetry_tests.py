"""Whether the classes differ in the entries of the PAV: rank tests over people, with effect sizes and correction.

A person is one observation in a class: the mean of their walks of that class, so that a person recorded ten times does
not count ten times. An unknown walker counts as a person. p-values are adjusted for the false discovery rate over
everything tested, by the method of Benjamini and Yekutieli (Annals of Statistics 29, 2001), which holds whatever the
dependence between entries.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import false_discovery_control, kruskal, mannwhitneyu

from scoliogait.evaluation.resampling import group_numbers
from scoliogait.labels import CLASS_NAMES
from scoliogait.representation.asymmetry import PAV_METRICS
from scoliogait.skeleton import PAIR_NAMES

ENTRY_NAMES: tuple[str, ...] = tuple(f"{pair}, {metric}" for pair in PAIR_NAMES for metric in PAV_METRICS)
CLASS_PAIRS: tuple[tuple[int, int], ...] = tuple(combinations(range(len(CLASS_NAMES)), 2))
# An entry that varies less is constant up to rounding: the hips' midline is 0 by construction.
_CONSTANT = 1e-4
_MIN_PEOPLE = 2


@dataclass(frozen=True)
class PairTest:
    """Mann-Whitney test of two classes (ids). cliffs_delta, -1..1: how much more often the second is the larger."""

    classes: tuple[int, int]
    cliffs_delta: float
    p_value: float
    p_adjusted: float


@dataclass(frozen=True)
class EntryTest:
    """Kruskal-Wallis test of one entry over the classes present.

    medians: of the people of each class, NaN for a class without any. epsilon_squared, 0..1: the share of the variance
    of the ranks that the classes account for, H / (n - 1). pairs: the classes two by two.
    """

    name: str
    n_people: tuple[int, ...]
    medians: tuple[float, ...]
    epsilon_squared: float
    p_value: float
    p_adjusted: float
    pairs: tuple[PairTest, ...]


def asymmetry_tests(
    values: NDArray[np.float64], labels: ArrayLike, people: Sequence[str | None]
) -> tuple[EntryTest, ...]:
    """Tests of every entry that varies, in the order of ``ENTRY_NAMES``.

    values (walks, 24), NaN where an entry was not measured; labels (walks,) class ids; people: None for unknown. An
    entry is left out when it is constant or fewer than two classes have two people each.
    """
    classes, numbers = np.asarray(labels), group_numbers(people, len(values))
    drafts = []
    for name, column in zip(ENTRY_NAMES, values.T, strict=True):
        samples = [_people_means(column, numbers, classes == c) for c in range(len(CLASS_NAMES))]
        usable = [sample for sample in samples if len(sample) >= _MIN_PEOPLE]
        if len(usable) >= _MIN_PEOPLE and np.ptp(np.concatenate(usable)) > _CONSTANT:
            drafts.append((name, samples, usable))
    overall = [kruskal(*usable) for _, _, usable in drafts]
    pairwise = [_pair_tests(samples) for _, samples, _ in drafts]
    adjusted = _adjust([test.pvalue for test in overall])
    adjusted_pairs = iter(_adjust([p for tests in pairwise for _, _, p in tests]))
    return tuple(
        EntryTest(
            name,
            tuple(len(sample) for sample in samples),
            tuple(float(np.median(sample)) if len(sample) else float("nan") for sample in samples),
            float(test.statistic / (sum(map(len, usable)) - 1)),
            float(test.pvalue),
            p_adjusted,
            tuple(PairTest(pair, delta, p, next(adjusted_pairs)) for pair, delta, p in tests),
        )
        for (name, samples, usable), test, tests, p_adjusted in zip(drafts, overall, pairwise, adjusted, strict=True)
    )


def _people_means(
    column: NDArray[np.float64], numbers: NDArray[np.int64], chosen: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Mean of each person's measured walks among the chosen ones."""
    used = chosen & np.isfinite(column)
    _, place = np.unique(numbers[used], return_inverse=True)
    return np.bincount(place, column[used]) / np.bincount(place)


def _pair_tests(samples: Sequence[NDArray[np.float64]]) -> list[tuple[tuple[int, int], float, float]]:
    tests = []
    for first, second in CLASS_PAIRS:
        a, b = samples[first], samples[second]
        if min(len(a), len(b)) >= _MIN_PEOPLE:
            test = mannwhitneyu(b, a)
            tests.append(((first, second), float(2 * test.statistic / (len(a) * len(b)) - 1), float(test.pvalue)))
    return tests


def _adjust(p_values: Sequence[float]) -> list[float]:
    return [float(p) for p in false_discovery_control(p_values, method="by")] if p_values else []
