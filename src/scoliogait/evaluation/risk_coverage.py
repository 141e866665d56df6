"""Selective risk against coverage: how often a model is wrong, if it answers only where it is most certain.

Source: R. El-Yaniv & Y. Wiener, On the foundations of noise-free selective classification, JMLR 11, 2010. Walks are
ranked by a confidence; coverage is the share that is answered, the most certain first, and risk the share of these that
is answered wrongly. Walks of one confidence are answered together.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from scoliogait.evaluation.curves import tied
from scoliogait.evaluation.intervals import wilson_of_people
from scoliogait.evaluation.json_values import number, pair
from scoliogait.evaluation.metrics import FloatArray, ratio
from scoliogait.evaluation.resampling import (
    MIN_PEOPLE,
    Resampled,
    Statistic,
    bca_interval,
    resample,
    sum_per_person,
)

# Coverages of the table; the curve itself has a step at each confidence.
COVERAGES = tuple(step / 10 for step in range(1, 11))
_ROUNDING = 1e-9


def risk_coverage_curve(confidence: FloatArray, wrong: NDArray[np.bool_]) -> FloatArray:
    """Points (n, 2) = coverage, risk, 0..1, one at each confidence from the highest down. Inputs (N,), N >= 1."""
    order, starts = tied(-confidence)
    n_answered = np.append(starts[1:], len(order))
    return np.stack([n_answered / len(order), wrong[order].cumsum()[n_answered - 1] / n_answered], axis=1)


def risk_coverage_statistic(confidence: FloatArray, wrong: NDArray[np.bool_], people: NDArray[np.int64]) -> Statistic:
    """Area below the curve, then the risk at each of ``COVERAGES``, as functions of the people's weights."""
    order, starts = tied(-confidence)
    mistaken, person = wrong[order], people[order]

    def figures(weights: FloatArray) -> FloatArray:
        each = weights[:, person]
        step = np.add.reduceat(each, starts, axis=1)
        answered = step.cumsum(axis=1)
        risk = ratio(np.add.reduceat(each * mistaken, starts, axis=1).cumsum(axis=1), answered, 0.0)
        total = answered[:, -1]
        area = ratio((step * risk).sum(axis=1), total)
        reached = answered[:, :, None] >= np.array(COVERAGES) * total[:, None, None] - _ROUNDING
        return np.column_stack([area, np.take_along_axis(risk, reached.argmax(axis=1), axis=1)])

    return figures


def risk_coverage_summary(
    confidence: FloatArray,
    wrong: NDArray[np.bool_],
    people: NDArray[np.int64],
    n_resamples: int,
    seed: int,
    level: float,
) -> dict[str, Any]:
    """``area`` below the curve and ``risk`` at each of ``COVERAGES`` with intervals over people, as JSON values.

    The area is the mean risk over all coverages; without any ranking it would be ``risk_of_all``. Inputs (N,), N >= 1.
    """
    statistic, n_people = risk_coverage_statistic(confidence, wrong, people), int(people.max()) + 1
    if n_people < MIN_PEOPLE:
        figures: list[dict[str, Any]] = [
            {"value": number(value), "interval": None} for value in statistic(np.ones((1, n_people)))[0]
        ]
    else:
        drawn = resample(statistic, n_people, n_resamples, seed)
        figures = [
            {
                "value": number(drawn.value[column]),
                "interval": pair(
                    bca_interval(
                        Resampled(drawn.value[column], drawn.draws[:, column], drawn.left_out[:, column]), level
                    )
                ),
            }
            for column in range(len(COVERAGES) + 1)
        ]
    area, *risks = figures
    for coverage, risk in zip(COVERAGES, risks, strict=True):
        if risk["interval"] is None and n_people >= MIN_PEOPLE:
            risk["interval"] = pair(_wilson(coverage, confidence, wrong, people, level))  # all alike: no spread is seen
    points: list[dict[str, Any]] = [
        {"coverage": coverage, **risk} for coverage, risk in zip(COVERAGES, risks, strict=True)
    ]
    return {"area": area, "risk_of_all": float(wrong.mean()), "risk": points}


def _wilson(
    coverage: float, confidence: FloatArray, wrong: NDArray[np.bool_], people: NDArray[np.int64], level: float
) -> tuple[float, float]:
    needed = int(np.ceil(coverage * len(confidence) - _ROUNDING))
    answered = confidence >= np.sort(confidence)[::-1][max(needed, 1) - 1]
    n_people = int(people.max()) + 1
    n_wrong = sum_per_person(wrong & answered, people, n_people)
    return wilson_of_people(n_wrong, sum_per_person(answered, people, n_people), level)
