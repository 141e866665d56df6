"""Left against right of drawn silhouettes, whose pixels can be counted."""

import numpy as np

from scoliogait.measurement.trunk_outline import left_against_right


def column(n_frames: int = 3) -> np.ndarray:
    """Bodies of twelve columns in the middle of the picture: 32 would be the middle column, 31.5 is their axis."""
    frames = np.zeros((n_frames, 64, 64), dtype=np.uint8)
    frames[:, :, 26:38] = 255
    return frames


def front(n_frames: int = 3) -> tuple[np.ndarray, np.ndarray]:
    return np.ones(n_frames), np.ones(n_frames, dtype=bool)


def test_an_even_body_has_neither_left_nor_right() -> None:
    np.testing.assert_allclose(left_against_right(column(), *front()), np.zeros(12), atol=1e-12)


def test_pixels_on_one_side_of_one_band_are_counted() -> None:
    frames = column()
    frames[:, 20:22, 38:42] = 255  # the seventh band of two rows from row 8 on
    found = left_against_right(frames, *front())
    # 288 pixels at a mean of 31.5 and 8 at 39.5 move the axis; every other band then has that much more on the right.
    axis = (288 * 31.5 + 8 * 39.5) / 296
    beyond = np.clip(2 * (np.arange(64) - axis), -1, 1)
    rest, wide = beyond[26:38].sum(), beyond[26:42].sum()
    np.testing.assert_allclose(found, [wide if band == 6 else rest for band in range(12)])
    assert found[6] > 3.4
    # From behind the picture's right is the walker's right; a mirrored walk has the other sign.
    np.testing.assert_allclose(left_against_right(frames, -np.ones(3), np.ones(3, dtype=bool)), -found)
    np.testing.assert_allclose(left_against_right(frames[:, :, ::-1], *front()), -found, atol=1e-12)


def test_head_and_legs_do_not_count() -> None:
    frames = column()
    frames[:, :8, 38:50] = frames[:, 32:, 38:50] = 255
    np.testing.assert_allclose(left_against_right(frames, *front()), np.zeros(12), atol=1e-12)


def test_frames_that_are_unclear_or_empty_do_not_count() -> None:
    frames = column(4)
    frames[0, 20:22, 38:42] = 255
    expected = left_against_right(frames[:1], *front(1))
    frames[1] = 0
    frames[2:, :, 38:60] = 255
    side, clear = np.array([1.0, 1.0, 1.0, 0.0]), np.array([True, True, False, True])
    np.testing.assert_array_equal(left_against_right(frames, side, clear), expected)
    assert np.isnan(left_against_right(frames, side, np.zeros(4, dtype=bool))).all()
    assert np.isnan(left_against_right(frames[1:2], *front(1))).all()
