"""Bodies have the published proportions, and a seed gives the same one twice."""

import numpy as np
import pytest

from scoliogait.simulation.body import average_body, draw_body, mean_stature_m


def test_heights_above_the_floor_are_those_of_the_published_table() -> None:
    body = average_body("male", 15.0, stature_m=2.0)
    knee = body.ankle_height_m + body.shank_m
    hip = knee + body.thigh_m
    assert knee / 2.0 == pytest.approx(0.285)
    assert hip / 2.0 == pytest.approx(0.530)
    assert (hip + body.trunk_m) / 2.0 == pytest.approx(0.818)


def test_girls_are_ahead_at_twelve_and_boys_at_seventeen() -> None:
    assert mean_stature_m("female", 12.0) > mean_stature_m("male", 12.0)
    assert mean_stature_m("male", 17.0) == pytest.approx(1.73)
    assert mean_stature_m("female", 17.0) == pytest.approx(1.62)


def test_people_differ_around_the_average_body() -> None:
    rng = np.random.default_rng(0)
    people = [draw_body(rng) for _ in range(400)]
    relative = np.array([p.trunk_m / p.stature_m for p in people])
    assert relative.mean() == pytest.approx(0.288, abs=0.001)
    assert 0.002 < relative.std() < 0.006
    assert 0.4 < np.mean([p.sex == "female" for p in people]) < 0.6
    assert draw_body(np.random.default_rng(5)) == draw_body(np.random.default_rng(5))
