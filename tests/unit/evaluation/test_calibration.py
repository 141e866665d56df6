"""The fitted temperature against data whose temperature is known, and against a grid search."""

import numpy as np
import pytest
from scipy.special import softmax

from scoliogait.errors import DataError
from scoliogait.evaluation.calibration import (
    MAX_TEMPERATURE,
    MIN_TEMPERATURE,
    fit_temperature,
    negative_log_likelihood,
)
from scoliogait.scores import probabilities


def walks_drawn_at(temperature: float, n_walks: int) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(11)
    logits = generator.uniform(-0.4, 0.4, size=(n_walks, 3))
    chances = softmax(16 * logits / temperature, axis=1)
    labels = (chances.cumsum(axis=1) < generator.random((n_walks, 1))).sum(axis=1)
    return logits, labels


@pytest.mark.parametrize("temperature", [0.5, 1.0, 3.0])
def test_a_known_temperature_is_found(temperature: float) -> None:
    logits, labels = walks_drawn_at(temperature, 20_000)
    assert fit_temperature(logits, labels, 16.0) == pytest.approx(temperature, rel=0.05)


def test_agrees_with_a_grid_search() -> None:
    logits, labels = walks_drawn_at(2.0, 300)
    grid = np.geomspace(0.2, 20, 4001)
    losses = [negative_log_likelihood(probabilities(logits, t), labels) for t in grid]
    assert fit_temperature(logits, labels) == pytest.approx(grid[int(np.argmin(losses))], rel=2e-3)


def test_the_scale_is_part_of_the_temperature() -> None:
    logits, labels = walks_drawn_at(2.0, 500)
    assert fit_temperature(logits, labels, 32.0) == pytest.approx(2 * fit_temperature(logits, labels, 16.0), rel=1e-4)


def test_walks_all_right_or_all_wrong_stay_within_the_bounds() -> None:
    logits = np.eye(3)[[0, 1, 2]] * 0.5
    assert fit_temperature(logits, [0, 1, 2]) == pytest.approx(MIN_TEMPERATURE, rel=0.01)
    assert fit_temperature(logits, [1, 2, 0]) == pytest.approx(MAX_TEMPERATURE, rel=0.01)


def test_probabilities_are_the_softmax_of_the_scaled_logits() -> None:
    logits = np.array([0.25, 0.0, -0.25])
    scaled = np.exp(np.array([4.0, 0.0, -4.0]) / 2)
    np.testing.assert_allclose(probabilities(logits, 2.0, 16.0), scaled / scaled.sum())


def test_three_equal_chances() -> None:
    assert negative_log_likelihood(np.full((4, 3), 1 / 3), [0, 1, 2, 0]) == pytest.approx(np.log(3))


@pytest.mark.parametrize(
    ("logits", "labels", "scale", "message"),
    [
        (np.zeros((0, 3)), [], 16.0, "no walk"),
        ([[np.nan, 0, 0]], [0], 16.0, "NaN"),
        (np.zeros((1, 3)), [3], 16.0, "class id 3"),
        (np.zeros((1, 3)), [0, 1], 16.0, "2 walks"),
        (np.zeros((1, 3)), [0], 0.0, "logit_scale"),
    ],
)
def test_bad_input_is_refused(logits: object, labels: object, scale: float, message: str) -> None:
    with pytest.raises(DataError, match=message):
        fit_temperature(logits, labels, scale)  # type: ignore[arg-type]
