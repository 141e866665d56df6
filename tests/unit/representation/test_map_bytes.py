"""Grey levels, crop and halving in bytes: the export's own numbers to the last bit, on any columns."""

import numpy as np
import pytest
import torch
from benchmarks.reference.maps import GREY_RAMP, to_grey

from scoliogait.representation.map_bytes import boxes_of, cropped, grey_bytes, halved
from scoliogait.representation.map_crop import crop_boxes, resize_boxes
from scoliogait.representation.map_raster import Columns
from scoliogait.representation.settings import SkeletonMapConfig

LEVELS = np.unique(GREY_RAMP)
CONFIGS = [
    {"alignment": alignment, "geometry": geometry}
    for alignment in ("none", "shared", "per-channel")
    for geometry in ("square", "aspect")
]


def images(n: int, width: int = 128) -> np.ndarray:
    rng = np.random.default_rng(n)
    return LEVELS[rng.integers(0, len(LEVELS), (n, 128, width))].astype(np.uint8)


def test_grey_of_every_intensity() -> None:
    intensity = np.arange(0, 256, 1 / 16, dtype=np.float32)[:4080]
    np.testing.assert_array_equal(grey_bytes(intensity), to_grey(intensity / 256))


def test_share_of_every_level_that_occurs() -> None:
    """What halving multiplies by instead of dividing; the 24 levels that the ramp leaves out would differ."""
    assert (LEVELS * (1 / 255) == LEVELS / 255).all()
    left_out = np.setdiff1d(np.arange(256), LEVELS)
    assert (left_out * (1 / 255) != left_out / 255).all()


@pytest.mark.parametrize("width", [16, 48, 128])
def test_halving_is_that_of_the_export(width: int) -> None:
    grey = images(3, width)
    grey[1] //= 16  # dark, where most means are whole levels
    share = grey / 255.0
    upper, lower = share[:, ::2], share[:, 1::2]
    mean = (upper[..., ::2] + upper[..., 1::2] + lower[..., ::2] + lower[..., 1::2]) * 0.25
    np.testing.assert_array_equal(halved(grey), (mean * 255).astype(np.uint8))
    if width == 128:
        levels = torch.from_numpy(np.repeat(grey[:, None], 2, axis=1).astype(np.float32))
        boxes = torch.tensor([0, 128, 0, 128]).expand(3, 2, 4)
        maps = resize_boxes(levels, boxes, 64, Columns(0, 128), torch.empty_like(levels))
        np.testing.assert_array_equal(maps[:, 0].numpy(), halved(grey))


@pytest.mark.parametrize("settings", CONFIGS)
def test_boxes_of_some_columns_are_those_of_all(settings: dict[str, str]) -> None:
    config = SkeletonMapConfig.model_validate(settings)
    levels = np.zeros((4, 2, 128, 128), dtype=np.uint8)
    levels[0, 0, 20:60, 50:70] = levels[0, 1, 30:91, 33:70] = levels[1, :, :, 60] = levels[2, 1, 7, 90] = 9
    of_all = crop_boxes(torch.from_numpy(levels).float(), config.alignment, config.geometry).numpy()
    np.testing.assert_array_equal(boxes_of(levels, 0, config), of_all)
    np.testing.assert_array_equal(boxes_of(np.ascontiguousarray(levels[..., 32:96]), 32, config), of_all)


@pytest.mark.parametrize("settings", CONFIGS)
def test_only_what_fills_the_canvas_is_halved(settings: dict[str, str]) -> None:
    config = SkeletonMapConfig.model_validate(settings)
    levels = np.zeros((4, 2, 128, 128), dtype=np.uint8)
    levels[0, 0, :, 60] = levels[1, :, 1:, 60] = levels[2, 0, :64, 60] = levels[2, 1, 64:, 60] = 9
    levels[3, :, 10:118, 0:64] = 9  # as wide as the canvas
    boxes = [(box == (0, 128, 0, 128)).all() for box in boxes_of(levels, 0, config).reshape(-1, 4)]

    def seven(images: np.ndarray, boxes: np.ndarray, size: int) -> np.ndarray:
        return np.full((len(images), size, size), 7, dtype=np.uint8)

    maps = cropped(levels, 0, config, seven).reshape(-1, 64 * 64)
    np.testing.assert_array_equal((maps != 7).any(axis=1), boxes)


def test_no_lit_column_gives_black_maps() -> None:
    maps = cropped(np.zeros((2, 2, 128, 0), dtype=np.uint8), 0, SkeletonMapConfig(), lambda *_: pytest.fail("called"))
    assert maps.shape == (2, 2, 64, 64)
    assert not maps.any()
