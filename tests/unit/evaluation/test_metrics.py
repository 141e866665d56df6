"""Metrics against scikit-learn, a case counted by hand, and their laws."""

import math
import warnings

import numpy as np
import pytest
from sklearn.metrics import precision_recall_fscore_support

from scoliogait.errors import DataError
from scoliogait.evaluation.metrics import (
    METRIC_NAMES,
    VanishedClassWarning,
    confusion_matrix,
    metrics_of_tables,
    predicted_classes,
    screening_metrics,
)
from scoliogait.labels import CLASS_NAMES


def one_hot(classes: list[int]) -> np.ndarray:
    return np.eye(3)[classes]


# truth:     5 negative, 2 neutral, 3 positive
TRUTH = [0, 0, 0, 0, 0, 1, 1, 2, 2, 2]
CALLED = [0, 0, 0, 1, 2, 1, 0, 2, 1, 2]


def test_a_case_counted_by_hand() -> None:
    figures = screening_metrics(one_hot(CALLED), np.array(TRUTH))
    assert figures["accuracy"] == pytest.approx(6 / 10)
    assert figures["recall_negative"] == pytest.approx(3 / 5)
    assert figures["precision_negative"] == pytest.approx(3 / 4)
    assert figures["recall_neutral"] == pytest.approx(1 / 2)
    assert figures["precision_neutral"] == pytest.approx(1 / 3)
    assert figures["f1_positive"] == pytest.approx(2 * (2 / 3) * (2 / 3) / (4 / 3))
    # Abnormal: 2 neutral + 3 positive, of which one neutral was called negative.
    assert figures["sensitivity_abnormal"] == pytest.approx(4 / 5)
    assert figures["specificity_abnormal"] == pytest.approx(3 / 5)
    assert figures["sensitivity_positive"] == pytest.approx(2 / 3)
    # 7 walks are not positive; one of them was called positive.
    assert figures["specificity_positive"] == pytest.approx(6 / 7)
    assert (figures["n_walks"], figures["n_true_neutral"], figures["n_predicted_neutral"]) == (10, 2, 3)


def test_names_are_complete() -> None:
    figures = screening_metrics(one_hot(CALLED), np.array(TRUTH))
    counts = {"n_walks"} | {f"n_{kind}_{name}" for kind in ("true", "predicted") for name in CLASS_NAMES}
    assert set(figures) == set(METRIC_NAMES) | counts


@pytest.mark.parametrize("seed", range(20))
def test_agrees_with_scikit_learn(seed: int) -> None:
    generator = np.random.default_rng(seed)
    truth = generator.choice(3, size=40, p=generator.dirichlet([1, 1, 1]))
    scores = generator.normal(size=(40, 3)).astype(np.float32)
    called = predicted_classes(scores)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", VanishedClassWarning)
        figures = screening_metrics(scores, truth)
    assert figures["accuracy"] == pytest.approx(np.mean(truth == called))
    present = precision_recall_fscore_support(truth, called, average="macro", zero_division=0)
    three = precision_recall_fscore_support(truth, called, labels=[0, 1, 2], average="macro", zero_division=0)
    each = precision_recall_fscore_support(truth, called, labels=[0, 1, 2], zero_division=0)
    for index, kind in enumerate(("precision", "recall", "f1")):
        assert figures[f"macro_{kind}"] == pytest.approx(present[index])
        assert figures[f"macro_{kind}_three_class"] == pytest.approx(three[index])
        assert [figures[f"{kind}_{name}"] for name in CLASS_NAMES] == pytest.approx(each[index])


def test_ties_go_to_the_lowest_id() -> None:
    scores = np.array([[1.0, 1.0, 1.0], [0.0, 2.0, 2.0], [3.0, 0.0, 3.0]])
    assert predicted_classes(scores).tolist() == [0, 1, 0]


def test_a_vanished_class_warns_and_the_three_class_average_shows_it() -> None:
    with pytest.warns(VanishedClassWarning, match="neutral"):
        figures = screening_metrics(one_hot([0, 2, 2]), np.array([0, 2, 2]))
    assert figures["macro_f1"] == 1
    assert figures["macro_f1_three_class"] == pytest.approx(2 / 3)


def test_no_warning_when_every_class_occurs(recwarn: pytest.WarningsRecorder) -> None:
    screening_metrics(one_hot(CALLED), np.array(TRUTH))
    assert not recwarn.list


def test_a_group_without_walks_has_no_sensitivity() -> None:
    with pytest.warns(VanishedClassWarning):
        figures = screening_metrics(one_hot([0, 0, 1]), np.array([0, 0, 0]))
    assert math.isnan(figures["sensitivity_abnormal"])
    assert math.isnan(figures["sensitivity_positive"])
    assert figures["specificity_abnormal"] == pytest.approx(2 / 3)


def test_many_tables_at_once_equal_one_at_a_time() -> None:
    tables = np.random.default_rng(3).integers(0, 4, size=(50, 3, 3))
    together = metrics_of_tables(tables)
    for row, table in enumerate(tables):
        alone = metrics_of_tables(table)
        for name in METRIC_NAMES:
            np.testing.assert_equal(together[name][row], alone[name])


def test_one_table_by_naive_loop() -> None:
    expected = np.zeros((3, 3), dtype=int)
    for truth, called in zip(TRUTH, CALLED, strict=True):
        expected[truth, called] += 1
    np.testing.assert_array_equal(confusion_matrix(TRUTH, CALLED), expected)


@pytest.mark.parametrize(
    ("scores", "labels", "message"),
    [
        (np.zeros((0, 3)), np.zeros(0, int), "no walk"),
        (np.zeros((2, 4)), [0, 1], "shape"),
        (np.zeros(3), [0], "shape"),
        ([[0.0, float("nan"), 1.0]], [0], "NaN"),
        ([[0.0, float("inf"), 1.0]], [0], "infinite"),
        ([["a", "b", "c"]], [0], "dtype"),
        (np.zeros((2, 3)), [0, 3], "class id 3 in row 1"),
        (np.zeros((2, 3)), [-1, 0], "class id -1 in row 0"),
        (np.zeros((2, 3)), [0.5, 1.0], "dtype"),
        (np.zeros((2, 3)), [0], "1 walks"),
        (np.zeros((2, 3)), [[0], [1]], "shape"),
    ],
)
def test_bad_input_is_refused_in_one_line(scores: object, labels: object, message: str) -> None:
    with pytest.raises(DataError, match=message) as caught:
        screening_metrics(scores, labels)  # type: ignore[arg-type]
    assert "\n" not in str(caught.value)
