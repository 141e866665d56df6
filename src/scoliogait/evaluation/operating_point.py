"""What a screening would do: sensitivity and specificity at a threshold, predictive values at a stated prevalence.

The threshold is chosen on validation walks and only judged on the others. Test sets of this field hold far more sick
people than a school class does, so predictive values are never read off the walks: they follow from sensitivity,
specificity and a prevalence that has to be stated.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scoliogait.errors import DataError
from scoliogait.evaluation.intervals import wilson_of_people
from scoliogait.evaluation.json_values import number, pair
from scoliogait.evaluation.metrics import CLASS_NAMES, GROUPS, group_score, in_group
from scoliogait.evaluation.predictions import Predictions
from scoliogait.evaluation.resampling import Interval, group_numbers, sum_per_person
from scoliogait.evaluation.screening_plan import check_prevalence, choose_threshold


def operating_point(
    predictions: Predictions,
    validation: Predictions,
    sensitivity: float,
    prevalence: float | None = None,
    group: str = "abnormal",
    level: float = 0.95,
) -> dict[str, Any]:
    """Choose a threshold on the validation walks and judge it on the others; JSON values.

    ``threshold``, ``wanted_sensitivity``, the figures of ``decision_figures`` on the walks judged, and under
    ``validation`` those of the walks it was chosen on. Intervals hold for this threshold: they do not contain the
    scatter of choosing it.

    Raises DataError as ``choose_threshold`` does, when both are of different models, and when they share a walk.
    """
    _check_apart(predictions, validation)
    threshold = choose_threshold(validation, sensitivity, group)
    judged, chosen = (_judge(walks, threshold, group, prevalence, level) for walks in (predictions, validation))
    both = set(predictions.labelled().subject_ids) & set(validation.labelled().subject_ids) - {None}
    return {
        "threshold": threshold,
        "wanted_sensitivity": sensitivity,
        **judged,
        "validation": {name: chosen[name] for name in ("sensitivity", "specificity")},
        "n_people_in_both": len(both),
    }


def called_figures(
    predictions: Predictions, group: str, prevalence: float | None = None, level: float = 0.95
) -> dict[str, Any]:
    """``decision_figures`` of the model's own calls: a walk is called when its most probable class is in the group."""
    known = predictions.labelled()
    return decision_figures(known, in_group(known.predicted, group), group, prevalence, level)


def decision_figures(
    known: Predictions, called: NDArray[np.bool_], group: str, prevalence: float | None, level: float
) -> dict[str, Any]:
    """Figures of calling some walks (N,) members of a group, as JSON values.

    ``positive_group``: the classes to be found. ``sensitivity``: share of their walks that are called;
    ``specificity``: share of the others that are not; each with its Wilson interval over people, ``n_right`` and
    ``n``; value None where there is no such walk. With a prevalence also ``ppv`` (share of the called who belong to
    the group), ``npv`` (share of the not called who do not) and ``referral_rate`` (share of all who are called),
    each at that prevalence, with intervals that combine both Wilson intervals (``predictive_values``).

    Raises DataError when the prevalence is not between 0 and 1.
    """
    truth = in_group(known.labels, group)
    people = group_numbers(known.subject_ids, len(known))
    n_people = int(people.max()) + 1

    def share(right: NDArray[np.bool_], total: NDArray[np.bool_]) -> dict[str, Any]:
        rights, totals = (sum_per_person(values, people, n_people) for values in (right & total, total))
        interval = wilson_of_people(rights, totals, level)
        n_right, n = int((right & total).sum()), int(total.sum())
        return {"value": n_right / n if n else None, "interval": pair(interval), "n_right": n_right, "n": n}

    figures = {"sensitivity": share(called, truth), "specificity": share(~called, ~truth)}
    result: dict[str, Any] = {"positive_group": [CLASS_NAMES[index] for index in sorted(GROUPS[group])]} | figures
    if prevalence is None:
        return result
    found, cleared = ((entry["value"], entry["interval"]) for entry in figures.values())
    return result | {"prevalence": prevalence} | predictive_values(found, cleared, prevalence)


Estimate = tuple[float | None, list[float] | tuple[float, float] | None]


def predictive_values(sensitivity: Estimate, specificity: Estimate, prevalence: float) -> dict[str, Any]:
    """PPV, NPV and referral rate, each with value and interval; None where undefined.

    sensitivity, specificity: value and interval of two independent shares. The intervals recover the variances from
    theirs (MOVER: Zou & Donner, Statistics in Medicine 27, 2008; ratios: Donner & Zou, Statistical Methods in Medical
    Research 21, 2012), so they stay honest at 0 and 1. Raises DataError when the prevalence is not between 0 and 1.
    """
    check_prevalence(prevalence)
    found, passed = _bounded(sensitivity), _bounded(specificity)
    if found is None or passed is None:
        return {name: {"value": None, "interval": None} for name in ("ppv", "npv", "referral_rate")}
    missed, alarmed = _complement(found), _complement(passed)
    odds = (1 - prevalence) / prevalence
    return {
        "ppv": _predictive_value(alarmed, found, lambda ratio: 1 / (1 + odds * ratio)),
        "npv": _predictive_value(missed, passed, lambda ratio: 1 / (1 + ratio / odds)),
        "referral_rate": _weighted_sum(found, prevalence, alarmed, 1 - prevalence),
    }


# A share with its bounds: value, low, high.
_Bounded = tuple[float, float, float]


def _bounded(share: Estimate) -> _Bounded | None:
    value, interval = share
    return None if value is None or interval is None else (value, interval[0], interval[1])


def _complement(share: _Bounded) -> _Bounded:
    value, low, high = share
    return 1 - value, 1 - high, 1 - low


def _predictive_value(errors: _Bounded, hits: _Bounded, value_at: Callable[[float], float]) -> dict[str, Any]:
    """A falling function of the ratio of wrong to right calls."""
    low, high = _ratio_interval(errors, hits)
    interval = (value_at(high), value_at(low))
    if errors[0] == hits[0] == 0:
        return {"value": None, "interval": None}  # all were called, or none were: a share of nothing
    return {"value": value_at(errors[0] / hits[0] if hits[0] else math.inf), "interval": pair(interval)}


def _ratio_interval(above: _Bounded, below: _Bounded) -> Interval:
    """Interval of a ratio of two shares; infinite above where the lower share may be 0."""
    (p, p_low, p_high), (q, q_low, q_high) = above, below
    product = p * q
    low_root = product**2 - p_low * q_high * (2 * p - p_low) * (2 * q - q_high)
    high_root = product**2 - p_high * q_low * (2 * p - p_high) * (2 * q - q_low)
    low_divisor, high_divisor = q_high * (2 * q - q_high), q_low * (2 * q - q_low)
    low = (product - math.sqrt(max(low_root, 0.0))) / low_divisor if low_divisor else 0.0
    high = (product + math.sqrt(max(high_root, 0.0))) / high_divisor if high_divisor > 0 else math.inf
    return max(low, 0.0), high


def _weighted_sum(first: _Bounded, first_weight: float, second: _Bounded, second_weight: float) -> dict[str, Any]:
    value = first_weight * first[0] + second_weight * second[0]
    down = math.hypot(first_weight * (first[0] - first[1]), second_weight * (second[0] - second[1]))
    up = math.hypot(first_weight * (first[2] - first[0]), second_weight * (second[2] - second[0]))
    return {"value": number(value), "interval": pair((value - down, value + up))}


def _judge(
    predictions: Predictions, threshold: float, group: str, prevalence: float | None, level: float
) -> dict[str, Any]:
    known = predictions.labelled()
    return decision_figures(known, group_score(known.probabilities, group) >= threshold, group, prevalence, level)


def _check_apart(predictions: Predictions, validation: Predictions) -> None:
    digests = [walks.facts.get("model_digest") for walks in (predictions, validation)]
    if None not in digests and digests[0] != digests[1]:
        raise DataError(
            f"the validation predictions are of model {digests[1]}, these of model {digests[0]}; "
            "expected the same model"
        )
    check_no_shared_walks(predictions.walk_ids, validation)


def check_no_shared_walks(walk_ids: Iterable[str], validation: Predictions) -> None:
    """DataError when a walk to be judged is one of those that the threshold was chosen on."""
    shared = set(walk_ids) & set(validation.walk_ids)
    if shared:
        raise DataError(
            f"{len(shared)} walks are among the validation walks too, first {min(shared)}: a threshold cannot be "
            "judged on the walks it was chosen on; evaluate other walks, or leave --sensitivity out"
        )
