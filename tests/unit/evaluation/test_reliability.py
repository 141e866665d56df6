"""The calibration error by hand, and an interval that knows when calibration may be perfect."""

import numpy as np
import pytest

from scoliogait.errors import DataError
from scoliogait.evaluation.predictions import Predictions
from scoliogait.evaluation.reliability import Claims, calibration_error, calibration_error_interval, reliability_summary


def claims(probability: np.ndarray, happened: np.ndarray, walks_each: int = 1) -> Claims:
    return Claims(np.asarray(probability, float), np.asarray(happened, bool), np.arange(len(probability)) // walks_each)


def test_a_case_solved_by_hand() -> None:
    # Bin 0.6..0.7: mean 0.65, 1 of 2; bin 0.9..1: mean 0.975, 2 of 2.
    error = calibration_error(claims(np.array([0.62, 0.68, 0.95, 1.0]), np.array([1, 0, 1, 1])))
    assert error == pytest.approx((2 * abs(0.5 - 0.65) + 2 * abs(1 - 0.975)) / 4)


def test_the_table_counts_every_walk_once() -> None:
    chances = np.array([[1.0, 0.0, 0.0], [0.05, 0.35, 0.6], [0.02, 0.03, 0.95]])
    predictions = Predictions(("a", "b", "c"), (None,) * 3, np.array([0, 1, 2]), np.log(chances + 1e-9), chances)
    table = reliability_summary(predictions, "abnormal", 50)
    assert [row["n"] for row in table["bins"]] == [1, 0, 0, 0, 0, 0, 0, 0, 0, 2]
    assert table["bins"][9]["mean_probability"] == pytest.approx((0.95 + 0.98) / 2)
    assert table["bins"][9]["observed"] == 1
    assert table["bins"][1]["observed"] is None
    assert table["event"] == "the walk is neutral or positive"
    assert reliability_summary(predictions, "top_label", 50)["event"] == "the called class is the true one"


def test_perfect_calibration_is_possible_when_it_is_true() -> None:
    generator = np.random.default_rng(3)
    probability = generator.uniform(0.3, 1, 200)
    sample = claims(probability, generator.random(200) < probability)
    low, high = calibration_error_interval(sample, 500, 0, 0.95)
    assert low == 0
    # The error of a calibrated sample is far from 0 by noise alone.
    assert calibration_error(sample) > 0.04
    assert high < 0.15


def test_a_false_promise_is_seen() -> None:
    sample = claims(np.full(300, 0.95), np.arange(300) < 210)
    interval = calibration_error_interval(sample, 2000, 0, 0.95)
    # One bin, far from 0: the interval of a mean.
    half = 1.96 * np.sqrt(0.7 * 0.3 / 300)
    assert interval == pytest.approx((0.25 - half, 0.25 + half), abs=0.004)


def test_walks_of_one_person_widen_the_interval() -> None:
    generator = np.random.default_rng(5)
    probability = np.repeat(np.full(50, 0.9), 6)
    happened = np.repeat(generator.random(50) < 0.6, 6)
    alone = calibration_error_interval(claims(probability, happened), 500, 0, 0.95)
    together = calibration_error_interval(claims(probability, happened, 6), 500, 0, 0.95)
    assert (together[1] - together[0]) / (alone[1] - alone[0]) == pytest.approx(np.sqrt(6), rel=0.25)


def test_one_person_and_certainties_have_no_interval() -> None:
    assert np.isnan(calibration_error_interval(claims([0.5, 0.6], [1, 0], 2), 50, 0, 0.95)).all()
    assert np.isnan(calibration_error_interval(claims([1.0, 1.0], [1, 1]), 50, 0, 0.95)).all()


def test_an_unknown_event_is_refused() -> None:
    predictions = Predictions(("a",), (None,), np.array([0]), np.zeros((1, 3)), np.full((1, 3), 1 / 3))
    with pytest.raises(DataError, match="event 'health'"):
        reliability_summary(predictions, "health")
