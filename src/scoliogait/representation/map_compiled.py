"""Skeleton maps drawn on a CPU by compiled code: when that pays, and only where it gives the same maps as torch.

Compiling takes as long as drawing some ten thousand maps, so a process draws with torch until it has drawn that many.
Without numba, or where its code does not give torch's bits, it draws with torch for ever: the same maps, in five times
the time.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from importlib import import_module
from types import ModuleType

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from scoliogait.representation.map_arrays import normalised
from scoliogait.representation.map_bytes import Levels, are_halved, boxes_of
from scoliogait.representation.map_crop import resize_images
from scoliogait.representation.map_raster import GREY_LEVELS, Gaussian, draw_joints, draw_limbs
from scoliogait.representation.map_taps import tap_tables
from scoliogait.representation.pose import CANVAS_PX, DRAWN_CONFIDENCE
from scoliogait.representation.settings import SkeletonMapConfig
from scoliogait.skeleton import JOINT_SETS, limbs_of

# Fills maps (N, 2, size, size) with those of completed poses (N, 17, 3).
Draw = Callable[[Levels, Tensor, SkeletonMapConfig], None]

_KERNELS = "scoliogait.representation.map_kernels"
# Compiling takes some 4 s, and then a frame some 0.3 ms less. Nothing is kept for other processes: what numba keeps, it
# finds again by names that machines which share a home folder may write over each other.
_FRAMES_BEFORE_LOADING = 12_000
_CHUNK_FRAMES = 16
# Intensities far below a grey level are not drawn alike.
_DARK = 1e-6


class _Compiled:
    """What this process knows: how many frames it has drawn, and what loading gave."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.n_frames = 0
        self.is_tried = False
        self.draw: Draw | None = None


_compiled = _Compiled()


def fastest(with_torch: Draw, n_frames: int) -> Draw:
    """How to draw ``n_frames`` frames more; compiles when so many were drawn that it pays."""
    # Who finds another thread loading draws with torch: the maps are the same.
    if not _compiled.is_tried and _compiled.lock.acquire(blocking=False):
        try:
            _compiled.n_frames += n_frames
            if _compiled.n_frames > _FRAMES_BEFORE_LOADING:
                load()
        finally:
            _compiled.lock.release()
    return _compiled.draw or with_torch


def load() -> bool:
    """Compile now, for whoever knows that many frames will come. Gives whether compiled code draws from now on."""
    if not _compiled.is_tried:
        kernels = _loaded()
        _compiled.draw = partial(draw, kernels) if kernels is not None else None
        _compiled.is_tried = True
    return _compiled.draw is not None


def _loaded() -> ModuleType | None:
    # Only speed is at stake: whatever fails here, a package that is not there or one that does not go with the others,
    # must not stop what torch can draw.
    try:
        kernels = import_module(_KERNELS)
        return kernels if agrees(kernels) else None
    except Exception:
        return None


@torch.inference_mode()
def draw(kernels: ModuleType, maps: Levels, frames: Tensor, config: SkeletonMapConfig) -> None:
    """``Draw`` with the compiled code."""
    index, weight = tap_tables(config.size)
    canvas = np.empty((2, CANVAS_PX, CANVAS_PX), dtype=np.float32)
    levels = np.empty((min(_CHUNK_FRAMES, len(frames)), 2, CANVAS_PX, CANVAS_PX), dtype=np.uint8)
    for begin in range(0, len(frames), _CHUNK_FRAMES):
        poses = frames[begin : begin + _CHUNK_FRAMES].detach().to(torch.float64)
        some = levels[: len(poses)]
        # An array in another order would be compiled for anew.
        _draw_levels(kernels, np.ascontiguousarray(normalised(poses.numpy())), config, canvas, some)
        boxes = np.array(boxes_of(some, 0, config), order="C").reshape(-1, 4)
        kernels.crop(
            some.reshape(-1, CANVAS_PX, CANVAS_PX),
            boxes,
            are_halved(boxes, config.size),
            index,
            weight,
            maps[begin : begin + _CHUNK_FRAMES].reshape(-1, config.size, config.size),
        )


def _draw_levels(
    kernels: ModuleType,
    poses: NDArray[np.float64],
    config: SkeletonMapConfig,
    canvas: NDArray[np.float32],
    levels: Levels,
) -> None:
    """Grey levels (N, 2, 128, 128) of poses in canvas pixels; the canvas keeps the last frame's intensities."""
    # Torch's logarithm: another library's may differ in its last bit.
    confidence = torch.from_numpy(poses)[..., 2].clamp(min=DRAWN_CONFIDENCE)
    peaks = np.ascontiguousarray(torch.log2(confidence * GREY_LEVELS).float().numpy())
    sigmas = config.sigma_limb, config.sigma_joint
    units = tuple(Gaussian(sigma, config.reduction).unit for sigma in sigmas)
    limbs, joints = np.array(limbs_of(config.joints)), np.array(JOINT_SETS[config.joints])
    kernels.draw(poses, peaks, limbs, joints, sigmas, units, config.reduction == "max", canvas, levels)


@torch.inference_mode()
def agrees(kernels: ModuleType) -> bool:
    """Whether the compiled code gives torch's bits: that depends on which products and sums a build of torch fuses."""
    rng = np.random.default_rng(0)
    poses = rng.uniform((20, 10, 0.3), (108, 118, 1), (4, 17, 3))
    drawn = all(
        _same_intensity(kernels, pose[None], SkeletonMapConfig(sigma_limb=sigma, sigma_joint=sigma))
        for pose in poses
        for sigma in (3.0, 8.0)
    )
    # Images of one level each: a sum of weights that is not quite one shows.
    images = np.broadcast_to(np.arange(0, 256, 3, dtype=np.uint8)[:, None, None], (86, CANVAS_PX, CANVAS_PX)).copy()
    images[::4] = rng.integers(0, 256, images[::4].shape)
    boxes = np.stack([rng.integers(0, 40, 86), *rng.integers(1, 129, (3, 86))], axis=-1)
    cropped = np.empty((86, 64, 64), dtype=np.uint8)
    kernels.crop(images, boxes, np.zeros(86, dtype=np.bool_), *tap_tables(64), cropped)
    return drawn and np.array_equal(cropped, resize_images(images, boxes, 64))


def _same_intensity(kernels: ModuleType, pose: NDArray[np.float64], config: SkeletonMapConfig) -> bool:
    """Of one frame (1, 17, 3), to the bit, before rounding to grey levels hides what differs.

    For maxima: to a sum torch adds 2^-44 for each limb whose window is near, in other frames of a batch as well.
    """
    canvas = np.empty((2, CANVAS_PX, CANVAS_PX), dtype=np.float32)
    _draw_levels(kernels, pose, config, canvas, np.empty((1, *canvas.shape), dtype=np.uint8))
    expected, scratch = torch.empty((1, *canvas.shape)), torch.empty((1, *canvas.shape))
    limbs = Gaussian(config.sigma_limb, config.reduction)
    joints = Gaussian(config.sigma_joint, config.reduction)
    draw_limbs(torch.from_numpy(pose), limbs_of(config.joints), limbs, expected[:, 0], scratch)
    draw_joints(torch.from_numpy(pose), JOINT_SETS[config.joints], joints, expected[:, 1], scratch)
    return np.array_equal(np.maximum(canvas, _DARK), np.maximum(expected[0].numpy(), _DARK))
