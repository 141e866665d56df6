"""Sharpness, light, contrast and grain of a person, measured in pictures that were made worse by a known amount."""

import cv2
import numpy as np
import pytest

from mannequin import draw_mannequin
from scoliogait.video.estimate import MARGIN, SIDE_PX
from scoliogait.video.quality import PictureQuality, look_closely
from walker import draw_walker

# Scales of one and the same picture: what is measured must not depend on them.
SCALES = (1.0, 2.0, 4.0)


def looked_at(scale: float, worse: object = None, side: float = 260.0) -> PictureQuality:
    """A sharp mannequin whose length is that of the box, made worse by ``worse(picture, length in px)``."""
    pose = draw_walker(1, height_px=160)[0]
    pose[:, :2] = (pose[:, :2] - [320, 300]) * [1, 1] + [200, 190]
    pose[:, :2] *= scale
    size = round(400 * scale), round(240 * scale)
    picture = draw_mannequin(pose, size, smooth=False)
    outline_of = (picture != 150).any(axis=2).astype(np.uint8) * 255
    square = (200 - side / 2) * scale, (110 - side / 2) * scale, side * scale
    length_px = square[2] / MARGIN
    if worse is not None:
        picture = worse(picture, length_px)  # type: ignore[operator]
    to_picture = np.array([[square[2] / SIDE_PX, 0, square[0]], [0, square[2] / SIDE_PX, square[1]]])
    flags = cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP
    outline = cv2.warpAffine(outline_of, to_picture, (SIDE_PX, SIDE_PX), flags=flags)
    found = PictureQuality.typical(look_closely(picture, outline, square)[None])
    assert found is not None
    return found


def gaussian(percent: float) -> object:
    return lambda picture, length: cv2.GaussianBlur(picture, (0, 0), percent / 100 * length)


def dragged(percent: float, down: bool) -> object:
    def worse(picture: np.ndarray, length: float) -> np.ndarray:
        n = round(percent / 100 * length)
        return cv2.blur(picture, (1, n) if down else (n, 1))

    return worse


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("percent", [1.0, 1.5, 2.0])
def test_blur_is_the_width_of_the_edges_in_percent_of_the_body(scale: float, percent: float) -> None:
    assert looked_at(scale, gaussian(percent)).blur_percent == pytest.approx(percent, rel=0.2)


@pytest.mark.parametrize("scale", SCALES)
def test_a_sharp_picture_has_no_blur(scale: float) -> None:
    assert looked_at(scale).blur_percent < 0.3


@pytest.mark.parametrize("down", [False, True])
def test_blur_of_motion_in_one_direction_counts(down: bool) -> None:
    # A box of width n has the standard deviation n / sqrt(12).
    assert looked_at(2.0, dragged(6, down)).blur_percent == pytest.approx(6 / np.sqrt(12), rel=0.35)


def test_brightness_is_the_grey_of_the_body_and_contrast_goes_with_it() -> None:
    whole, quarter = looked_at(2.0), looked_at(2.0, lambda picture, _: picture // 4)
    assert quarter.brightness == pytest.approx(whole.brightness / 4, abs=1)
    assert quarter.contrast == pytest.approx(whole.contrast / 4, rel=0.05)
    assert quarter.blur_percent == pytest.approx(whole.blur_percent, abs=0.05)


def test_grain_is_a_share_of_the_contrast() -> None:
    rng = np.random.default_rng(3)

    def grainy(picture: np.ndarray, _: float) -> np.ndarray:
        return np.clip(picture + rng.normal(0, 12, picture.shape[:2])[..., None], 0, 255).astype(np.uint8)

    sharp, found = looked_at(1.0), looked_at(1.0, grainy)
    # Scaling to the square smooths the grain a little.
    assert 6 < found.noise_share * found.contrast < 14
    assert sharp.noise_share < 0.1


def test_a_flat_picture_lacks_contrast_and_says_nothing_of_blur() -> None:
    found = looked_at(1.0, lambda picture, _: np.full_like(picture, 90))
    assert (found.blur_percent, found.brightness, found.contrast, found.noise_share) == (0, 90, 0, 1)


def test_nothing_is_measured_of_somebody_outside_of_the_picture() -> None:
    outline = np.full((SIDE_PX, SIDE_PX), 255, np.uint8)
    looks = look_closely(np.zeros((50, 50, 3), np.uint8), outline, (-500.0, 0.0, 256.0))
    assert np.isnan(looks).all()
    assert PictureQuality.typical(looks[None]) is None
