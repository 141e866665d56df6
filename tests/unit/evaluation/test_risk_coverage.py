"""Risk against coverage: by hand, against a loop over thresholds, and as a function of the people's weights."""

import numpy as np
import pytest

from scoliogait.evaluation.risk_coverage import (
    COVERAGES,
    risk_coverage_curve,
    risk_coverage_statistic,
    risk_coverage_summary,
)


def drawn(n_walks: int, n_people: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    generator = np.random.default_rng(seed)
    confidence = generator.uniform(0.34, 1, n_walks).round(2)  # rounded: some are tied
    wrong = generator.uniform(size=n_walks) > confidence
    people = np.concatenate([np.arange(n_people), generator.integers(0, n_people, n_walks - n_people)])
    return confidence, wrong, people


def test_by_hand() -> None:
    confidence, wrong = np.array([0.5, 0.9, 0.7, 0.7]), np.array([True, False, True, False])
    np.testing.assert_allclose(risk_coverage_curve(confidence, wrong), [[0.25, 0], [0.75, 1 / 3], [1, 0.5]])
    figures = risk_coverage_statistic(confidence, wrong, np.arange(4))(np.ones((1, 4)))[0]
    assert figures[0] == pytest.approx(0.25 * 0 + 0.5 / 3 + 0.25 * 0.5)
    risk = dict(zip(COVERAGES, figures[1:], strict=True))
    assert [risk[coverage] for coverage in (0.2, 0.3, 0.7, 0.8, 1.0)] == pytest.approx([0, 1 / 3, 1 / 3, 0.5, 0.5])


def test_the_curve_is_what_each_threshold_answers() -> None:
    confidence, wrong, _ = drawn(200, 200)
    expected = []
    for threshold in sorted(set(confidence.tolist()), reverse=True):
        answered = confidence >= threshold
        expected.append([answered.mean(), wrong[answered].mean()])
    np.testing.assert_allclose(risk_coverage_curve(confidence, wrong), expected)


def test_a_person_counted_twice_is_as_if_their_walks_were_there_twice() -> None:
    confidence, wrong, people = drawn(60, 20)
    weights = np.random.default_rng(1).integers(0, 3, (5, 20)).astype(float)
    figures = risk_coverage_statistic(confidence, wrong, people)(weights)
    for row, counts in zip(figures, weights, strict=True):
        times = counts[people].astype(int)
        often = [np.repeat(values, times) for values in (confidence, wrong)]
        again = risk_coverage_statistic(*often, np.arange(times.sum()))(np.ones((1, times.sum())))[0]
        np.testing.assert_allclose(row, again)


def test_a_confidence_that_says_nothing_gives_the_risk_of_all() -> None:
    wrong = np.array([True, False, False, True, False])
    summary = risk_coverage_summary(np.full(5, 0.6), wrong, np.arange(5), 200, 0, 0.95)
    assert summary["area"]["value"] == pytest.approx(summary["risk_of_all"]) == pytest.approx(0.4)
    assert all(point["value"] == pytest.approx(0.4) for point in summary["risk"])


def test_intervals_hold_the_value_and_narrow_with_people() -> None:
    few, many = (risk_coverage_summary(*drawn(n, n), 500, 0, 0.95) for n in (40, 640))
    for summary in (few, many):
        for entry in (summary["area"], *summary["risk"]):
            assert entry["interval"][0] <= entry["value"] <= entry["interval"][1]
    widths = [np.diff(summary["area"]["interval"])[0] for summary in (few, many)]
    assert widths[1] < widths[0] / 2


def test_walks_of_one_person_widen_the_interval() -> None:
    confidence, wrong, _ = drawn(50, 50, seed=3)
    people = np.repeat(np.arange(50), 8)
    alike = risk_coverage_summary(np.repeat(confidence, 8), np.repeat(wrong, 8), people, 500, 0, 0.95)
    taken_apart = risk_coverage_summary(np.repeat(confidence, 8), np.repeat(wrong, 8), np.arange(400), 500, 0, 0.95)
    widths = [np.diff(summary["area"]["interval"])[0] for summary in (alike, taken_apart)]
    assert widths[0] > 2 * widths[1]


def test_without_any_mistake_the_risk_has_a_width_and_one_person_has_no_interval() -> None:
    confidence = np.linspace(0.5, 1, 20)
    right = risk_coverage_summary(confidence, np.zeros(20, bool), np.arange(20), 100, 0, 0.95)
    assert right["area"] == {"value": 0.0, "interval": None}
    assert right["risk"][-1]["interval"][0] == 0
    assert 0.1 < right["risk"][-1]["interval"][1] < 0.2  # Wilson's upper bound of 0 of 20 is 0.161
    one = risk_coverage_summary(confidence, np.zeros(20, bool), np.zeros(20, np.int64), 100, 0, 0.95)
    assert one["risk"][-1] == {"coverage": 1.0, "value": 0.0, "interval": None}
