"""Are the probabilities true? The reliability table and the expected calibration error (ECE) with an interval.

Two questions: does the class that was called occur as often as its probability says ("top label": Guo et al., On
Calibration of Modern Neural Networks, 2017), and do walks of a group occur as often as the group's probability says?
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from scoliogait.errors import DataError
from scoliogait.evaluation.intervals import wilson_of_people
from scoliogait.evaluation.json_values import number, pair
from scoliogait.evaluation.metrics import CLASS_NAMES, GROUPS, FloatArray, group_score, in_group
from scoliogait.evaluation.predictions import Predictions
from scoliogait.evaluation.resampling import (
    MIN_PEOPLE,
    NO_INTERVAL,
    Interval,
    check_level,
    group_numbers,
    resample,
    standard_error,
    sum_per_person,
)

TOP_LABEL = "top_label"
N_BINS = 10
# Halvings of the bracket around a bound; 2^-30 of it is far below what the resamples can tell apart.
_HALVINGS = 30


@dataclass(frozen=True)
class Claims:
    """A probability (N,) for each walk, whether what it promised happened (N,), and who walked (N,), 0..people - 1."""

    probability: FloatArray
    happened: NDArray[np.bool_]
    people: NDArray[np.int64]

    @property
    def n_people(self) -> int:
        return int(self.people.max()) + 1

    @property
    def bins(self) -> NDArray[np.int64]:
        """Bin (N,) of each walk: ``N_BINS`` of equal width over 0..1, the last one with its upper end."""
        return np.minimum((self.probability * N_BINS).astype(np.int64), N_BINS - 1)


def claims_of(predictions: Predictions, event: str) -> Claims:
    """What the predictions of walks of known class promise about an event: ``top_label`` or a group of ``GROUPS``.

    Raises DataError for another event, and when no walk has a known class.
    """
    known = predictions.labelled()
    people = group_numbers(known.subject_ids, len(known))
    if event == TOP_LABEL:
        top = known.probabilities[np.arange(len(known)), known.predicted]
        return Claims(top, known.predicted == known.labels, people)
    if event not in GROUPS:
        raise DataError(f"event {event!r} is unknown; expected {TOP_LABEL} or one of {', '.join(GROUPS)}")
    return Claims(np.minimum(group_score(known.probabilities, event), 1.0), in_group(known.labels, event), people)


def reliability_summary(
    predictions: Predictions, event: str, n_resamples: int = 2000, seed: int = 0, level: float = 0.95
) -> dict[str, Any]:
    """ECE with its interval, and the reliability table, as JSON values. Raises DataError as ``claims_of`` does.

    ``bins``: of equal width; each with ``low`` and ``high``, ``n`` walks, their ``mean_probability``, the ``observed``
    share and its Wilson interval; None in an empty bin.
    """
    claims = claims_of(predictions, event)
    interval = calibration_error_interval(claims, n_resamples, seed, level)
    return {
        "event": _meaning(event),
        "ece": {"value": number(calibration_error(claims)), "interval": pair(interval)},
        "bins": [_row(claims, index, level) for index in range(N_BINS)],
    }


def calibration_error(claims: Claims) -> float:
    """ECE (0..1): mean over the bins, by their walks, of the distance between mean probability and observed share.

    It is too large by construction in small samples: noise counts as distance. The interval takes that into account.
    """
    return float(np.abs(gaps_per_person(claims).sum(axis=0)).sum() / len(claims.probability))


def calibration_error_interval(claims: Claims, n_resamples: int, seed: int, level: float) -> Interval:
    """Interval of the ECE of the population in the same bins, by inverting a bootstrap test.

    Percentile and BCa intervals fail here: the ECE of a sample lies above the true one by about its noise, and each
    resample adds the noise once more. So the question is turned round (Carpenter, Test inversion bootstrap confidence
    intervals, JRSS B 61, 1999): were the true distances of the bins ``scale`` times the observed ones, with the noise
    that the resamples show, how often would an ECE as large (lower bound) or as small (upper bound) as ours come out?
    Which bins are truly off is unknown, and with it how much of the ECE is noise. The lower bound is therefore the
    smaller of two: with the distances spread as observed, and all in the bins that stand clear of the noise; it is 0
    where perfect calibration would do. The upper bound lies midway between the inverted test, which takes off all
    noise, and the normal bound of a sum that holds none. Measured coverage: docs/studies/interval-coverage.md.
    """
    check_level(level)
    if claims.n_people < MIN_PEOPLE:
        return NO_INTERVAL
    sums, walks = gaps_per_person(claims), np.bincount(claims.people, minlength=claims.n_people)
    resampled = resample(
        lambda weights: (weights @ sums) / (weights @ walks)[:, None], claims.n_people, n_resamples, seed
    )
    gaps, noise = resampled.value, resampled.draws - resampled.value
    if not noise.any():
        return NO_INTERVAL  # every walk is a certainty that came true: the data say nothing about the next one
    error = float(np.abs(gaps).sum())
    tail, z = (1 - level) / 2, float(norm.ppf((1 + level) / 2))
    clear = np.where(np.abs(gaps) > z * noise.std(axis=0), gaps, 0.0)
    lower = min(_inverted(error, direction, noise, tail) for direction in (gaps, clear) if np.abs(direction).sum() > 0)
    inverted = _inverted(error, gaps, noise, 1 - tail)
    normal = error + z * standard_error(noise @ np.sign(gaps))
    return lower, min(1.0, (inverted + max(inverted, normal)) / 2)


def _inverted(error: float, direction: FloatArray, noise: FloatArray, share: float) -> float:
    """True ECE, along a direction of distances (bins,), at which a share of the samples would exceed ``error``."""
    length = float(np.abs(direction).sum())

    def exceeding(scale: float) -> float:
        return float((np.abs(scale * direction + noise).sum(axis=1) >= error).mean())

    if exceeding(0.0) > share:
        return 0.0
    low, high = 0.0, _upper_bracket(exceeding, error / length, share)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (low, middle) if exceeding(middle) > share else (middle, high)
    return high * length


def _upper_bracket(exceeding: Callable[[float], float], start: float, share: float) -> float:
    scale = start
    while exceeding(scale) <= share:
        scale *= 2
    return scale


def gaps_per_person(claims: Claims) -> FloatArray:
    """Sum over each person's walks of (happened - probability), by bin: (people, bins)."""
    cells = np.zeros((len(claims.probability), N_BINS))
    cells[np.arange(len(cells)), claims.bins] = claims.happened - claims.probability
    return sum_per_person(cells, claims.people, claims.n_people)


def _row(claims: Claims, index: int, level: float) -> dict[str, Any]:
    inside = claims.bins == index
    row: dict[str, Any] = {"low": index / N_BINS, "high": (index + 1) / N_BINS, "n": int(inside.sum())}
    if not inside.any():
        return row | {"mean_probability": None, "observed": None, "wilson": None}
    walks = sum_per_person(inside, claims.people, claims.n_people)
    right = sum_per_person(inside & claims.happened, claims.people, claims.n_people)
    return row | {
        "mean_probability": float(claims.probability[inside].mean()),
        "observed": float(claims.happened[inside].mean()),
        "wilson": pair(wilson_of_people(right, walks, level)),
    }


def _meaning(event: str) -> str:
    if event == TOP_LABEL:
        return "the called class is the true one"
    return f"the walk is {' or '.join(CLASS_NAMES[index] for index in sorted(GROUPS[event]))}"
