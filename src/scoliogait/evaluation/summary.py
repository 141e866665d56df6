"""The result of an evaluation, ready for JSON: each figure with its interval and what it was counted on."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
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
SIMULATED_WALKS = "These walks are simulated: the figures say nothing about real people."
WALKS_TAKEN_AS_PEOPLE = (
    "Who walked is unknown for some walks: each of them counts as a person of its own, so the intervals are too narrow "
    "if people were recorded more than once."
)
TRAINING_WALKS = "The model was trained on these walks: the figures say nothing about new ones."
OTHER_PARTITION = (
    "The model was trained on another partition of the same data ({model_partition}), so some of these walks may have "
    "trained it: the figures may be too good."
)
PEOPLE_IN_BOTH = (
    "{n_people} people walked in the validation walks too, on which the threshold was chosen: the figures of the "
    "operating point may be too good."
)
TEST_GUIDED = "The model was selected with the test walks in view (test-guided): the figures are too good."
VALIDATION_WALKS = "The model and its temperature were chosen on these walks: the figures are somewhat too good."
TEST_OPENED = "Test set opened {n_openings} by the ledger's count, {n_by_model} with this model."
PROXY = "These walks are a proxy subset for quick looks: the figures stand for nothing."
START_SAW_TEST = (
    "The weights that the model was started from ({started_from}) had seen {n_seen} test walks of the model's "
    "partition: the figures may be too good."
)
START_UNKNOWN = (
    "It is not known on which walks the weights that the model was started from ({started_from}) were trained: if test "
    "walks were among them, the figures are too good."
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
    statements = [NOT_A_MEDICAL_DEVICE]
    if known.simulated:
        statements.append(SIMULATED_WALKS)
    statements += _selection_statements(known.facts)
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


def _selection_statements(facts: Mapping[str, str]) -> Iterator[str]:
    """What must be said about walks that may have had a part in making the model."""
    if facts.get("selection") == "test-guided":
        yield TEST_GUIDED
    if "test_openings" in facts:
        times = [_times(facts[name]) for name in ("test_openings", "test_openings_by_model")]
        yield TEST_OPENED.format(n_openings=times[0], n_by_model=times[1])
    if facts.get("proxy") == "yes":
        yield PROXY
    if facts.get("subset") == "test" and "start_test_walks_seen" in facts:
        yield from _start_statements(facts["started_from"], facts["start_test_walks_seen"])
    if "store_digest" not in facts or facts["store_digest"] != facts.get("model_store_digest"):
        return
    if _another_partition(facts):
        yield OTHER_PARTITION.format(model_partition=facts.get("model_partition"))
    elif facts.get("subset") == "train":
        yield TRAINING_WALKS
    elif facts.get("subset") == "validation" and facts.get("selection") == "validation":
        yield VALIDATION_WALKS


def _start_statements(started_from: str, n_seen: str) -> Iterator[str]:
    if n_seen == "unknown":
        yield START_UNKNOWN.format(started_from=started_from)
    elif n_seen != "0":
        yield START_SAW_TEST.format(started_from=started_from, n_seen=n_seen)


def _another_partition(facts: Mapping[str, str]) -> bool:
    """By the ids in it where both are recorded, else by name."""
    digests = (facts.get("partition_sha256"), facts.get("model_partition_sha256"))
    if None in digests or "not stated" in digests:
        return facts.get("partition") != facts.get("model_partition")
    return digests[0] != digests[1]


def _times(number: str) -> str:
    return "once" if number == "1" else f"{number} times"
