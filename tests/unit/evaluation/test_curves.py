"""Curves and areas against scikit-learn, a case solved by hand, and the ends where nothing can be ranked."""

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, roc_auc_score

from scoliogait.errors import DataError
from scoliogait.evaluation.curves import (
    precision_area_statistic,
    ranking_curves,
    ranking_summary,
    roc_area_interval,
    roc_area_statistic,
)
from scoliogait.evaluation.predictions import Predictions
from scoliogait.evaluation.resampling import Resampled


def predictions_of(chances: np.ndarray, labels: list[int], people: list[str | None] | None = None) -> Predictions:
    n_walks = len(labels)
    return Predictions(
        tuple(f"w{row}" for row in range(n_walks)),
        tuple(people or [None] * n_walks),
        np.array(labels),
        np.log(np.maximum(chances, 1e-12)),
        chances,
    )


def some_predictions(n_walks: int = 90, seed: int = 0) -> Predictions:
    generator = np.random.default_rng(seed)
    labels = generator.integers(0, 3, n_walks)
    # Rounded, so that scores tie.
    chances = generator.dirichlet([1, 1, 1], n_walks) + 0.6 * np.eye(3)[labels]
    chances = np.round(chances / chances.sum(1, keepdims=True), 1) + 0.1
    chances /= chances.sum(1, keepdims=True)
    return predictions_of(chances, labels.tolist(), [f"p{row // 3}" for row in range(n_walks)])


@pytest.mark.parametrize("group", ["abnormal", "negative", "neutral", "positive"])
def test_areas_are_scikit_learns(group: str) -> None:
    predictions = some_predictions()
    columns = {"abnormal": [1, 2], "negative": [0], "neutral": [1], "positive": [2]}[group]
    score, truth = predictions.probabilities[:, columns].sum(1), np.isin(predictions.labels, columns)
    summary = ranking_summary(predictions, group, n_resamples=200)
    assert summary["roc_auc"]["value"] == pytest.approx(roc_auc_score(truth, score))
    assert summary["average_precision"]["value"] == pytest.approx(average_precision_score(truth, score))
    for area in ("roc_auc", "average_precision"):
        low, high = summary[area]["interval"]
        assert 0 <= low < summary[area]["value"] < high <= 1
    curves = ranking_curves(predictions, group)
    assert curves is not None
    assert np.trapezoid(curves.roc[:, 1], curves.roc[:, 0]) == pytest.approx(roc_auc_score(truth, score))
    assert curves.share == pytest.approx(truth.mean())


def test_weighted_areas_are_scikit_learns_with_weights() -> None:
    generator = np.random.default_rng(2)
    score, truth = np.round(generator.random(60), 1), generator.random(60) < 0.4
    people = np.arange(60) // 2
    weights = generator.integers(0, 4, (5, 30)).astype(float)
    for statistic, theirs in (
        (roc_area_statistic, roc_auc_score),
        (precision_area_statistic, average_precision_score),
    ):
        ours = statistic(score, truth, people)(weights)
        for row, weight in zip(ours, weights, strict=True):
            assert row == pytest.approx(theirs(truth, score, sample_weight=weight[people]))


def test_a_class_without_walks_has_no_curve_and_no_area() -> None:
    predictions = predictions_of(np.array([[0.8, 0.1, 0.1], [0.2, 0.7, 0.1]]), [0, 1])
    assert ranking_curves(predictions, "positive") is None
    summary = ranking_summary(predictions, "positive")
    assert summary["n_in_group"] == 0
    assert summary["roc_auc"] == {"value": None, "interval": None}


def test_one_walk_and_one_person() -> None:
    assert ranking_summary(predictions_of(np.array([[0.8, 0.1, 0.1]]), [0]), "abnormal")["roc_auc"]["value"] is None
    chances = np.array([[0.8, 0.1, 0.1], [0.2, 0.7, 0.1]])
    same = ranking_summary(predictions_of(chances, [0, 1], ["p", "p"]), "abnormal")
    assert same["roc_auc"] == {"value": 1.0, "interval": None}


def test_perfect_separation_is_no_certainty() -> None:
    chances = np.repeat([[0.9, 0.05, 0.05], [0.1, 0.45, 0.45]], [20, 5], axis=0)
    low, high = ranking_summary(predictions_of(chances, [0] * 20 + [2] * 5), "abnormal", 100)["roc_auc"]["interval"]
    assert high == 1
    assert 0.6 < low < 0.95
    # The reversed ranking is its mirror image.
    collapsed = Resampled(np.array(0.0), np.zeros(10), np.zeros(25))
    assert roc_area_interval(collapsed, (5, 20), 0.95) == pytest.approx((0.0, 1 - low))


def test_scores_that_all_tie_have_no_interval() -> None:
    summary = ranking_summary(predictions_of(np.full((30, 3), 1 / 3), [0, 1, 2] * 10), "abnormal")
    assert summary["roc_auc"] == {"value": 0.5, "interval": None}


def test_an_unknown_group_is_refused() -> None:
    with pytest.raises(DataError, match="group 'sick' is unknown"):
        ranking_summary(some_predictions(), "sick")
