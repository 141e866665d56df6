"""The summary says everything a reader needs, as plain JSON."""

import json
from dataclasses import replace

import numpy as np
import pytest

from scoliogait.errors import DataError
from scoliogait.evaluation.metrics import METRIC_NAMES, PROPORTIONS, screening_metrics
from scoliogait.evaluation.predictions import Predictions
from scoliogait.evaluation.screening_plan import ScreeningPlan
from scoliogait.evaluation.summary import (
    NOT_A_MEDICAL_DEVICE,
    WALKS_TAKEN_AS_PEOPLE,
    summarise,
)
from scoliogait.provenance import OTHER_PARTITION, SIMULATED_WALKS
from scoliogait.scores import probabilities


def some_predictions(simulated: str = "no", people: bool = True, unlabelled: int = 0) -> Predictions:
    generator = np.random.default_rng(4)
    labels = generator.integers(0, 3, 40)
    logits = 0.3 * np.eye(3)[labels] + generator.normal(scale=0.2, size=(40, 3))
    labels[:unlabelled] = -1
    return Predictions(
        tuple(f"w{row}" for row in range(40)),
        tuple(f"p{row // 4}" if people else None for row in range(40)),
        labels,
        logits,
        probabilities(logits),
        {"simulated": simulated, "data": "cohort"},
    )


def with_facts(facts: dict[str, str]) -> Predictions:
    return replace(some_predictions(), facts=facts)


def test_every_metric_has_value_interval_and_count() -> None:
    predictions = some_predictions()
    summary = json.loads(json.dumps(summarise(predictions, n_resamples=300), allow_nan=False))
    figures = screening_metrics(predictions.mean_logits, predictions.labels)
    assert set(summary["metrics"]) == set(METRIC_NAMES)
    for name, entry in summary["metrics"].items():
        assert entry["value"] == pytest.approx(figures[name])
        if entry["interval"] is None:
            assert entry["value"] == 1  # all right in every resample: no spread to see
        else:
            low, high = entry["interval"]
            assert low <= entry["value"] <= high
        if name in PROPORTIONS:
            assert entry["n_right"] / entry["n"] == pytest.approx(figures[name])
            assert entry["wilson"][0] <= entry["value"] <= entry["wilson"][1]
        else:
            assert entry["n"] == 40
    assert np.sum(summary["confusion_matrix"]["counts"]) == summary["counts"]["n_walks"] == 40
    assert summary["counts"]["n_people"] == 10


def test_ranking_calibration_and_screening_are_named_and_complete() -> None:
    summary = json.loads(json.dumps(summarise(some_predictions(), 100), allow_nan=False))
    assert set(summary["ranking"]) == {"abnormal", "negative", "neutral", "positive"}
    assert set(summary["calibration"]) == {"top_label", "abnormal", "positive"}
    assert summary["screening"]["abnormal"]["positive_group"] == ["neutral", "positive"]
    assert (
        summary["screening"]["abnormal"]["sensitivity"]["value"] == summary["metrics"]["sensitivity_abnormal"]["value"]
    )
    assert (
        summary["screening"]["positive"]["specificity"]["value"] == summary["metrics"]["specificity_positive"]["value"]
    )
    assert "ppv" not in summary["screening"]["abnormal"]
    assert summary["operating_point"] is None
    shares = np.array(summary["confusion_matrix"]["row_shares"])
    np.testing.assert_allclose(shares.sum(axis=1), 1)


def test_a_plan_adds_predictive_values_and_a_threshold_from_validation() -> None:
    test = some_predictions()
    names = tuple(f"v{row}" for row in range(40))
    validation = Predictions(names, test.subject_ids, test.labels, test.mean_logits, test.probabilities)
    summary = summarise(test, 100, plan=ScreeningPlan(0.03, validation, 0.9))
    json.dumps(summary, allow_nan=False)
    assert summary["screening"]["positive"]["prevalence"] == 0.03
    assert 0 < summary["screening"]["positive"]["ppv"]["value"] < 1
    assert summary["operating_point"]["sensitivity"]["value"] >= 0.9
    assert any("10 people walked in the validation walks too" in text for text in summary["statements"])
    with pytest.raises(DataError, match="validation walks"):
        ScreeningPlan(sensitivity=0.9)


def test_statements_fit_the_data() -> None:
    assert summarise(some_predictions(), 10)["statements"] == [NOT_A_MEDICAL_DEVICE]
    assert SIMULATED_WALKS in summarise(some_predictions("yes"), 10)["statements"]
    assert WALKS_TAKEN_AS_PEOPLE in summarise(some_predictions(people=False), 10)["statements"]


def test_walks_of_unknown_class_are_left_out_and_counted() -> None:
    summary = summarise(some_predictions(unlabelled=5), 10)
    assert summary["counts"]["n_walks"] == 35
    assert summary["counts"]["n_walks_of_unknown_class"] == 5


def test_what_cannot_be_computed_is_null_and_a_vanished_class_is_said() -> None:
    logits = np.eye(3)[[0, 0]] * 0.3
    one_class = Predictions(("a", "b"), ("p", "p"), np.array([0, 0]), logits, probabilities(logits))
    summary = json.loads(json.dumps(summarise(one_class, 10), allow_nan=False))
    assert summary["metrics"]["sensitivity_abnormal"]["value"] is None
    assert summary["metrics"]["accuracy"]["interval"] is None
    assert summary["metrics"]["precision_positive"] == {
        "value": 0.0,
        "interval": None,
        "wilson": None,
        "n_right": 0,
        "n": 0,
    }
    assert any("neutral or positive" in text for text in summary["statements"])


@pytest.mark.parametrize(
    ("seen", "words"),
    [("12", "had seen 12 test walks"), ("unknown", "It is not known on which walks the weights"), ("0", None)],
)
def test_start_weights_that_saw_test_walks_are_told_beside_test_figures(seen: str, words: str | None) -> None:
    facts = {"subset": "test", "started_from": "first", "start_test_walks_seen": seen}
    statements = " ".join(summarise(with_facts(facts), n_resamples=10)["statements"])
    assert ("first" in statements) == (words is not None)
    assert words is None or words in statements
    elsewhere = summarise(with_facts(facts | {"subset": "validation"}), n_resamples=10)["statements"]
    assert "first" not in " ".join(elsewhere)


def test_a_partition_of_the_same_name_is_another_one_when_its_ids_differ() -> None:
    same = {"store_digest": "s", "model_store_digest": "s", "partition": "p", "model_partition": "p"}
    ids = {"partition_sha256": "a", "model_partition_sha256": "a"}
    told = OTHER_PARTITION.format(model_partition="p")
    assert told not in summarise(with_facts(same | ids), n_resamples=10)["statements"]
    changed = ids | {"model_partition_sha256": "b"}
    assert told in summarise(with_facts(same | changed), n_resamples=10)["statements"]
