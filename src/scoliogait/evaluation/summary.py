"""The result of an evaluation, ready for JSON: each figure with its interval and what it was counted on."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scoliogait.evaluation.calibration import negative_log_likelihood
from scoliogait.evaluation.curves import ranking_summary
from scoliogait.evaluation.intervals import bootstrap_intervals, confusion_intervals, wilson_intervals
from scoliogait.evaluation.json_values import number, pair
from scoliogait.evaluation.metrics import (
    GROUPS,
    METRIC_NAMES,
    PROPORTIONS,
    VanishedClassWarning,
    confusion_matrix,
    counts_of_table,
    proportion_counts,
    screening_metrics,
)
from scoliogait.evaluation.operating_point import called_figures, operating_point
from scoliogait.evaluation.predictions import Predictions
from scoliogait.evaluation.reliability import TOP_LABEL, reliability_summary
from scoliogait.evaluation.resampling import MIN_PEOPLE, group_numbers
from scoliogait.evaluation.screening_plan import ScreeningPlan
from scoliogait.labels import CLASS_NAMES

NOT_A_MEDICAL_DEVICE = "Research software, not a medical device: it gives no diagnosis and measures no Cobb angle."
WALKS_TAKEN_AS_PEOPLE = (
    "Who walked is unknown for some walks: each of them counts as a person of its own, so the intervals are too narrow "
    "if people were recorded more than once."
)
PEOPLE_IN_BOTH = (
    "{n_people} people walked in the validation walks too, on which the threshold was chosen: the figures of the "
    "operating point may be too good."
)

# The groups that a screening is asked to find, and the promises whose truth is checked.
SCREENED_GROUPS = ("abnormal", "positive")
CALIBRATED_EVENTS = (TOP_LABEL, *SCREENED_GROUPS)


def summarise(
    predictions: Predictions,
    n_resamples: int = 2000,
    seed: int = 0,
    level: float = 0.95,
    plan: ScreeningPlan | None = None,
) -> dict[str, Any]:
    """Everything that is said about a set of walks, as plain JSON values; docs/evaluation.md lists the keys.

    Walks of unknown class are left out and counted. A figure that is undefined, and an interval that cannot be given,
    is None. Raises DataError when no walk has a known class, and for a plan that does not fit (``operating_point``).
    """
    known = predictions.labelled()
    plan = plan or ScreeningPlan()
    table = confusion_matrix(known.labels, known.predicted)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", VanishedClassWarning)
        figures = screening_metrics(known.mean_logits, known.labels)
    point = None
    if plan.validation is not None and plan.sensitivity is not None:
        point = operating_point(known, plan.validation, plan.sensitivity, plan.prevalence, level=level)
    statements = [NOT_A_MEDICAL_DEVICE, *known.about.statements]
    if None in known.subject_ids:
        statements.append(WALKS_TAKEN_AS_PEOPLE)
    if point is not None and point["n_people_in_both"]:
        statements.append(PEOPLE_IN_BOTH.format(n_people=point["n_people_in_both"]))
    statements += [str(warning.message) for warning in caught]
    return {
        "statements": statements,
        "facts": dict(known.facts),
        "counts": counts_of_table(table)
        | {"n_people": _n_people(known), "n_walks_of_unknown_class": len(predictions) - len(known)},
        "interval_method": _interval_methods(n_resamples, seed, level),
        "metrics": _metrics(known, figures, table, n_resamples, seed, level),
        "negative_log_likelihood": negative_log_likelihood(known.probabilities, known.labels),
        "screening": {name: called_figures(known, name, plan.prevalence, level) for name in SCREENED_GROUPS},
        "operating_point": point,
        "ranking": {name: ranking_summary(known, name, n_resamples, seed, level) for name in GROUPS},
        "calibration": {name: reliability_summary(known, name, n_resamples, seed, level) for name in CALIBRATED_EVENTS},
        "confusion_matrix": _confusion(known, table, level),
    }


def _metrics(
    known: Predictions,
    figures: Mapping[str, float],
    table: NDArray[np.int64],
    n_resamples: int,
    seed: int,
    level: float,
) -> dict[str, Any]:
    bootstrap = bootstrap_intervals(known.mean_logits, known.labels, known.subject_ids, n_resamples, seed, level)
    wilson = wilson_intervals(known.mean_logits, known.labels, known.subject_ids, level)
    n_people = _n_people(known)
    metrics: dict[str, Any] = {}
    for name in METRIC_NAMES:
        metrics[name] = {"value": number(figures[name]), "interval": pair(bootstrap[name])}
        if name in PROPORTIONS:
            right, total = proportion_counts(table, name)
            if not total:
                metrics[name]["interval"] = None  # nothing was counted: a precision of 0 is a convention, not a finding
            elif metrics[name]["interval"] is None and n_people >= MIN_PEOPLE:
                metrics[name]["interval"] = pair(wilson[name])  # all walks alike: the bootstrap sees no spread
            metrics[name] |= {"wilson": pair(wilson[name]), "n_right": int(right), "n": int(total)}
        else:
            metrics[name] |= {"n": len(known)}
    return metrics


def _n_people(known: Predictions) -> int:
    return int(group_numbers(known.subject_ids, len(known)).max()) + 1


def _confusion(known: Predictions, table: NDArray[np.int64], level: float) -> dict[str, Any]:
    intervals = confusion_intervals(known.mean_logits, known.labels, known.subject_ids, level)
    return {
        "rows": "true class",
        "columns": "predicted class",
        "classes": list(CLASS_NAMES),
        "counts": table.tolist(),
        "row_shares": [[cell / sum(row) if sum(row) else None for cell in row] for row in table.tolist()],
        "row_intervals": [[pair(cell) for cell in row] for row in intervals],
    }


def _interval_methods(n_resamples: int, seed: int, level: float) -> dict[str, str]:
    bootstrap = f"bootstrap over people, {n_resamples} resamples, seed {seed}"
    return {
        "interval": f"{level:.0%} BCa {bootstrap}; Wilson where every resample gives the same share",
        "wilson": f"{level:.0%} Wilson score interval; walks of one person are discounted by the design effect",
        "roc_auc": f"{level:.0%} Student t on the logit, standard error from the {bootstrap}",
        "average_precision": f"{level:.0%} Student t on the logit, standard error from the {bootstrap}",
        "ece": f"{level:.0%} inverted test, {bootstrap}",
        "predictive_values": f"{level:.0%} MOVER from the Wilson intervals of sensitivity and specificity",
    }
