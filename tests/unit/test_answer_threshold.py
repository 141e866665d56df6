"""Where a class is called: the threshold that walks of a known rule must give back, and what few walks give."""

import numpy as np
import pytest
from scipy.special import expit, logit

from scoliogait.answer_threshold import FEWEST_WALKS, fit_answer_threshold, threshold_statement, value_of

Walks = tuple[np.ndarray, np.ndarray]


def some_walks(n_walks: int, shift: float, seed: int = 0) -> Walks:
    """Highest probabilities p of 0.36 to 0.9, of class 1, which is right with log-odds logit(p) + shift."""
    rng = np.random.default_rng(seed)
    highest = rng.uniform(0.36, 0.9, n_walks)
    chances = np.stack([(1 - highest) / 2, highest, (1 - highest) / 2], axis=1)
    right = rng.random(n_walks) < expit(logit(highest) + shift)
    return chances, np.where(right, 1, rng.choice([0, 2], n_walks))


@pytest.mark.parametrize(("shift", "threshold"), [(0.0, 0.5), (-0.5, 0.6225), (0.4, 0.4013)])
def test_it_is_where_right_and_wrong_are_as_many(shift: float, threshold: float) -> None:
    chances, labels = some_walks(40_000, shift)
    found = fit_answer_threshold(chances, labels)
    assert found is not None
    assert found.value == pytest.approx(threshold, abs=0.01)
    near = np.abs(chances.max(axis=1) - found.value) < 0.02
    assert (chances.argmax(axis=1) == labels)[near].mean() == pytest.approx(0.5, abs=0.03)
    answered = chances.max(axis=1) >= found.value
    assert (found.n_walks, found.n_answered) == (40_000, answered.sum())
    assert found.n_right == (labels[answered] == 1).sum()


def test_walks_that_are_all_right_or_all_wrong_give_a_number() -> None:
    chances, _ = some_walks(200, 0.0)
    always, never = (fit_answer_threshold(chances, np.full(200, label)) for label in (1, 0))
    assert always is not None
    assert never is not None
    assert always.value == pytest.approx(1 / 3)
    assert 0.9 < never.value < 1
    assert (always.n_right, never.n_answered) == (200, 0)


def test_too_few_walks_choose_nothing() -> None:
    chances, labels = some_walks(FEWEST_WALKS + 10, 0.0)
    labels[:11] = -1  # of unknown class
    assert fit_answer_threshold(chances, labels) is None
    assert value_of(None) == 0.5
    assert "0.5 on, chosen on no walks" in threshold_statement(None)
