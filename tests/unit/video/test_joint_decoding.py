"""Outputs solved by hand: where a peak lies, at a border and between places, and how its confidence is made."""

from typing import Any

import numpy as np
import pytest

from scoliogait.video.joint_decoding import joints_of, shape_problem
from scoliogait.video.network_description import CoordinatesOutput, HeatmapOutput, SimccOutput

SIZE = (8, 12)


def simcc(**more: Any) -> SimccOutput:
    return SimccOutput(**{"kind": "simcc", "split_ratio": 2.0, "values": "raw", "score": "min"} | more)


def heatmap(**more: Any) -> HeatmapOutput:
    return HeatmapOutput(**{"kind": "heatmap", "grid": "stride", "score": "peak"} | more)


def row(n: int, values: dict[int, float]) -> np.ndarray:
    out = np.zeros((1, 1, n), np.float32)
    out[0, 0, list(values)] = list(values.values())
    return out


def test_a_single_peak_lies_at_its_place() -> None:
    ((x, y, score),) = joints_of([row(16, {6: 0.75}), row(24, {10: 0.5})], simcc(), SIZE)
    assert (x, y, score) == (6 / 2 + 0.5, 10 / 2 + 0.5, 0.5)


@pytest.mark.parametrize(
    ("values", "place"),
    [
        ({4: 1.0, 5: 2.0, 6: 1.0}, 5.0),
        ({4: 1.0, 5: 2.0, 6: 1.5}, 5 + (1 - 1.5) / (2 * (1 - 4 + 1.5))),  # the top of the parabola, by hand: 5 1/6
        ({4: 2.0, 5: 2.0}, 4.5),
        ({0: 3.0, 1: 2.0}, 0.0),  # at a border there is no parabola
        ({15: 3.0, 14: 2.0}, 15.0),
        ({}, 0.0),
    ],
)
def test_between_places_and_at_borders(values: dict[int, float], place: float) -> None:
    ((x, _, _),) = joints_of([row(16, values), row(24, {10: 1})], simcc(), SIZE)
    assert x == pytest.approx(place / 2 + 0.5)


@pytest.mark.parametrize(("score", "value"), [("min", 0.5), ("mean", 0.65), ("product", 0.4)])
def test_scores_of_simcc(score: str, value: float) -> None:
    ((*_, found),) = joints_of([row(16, {6: 0.8}), row(24, {10: 0.5})], simcc(score=score), SIZE)
    assert found == pytest.approx(value)


def test_softmax_of_simcc_changes_confidences_and_no_places() -> None:
    outputs = [row(16, {6: 0.8, 7: 0.4}), row(24, {10: 0.5})]
    raw = joints_of(outputs, simcc(), SIZE)
    soft = joints_of(outputs, simcc(values="softmax", softmax_factors=(10, 20)), SIZE)
    by_hand = np.exp(8) / (np.exp(8) + np.exp(4) + 14), np.exp(10) / (np.exp(10) + 23)
    np.testing.assert_allclose(soft[0, :2], raw[0, :2])
    assert soft[0, 2] == pytest.approx(min(by_hand))
    huge = joints_of([1e6 * output for output in outputs], simcc(values="softmax", softmax_factors=(10, 20)), SIZE)
    assert huge[0, 2] == 1


@pytest.mark.parametrize(
    ("grid", "x", "y"),
    [
        ("stride", 1 * 8 / 4 + 0.5, 4 * 12 / 6 + 0.5),
        ("ends", 1 * 7 / 3 + 0.5, 4 * 11 / 5 + 0.5),
    ],
)
def test_grids_of_heatmaps(grid: str, x: float, y: float) -> None:
    heat = np.zeros((1, 1, 6, 4), np.float32)
    heat[0, 0, 4, 1] = 0.9
    ((*place, score),) = joints_of([heat], heatmap(grid=grid), SIZE)
    assert place == pytest.approx([x, y])
    assert score == pytest.approx(0.9)


def test_ends_reach_the_first_and_the_last_pixel() -> None:
    heat = np.zeros((1, 2, 6, 4), np.float32)
    heat[0, 0, 0, 0] = heat[0, 1, 5, 3] = 1
    found = joints_of([heat], heatmap(grid="ends"), SIZE)
    np.testing.assert_allclose(found[:, :2], [[0.5, 0.5], [7.5, 11.5]])


def test_a_peak_between_places_of_a_heatmap() -> None:
    heat = np.zeros((1, 1, 6, 4), np.float32)
    heat[0, 0, 1:4, 2] = [1, 2, 1.5]
    heat[0, 0, 2, 1:4] = [1.5, 2, 1]
    ((x, y, _),) = joints_of([heat], heatmap(), SIZE)
    assert (x, y) == pytest.approx(((2 - 1 / 6) * 2 + 0.5, (2 + 1 / 6) * 2 + 0.5))


def test_the_sigmoid_of_a_peak() -> None:
    heat = np.full((1, 1, 6, 4), -9, np.float32)
    heat[0, 0, 1, 1] = 0
    assert joints_of([heat], heatmap(score="sigmoid"), SIZE)[0, 2] == 0.5


@pytest.mark.parametrize(("unit", "x", "y"), [("share", 0.25 * 8, 0.5 * 12), ("px", 0.25, 0.5)])
def test_coordinates(unit: str, x: float, y: float) -> None:
    output = CoordinatesOutput(kind="coordinates", columns=("y", "x", "unused", "score"), unit=unit, score="sigmoid")  # type: ignore[arg-type]
    values = np.array([[[[0.5, 0.25, 7, 0]]]], np.float32)
    assert joints_of([values], output, SIZE).tolist() == [[x, y, 0.5]]
    assert shape_problem([values.shape], output, SIZE, 1) == ""
    assert shape_problem([(2, 1, 4)], output, SIZE, 1) == "gives outputs of shape (2, 1, 4); expected (1, 1, 4)"


WRONG_SIMCC = [[(1, 17, 24), (1, 17, 16)], [(1, 16, 16), (1, 17, 24)], [(17, 16), (17, 24)], [(), ()]]


@pytest.mark.parametrize("shapes", WRONG_SIMCC)
def test_other_shapes_of_simcc(shapes: list[tuple[int, ...]]) -> None:
    assert shape_problem([(1, 17, 16), (1, 17, 24)], simcc(), SIZE, 17) == ""
    assert "expected (1, 17, 16) and (1, 17, 24)" in shape_problem(shapes, simcc(), SIZE, 17)


@pytest.mark.parametrize("shape", [(1, 17, 16), (1, 16, 6, 4), (2, 17, 6, 4), (1, 17, 1, 4), ()])
def test_other_shapes_of_heatmaps(shape: tuple[int, ...]) -> None:
    assert shape_problem([(1, 17, 6, 4)], heatmap(), SIZE, 17) == ""
    assert "expected (1, 17, rows, columns)" in shape_problem([shape], heatmap(), SIZE, 17)
