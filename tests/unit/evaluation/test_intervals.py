"""Intervals against other libraries, a hand-solved case, their laws. Coverage: tests/unit/studies."""

import math

import numpy as np
import pytest
from scipy.stats import binomtest, bootstrap, norm
from statsmodels.stats.proportion import proportion_confint

from scoliogait.errors import DataError
from scoliogait.evaluation.intervals import (
    bootstrap_intervals,
    confusion_intervals,
    wilson_interval,
    wilson_intervals,
    wilson_of_people,
)
from scoliogait.evaluation.metrics import confusion_matrix, metrics_of_tables, predicted_classes, screening_metrics
from scoliogait.evaluation.resampling import group_numbers


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


def test_wilson_agrees_with_other_libraries_and_takes_fractions() -> None:
    theirs = binomtest(7, 9).proportion_ci(method="wilson")
    assert wilson_interval(7, 9) == pytest.approx((theirs.low, theirs.high))
    assert wilson_interval(6.3, 8.1) == pytest.approx(proportion_confint(6.3, 8.1, method="wilson"))


def test_one_walk_a_person_is_the_plain_wilson_interval() -> None:
    right = np.array([1, 0, 1, 1, 0, 1, 1, 1])
    assert wilson_of_people(right, np.ones(8)) == pytest.approx(wilson_interval(6, 8))


def test_copies_of_a_walk_add_nothing_to_wilson() -> None:
    right = np.array([1, 0, 1, 1, 0, 1, 1, 1, 0, 1])
    low, high = wilson_of_people(right * 8, np.full(10, 8))
    assert (low, high) == pytest.approx(wilson_interval(7, 10), abs=0.02)
    # ... also where all walks are right and no variance can be seen.
    assert wilson_of_people(np.full(10, 8), np.full(10, 8)) == pytest.approx(wilson_interval(10, 10))


def test_confusion_cells_have_the_interval_of_their_row_share() -> None:
    labels, calls = np.array([0, 0, 0, 0, 1, 1]), np.array([0, 0, 1, 0, 1, 1])
    cells = confusion_intervals(np.eye(3)[calls], labels)
    assert cells[0][0] == pytest.approx(wilson_interval(3, 4))
    assert cells[0][2] == pytest.approx(wilson_interval(0, 4))
    assert cells[1][1] == pytest.approx(wilson_interval(2, 2))
    assert math.isnan(cells[2][0][0])


def test_no_interval_where_every_resample_agrees() -> None:
    intervals = bootstrap_intervals(np.eye(3)[[0, 1, 2, 0]], np.array([0, 1, 2, 0]))
    assert all(math.isnan(bound) for bound in intervals["accuracy"])


def test_no_interval_without_width() -> None:
    labels = np.array([0] * 24 + [1] * 6 + [2] * 15)
    intervals = bootstrap_intervals(np.tile([1.0, 0, 0], (45, 1)), labels, n_resamples=500)
    # One answer for all: its recall is a third in nearly every resample, up to the rounding of the mean.
    assert all(math.isnan(bound) for bound in intervals["macro_recall"])
    assert intervals["accuracy"][0] < intervals["accuracy"][1]


def test_a_seed_below_zero_is_refused() -> None:
    with pytest.raises(DataError, match="seed is -1"):
        bootstrap_intervals(np.eye(3), np.array([0, 1, 2]), seed=-1)


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


@pytest.mark.parametrize("name", ["macro_f1", "accuracy", "recall_neutral", "specificity_abnormal"])
def test_bootstrap_equals_scipys_over_people(name: str) -> None:
    scores, labels = some_walks(80)
    people = [f"p{row // 2}" for row in range(80)]
    ours = bootstrap_intervals(scores, labels, people, n_resamples=20_000, seed=1)
    calls = predicted_classes(scores)
    tables = np.array([confusion_matrix(labels[row : row + 2], calls[row : row + 2]) for row in range(0, 80, 2)])

    def figure(drawn: np.ndarray, axis: int) -> np.ndarray:
        return metrics_of_tables(tables[np.moveaxis(drawn.astype(int), axis, 0)].sum(axis=0))[name]

    theirs = bootstrap((np.arange(40),), figure, n_resamples=20_000, method="BCa", rng=2)
    # Figures of 80 walks move in steps: accuracy by 1/80.
    assert ours[name] == pytest.approx(tuple(theirs.confidence_interval), abs=1.01 / 80)


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
