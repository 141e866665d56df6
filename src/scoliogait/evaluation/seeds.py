"""Figures of a method that was trained several times: mean over seeds, spread between them, interval of the mean.

As in ``evaluation.compare``: the variance of the mean is that of the bootstrap over people, plus the variance between
seeds over their number; Student's t with Satterthwaite's degrees of freedom. So the interval speaks of other people and
of other trainings. With one seed it is the BCa interval over people, and speaks of this training only.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import t

from scoliogait.errors import DataError
from scoliogait.evaluation.intervals import bootstrap_intervals, tables_per_person, weighted_metrics
from scoliogait.evaluation.metrics import METRIC_NAMES, FloatArray
from scoliogait.evaluation.predictions import Predictions
from scoliogait.evaluation.resampling import MIN_PEOPLE, NO_INTERVAL, NO_VARIANCE, Interval, check_level, resample


@dataclass(frozen=True)
class SeedFigure:
    """A figure in 0..1. values: of each seed. spread: standard deviation between seeds, None for one seed.

    interval: of the mean, (NaN, NaN) where there is none.
    """

    values: tuple[float, ...]
    mean: float
    spread: float | None
    interval: Interval


def figures_over_seeds(
    runs: Sequence[Predictions],
    metrics: Sequence[str],
    n_resamples: int = 2000,
    seed: int = 0,
    level: float = 0.95,
) -> dict[str, SeedFigure]:
    """The named figures of ``screening_metrics`` over trainings that differ in their seed, on the same walks.

    Walks of unknown class are left out. The same arguments give the same intervals. Raises DataError for no run, runs
    on different walks or classes, and a level outside 0..1.
    """
    check_level(level)
    if not runs:
        raise DataError("no predictions: expected those of at least one seed")
    known = _on_the_same_walks(runs)
    first = known[0]
    tables = [tables_per_person(run.mean_logits, run.labels, run.subject_ids) for run in known]
    n_people = len(tables[0])
    whole = np.stack([weighted_metrics(np.ones((1, n_people)), one)[0] for one in tables])
    if len(known) == 1:
        intervals = bootstrap_intervals(first.mean_logits, first.labels, first.subject_ids, n_resamples, seed, level)
    else:
        intervals = _intervals(tables, whole, n_resamples, seed, level)
    return {
        name: SeedFigure(
            tuple(values.tolist()),
            float(values.mean()),
            float(values.std(ddof=1)) if len(known) > 1 else None,
            intervals[name],
        )
        for name in metrics
        for values in [whole[:, METRIC_NAMES.index(name)]]
    }


def _on_the_same_walks(runs: Sequence[Predictions]) -> list[Predictions]:
    known = [run.labelled() for run in runs]
    first = known[0]
    for run in known[1:]:
        if set(run.walk_ids) != set(first.walk_ids):
            raise DataError("the seeds were evaluated on different walks; evaluate all of them on the same test set")
    aligned = [run.in_order(first.walk_ids) for run in known]
    if any((run.labels != first.labels).any() for run in aligned):
        raise DataError("a walk has another true class in the predictions of another seed; evaluate all of them again")
    return aligned


def _intervals(
    tables: Sequence[np.ndarray], whole: FloatArray, n_resamples: int, seed: int, level: float
) -> dict[str, Interval]:
    """Interval of the mean over seeds of every figure. whole: figures (seeds, figures) of all people."""
    n_seeds, n_people = len(tables), len(tables[0])
    if n_people < MIN_PEOPLE:
        return dict.fromkeys(METRIC_NAMES, NO_INTERVAL)

    def mean_over_seeds(weights: FloatArray) -> FloatArray:
        return np.asarray(np.mean([weighted_metrics(weights, one) for one in tables], axis=0))

    draws = resample(mean_over_seeds, n_people, n_resamples, seed).draws
    people = np.array([np.nanvar(column, ddof=1) if np.isfinite(column).sum() > 1 else np.nan for column in draws.T])
    between = whole.var(axis=0, ddof=1) / n_seeds
    return {
        name: _interval(float(mean), float(of_people), n_people - 1, float(of_seeds), n_seeds - 1, level)
        for name, mean, of_people, of_seeds in zip(METRIC_NAMES, whole.mean(axis=0), people, between, strict=True)
    }


def _interval(
    mean: float, people: float, people_freedom: int, seeds: float, seeds_freedom: int, level: float
) -> Interval:
    """Student's t around the mean of a share, kept within 0..1."""
    variance = people + seeds
    if not math.isfinite(variance) or variance < NO_VARIANCE:
        return NO_INTERVAL
    freedom = variance**2 / (people**2 / people_freedom + seeds**2 / seeds_freedom)
    half = float(t.ppf((1 + level) / 2, freedom)) * math.sqrt(variance)
    return max(0.0, mean - half), min(1.0, mean + half)
