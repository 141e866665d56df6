"""The area of a column alone against scikit-learn, a literal loop, and what it must be by law."""

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from scoliogait.evaluation.column import Column, parse_column
from scoliogait.evaluation.column_area import _folds, column_areas


def categories(codes: np.ndarray) -> Column:
    return parse_column("site", [f"v{code:02}" for code in codes], [None] * len(codes))


def test_numbers_rank_as_they_are() -> None:
    rng = np.random.default_rng(0)
    labels = rng.integers(3, size=90)
    values = rng.normal(size=90) - 0.7 * labels
    column = parse_column("age", [str(value) for value in values], [None] * 90)
    areas = column_areas(column, labels, np.arange(90), 50)
    expected = 1 - roc_auc_score(labels > 0, values)
    assert areas["abnormal"]["value"] == pytest.approx(expected)
    assert areas["abnormal"]["rises"] is False
    assert areas["negative"]["rises"] is True
    each = [areas[name]["value"] for name in ("negative", "neutral", "positive")]
    assert areas["macro"]["value"] == pytest.approx(np.mean(each))


def test_categories_against_a_loop_over_folds() -> None:
    """Shares from the people outside a fold; pairs of walks inside it; people have several walks."""
    rng = np.random.default_rng(1)
    people = rng.integers(40, size=120)
    people = np.unique(people, return_inverse=True)[1]
    labels, codes = rng.integers(3, size=120), rng.integers(4, size=120)
    fold = _folds(int(people.max()) + 1)[people]
    for group, classes in (("abnormal", (1, 2)), ("positive", (2,))):
        right = pairs = 0.0
        sick = np.isin(labels, classes)
        for k in range(5):
            share = {c: sick[(fold != k) & (codes == c)].mean() for c in range(4)}
            for i in np.flatnonzero((fold == k) & sick):
                for j in np.flatnonzero((fold == k) & ~sick):
                    a, b = share[codes[i]], share[codes[j]]
                    right += 1.0 if a > b else 0.5 if a == b else 0.0
                    pairs += 1
        assert column_areas(categories(codes), labels, people, 5)[group]["value"] == pytest.approx(right / pairs)


def test_a_column_of_noise_has_no_area_on_average() -> None:
    """What shares of the same walks, or leaving out one walk, would not do: ten values, 150 walks, 60 draws."""
    found = []
    for seed in range(60):
        rng = np.random.default_rng(seed)
        labels = rng.choice(3, 150, p=(0.5, 0.1, 0.4))
        areas = column_areas(categories(rng.integers(10, size=150)), labels, np.arange(150), 2)
        found.append(areas["abnormal"]["value"])
    assert abs(np.mean(found) - 0.5) < 4 * np.std(found) / np.sqrt(len(found))
    assert np.std(found) < 0.1


def test_two_hospitals_and_a_school() -> None:
    """312 positive and 17 negative people of a hospital, 155 negative of a school: the site alone by hand."""
    labels = np.array([2] * 312 + [0] * 172)
    codes = np.array([0] * 329 + [1] * 155)
    area = column_areas(categories(codes), labels, np.arange(484), 200)["abnormal"]
    assert area["value"] == pytest.approx((155 + 17 / 2) / 172, abs=0.001)
    assert area["interval"][0] > 0.9


def test_a_column_that_is_the_class_ranks_all() -> None:
    labels = np.array([0, 1, 2] * 20)
    areas = column_areas(categories(labels), labels, np.arange(60), 50)
    assert areas["macro"]["value"] == 1
    assert areas["abnormal"]["value"] == 1
    assert areas["abnormal"]["interval"][0] < 1


def test_one_class_has_no_area() -> None:
    areas = column_areas(categories(np.array([0, 1] * 10)), np.zeros(20, dtype=np.int64), np.arange(20), 5)
    assert areas["abnormal"] == areas["macro"] == {"value": None, "interval": None}


def test_a_class_without_walks_is_left_out_of_the_macro() -> None:
    rng = np.random.default_rng(3)
    labels = rng.choice([0, 2], 60)
    areas = column_areas(categories(rng.integers(2, size=60)), labels, np.arange(60), 20)
    assert areas["neutral"]["value"] is None
    assert areas["macro"]["value"] == pytest.approx((areas["negative"]["value"] + areas["positive"]["value"]) / 2)
