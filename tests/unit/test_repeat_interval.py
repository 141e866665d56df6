"""Intervals of repeat recordings: against numbers worked out by hand, and against repeats drawn from their own law."""

import math

import numpy as np
import pytest

from scoliogait.repeat_interval import CORRELATION, PRIOR_WINDOWS, repeat_interval, window_spread
from scoliogait.scores import LOGIT_SCALE, WindowLogits

CHANCES = np.array([[0.2, 0.3, 0.5], [0.4, 0.1, 0.5]])


def test_an_interval_worked_out_by_hand() -> None:
    (low, high), _, (certain_low, certain_high) = repeat_interval(CHANCES, 2.0, spread=0.5)
    own = (0.1**2 + 0.1**2) / (0.3 * 0.7) ** 2
    variance = (PRIOR_WINDOWS * 0.25 + own) / (PRIOR_WINDOWS + 1)
    half = 1.959964 * math.sqrt(2 * variance * (0.5 + CORRELATION))
    middle = math.log(0.3 / 0.7)
    assert low == pytest.approx(1 / (1 + math.exp(half - middle)), rel=1e-6)
    assert high == pytest.approx(1 / (1 + math.exp(-half - middle)), rel=1e-6)
    assert certain_high - certain_low < high - low + 0.1  # no spread of its own: the model's remains
    assert certain_low < 0.5 < certain_high


def test_more_windows_and_calmer_windows_make_it_narrower() -> None:
    def width(chances: np.ndarray, n: float) -> float:
        low, high = repeat_interval(chances, n, 0.5)[0]
        return float(high - low)

    calm = np.array([[0.29, 0.3, 0.41], [0.31, 0.3, 0.39]])
    assert width(calm, 2) < width(CHANCES, 2)
    assert width(np.tile(calm, (5, 1)), 10) < width(calm, 2)
    assert width(calm, 1.2) > width(calm, 2)  # windows that overlap say less


@pytest.mark.parametrize("chances", [[[1.0, 0.0, 0.0]], [[1 - 1e-16, 1e-16, 0.0]] * 4])
def test_certainty_stays_within_0_and_1(chances: list[list[float]]) -> None:
    ends = repeat_interval(np.array(chances), float(len(chances)), 0.5)
    assert np.isfinite(ends).all()
    assert ends.min() >= 0
    assert ends.max() <= 1


def test_the_spread_of_windows_is_found_again() -> None:
    generator = np.random.default_rng(0)
    n_walks, n_windows = 400, 6
    log_odds = generator.normal(0, 1, (n_walks, 1)) + generator.normal(0, 0.2, (n_walks, n_windows))
    logits = np.stack([log_odds, np.zeros_like(log_odds), np.full_like(log_odds, -40)], axis=-1) / LOGIT_SCALE
    counts = np.full(n_walks, n_windows)
    found = window_spread(WindowLogits(logits.reshape(-1, 3), counts, counts.astype(float)))
    # Of two classes both log-odds vary by 0.2; of the third, which never comes up, nothing is seen.
    assert found is not None
    assert found == pytest.approx(0.2 * math.sqrt(2 / 3), rel=0.1)


def test_single_windows_have_no_spread() -> None:
    assert window_spread(WindowLogits.of_whole_walks(np.zeros((5, 3)))) is None


def test_it_holds_95_of_100_repeats_of_the_law_that_it_assumes() -> None:
    generator = np.random.default_rng(1)
    held, n, spread = [], 6, 0.3
    for middle in generator.normal(0, 1, 4000):
        of_days = middle + spread * math.sqrt(CORRELATION) * generator.normal(size=2)
        log_odds = of_days[:, None] + spread * generator.normal(size=(2, n))
        first, second = 1 / (1 + np.exp(-log_odds))
        low, high = repeat_interval(np.stack([first, 1 - first, np.full(n, 0.5)], axis=1), float(n), spread)[0]
        held.append(low <= second.mean() <= high)
    assert np.mean(held) == pytest.approx(0.95, abs=0.015)
