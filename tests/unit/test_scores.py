"""Probabilities against the definition, in the precision of what comes in."""

import numpy as np
import pytest

from scoliogait.losses import part_cross_entropy
from scoliogait.scores import LOGIT_SCALE, probabilities


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
