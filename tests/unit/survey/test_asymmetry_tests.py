"""Tests of PAV entries between classes: against scipy's on the same people, hand-counted effects, and pure noise."""

import numpy as np
import pytest
from scipy.stats import kruskal, mannwhitneyu

from scoliogait.survey.asymmetry_tests import CLASS_PAIRS, ENTRY_NAMES, asymmetry_tests

N_ENTRIES = 24


def table(columns: dict[int, list[float]], n_walks: int) -> np.ndarray:
    """(walks, 24) of zeros with some columns filled."""
    values = np.zeros((n_walks, N_ENTRIES))
    for column, entries in columns.items():
        values[:, column] = entries
    return values


def test_entries_are_named_in_the_order_of_the_vector() -> None:
    assert ENTRY_NAMES[:4] == ("eyes, vertical", "eyes, midline", "eyes, angular", "ears, vertical")
    assert len(ENTRY_NAMES) == N_ENTRIES


def test_effects_counted_by_hand() -> None:
    values = table({3: [1, 2, 3, 4, 5, 2.5]}, 6)
    (test,) = asymmetry_tests(values, [0, 0, 1, 1, 2, 2], [None] * 6)
    assert test.name == "ears, vertical"
    assert test.medians == (1.5, 3.5, 3.75)
    # Of the four pairs negative-neutral all rise; of neutral-positive 5 beats both and 2.5 none.
    assert {pair.classes: pair.cliffs_delta for pair in test.pairs} == {(0, 1): 1.0, (0, 2): 1.0, (1, 2): 0.0}
    assert test.p_value == pytest.approx(kruskal([1, 2], [3, 4], [5, 2.5]).pvalue)
    assert test.epsilon_squared == pytest.approx(kruskal([1, 2], [3, 4], [5, 2.5]).statistic / 5)


def test_walks_of_a_person_are_averaged_first() -> None:
    rng = np.random.default_rng(0)
    labels = np.repeat([0, 1, 2], 30)
    people = [f"p{k // 3}" for k in range(90)]
    values = rng.normal(size=(90, N_ENTRIES))
    means = values.reshape(30, 3, N_ENTRIES).mean(axis=1)
    for entry, test in enumerate(asymmetry_tests(values, labels, people)):
        groups = [means[10 * c : 10 * c + 10, entry] for c in range(3)]
        assert test.n_people == (10, 10, 10)
        assert test.p_value == pytest.approx(kruskal(*groups).pvalue)
        for pair, (first, second) in zip(test.pairs, CLASS_PAIRS, strict=True):
            assert pair.p_value == pytest.approx(mannwhitneyu(groups[first], groups[second]).pvalue)
    # Repeating every walk tells nothing new.
    again = asymmetry_tests(np.repeat(values, 4, axis=0), np.repeat(labels, 4), [p for p in people for _ in range(4)])
    assert [t.p_value for t in again] == pytest.approx([t.p_value for t in asymmetry_tests(values, labels, people)])


def test_a_planted_difference_is_found_and_noise_is_not() -> None:
    rng = np.random.default_rng(1)
    labels = np.repeat([0, 1, 2], 40)
    values = rng.normal(size=(120, N_ENTRIES))
    noise = asymmetry_tests(values, labels, [None] * 120)
    assert all(test.p_adjusted > 0.05 for test in noise)
    values[labels == 2, 5] += 2
    found = [test for test in asymmetry_tests(values, labels, [None] * 120) if test.p_adjusted < 0.05]
    assert [test.name for test in found] == [ENTRY_NAMES[5]]
    assert found[0].pairs[1].cliffs_delta > 0.7
    assert found[0].p_adjusted > found[0].p_value


def test_what_was_not_measured_or_never_varies_is_left_out() -> None:
    values = table({0: [1, 2, np.nan, 4, 5, 6], 1: [np.nan] * 6}, 6)
    (test,) = asymmetry_tests(values, [0, 0, 0, 2, 2, 2], ["a", "b", "c", "d", "e", "f"])
    assert test.n_people == (2, 0, 3)
    assert np.isnan(test.medians[1])
    assert [pair.classes for pair in test.pairs] == [(0, 2)]
    assert asymmetry_tests(values, [0, 0, 0, 0, 0, 0], [None] * 6) == ()
    assert asymmetry_tests(values, [0, 0, 0, 2, 2, 2], ["a", "a", "a", "d", "e", "f"]) == ()
