"""Temperature: the one number that turns a network's over-confident scores into usable probabilities."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import minimize_scalar

from scoliogait.errors import DataError
from scoliogait.evaluation.metrics import check_labels, check_scores
from scoliogait.scores import LOGIT_SCALE, WindowLogits

# A few validation walks that are all right (or all wrong) ask for endless (or no) confidence; this is where it ends.
MIN_TEMPERATURE = 0.25
MAX_TEMPERATURE = 50.0


def fit_temperature(
    mean_logits: ArrayLike | WindowLogits, labels: ArrayLike, logit_scale: float = LOGIT_SCALE
) -> float:
    """Temperature t that minimises the negative log likelihood of softmax(logit_scale * mean_logits / t).

    mean_logits (N, 3), or those of each window, whose probabilities are then averaged as everywhere; labels (N,): walks
    of the validation set, never of the test set. The result lies within
    ``MIN_TEMPERATURE``..``MAX_TEMPERATURE``: walks that are all right (or scores that say nothing) would send it to
    zero (or infinity). It never changes which class wins a window. Guo et al., On Calibration of Modern Neural
    Networks, 2017.

    Raises DataError for empty input, NaN scores, labels outside 0..2 or a scale that is not positive.
    """
    if not logit_scale > 0:
        raise DataError(f"logit_scale is {logit_scale}; expected a positive number")
    if isinstance(mean_logits, WindowLogits):
        windows = replace(mean_logits, logits=check_scores(mean_logits.logits))
    else:
        windows = WindowLogits.of_whole_walks(check_scores(mean_logits))
    truth = check_labels(labels, "labels")
    if len(truth) != len(windows.counts):
        raise DataError(f"labels hold {len(truth)} walks, mean_logits {len(windows.counts)}; expected as many of each")
    # Of whole walks the loss is convex in 1/t, so it has one minimum in log t too.
    best = minimize_scalar(
        lambda log_t: _negative_log_likelihood(windows.log_probabilities(np.exp(log_t), logit_scale), truth),
        bounds=(np.log(MIN_TEMPERATURE), np.log(MAX_TEMPERATURE)),
        method="bounded",
        options={"xatol": 1e-6},
    )
    return float(np.exp(best.x))


def negative_log_likelihood(class_probabilities: ArrayLike, labels: ArrayLike) -> float:
    """Mean of -ln p(true class), (N, 3) and (N,); 0 is perfect, ln 3 = 1.0986 is three equal chances."""
    chances = check_scores(class_probabilities).astype(np.float64)
    truth = check_labels(labels, "labels")
    smallest = np.finfo(np.float64).tiny
    return float(-np.log(np.maximum(chances[np.arange(len(truth)), truth], smallest)).mean()) + 0.0  # no -0.0


def _negative_log_likelihood(log_probabilities: NDArray[np.float64], labels: NDArray[np.int64]) -> float:
    return float(-log_probabilities[np.arange(len(labels)), labels].mean())
