"""What the validation walks give a model beside the choice of its weights: temperature, spread, threshold."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scoliogait.answer_threshold import AnswerThreshold, fit_answer_threshold
from scoliogait.evaluation.calibration import fit_temperature
from scoliogait.repeat_interval import window_spread
from scoliogait.scores import WindowLogits, probabilities


@dataclass(frozen=True, eq=False)
class ValidationFit:
    """See ``save_bundle`` for the first three. scores, probabilities: of the walks, float64 (N, 3)."""

    temperature: float
    window_spread: float | None
    answer_threshold: AnswerThreshold | None
    scores: NDArray[np.float64]
    probabilities: NDArray[np.float64]


def fit_on_validation(windows: WindowLogits, labels: NDArray[np.int64], logit_scale: float) -> ValidationFit:
    """From the logits and classes (N,) of validation walks, never of test walks. Raises as ``fit_temperature`` does."""
    temperature = fit_temperature(windows, labels, logit_scale)
    scores = windows.scores(temperature, logit_scale)
    chances = probabilities(scores, temperature, logit_scale)
    return ValidationFit(
        temperature,
        window_spread(windows, temperature, logit_scale),
        fit_answer_threshold(chances, labels),
        scores,
        chances,
    )
