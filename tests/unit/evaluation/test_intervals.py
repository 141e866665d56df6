"""Intervals against another library, a naive loop, a hand-solved case, and their coverage."""

import math
import warnings

import numpy as np
import pytest
from scipy.stats import norm

from scoliogait.errors import DataError
from scoliogait.evaluation.intervals import bootstrap_intervals, group_numbers, wilson_interval, wilson_intervals
from scoliogait.evaluation.metrics import METRIC_NAMES, screening_metrics


def some_walks(n_walks: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(seed)
    labels = generator.integers(0, 3, n_walks)
    scores = np.eye(3)[labels] + generator.normal(scale=0.8, size=(n_walks, 3))
    return scores, labels


def test_wilson_by_its_formula() -> None:
    right, total, z = 12, 14, norm.ppf(0.975)
    share = right / total
    centre = (share + z**2 / (2 * total)) / (1 + z**2 / total)
    half = z / (1 + z**2 / total) * math.sqrt(share * (1 - share) / total + z**2 / (4 * total**2))
    assert wilson_interval(right, total) == pytest.approx((centre - half, centre + half))
    # The neutral recall of the published 112 test set: 12 of 14.
    assert wilson_interval(right, total) == pytest.approx((0.60, 0.96), abs=0.005)


def test_wilson_of_nothing_and_of_everything() -> None:
    assert all(math.isnan(bound) for bound in wilson_interval(0, 0))
    low, high = wilson_interval(20, 20)
    assert low < 0.9
    assert high == 1
    with pytest.raises(DataError, match="no proportion"):
        wilson_interval(3, 2)


def test_wilson_intervals_hold_their_proportions() -> None:
    scores, labels = some_walks(60)
    figures = screening_metrics(scores, labels)
    for name, (low, high) in wilson_intervals(scores, labels).items():
        assert low <= figures[name] <= high


def test_bootstrap_equals_a_naive_loop_in_distribution() -> None:
    scores, labels = some_walks(80)
    people = [f"p{row // 2}" for row in range(80)]
    ours = bootstrap_intervals(scores, labels, people, n_resamples=4000, seed=1)
    generator = np.random.default_rng(2)
    naive = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for _ in range(1500):
            drawn = generator.integers(0, 40, 40)
            rows = np.concatenate([[2 * person, 2 * person + 1] for person in drawn])
            figures = screening_metrics(scores[rows], labels[rows])
            naive.append([figures[name] for name in METRIC_NAMES])
    low, high = np.nanquantile(naive, [0.025, 0.975], axis=0)
    for column, name in enumerate(METRIC_NAMES):
        assert ours[name] == pytest.approx((low[column], high[column]), abs=0.025), name


def test_same_seed_same_intervals() -> None:
    scores, labels = some_walks(50)
    first = bootstrap_intervals(scores, labels, seed=7)
    assert first == bootstrap_intervals(scores, labels, seed=7)
    assert first != bootstrap_intervals(scores, labels, seed=8)


def test_walks_of_one_person_widen_the_interval() -> None:
    scores, labels = some_walks(30)
    repeated, repeated_labels = np.repeat(scores, 8, axis=0), np.repeat(labels, 8)
    people = [f"p{row // 8}" for row in range(240)]
    by_walk = bootstrap_intervals(repeated, repeated_labels)["accuracy"]
    by_person = bootstrap_intervals(repeated, repeated_labels, people)["accuracy"]
    # Eight copies of a walk carry the information of one: the width must be larger by about the square root of eight.
    ratio = (by_person[1] - by_person[0]) / (by_walk[1] - by_walk[0])
    assert ratio == pytest.approx(math.sqrt(8), rel=0.15)
    # ... and equal what the walks give without their copies.
    assert by_person == pytest.approx(bootstrap_intervals(scores, labels)["accuracy"], abs=0.02)


def test_interval_of_accuracy_covers_the_truth() -> None:
    generator = np.random.default_rng(5)
    covered = 0
    for trial in range(300):
        labels = generator.integers(0, 3, 150)
        right = generator.random(150) < 0.8
        called = np.where(right, labels, (labels + 1) % 3)
        low, high = bootstrap_intervals(np.eye(3)[called], labels, n_resamples=400, seed=trial)["accuracy"]
        covered += low <= 0.8 <= high
    # 95 % nominal; 300 trials have a standard error of 1.3 %.
    assert 0.91 <= covered / 300 <= 0.985


def test_one_person_has_no_interval() -> None:
    scores, labels = some_walks(12)
    intervals = bootstrap_intervals(scores, labels, ["p"] * 12)
    assert all(math.isnan(low) and math.isnan(high) for low, high in intervals.values())


def test_a_figure_that_is_undefined_has_no_interval() -> None:
    low, high = bootstrap_intervals(np.eye(3)[[0, 0, 1]], [0, 0, 0])["sensitivity_positive"]
    assert math.isnan(low)
    assert math.isnan(high)


def test_unknown_people_are_people_of_their_own() -> None:
    numbers = group_numbers(["a", None, "b", None, "a"], 5)
    assert numbers.tolist() == [0, 1, 2, 3, 0]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"groups": ["a"]}, "1 walks"),
        ({"level": 95.0}, "level"),
        ({"n_resamples": 0}, "n_resamples"),
        ({"labels": [0, 1, 2]}, "3 walks"),
    ],
)
def test_bad_input_is_refused(changes: dict, message: str) -> None:
    scores, labels = some_walks(10)
    with pytest.raises(DataError, match=message):
        bootstrap_intervals(**({"scores": scores, "labels": labels} | changes))
