"""Silhouette alignment: cases solved by hand, and laws."""

import numpy as np
import pytest
from benchmarks.reference.silhouettes import plain_silhouettes

from scoliogait.errors import DataError
from scoliogait.representation.silhouette import align_silhouettes


def person(left: int, width: int = 40, top: int = 10, height: int = 128) -> np.ndarray:
    frame = np.zeros((160, 240), dtype=np.uint8)
    frame[top : top + height, left : left + width] = 255
    return frame


def test_a_rectangle_by_hand() -> None:
    # 128 rows become 64, so 40 columns become 20; the running sum passes half of the total at the 11th of them.
    aligned, kept = align_silhouettes(person(100)[None])
    expected = np.zeros((64, 64), dtype=np.uint8)
    expected[:, 22:42] = 255
    np.testing.assert_array_equal(kept, [0])
    # The cubic kernel softens the edges by at most two columns.
    inside = np.r_[0:20, 24:40, 44:64]
    np.testing.assert_array_equal(aligned[0][:, inside], expected[:, inside])


def test_the_place_in_the_frame_does_not_matter() -> None:
    reference, _ = align_silhouettes(person(100)[None])
    for left, top in ((0, 0), (40, 20), (198, 31)):
        moved, _ = align_silhouettes(person(left, top=top)[None])
        np.testing.assert_array_equal(moved, reference)


def test_frames_without_a_person_are_dropped() -> None:
    faint = np.zeros((160, 240), dtype=np.uint8)
    faint[:100, :100] = 1  # grey sum 10,000: not enough
    frames = np.stack([person(50), np.zeros_like(faint), faint, person(60)])
    aligned, kept = align_silhouettes(frames)
    np.testing.assert_array_equal(kept, [0, 3])
    assert aligned.shape == (2, 64, 64)


def test_bool_masks_and_other_sizes() -> None:
    mask = person(50)[None] > 0
    aligned, _ = align_silhouettes(mask, size=128)
    np.testing.assert_array_equal(aligned, align_silhouettes(person(50)[None], size=128)[0])
    assert aligned.shape == (1, 128, 128)


def test_the_input_stays_as_it_is() -> None:
    frames = np.stack([person(50), person(70)])
    before = frames.copy()
    align_silhouettes(frames)
    np.testing.assert_array_equal(frames, before)


@pytest.mark.parametrize("frames", [np.zeros((4, 5), np.uint8), np.zeros((2, 4, 5), np.float32)])
def test_wrong_arrays_are_refused(frames: np.ndarray) -> None:
    with pytest.raises(DataError, match="expected uint8"):
        align_silhouettes(frames)


def test_a_size_without_columns_is_refused() -> None:
    with pytest.raises(DataError, match="size is 1"):
        align_silhouettes(person(50)[None], size=1)


@pytest.mark.parametrize("shape", [(64, 44), (120, 30), (33, 200), (300, 260), (1200, 900), (200, 2)])
@pytest.mark.parametrize("size", [64, 31])
def test_pixel_for_pixel_as_the_plain_way(shape: tuple[int, int], size: int) -> None:
    rng = np.random.default_rng(shape[0] * shape[1])
    frames = np.zeros((9, *shape), dtype=np.uint8)
    for frame in frames[1:]:  # the first shows nobody
        top, bottom = np.sort(rng.choice(shape[0] + 1, 2, replace=False))
        left, right = np.sort(rng.choice(shape[1] + 1, 2, replace=False))
        frame[top:bottom, left:right] = rng.integers(0, 256, (bottom - top, right - left))
    for given in (frames, np.asfortranarray(frames), frames[::-2, :, ::-1]):
        aligned, kept = align_silhouettes(given, size)
        np.testing.assert_array_equal(aligned, plain_silhouettes(given, size))
        assert len(kept) == len(aligned)


@pytest.mark.parametrize("shape", [(0, 64, 44), (3, 0, 44), (3, 64, 0)])
def test_frames_without_pixels_show_nobody(shape: tuple[int, int, int]) -> None:
    aligned, kept = align_silhouettes(np.zeros(shape, dtype=np.uint8))
    assert aligned.shape == (0, 64, 64)
    assert len(kept) == 0
