"""Masks that were a JPEG once, against the masks before they were one and the crop of OpenGait."""

import cv2
import numpy as np
import pytest

from masks import drawn_masks
from scoliogait.io.mask_noise import without_noise
from scoliogait.io.silhouette_values import read_silhouettes
from scoliogait.representation.silhouette import align_silhouettes

MASKS = drawn_masks(6, 240, 180)
CROPPED = align_silhouettes(MASKS)[0].astype(int)


def through_jpeg(masks: np.ndarray, quality: int) -> np.ndarray:
    files = (cv2.imencode(".jpg", mask, [cv2.IMWRITE_JPEG_QUALITY, quality])[1] for mask in masks)
    return np.stack([cv2.imdecode(file, cv2.IMREAD_GRAYSCALE) for file in files])


def off(masks: np.ndarray) -> float:
    """Mean difference of the cropped masks from those that were never compressed."""
    return float(np.abs(align_silhouettes(masks)[0].astype(int) - CROPPED).mean())


@pytest.mark.parametrize("quality", [90, 75, 50])
@pytest.mark.parametrize("turned", [False, True])
def test_the_background_of_a_jpeg_is_cleaned_and_named(quality: int, turned: bool) -> None:
    grey = 255 - through_jpeg(MASKS, quality) if turned else through_jpeg(MASKS, quality)
    read, notes = read_silhouettes(grey, "walk")
    assert "as JPEG leaves it" in " ".join(notes)
    assert off(through_jpeg(MASKS, quality)) > 5
    assert off(read) < 0.5
    assert read_silhouettes(read, "walk")[1] == ()


def test_noise_in_a_tenth_of_the_frames_is_noise_and_in_none_of_them_stays_unsaid() -> None:
    many = np.concatenate([MASKS] * 4)
    noisy = many.copy()
    noisy[:2, 0, 5:9] = 7
    assert without_noise(noisy)[0] is noisy
    noisy[2, 0, 5:9] = 7
    read, (note,) = without_noise(noisy)
    np.testing.assert_array_equal(read, many)
    assert "values below 64 were read as 0" in note


def test_edges_that_fade_away_from_the_person_are_no_noise() -> None:
    for sigma in (0.7, 1.5, 3.0, 5.0):
        soft = np.stack([cv2.GaussianBlur(mask, (0, 0), sigma) for mask in MASKS])
        assert without_noise(soft)[0] is soft
    assert without_noise(np.zeros_like(MASKS))[1] == ()
