"""Discs of many pictures at once are those that OpenCV draws one by one."""

import cv2
import numpy as np
import pytest

from scoliogait.simulation.discs import discs_on_black

SIDE_PX = 48


def one_by_one(centres: np.ndarray, radii: np.ndarray) -> np.ndarray:
    pictures = np.zeros((len(radii), SIDE_PX, SIDE_PX), np.uint8)
    for picture, of_picture, sizes in zip(pictures, centres.tolist(), radii.tolist(), strict=True):
        for centre, radius in zip(of_picture, sizes, strict=True):
            cv2.circle(picture, centre, radius, 255, thickness=cv2.FILLED, lineType=cv2.LINE_8, shift=4)
    return pictures


@pytest.mark.parametrize(
    ("lowest", "highest"), [(200, 16 * SIDE_PX - 200), (-300, 16 * SIDE_PX + 300)], ids=["inside", "across the edges"]
)
def test_discs_are_those_that_opencv_draws(lowest: int, highest: int) -> None:
    rng = np.random.default_rng(3)
    centres = rng.integers(lowest, highest, (300, 3, 2), dtype=np.int32)
    radii = rng.integers(0, 140, (300, 3), dtype=np.int32)
    np.testing.assert_array_equal(discs_on_black(centres, radii, SIDE_PX), one_by_one(centres, radii))


@pytest.mark.parametrize("radius", [0, 1, 7, 16, 31, 47, 63, 104, 300])
def test_wherever_the_centre_lies_between_pixels(radius: int) -> None:
    between = np.stack(np.meshgrid(np.arange(16), np.arange(16)), axis=-1).reshape(-1, 1, 2).astype(np.int32)
    centres, radii = between + 16 * (SIDE_PX // 2), np.full((len(between), 1), radius, np.int32)
    drawn = discs_on_black(centres, radii, SIDE_PX)
    np.testing.assert_array_equal(drawn, one_by_one(centres, radii))
    assert drawn.any(axis=(1, 2)).all()


def test_pictures_of_another_width_are_their_own() -> None:
    """What a disc covers is kept from picture to picture, and counted in rows of a width."""
    centre, radius = np.array([[[200, 200]]], np.int32), np.array([[40]], np.int32)
    narrow, wide = (discs_on_black(centre, radius, side_px)[0] for side_px in (32, 64))
    np.testing.assert_array_equal(np.pad(narrow, (0, 32)), wide)
