"""Cropping and resizing of the grey canvas, against OpenCV and plain loops."""

import cv2
import numpy as np
import pytest
import torch

from devices import DEVICES
from scoliogait.representation.map_crop import crop_boxes, figure_rows, resize_boxes, resize_images
from scoliogait.representation.map_raster import Columns

WHOLE = Columns(0, 128)


def smooth_levels(n_images: int, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    noise = rng.uniform(0, 255, (n_images, 128, 128)).astype(np.float32)
    return np.floor(np.stack([cv2.GaussianBlur(image, (0, 0), 3) for image in noise]))


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("size", [32, 64, 128])
def test_every_height_against_opencv(size: int, device: str) -> None:
    images = smooth_levels(128)
    heights = np.arange(1, 129)
    tops = np.random.default_rng(1).integers(0, 129 - heights)
    half = heights // 2
    boxes = np.stack([tops, heights, 64 - half, np.minimum(2 * half + 1, 128)], axis=-1)
    expected = [
        (cv2.resize(image[t : t + h, x : x + w] / 255.0, (size, size), interpolation=cv2.INTER_AREA) * 255).astype(int)
        for image, (t, h, x, w) in zip(images, boxes, strict=True)
    ]
    levels = torch.from_numpy(images).to(device).reshape(64, 2, 128, 128)
    resized = resize_boxes(
        levels, torch.from_numpy(boxes).to(device).reshape(64, 2, 4), size, WHOLE, torch.empty_like(levels)
    )
    in_floats = resized.cpu().numpy().reshape(128, size, size)
    for maps in (in_floats, resize_images(images.astype(np.uint8), boxes, size)):
        off = np.abs(maps.astype(int) - np.stack(expected))
        assert off.max() <= 1
        assert (off == 0).mean() > 0.97
        assert (off.mean(axis=(1, 2)) < 0.2).all()


@pytest.mark.parametrize("device", DEVICES)
def test_beyond_the_canvas_is_black(device: str) -> None:
    levels = torch.full((1, 2, 128, 128), 200.0, device=device)
    boxes = torch.tensor([[[-64, 128, 0, 128], [64, 128, 0, 128]]], device=device)
    resized = resize_boxes(levels, boxes, 64, WHOLE, torch.empty_like(levels))[0].float()
    assert not resized[0, :32].any()
    assert (resized[0, 32:] >= 199).all()
    assert (resized[1, :32] >= 199).all()
    assert not resized[1, 32:].any()


def test_some_columns_of_bytes_are_resized_as_all_are() -> None:
    images = smooth_levels(3, seed=4).astype(np.uint8)
    images[..., :32] = images[..., 96:] = 0
    boxes = np.array([[10, 101, 14, 101], [-8, 128, 8, 112], [20, 40, 44, 41]])
    of_all = resize_images(images, boxes, 64)
    assert of_all.any(axis=(1, 2)).all()
    np.testing.assert_array_equal(resize_images(images[..., 32:96], boxes - (0, 0, 32, 0), 64), of_all)


def test_rows_of_the_figure() -> None:
    levels = torch.zeros(5, 128, 128)
    levels[0, 7:100, 3] = 1
    levels[1, 0, 0] = levels[1, 127, 127] = 255
    levels[2, 64, 5] = 9
    levels[3, 10, 4] = levels[3, 12, 9] = 1
    assert figure_rows(levels).tolist() == [[7, 99], [0, 127], [64, 64], [10, 12], [0, 0]]


def test_boxes_by_hand() -> None:
    levels = torch.zeros(1, 2, 128, 128)
    levels[0, 0, 20:60, 50:70] = 1  # 40 rows
    levels[0, 1, 30:91, 10:70] = 1  # 61 rows, 54 columns left of the middle
    assert crop_boxes(levels, "per-channel", "square")[0].tolist() == [[20, 40, 44, 41], [30, 61, 34, 61]]
    assert crop_boxes(levels, "shared", "square")[0].tolist() == [[20, 71, 29, 71]] * 2
    assert crop_boxes(levels, "none", "square")[0].tolist() == [[0, 128, 0, 128]] * 2
    assert crop_boxes(levels, "per-channel", "aspect")[0].tolist() == [[20, 40, 44, 40], [7, 108, 10, 108]]
    assert crop_boxes(levels, "shared", "aspect")[0].tolist() == [[2, 108, 10, 108]] * 2


def test_a_black_channel_does_not_widen_a_shared_crop() -> None:
    levels = torch.zeros(1, 2, 128, 128)
    levels[0, 1, 40:80, 60:70] = 1
    assert crop_boxes(levels, "shared", "square")[0].tolist() == [[40, 40, 44, 41]] * 2
