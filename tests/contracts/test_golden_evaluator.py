"""Metrics and predictions against recordings of OpenGait's evaluator: predictions exact, metrics to 1e-9."""

import warnings

import numpy as np
import pytest

from recorded import recorded_arrays, recorded_facts
from scoliogait.evaluation.metrics import confusion_matrix, predicted_classes, screening_metrics

RECORDED = recorded_facts("evaluator.json")["cases"]
END_TO_END = recorded_facts("end_to_end_test.json")
CLASS_IDS = {"negative": 0, "neutral": 1, "positive": 2}


@pytest.fixture(scope="module")
def arrays() -> dict[str, np.ndarray]:
    return recorded_arrays("evaluator.npz")


def metrics_without_warning(scores: np.ndarray, labels: np.ndarray) -> dict[str, float]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return screening_metrics(scores, labels)


def test_every_recorded_case_is_compared(arrays: dict[str, np.ndarray]) -> None:
    assert {name.split("/")[0] for name in arrays} == set(RECORDED)
    assert len(RECORDED) >= 9


@pytest.mark.parametrize("case", RECORDED)
def test_predictions_and_table_are_exact(case: str, arrays: dict[str, np.ndarray]) -> None:
    scores = arrays[f"{case}/logits"].mean(axis=-1)
    predicted = predicted_classes(scores)
    np.testing.assert_array_equal(predicted, arrays[f"{case}/pred"])
    np.testing.assert_array_equal(confusion_matrix(arrays[f"{case}/labels"], predicted), arrays[f"{case}/confusion"])


@pytest.mark.parametrize("case", RECORDED)
def test_metrics_agree(case: str, arrays: dict[str, np.ndarray]) -> None:
    ours = metrics_without_warning(arrays[f"{case}/logits"].mean(axis=-1), arrays[f"{case}/labels"])
    for name, value in RECORDED[case]["result"].items():
        key = name if name == "accuracy" else f"macro_{name}"
        assert ours[key] == pytest.approx(value, abs=1e-9), key


@pytest.mark.parametrize("case", ["c1", "c2"])
def test_end_to_end_metrics_agree(case: str) -> None:
    scores = recorded_arrays("end_to_end_test.npz")[f"{case}/logits"].mean(axis=-1)
    ours = metrics_without_warning(scores, np.array([CLASS_IDS[name] for name in END_TO_END[case]["types"]]))
    for name, value in END_TO_END[case]["metrics"].items():
        key = name if name == "accuracy" else f"macro_{name}"
        assert ours[key] == pytest.approx(value, abs=1e-9), key
