"""Probabilities against the definition, in the precision of what comes in."""

import numpy as np
import pytest

from scoliogait.losses import part_cross_entropy
from scoliogait.scores import LOGIT_SCALE, WindowLogits, probabilities


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(("temperature", "scale"), [(1.0, 16.0), (2.5, 16.0), (0.5, 1.0)])
def test_probabilities_are_the_softmax_of_the_scaled_scores(dtype: type, temperature: float, scale: float) -> None:
    scores = np.random.default_rng(0).uniform(-1, 1, (4, 5, 3)).astype(dtype)
    odds = np.exp(scores.astype(np.float64) * scale / temperature)
    chances = probabilities(scores, temperature, scale)
    assert chances.dtype == dtype
    np.testing.assert_allclose(chances, odds / odds.sum(-1, keepdims=True), rtol=1e-5 if dtype == np.float32 else 1e-12)


def test_the_scale_is_that_of_the_published_loss() -> None:
    assert LOGIT_SCALE == 16.0
    assert part_cross_entropy.__defaults__ is not None
    assert part_cross_entropy.__defaults__[0] == LOGIT_SCALE


@pytest.mark.parametrize(("temperature", "scale"), [(1.0, 16.0), (0.25, 16.0), (3.0, 1.0)])
def test_the_probabilities_of_a_walk_are_the_means_over_its_windows(temperature: float, scale: float) -> None:
    logits = np.random.default_rng(1).uniform(-1, 1, (7, 3)).astype(np.float32)
    windows = WindowLogits(logits, np.array([3, 1, 2, 1]), np.array([3.0, 1.0, 1.5, 1.0]))
    scores = windows.scores(temperature, scale)
    begin = 0
    for row, count in enumerate(windows.counts):
        of_walk = logits[begin : begin + count].astype(np.float64)
        odds = np.exp(of_walk * scale / temperature)
        expected = (odds / odds.sum(axis=1, keepdims=True)).mean(axis=0)
        np.testing.assert_allclose(probabilities(scores[row], temperature, scale), expected, rtol=1e-12)
        np.testing.assert_allclose(scores[row].mean(), of_walk.mean(), atol=1e-12)
        begin += count
    for row, window in ((1, 3), (3, 6)):
        np.testing.assert_array_equal(scores[row], logits[window].astype(np.float64))


def test_the_scores_of_windows_that_exclude_a_class_stay_finite() -> None:
    windows = WindowLogits(np.array([[1.0, -1, -1], [1.0, -1, -1]]), np.array([2]), np.array([2.0]))
    assert np.isfinite(windows.scores(0.001, 16.0)).all()
