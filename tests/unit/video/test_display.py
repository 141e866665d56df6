"""Display matrices against what they say pixel by pixel."""

import numpy as np
import pytest

from scoliogait.video.display import Display, display_of

ONE = 1 << 16
STORED = np.arange(6, dtype=np.uint8).reshape(2, 3, 1).repeat(3, axis=2)  # 3 wide, 2 high


def matrix(a: int, b: int, c: int, d: int) -> np.ndarray:
    return np.array([a * ONE, b * ONE, 0, c * ONE, d * ONE, 0, 0, 0, 1 << 30], dtype=np.int32)


def placed(stored: np.ndarray, terms: tuple[int, int, int, int]) -> np.ndarray:
    """Each stored pixel (p, q) put at (a p + c q, b p + d q), one by one, and the result moved to the corner."""
    a, b, c, d = terms
    places = {(a * p + c * q, b * p + d * q): stored[q, p] for q in range(2) for p in range(3)}
    left, top = min(x for x, _ in places), min(y for _, y in places)
    width, height = (max(xy[i] for xy in places) - (left, top)[i] + 1 for i in (0, 1))
    shown = np.zeros((height, width, 3), dtype=np.uint8)
    for (x, y), pixel in places.items():
        shown[y - top, x - left] = pixel
    return shown


@pytest.mark.parametrize(
    "terms",
    [
        (1, 0, 0, 1),
        (0, 1, -1, 0),
        (-1, 0, 0, -1),
        (0, -1, 1, 0),
        (-1, 0, 0, 1),
        (1, 0, 0, -1),
        (0, 1, 1, 0),
        (0, -1, -1, 0),
    ],
)
def test_all_eight_ways_to_lay_a_picture(terms: tuple[int, int, int, int]) -> None:
    display = display_of(matrix(*terms))
    np.testing.assert_array_equal(display(STORED), placed(STORED, terms))
    assert display.mirrored == (terms[0] * terms[3] - terms[1] * terms[2] < 0)


def test_no_matrix_changes_nothing() -> None:
    assert display_of(None) == Display()


def test_a_scale_that_differs_across_and_down_is_known() -> None:
    assert display_of(matrix(2, 0, 0, 2)).stretch == 1
    assert display_of(matrix(4, 0, 0, 1)).stretch == 4
    assert display_of(matrix(0, 2, -1, 0)) == Display(quarter_turns=3, stretch=2)


@pytest.mark.parametrize("place", [2, 5])
def test_a_perspective_is_oblique(place: int) -> None:
    asked = matrix(1, 0, 0, 1)
    asked[place] = 100
    assert display_of(asked).oblique


@pytest.mark.parametrize("terms", [(1, 1, -1, 1), (0, 0, 0, 0), (1, 0, 1, 1)])
def test_a_turn_by_another_angle_is_oblique(terms: tuple[int, int, int, int]) -> None:
    assert display_of(matrix(*terms)).oblique
