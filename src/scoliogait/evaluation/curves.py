"""How well a probability ranks the walks, whatever the threshold: ROC and precision-recall curves and their areas.

Each curve belongs to a group of ``metrics.GROUPS``: "abnormal" (neutral or positive), or one class against the rest.
The points come from scikit-learn; the areas are computed here too, because the bootstrap needs them for thousands of
weightings at once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import expit, logit
from scipy.stats import norm, t

from scoliogait.errors import DataError
from scoliogait.evaluation.json_values import number, pair
from scoliogait.evaluation.metrics import CLASS_NAMES, GROUPS, FloatArray, group_score, in_group, ratio
from scoliogait.evaluation.predictions import Predictions
from scoliogait.evaluation.resampling import (
    MIN_PEOPLE,
    NO_INTERVAL,
    NO_WIDTH,
    Interval,
    Resampled,
    Statistic,
    check_level,
    group_numbers,
    resample,
    standard_error,
)


@dataclass(frozen=True)
class RankingCurves:
    """Points of both curves of one group, all in 0..1.

    roc: (points, 2) = false positive rate (1 - specificity), sensitivity; from (0, 0) to (1, 1).
    precision_recall: (points, 2) = recall (sensitivity), precision. share: of the group among the walks, the precision
    of a test that refers everybody.
    """

    group: str
    roc: FloatArray
    precision_recall: FloatArray
    share: float


def ranking_curves(predictions: Predictions, group: str) -> RankingCurves | None:
    """Curves of the walks of known class; None when no walk, or every walk, belongs to the group.

    Raises DataError for an unknown group, and when no walk has a known class.
    """
    from sklearn.metrics import precision_recall_curve, roc_curve  # imported here: the other figures need none

    known, score, truth = _ranked(predictions, group)
    if not truth.any() or truth.all():
        return None
    false_positive, sensitivity, _ = roc_curve(truth, score, drop_intermediate=False)
    precision, recall, _ = precision_recall_curve(truth, score)
    return RankingCurves(
        group,
        np.stack([false_positive, sensitivity], axis=1),
        np.stack([recall, precision], axis=1),
        float(truth.sum() / len(known)),
    )


def ranking_summary(
    predictions: Predictions, group: str, n_resamples: int = 2000, seed: int = 0, level: float = 0.95
) -> dict[str, Any]:
    """Areas under both curves with intervals over people, as JSON values.

    ``classes`` that form the group, ``n_in_group`` and ``n_others`` walks, ``roc_auc`` and ``average_precision`` with
    value and interval: None where undefined (no walk, or every walk, in the group). Raises DataError as above.
    """
    check_level(level)
    known, score, truth = _ranked(predictions, group)
    people = group_numbers(known.subject_ids, len(known))
    result: dict[str, Any] = {
        "classes": [CLASS_NAMES[index] for index in sorted(GROUPS[group])],
        "n_in_group": int(truth.sum()),
        "n_others": int((~truth).sum()),
    }
    nothing = {"value": None, "interval": None}
    if not truth.any() or truth.all():
        return result | {"roc_auc": nothing, "average_precision": nothing}
    n_people = int(people.max()) + 1
    if n_people < MIN_PEOPLE:
        whole = np.ones((1, n_people))
        areas = (roc_area_statistic(score, truth, people)(whole), precision_area_statistic(score, truth, people)(whole))
        values = [{"value": number(area[0]), "interval": None} for area in areas]
        return result | {"roc_auc": values[0], "average_precision": values[1]}
    roc = resample(roc_area_statistic(score, truth, people), n_people, n_resamples, seed)
    precision = resample(precision_area_statistic(score, truth, people), n_people, n_resamples, seed)
    sizes = (len(set(people[truth].tolist())), len(set(people[~truth].tolist())))
    return result | {
        "roc_auc": {"value": number(roc.value), "interval": pair(roc_area_interval(roc, sizes, level))},
        "average_precision": {
            "value": number(precision.value),
            "interval": pair(logit_interval(precision, sizes, level)),
        },
    }


def roc_area_interval(resampled: Resampled, n_people: tuple[int, int], level: float) -> Interval:
    """Interval of an area under the ROC curve: Student's t on the logit, with the bootstrap's standard error.

    n_people: with a walk in the group, and outside it; the smaller less one is the number of degrees of freedom. The
    logit keeps the bounds inside 0..1 and covers better near 1 than percentiles do (docs/studies/interval-coverage.md).
    An area of exactly 0 or 1 has no bootstrap error: there it is Newcombe's score interval (method 5, Statistics in
    Medicine 25, 2006) with people as the counts.
    """
    area = float(resampled.value)
    return (
        newcombe_interval(area, n_people, level) if area in (0.0, 1.0) else logit_interval(resampled, n_people, level)
    )


def logit_interval(resampled: Resampled, n_people: tuple[int, int], level: float) -> Interval:
    """Student's t on the logit of an area (0..1).

    (NaN, NaN) for an area of 0 or 1, for one person on a side, and where every resample gives the same area (scores all
    tied): such a bootstrap knows nothing of what it has not seen.
    """
    area, smaller = float(resampled.value), min(n_people)
    if area in (0.0, 1.0) or smaller < MIN_PEOPLE:
        return NO_INTERVAL
    error = standard_error(resampled.draws) / (area * (1 - area))
    if error < NO_WIDTH:
        return NO_INTERVAL
    half = float(t.ppf((1 + level) / 2, smaller - 1)) * error
    return float(expit(logit(area) - half)), float(expit(logit(area) + half))


def roc_area_statistic(score: FloatArray, truth: NDArray[np.bool_], people: NDArray[np.int64]) -> Statistic:
    """Area under the ROC curve as a function of the people's weights: the chance that a walk of the group scores higher
    than another, ties counting half (Mann-Whitney). NaN where a weighting leaves either side empty."""
    ranked = ranked_pairs(score, truth, people)
    return lambda weights: ratio(*ranked(weights))


def ranked_pairs(
    score: FloatArray, truth: NDArray[np.bool_], people: NDArray[np.int64]
) -> Callable[[FloatArray], tuple[FloatArray, FloatArray]]:
    """Pairs of a walk of the group and another that the score ranks rightly (ties half), and all pairs, as functions of
    the people's weights: (rows, people) -> (rows,) each. The area under the ROC curve is their ratio."""
    order, starts = tied(score)
    member, person = truth[order], people[order]

    def pairs(weights: FloatArray) -> tuple[FloatArray, FloatArray]:
        each = weights[:, person]
        inside = np.add.reduceat(each * member, starts, axis=1)
        outside = np.add.reduceat(each * ~member, starts, axis=1)
        below = outside.cumsum(axis=1) - outside
        return (inside * (below + outside / 2)).sum(axis=1), inside.sum(axis=1) * outside.sum(axis=1)

    return pairs


def precision_area_statistic(score: FloatArray, truth: NDArray[np.bool_], people: NDArray[np.int64]) -> Statistic:
    """Average precision (sum of precision times step of recall, no interpolation) as a function of people's weights."""
    order, starts = tied(-score)
    member, person = truth[order], people[order]

    def area(weights: FloatArray) -> FloatArray:
        each = weights[:, person]
        inside = np.add.reduceat(each * member, starts, axis=1)
        everyone = np.add.reduceat(each, starts, axis=1)
        precision = ratio(inside.cumsum(axis=1), everyone.cumsum(axis=1), 0.0)
        return ratio((inside * precision).sum(axis=1), inside.sum(axis=1))

    return area


def _ranked(predictions: Predictions, group: str) -> tuple[Predictions, FloatArray, NDArray[np.bool_]]:
    if group not in GROUPS:
        raise DataError(f"group {group!r} is unknown; expected one of {', '.join(GROUPS)}")
    known = predictions.labelled()
    return known, group_score(known.probabilities, group), in_group(known.labels, group)


def tied(score: FloatArray) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Order of rising scores, and where in it each run of equal scores starts."""
    order = np.argsort(score, kind="stable")
    starts = np.flatnonzero(np.concatenate([[True], np.diff(score[order]) > 0]))
    return order, starts


def newcombe_interval(area: float, n_people: tuple[int, int], level: float) -> Interval:
    """Newcombe's score interval (method 5, see ``roc_area_interval``) of an area."""
    inside, outside = n_people
    z, extra = float(norm.ppf((1 + level) / 2)), (inside + outside) / 2 - 1

    def excess(true_area: float) -> float:
        spread = 1 + extra * ((1 - true_area) / (2 - true_area) + true_area / (1 + true_area))
        return (area - true_area) ** 2 - z**2 * true_area * (1 - true_area) * spread / (inside * outside)

    # At an end that is observed the two sides are equal; every other root lies strictly inside.
    margin = 1e-9
    low = 0.0 if area == 0 else float(brentq(excess, margin, min(area, 1 - margin)))
    high = 1.0 if area == 1 else float(brentq(excess, max(area, margin), 1 - margin))
    return low, high
