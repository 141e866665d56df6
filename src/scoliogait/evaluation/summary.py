"""The result of an evaluation, ready for JSON: each figure with its interval and what it was counted on."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator, Mapping
from typing import Any

from scoliogait.evaluation.calibration import negative_log_likelihood
from scoliogait.evaluation.intervals import Interval, bootstrap_intervals, group_numbers, wilson_intervals
from scoliogait.evaluation.metrics import (
    METRIC_NAMES,
    PROPORTIONS,
    VanishedClassWarning,
    confusion_matrix,
    counts_of_table,
    proportion_counts,
    screening_metrics,
)
from scoliogait.evaluation.predictions import Predictions
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
TEST_GUIDED = "The model was selected with the test walks in view (test-guided): the figures are too good."


def summarise(predictions: Predictions, n_resamples: int = 2000, seed: int = 0, level: float = 0.95) -> dict[str, Any]:
    """Metrics with intervals, counts, confusion matrix, facts and the statements a reader needs. Plain JSON values.

    Walks of unknown class are left out and counted. A figure that is undefined, and an interval that cannot be given,
    is None. Raises DataError when no walk has a known class.
    """
    known = predictions.labelled()
    table = confusion_matrix(known.labels, known.predicted)
    people = len(set(group_numbers(known.subject_ids, len(known)).tolist()))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", VanishedClassWarning)
        figures = screening_metrics(known.mean_logits, known.labels)
    bootstrap = bootstrap_intervals(known.mean_logits, known.labels, known.subject_ids, n_resamples, seed, level)
    wilson = wilson_intervals(known.mean_logits, known.labels, level)
    metrics: dict[str, Any] = {}
    for name in METRIC_NAMES:
        metrics[name] = {"value": _number(figures[name]), "interval": _pair(bootstrap[name])}
        if name in PROPORTIONS:
            right, total = proportion_counts(table, name)
            if not total:
                metrics[name]["interval"] = None  # nothing was counted: a precision of 0 is a convention, not a finding
            metrics[name] |= {"wilson": _pair(wilson[name]), "n_right": int(right), "n": int(total)}
        else:
            metrics[name] |= {"n": len(known)}
    statements = [NOT_A_MEDICAL_DEVICE]
    if known.simulated:
        statements.append(SIMULATED_WALKS)
    statements += _selection_statements(known.facts)
    if None in known.subject_ids:
        statements.append(WALKS_TAKEN_AS_PEOPLE)
    statements += [str(warning.message) for warning in caught]
    return {
        "statements": statements,
        "facts": dict(known.facts),
        "counts": counts_of_table(table)
        | {"n_people": people, "n_walks_of_unknown_class": len(predictions) - len(known)},
        "interval_method": {
            "interval": f"{level:.0%} percentile bootstrap over people, {n_resamples} resamples, seed {seed}",
            "wilson": f"{level:.0%} Wilson score interval, every walk counted as independent",
        },
        "metrics": metrics,
        "negative_log_likelihood": negative_log_likelihood(known.probabilities, known.labels),
        "confusion_matrix": {
            "rows": "true class",
            "columns": "predicted class",
            "classes": list(CLASS_NAMES),
            "counts": table.tolist(),
        },
    }


def _selection_statements(facts: Mapping[str, str]) -> Iterator[str]:
    """What must be said about walks that may have had a part in making the model."""
    if facts.get("selection") == "test-guided":
        yield TEST_GUIDED
    if "store_digest" not in facts or facts["store_digest"] != facts.get("model_store_digest"):
        return
    if facts.get("partition") != facts.get("model_partition"):
        yield OTHER_PARTITION.format(model_partition=facts.get("model_partition"))
    elif facts.get("subset") == "train":
        yield TRAINING_WALKS


def _number(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def _pair(interval: Interval) -> list[float] | None:
    return [float(bound) for bound in interval] if all(math.isfinite(bound) for bound in interval) else None
