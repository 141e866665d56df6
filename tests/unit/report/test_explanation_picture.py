"""The picture of an explanation: sizes follow the numbers, colours the walker's sides, and nothing unseen is drawn."""

import numpy as np
from matplotlib.figure import Figure

from scoliogait.report.explanation_picture import explanation_figure
from scoliogait.report.figures import figure_png
from scoliogait.side_colours import LEFT_COLOUR, RIGHT_COLOUR
from scoliogait.skeleton import PAIR_NAMES
from walker import draw_walker

SHOULDERS, HIPS = PAIR_NAMES.index("shoulders"), PAIR_NAMES.index("hips")
WINDOWS = [(0, 30), (30, 60), (60, 90)]


def drawn(importance: np.ndarray) -> Figure:
    return explanation_figure(draw_walker(), 30.0, (SHOULDERS, HIPS), WINDOWS, importance, "simulated")


def markers(figure: Figure) -> list[tuple[str, float]]:
    return [(str(line.get_color()), line.get_markersize()) for line in figure.axes[0].lines if line.get_marker() == "o"]


def test_the_pair_that_matters_more_is_larger_on_both_sides() -> None:
    found = markers(drawn(np.array([[2.0, 0.0], [4.0, 0.5], [3.0, 0.1]])))
    assert len(found) == 2 * len((SHOULDERS, HIPS))
    assert {colour for colour, _ in found} == {LEFT_COLOUR, RIGHT_COLOUR}
    large, small = sorted({size for _, size in found}, reverse=True)
    assert large > 3 * small


def test_where_nothing_matters_nothing_is_large() -> None:
    strong = max(size for _, size in markers(drawn(np.full((3, 2), 2.0))))
    weak = max(size for _, size in markers(drawn(np.full((3, 2), 0.02))))
    assert weak < 0.2 * strong


def test_the_strip_holds_each_window_in_its_frames() -> None:
    importance = np.array([[1.0, 0.0], [2.0, 0.0], [3.0, 0.0]])
    strip = drawn(importance).axes[1].images[0].get_array()
    assert strip is not None
    assert strip.shape == (2, 90)
    np.testing.assert_array_equal(np.asarray(strip)[0, [0, 29, 30, 59, 60, 89]], [1, 1, 2, 2, 3, 3])


def test_the_same_numbers_give_the_same_picture() -> None:
    first, again = (figure_png(drawn(np.ones((3, 2)))) for _ in range(2))
    assert first == again
