"""Is one model better than another? Paired comparisons on the same walks, with training seeds as a random effect.

Both models saw the same people, so people are drawn for both at once: what is hard for both cancels out. The difference
in a figure is judged by Student's t: its variance is that of the bootstrap over people, plus, where a side was trained
more than once, the variance between its seeds over their number, so that the claim is about the method and not about
one lucky training. Degrees of freedom by Satterthwaite (Biometrics Bulletin 2, 1946). A bootstrap over seeds would
claim too much: of three seeds it sees two thirds of the variance.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binom, chi2, t

from scoliogait.errors import DataError
from scoliogait.evaluation.headline import DECIDING, HEADLINE
from scoliogait.evaluation.intervals import tables_per_person, weighted_metrics
from scoliogait.evaluation.json_values import number, pair
from scoliogait.evaluation.metrics import METRIC_NAMES, FloatArray
from scoliogait.evaluation.predictions import Predictions
from scoliogait.evaluation.resampling import (
    MIN_PEOPLE,
    NO_INTERVAL,
    NO_VARIANCE,
    Interval,
    check_level,
    group_numbers,
    resample,
    sum_per_person,
)

BETTER, WORSE, NOT_SHOWN = "better", "worse", "not shown to differ"
# Facts that make two evaluations comparable: where both state one, it must be the same.
_SHOWN = 24  # characters of a fact; digests are longer
_SAME_FACTS = ("store_digest", "partition", "subset")


@dataclass(frozen=True)
class Difference:
    """Second side less first, of one figure (0..1): estimate, interval, two-sided p of no difference (NaN: no test).

    first, second: the figure of each side, the mean over its seeds. seeds: standard deviation between the seeds of each
    side, None where a side has one. p_adjusted: after Holm's correction, where several models were compared.
    """

    metric: str
    first: float
    second: float
    estimate: float
    interval: Interval
    p: float
    p_adjusted: float
    degrees_of_freedom: float
    seeds: tuple[float | None, float | None]


@dataclass(frozen=True)
class McNemar:
    """Walks that only one of two models calls right, and how surprising their split is.

    p_exact: binomial test; p_mid: the same with half the weight on the table seen (Fagerland, Lydersen & Laake, BMC
    Medical Research Methodology 13, 2013). Both take walks as independent. p_people: the test of Durkalski et al.
    (Statistics in Medicine 22, 2003), which counts on people; None when every person has one walk. cohen_g: share of
    the second side among these walks, less one half (-0.5..0.5; 0.05 small, 0.15 medium, 0.25 large); None without any.
    """

    only_first: int
    only_second: int
    p_exact: float
    p_mid: float
    p_people: float | None
    cohen_g: float | None


@dataclass(frozen=True)
class Comparison:
    """The second side compared with the first, on the same walks."""

    n_walks: int
    n_people: int
    n_seeds: tuple[int, int]
    level: float
    differences: Mapping[str, Difference]
    mcnemar: McNemar | None

    @property
    def verdict(self) -> str:
        """``better``, ``worse`` or ``not shown to differ``: of the second side, by macro-F1, after any correction."""
        deciding = self.differences[DECIDING]
        if not deciding.p_adjusted < 1 - self.level:
            return NOT_SHOWN
        return BETTER if deciding.estimate > 0 else WORSE

    def as_json(self) -> dict[str, Any]:
        """Plain JSON values; None where there is no number."""
        differences = {
            name: {
                "first": number(difference.first),
                "second": number(difference.second),
                "difference": number(difference.estimate),
                "interval": pair(difference.interval),
                "p": number(difference.p),
                "p_adjusted": number(difference.p_adjusted),
                "degrees_of_freedom": number(difference.degrees_of_freedom),
                "spread_between_seeds": list(difference.seeds),
            }
            for name, difference in self.differences.items()
        }
        return {
            "verdict": self.verdict,
            "n_walks": self.n_walks,
            "n_people": self.n_people,
            "n_seeds": list(self.n_seeds),
            "differences": differences,
            "mcnemar": None if self.mcnemar is None else vars(self.mcnemar),
        }


def compare_predictions(
    first: Predictions, second: Predictions, n_resamples: int = 2000, seed: int = 0, level: float = 0.95
) -> Comparison:
    """Compare two models by one set of predictions each; see ``compare_models``."""
    return compare_models([first], [second], n_resamples, seed, level)


def compare_models(
    first: Sequence[Predictions],
    second: Sequence[Predictions],
    n_resamples: int = 2000,
    seed: int = 0,
    level: float = 0.95,
) -> Comparison:
    """Compare two models, each by the predictions of one or more trainings (seeds) on the same walks.

    Walks of unknown class are left out. With one training a side the claim is about these two trained models only, and
    McNemar's test is given too. Where one side has several and the other one, the other's seeds are taken to spread as
    much. No interval and no p for fewer than two people.

    Raises DataError for no predictions, a level outside 0..1, and predictions of different walks, classes, people or
    test sets, naming the first difference; also when one side holds the same model twice.
    """
    check_level(level)
    if not first or not second:
        raise DataError("nothing to compare: expected at least one set of predictions on either side")
    sides = [[predictions.labelled() for predictions in side] for side in (first, second)]
    reference = sides[0][0]
    for side in sides:
        _check_distinct(side)
    sides = [[_aligned(predictions, reference) for predictions in side] for side in sides]
    groups = group_numbers(reference.subject_ids, len(reference))
    one_each = len(first) == len(second) == 1
    return Comparison(
        len(reference),
        int(groups.max()) + 1,
        (len(first), len(second)),
        level,
        _differences(sides, n_resamples, seed, level),
        _mcnemar(sides[0][0], sides[1][0], groups) if one_each else None,
    )


def compare_with_first(
    models: Sequence[Sequence[Predictions]],
    n_resamples: int = 2000,
    seed: int = 0,
    level: float = 0.95,
    names: Sequence[str] | None = None,
) -> list[Comparison]:
    """Compare each further model with the first; p-values of several are corrected by Holm's method.

    The intervals stay those of each comparison alone; the verdict follows the corrected p. names: of the models, for
    messages. Raises DataError as ``compare_models`` does, and for fewer than two models.
    """
    if len(models) < 2:
        raise DataError(f"{len(models)} model to compare; expected at least two")
    comparisons = []
    named = names or [f"model {place}" for place in range(1, len(models) + 1)]
    for other, name in zip(models[1:], named[1:], strict=True):
        try:
            comparisons.append(compare_models(models[0], other, n_resamples, seed, level))
        except DataError as error:
            raise DataError(f"{name} compared with {named[0]}: {error}") from error
    corrected = {name: _holm([comparison.differences[name].p for comparison in comparisons]) for name in HEADLINE}
    return [
        replace(
            comparison,
            differences={
                name: replace(difference, p_adjusted=corrected[name][index])
                for name, difference in comparison.differences.items()
            },
        )
        for index, comparison in enumerate(comparisons)
    ]


def _aligned(predictions: Predictions, reference: Predictions) -> Predictions:
    """The same predictions in the reference's order of walks. Raises DataError at the first thing that differs."""
    for fact in _SAME_FACTS:
        ours, theirs = reference.facts.get(fact), predictions.facts.get(fact)
        if ours is not None and theirs is not None and ours != theirs:
            what = "the walks of the stores differ: store_digest" if fact == "store_digest" else fact
            raise DataError(
                f"different test sets: {what} is {ours[:_SHOWN]!r} in the first and {theirs[:_SHOWN]!r} in another; "
                "evaluate both models on the same walks"
            )
    lacking = set(reference.walk_ids) - set(predictions.walk_ids)
    extra = set(predictions.walk_ids) - set(reference.walk_ids)
    if lacking or extra:
        walk = min(lacking or extra)
        where = "only the first predictions hold" if lacking else "the first predictions lack"
        raise DataError(
            f"different walks ({len(reference)} and {len(predictions)} of known class): {where} walk {walk!r}; "
            "evaluate both models on the same walks"
        )
    same = predictions.in_order(reference.walk_ids)
    for row, walk in enumerate(reference.walk_ids):
        if reference.labels[row] != same.labels[row]:
            raise DataError(f"walk {walk!r} has another true class in the other predictions; evaluate both again")
        if reference.subject_ids[row] != same.subject_ids[row]:
            raise DataError(
                f"walk {walk!r} is of person {reference.subject_ids[row]!r} in the first predictions and of "
                f"{same.subject_ids[row]!r} in another; evaluate both again"
            )
    return same


def _check_distinct(side: Sequence[Predictions]) -> None:
    digests = [predictions.facts.get("model_digest") for predictions in side]
    repeated = next((digest for digest in digests if digest is not None and digests.count(digest) > 1), None)
    if repeated is not None:
        raise DataError(
            f"one side holds model {repeated} twice: seeds must be different trainings; give each evaluation once"
        )


def _differences(
    sides: Sequence[Sequence[Predictions]], n_resamples: int, seed: int, level: float
) -> dict[str, Difference]:
    columns = [METRIC_NAMES.index(name) for name in HEADLINE]
    tables = [[tables_per_person(p.mean_logits, p.labels, p.subject_ids) for p in side] for side in sides]
    n_people = len(tables[0][0])

    def figures(weights: FloatArray) -> FloatArray:
        """Rows by figures: the means over each side's seeds, second less first."""
        means = [np.mean([weighted_metrics(weights, one)[:, columns] for one in side], axis=0) for side in tables]
        return np.asarray(means[1] - means[0])

    every = [np.array([weighted_metrics(np.ones((1, n_people)), one)[0, columns] for one in side]) for side in tables]
    spread = np.full(len(columns), np.nan)
    if n_people >= MIN_PEOPLE:
        spread = np.nanvar(resample(figures, n_people, n_resamples, seed).draws, axis=0, ddof=1)
    return {
        name: _difference(name, [side[:, index] for side in every], float(spread[index]), n_people, level)
        for index, name in enumerate(HEADLINE)
    }


def _difference(
    metric: str, values: Sequence[FloatArray], people_variance: float, n_people: int, level: float
) -> Difference:
    first, second = (float(side.mean()) for side in values)
    estimate = second - first
    variance, freedom = _variance(values, people_variance, n_people)
    if not math.isfinite(variance):
        interval, p = NO_INTERVAL, math.nan
    elif variance < NO_VARIANCE:
        # Every person gains the same: no spread to measure the gain against, so the people vote (sign test).
        interval, p = NO_INTERVAL, 1.0 if abs(estimate) < math.sqrt(NO_VARIANCE) else min(1.0, 2.0 ** (1 - n_people))
    else:
        error = math.sqrt(variance)
        half = float(t.ppf((1 + level) / 2, freedom)) * error
        interval, p = (estimate - half, estimate + half), float(2 * t.sf(abs(estimate) / error, freedom))
    spreads = [float(side.std(ddof=1)) if len(side) > 1 else None for side in values]
    return Difference(metric, first, second, estimate, interval, p, p, freedom, (spreads[0], spreads[1]))


def _variance(values: Sequence[FloatArray], people_variance: float, n_people: int) -> tuple[float, float]:
    """Variance of the difference and its degrees of freedom: people, and the seeds of each side."""
    parts = [(people_variance, n_people - 1)]
    several = [side for side in values if len(side) > 1]
    for side in values if several else []:
        measured = side if len(side) > 1 else several[0]
        parts.append((float(measured.var(ddof=1)) / len(side), len(measured) - 1))
    variance = sum(part for part, _ in parts)
    if not variance > 0:
        return variance, float(n_people - 1)
    return variance, variance**2 / sum(part**2 / freedom for part, freedom in parts if part > 0)


def _mcnemar(first: Predictions, second: Predictions, groups: NDArray[np.int64]) -> McNemar:
    right = [predictions.predicted == predictions.labels for predictions in (first, second)]
    only = [right[0] & ~right[1], right[1] & ~right[0]]
    counts = [int(which.sum()) for which in only]
    n, fewer = sum(counts), min(counts)
    exact = min(1.0, 2 * float(binom.cdf(fewer, n, 0.5)))
    mid = float(2 * binom.cdf(fewer, n, 0.5) - binom.pmf(fewer, n, 0.5))
    n_people = int(groups.max()) + 1
    p_people = None
    if n_people < len(groups):
        gains = sum_per_person(only[1].astype(np.int64) - only[0], groups, n_people)
        squares = float((gains**2).sum())
        p_people = float(chi2.sf(float(gains.sum()) ** 2 / squares, 1)) if squares else 1.0
    return McNemar(counts[0], counts[1], exact, mid, p_people, counts[1] / n - 0.5 if n else None)


def _holm(p_values: Sequence[float]) -> list[float]:
    """Corrected p-values: the k-th smallest of m times m - k + 1, none below the one before it, at most 1.

    An undefined one stays so and does not count. Holm, Scandinavian Journal of Statistics 6, 1979.
    """
    order = sorted((p, index) for index, p in enumerate(p_values) if not math.isnan(p))
    corrected = [math.nan] * len(p_values)
    largest = 0.0
    for before, (p, index) in enumerate(order):
        corrected[index] = largest = max(largest, min(1.0, p * (len(order) - before)))
    return corrected
