"""Skeleton maps: a pose as two small grey pictures, channel 0 limbs, channel 1 joints.

One implementation in torch, batched, for any device, and its steps compiled for a CPU (``map_compiled``). It reproduces
OpenGait's ``datasets/pretreatment_heatmap.py``, the export that the published skeleton models were trained on, and the
variants that were tried on top of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil

import torch
from numpy.typing import ArrayLike
from torch import Tensor

from scoliogait.errors import ModelError
from scoliogait.representation.map_bytes import Levels, cropped, grey_bytes
from scoliogait.representation.map_compiled import fastest
from scoliogait.representation.map_crop import crop_boxes, resize_boxes, resize_images
from scoliogait.representation.map_raster import GREY_LEVELS, Columns, Gaussian, draw_joints, draw_limbs, grey_levels
from scoliogait.representation.map_threads import for_each_share
from scoliogait.representation.pose import CANVAS_PX, FIGURE_HEIGHT_PX, complete_poses
from scoliogait.representation.settings import SkeletonMapConfig
from scoliogait.skeleton import JOINT, JOINT_SETS, N_JOINTS, limbs_of

# Frames drawn together: enough to make the calls cheap, few enough that their canvases stay in a CPU core's cache.
_CHUNK_FRAMES = 48
_CHUNK_FRAMES_GPU = 256
_LEAST_FRAMES_A_THREAD = 24


def render_skeleton_maps(poses: ArrayLike | Tensor, config: SkeletonMapConfig | None = None) -> Tensor:
    """Skeleton maps of one walk: (T, 17, 3) = x px, y px, confidence -> uint8 tensor (T, 2, size, size): limbs, joints.

    Missing coordinates are completed over the walk first (``pose.complete_poses``), so pass whole walks. An array gives
    maps on the CPU, a tensor on its own device. The input is not changed. A frame without height (all joints at one y)
    is black; the original fails on it. Raises DataError for a wrong shape, no frame, or NaN.
    """
    config = config or SkeletonMapConfig()
    device = poses.device if isinstance(poses, Tensor) else torch.device("cpu")
    array = poses.detach().cpu().numpy() if isinstance(poses, Tensor) else poses
    return render_pose_frames(torch.from_numpy(complete_poses(array, config.missing)).to(device), config)


def render_pose_frames(completed_poses: Tensor, config: SkeletonMapConfig) -> Tensor:
    """Skeleton maps of completed poses: floating (..., 17, 3) -> uint8 (..., 2, size, size) on the same device.

    Each frame stands alone: batches, walks and orders give the same maps. Raises ModelError for a wrong shape.
    """
    if completed_poses.shape[-2:] != (N_JOINTS, 3) or not completed_poses.is_floating_point():
        raise ModelError(
            f"skeleton maps: poses have shape {tuple(completed_poses.shape)}, {completed_poses.dtype}; "
            f"expected floating numbers of shape (..., {N_JOINTS}, 3)"
        )
    frames = completed_poses.reshape(-1, N_JOINTS, 3)
    maps = torch.empty((len(frames), 2, config.size, config.size), dtype=torch.uint8, device=frames.device)
    if frames.device.type == "cpu":
        as_array = maps.numpy()
        draw = fastest(_draw_with_torch, len(frames))
        for_each_share(
            lambda begin, end: draw(as_array[begin:end], frames[begin:end], config),
            len(frames),
            least_frames=_LEAST_FRAMES_A_THREAD,
        )
    else:
        _draw_on_gpu(maps, frames, config)
    return maps.reshape(*completed_poses.shape[:-2], 2, config.size, config.size)


# Inference mode makes the many small steps cheaper; ``maps``, made outside, stays an ordinary tensor.
@torch.inference_mode()
def _draw_with_torch(maps: Levels, frames: Tensor, config: SkeletonMapConfig) -> None:
    """On a CPU. Grey levels, crop and halving are done in bytes, a quarter of the memory of floats."""
    for some, intensity, scratch in _chunks(frames, _CHUNK_FRAMES):
        lit = draw_intensity(normalise_poses(frames[some]), config, intensity, scratch)
        levels = grey_bytes(intensity[..., lit.begin : lit.end].clamp_(max=GREY_LEVELS - 1).numpy())
        maps[some] = cropped(levels, lit.begin, config, resize_images)


@torch.inference_mode()
def _draw_on_gpu(maps: Tensor, frames: Tensor, config: SkeletonMapConfig) -> None:
    for some, levels, scratch in _chunks(frames, _CHUNK_FRAMES_GPU):
        lit = draw_levels(normalise_poses(frames[some]), config, levels, scratch)
        boxes = crop_boxes(levels, config.alignment, config.geometry)
        maps[some] = resize_boxes(levels, boxes, config.size, lit, scratch)


def _chunks(frames: Tensor, most_frames: int) -> Iterator[tuple[slice, Tensor, Tensor]]:
    """Which frames to draw together, and two canvases (N, 2, 128, 128) for them."""
    if len(frames) == 0:
        return
    step = ceil(len(frames) / ceil(len(frames) / most_frames))  # equal chunks, no small rest
    # One piece of memory for all chunks: fresh pages cost as much as drawing on them.
    canvas = torch.empty((2, step, 2, CANVAS_PX, CANVAS_PX), device=frames.device)
    for begin in range(0, len(frames), step):
        n_frames = min(step, len(frames) - begin)
        yield slice(begin, begin + n_frames), canvas[0, :n_frames], canvas[1, :n_frames]


def normalise_poses(completed_poses: Tensor) -> Tensor:
    """Poses (N, 17, 3) in canvas pixels, float64: hip midpoint at (64, 64), 85 px from highest to lowest joint.

    All 17 joints count, drawn or not; a frame without height gets confidence 0 throughout. Source: OpenGait
    ``pretreatment_heatmap.py``, CenterAndScaleNormalizer.
    """
    # Windows end at whole pixels, which float32 would now and then put one off. MPS has no float64.
    dtype = torch.float32 if completed_poses.device.type == "mps" else torch.float64
    poses = completed_poses.to(dtype)
    points, confidence = poses[..., :2], poses[..., 2]
    height = points[..., 1].amax(dim=-1) - points[..., 1].amin(dim=-1)
    upright = height > 0
    scale = FIGURE_HEIGHT_PX / torch.where(upright, height, 1.0)
    hips = (points[:, JOINT["left_hip"]] + points[:, JOINT["right_hip"]]) / 2
    points = (points - hips[:, None]) * scale[:, None, None] + CANVAS_PX // 2
    return torch.cat([points, (confidence * upright[:, None])[..., None]], dim=-1)


def draw_levels(normalised_poses: Tensor, config: SkeletonMapConfig, levels: Tensor, scratch: Tensor) -> Columns:
    """Grey levels before the crop, from float64 poses (N, 17, 3) in canvas pixels, written to ``levels``.

    levels, scratch: contiguous float32 (N, 2, 128, 128); the first becomes whole numbers 0..255, the second is lost.
    Returns the columns outside which all levels are 0.
    """
    lit = draw_intensity(normalised_poses, config, levels, scratch)
    grey_levels(levels[..., lit.begin : lit.end], scratch)
    return lit


def draw_intensity(normalised_poses: Tensor, config: SkeletonMapConfig, intensity: Tensor, scratch: Tensor) -> Columns:
    """As ``draw_levels``, but what is written are intensities in grey levels, not yet rounded, 256 for confidence 1."""
    limb_style = Gaussian(config.sigma_limb, config.reduction)
    joint_style = Gaussian(config.sigma_joint, config.reduction)
    lit_by_limbs = draw_limbs(normalised_poses, limbs_of(config.joints), limb_style, intensity[:, 0], scratch)
    lit_by_joints = draw_joints(normalised_poses, JOINT_SETS[config.joints], joint_style, intensity[:, 1], scratch)
    return lit_by_limbs.with_all(lit_by_joints)
