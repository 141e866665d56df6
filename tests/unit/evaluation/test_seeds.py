"""Figures over seeds: means and intervals against hand-computed ones, and the refusals."""

import math

import numpy as np
import pytest
from scipy.stats import t

from scoliogait.errors import DataError
from scoliogait.evaluation.intervals import bootstrap_intervals
from scoliogait.evaluation.predictions import Predictions
from scoliogait.evaluation.seeds import figures_over_seeds

# 40 walks of 40 people; calls are right but for the first walks of each seed.
LABELS = np.arange(40) % 3


def run(n_wrong: int, **changes: object) -> Predictions:
    calls = LABELS.copy()
    calls[:n_wrong] = (calls[:n_wrong] + 1) % 3
    values: dict = {
        "walk_ids": tuple(f"w{row:02d}" for row in range(40)),
        "subject_ids": (None,) * 40,
        "labels": LABELS,
        "mean_logits": np.eye(3)[calls],
        "probabilities": np.eye(3)[calls],
    }
    return Predictions(**(values | changes))


def test_mean_and_spread() -> None:
    accuracy = figures_over_seeds([run(4), run(8), run(12)], ["accuracy"])["accuracy"]
    assert accuracy.values == (0.9, 0.8, 0.7)
    assert accuracy.mean == pytest.approx(0.8)
    assert accuracy.spread == pytest.approx(0.1)


def test_the_interval_holds_people_and_seeds() -> None:
    """By hand: the mean accuracy is that of each person averaged over seeds; the bootstrap's variance is theirs / n."""
    accuracy = figures_over_seeds([run(4), run(8), run(12)], ["accuracy"], n_resamples=40_000)["accuracy"]
    of_person = np.mean([np.arange(40) >= n for n in (4, 8, 12)], axis=0)
    people, seeds = of_person.var() / 40, 0.1**2 / 3
    freedom = (people + seeds) ** 2 / (people**2 / 39 + seeds**2 / 2)
    half = t.ppf(0.975, freedom) * math.sqrt(people + seeds)
    assert accuracy.interval == pytest.approx((0.8 - half, 0.8 + half), abs=0.003)


def test_seeds_that_agree_leave_the_people_alone() -> None:
    accuracy = figures_over_seeds([run(8), run(8)], ["accuracy"], n_resamples=40_000)["accuracy"]
    half = t.ppf(0.975, 39) * math.sqrt(0.8 * 0.2 / 40)
    assert accuracy.spread == 0
    assert accuracy.interval == pytest.approx((0.8 - half, 0.8 + half), abs=0.003)


def test_one_seed_has_the_interval_of_its_evaluation() -> None:
    one = run(8)
    figure = figures_over_seeds([one], ["macro_f1"])["macro_f1"]
    assert figure.interval == bootstrap_intervals(one.mean_logits, one.labels)["macro_f1"]
    assert figure.spread is None


def test_the_order_of_walks_does_not_matter_and_nothing_leaves_0_to_1() -> None:
    one, other = run(0), run(1)
    reversed_ = other.in_order(other.walk_ids[::-1])
    straight = figures_over_seeds([one, other], ["accuracy"])
    assert figures_over_seeds([one, reversed_], ["accuracy"]) == straight
    assert straight["accuracy"].interval[1] == 1.0


def test_all_right_has_no_interval() -> None:
    assert math.isnan(figures_over_seeds([run(0), run(0)], ["accuracy"])["accuracy"].interval[0])


def test_other_walks_or_classes_are_refused() -> None:
    other = run(1, walk_ids=tuple(f"x{row:02d}" for row in range(40)))
    with pytest.raises(DataError, match="different walks"):
        figures_over_seeds([run(0), other], ["accuracy"])
    with pytest.raises(DataError, match="another true class"):
        figures_over_seeds([run(0), run(1, labels=(LABELS + 1) % 3)], ["accuracy"])
    with pytest.raises(DataError, match="at least one seed"):
        figures_over_seeds([], ["accuracy"])
