"""Thresholds by hand, predictive values against Bayes, and intervals against simulation."""

import numpy as np
import pytest

from scoliogait.errors import DataError
from scoliogait.evaluation.intervals import wilson_interval
from scoliogait.evaluation.operating_point import called_figures, choose_threshold, operating_point, predictive_values
from scoliogait.evaluation.predictions import Predictions


def walks(abnormal: list[float], labels: list[int], prefix: str = "w", **facts: str) -> Predictions:
    chances = np.stack([1 - np.array(abnormal), np.array(abnormal) / 2, np.array(abnormal) / 2], axis=1)
    names = tuple(f"{prefix}{row}" for row in range(len(labels)))
    return Predictions(names, (None,) * len(labels), np.array(labels), np.log(chances + 1e-9), chances, facts)


VALIDATION = walks([0.05, 0.4, 0.3, 0.5, 0.7, 0.9, 0.2], [0, 0, 1, 1, 2, 2, 0], "v", subset="validation")


@pytest.mark.parametrize(("wanted", "threshold"), [(1.0, 0.3), (0.76, 0.3), (0.75, 0.5), (0.5, 0.7), (0.01, 0.9)])
def test_the_threshold_is_the_highest_that_finds_enough(wanted: float, threshold: float) -> None:
    assert choose_threshold(VALIDATION, wanted) == pytest.approx(threshold)


def test_the_threshold_is_judged_on_other_walks() -> None:
    test = walks([0.1, 0.6, 0.45, 0.5, 0.8], [0, 0, 1, 2, 2])
    point = operating_point(test, VALIDATION, 0.75, prevalence=0.03)
    assert point["positive_group"] == ["neutral", "positive"]
    assert (point["sensitivity"]["n_right"], point["sensitivity"]["n"]) == (2, 3)
    assert (point["specificity"]["n_right"], point["specificity"]["n"]) == (1, 2)
    assert point["sensitivity"]["interval"] == pytest.approx(wilson_interval(2, 3))
    assert point["validation"]["sensitivity"]["value"] == pytest.approx(0.75)
    assert point["ppv"]["value"] == pytest.approx(0.03 * 2 / 3 / (0.03 * 2 / 3 + 0.97 / 2))


def test_predictive_values_follow_bayes() -> None:
    values = predictive_values((0.9, (0.8, 0.95)), (0.8, (0.7, 0.88)), 0.05)
    assert values["ppv"]["value"] == pytest.approx(0.9 * 0.05 / (0.9 * 0.05 + 0.2 * 0.95))
    assert values["npv"]["value"] == pytest.approx(0.8 * 0.95 / (0.8 * 0.95 + 0.1 * 0.05))
    assert values["referral_rate"]["value"] == pytest.approx(0.9 * 0.05 + 0.2 * 0.95)
    for entry in values.values():
        assert entry["interval"][0] < entry["value"] < entry["interval"][1]


def test_intervals_of_predictive_values_cover_the_truth() -> None:
    generator = np.random.default_rng(0)
    sensitivity, specificity, prevalence = 0.9, 0.85, 0.03
    truth = predictive_values((sensitivity, (0.0, 1.0)), (specificity, (0.0, 1.0)), prevalence)
    covered = dict.fromkeys(truth, 0)
    for _ in range(400):
        found, passed = generator.binomial(40, sensitivity), generator.binomial(80, specificity)
        estimate = predictive_values(
            (found / 40, wilson_interval(found, 40)), (passed / 80, wilson_interval(passed, 80)), prevalence
        )
        for name, entry in estimate.items():
            covered[name] += entry["interval"][0] <= truth[name]["value"] <= entry["interval"][1]
    # 95 % nominal; 400 trials have a standard error of 1.1 %.
    assert all(0.92 <= count / 400 <= 0.985 for count in covered.values()), covered


def test_no_false_alarm_and_no_hit_keep_honest_bounds() -> None:
    perfect = predictive_values((1.0, wilson_interval(10, 10)), (1.0, wilson_interval(20, 20)), 0.05)
    assert perfect["ppv"]["value"] == 1
    assert perfect["ppv"]["interval"][0] < 0.5
    blind = predictive_values((0.0, wilson_interval(0, 10)), (0.9, wilson_interval(18, 20)), 0.05)
    assert blind["ppv"]["value"] == 0
    assert 0 == blind["ppv"]["interval"][0] < blind["ppv"]["interval"][1] < 1
    nobody_called = predictive_values((0.0, wilson_interval(0, 10)), (1.0, wilson_interval(20, 20)), 0.05)
    assert nobody_called["ppv"] == {"value": None, "interval": None}
    assert nobody_called["npv"]["value"] == pytest.approx(0.95)


def test_a_group_without_walks_is_undefined() -> None:
    figures = called_figures(walks([0.2, 0.1], [0, 0]), "abnormal", prevalence=0.03)
    assert figures["sensitivity"] == {"value": None, "interval": None, "n_right": 0, "n": 0}
    assert figures["ppv"] == {"value": None, "interval": None}
    assert figures["specificity"]["value"] == 1


@pytest.mark.parametrize(
    ("test", "validation", "wanted", "prevalence", "message"),
    [
        (walks([0.5], [0]), VALIDATION, 0.0, None, "wanted sensitivity is 0"),
        (walks([0.5], [0]), VALIDATION, 1.2, None, "wanted sensitivity is 1.2"),
        (walks([0.5], [0]), VALIDATION, 0.9, 1.0, "prevalence is 1"),
        (walks([0.5], [0]), VALIDATION, 0.9, float("nan"), "prevalence is nan"),
        (walks([0.5], [0]), walks([0.5], [0], "v"), 0.9, None, "no validation walk is neutral or positive"),
        (walks([0.5], [0]), walks([0.5], [1], "v", subset="test"), 0.9, None, "chosen on test walks"),
        (walks([0.5], [0], "v"), VALIDATION, 0.9, None, "1 walks are among the validation walks too, first v0"),
        (
            walks([0.5], [0], model_digest="aa"),
            walks([0.5], [1], "v", model_digest="bb"),
            0.9,
            None,
            "of model bb, these of model aa",
        ),
    ],
)
def test_bad_input_is_refused(
    test: Predictions, validation: Predictions, wanted: float, prevalence: float | None, message: str
) -> None:
    with pytest.raises(DataError, match=message):
        operating_point(test, validation, wanted, prevalence)
