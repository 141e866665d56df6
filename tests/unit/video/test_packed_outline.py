"""Outlines come back as they were."""

import numpy as np
import pytest

from scoliogait.video.packed_outline import PackedOutline, PackedOutlines


def test_an_outline_comes_back_to_the_pixel() -> None:
    outline = (np.random.default_rng(0).random((256, 256)) < 0.5).astype(np.uint8) * 255
    kept = PackedOutline.of(outline, (1.0, 2.0, 300.0))
    assert kept.mask().tobytes() == outline.tobytes()
    assert len(kept.packed) < 256 * 256 / 8 + 64  # noise cannot be packed, and costs a bit a pixel


def test_a_body_takes_few_bytes() -> None:
    rows, columns = np.mgrid[:256, :256]
    ellipse = (((rows - 128) / 100) ** 2 + ((columns - 128) / 40) ** 2 < 1).astype(np.uint8) * 255
    assert len(PackedOutline.of(ellipse, (0.0, 0.0, 256.0)).packed) < 1000


def test_nobody_is_empty() -> None:
    assert not PackedOutline.of(np.zeros((64, 64), np.uint8), (0.0, 0.0, 64.0)).mask().any()


def test_outlines_of_pictures_come_back_in_their_order() -> None:
    rng = np.random.default_rng(1)
    given = [
        tuple(
            PackedOutline.of((rng.random((16, 16)) < 0.5).astype(np.uint8), (float(frame), float(person), 7.5))
            for person in range(n_people)
        )
        for frame, n_people in enumerate([0, 3, 0, 1, 2])
    ]
    kept = PackedOutlines()
    for outlines in given:
        kept.add(outlines)
    assert list(kept) == given
    assert kept[-1] == given[-1]
    assert kept[1:4] == given[1:4]
    with pytest.raises(IndexError):
        kept[5]
