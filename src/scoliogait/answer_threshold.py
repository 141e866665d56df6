"""The probability from which on a class is called: where validation walks were right as often as wrong.

How often the most probable class of a walk is right is taken to follow its probability p by one number a, as
log-odds(right) = log-odds(p) + a: a is 0 for probabilities that mean what they say. Below the threshold, where that is
one half, an answer would be wrong more often than right, so none is given. One number is what some hundred validation
walks can carry; the threshold at which right answers exceed wrong ones by most scatters half as much again.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from scoliogait.labels import CLASS_NAMES, UNKNOWN_LABEL

# Of a model that no validation walks, or too few, have chosen one for.
USUAL_THRESHOLD = 0.5
FEWEST_WALKS = 30
# The most probable of three classes has at least this probability.
_LOWEST = 1 / len(CLASS_NAMES)
_SMALLEST = 1e-9


class AnswerThreshold(BaseModel):
    """A class is called when its probability reaches ``value``. It belongs to a model, like the temperature.

    n_walks: validation walks that chose it; n_answered: those that reach it; n_right: those rightly called among them.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    value: float = Field(ge=_LOWEST, lt=1, allow_inf_nan=False)
    n_walks: int = Field(ge=FEWEST_WALKS)
    n_answered: int = Field(ge=0)
    n_right: int = Field(ge=0)


def fit_answer_threshold(chances: NDArray[np.floating], labels: NDArray[np.int64]) -> AnswerThreshold | None:
    """From the probabilities (N, 3) of validation walks and their classes (N,), -1 unknown.

    None where fewer than ``FEWEST_WALKS`` walks have a known class.
    """
    from scipy.optimize import brentq
    from scipy.special import expit, logit

    known = labels != UNKNOWN_LABEL
    if known.sum() < FEWEST_WALKS:
        return None
    called = chances[known].argmax(axis=1)
    right, highest = called == labels[known], chances[known].max(axis=1).astype(np.float64)
    log_odds = logit(np.clip(highest, _SMALLEST, 1 - _SMALLEST))
    # Half a walk of either kind, so that walks that are all right, or all wrong, ask for nothing endless.
    share = (right.sum() + 0.5) / (len(right) + 1)
    shift = brentq(lambda a: expit(log_odds + a).mean() - share, -60.0, 60.0)
    value = float(np.clip(expit(-shift), _LOWEST, 1 - _SMALLEST))
    answered = highest >= value
    return AnswerThreshold(
        value=value, n_walks=len(right), n_answered=int(answered.sum()), n_right=int(right[answered].sum())
    )


def value_of(threshold: AnswerThreshold | None) -> float:
    """The probability that a class must reach; the usual one where validation chose none."""
    return USUAL_THRESHOLD if threshold is None else threshold.value


def chosen_on(threshold: AnswerThreshold | None) -> str:
    """Which walks chose it, in words."""
    if threshold is None:
        return "no walks: the usual one, as no validation of this model chose another"
    return (
        f"{threshold.n_walks} validation walks of this model, of which {threshold.n_answered} reach it, "
        f"{threshold.n_right} of them called rightly"
    )


def threshold_statement(threshold: AnswerThreshold | None) -> str:
    """What must be known of every result that this threshold called."""
    return f"A class is called from a probability of {value_of(threshold):.3g} on, chosen on {chosen_on(threshold)}."
