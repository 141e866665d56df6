"""First half of a skeleton map: Gaussians of joints and limbs on a 128-px canvas, merged, as grey levels.

Everything is batched over frames; the loop runs over the (at most 17) joints or limbs.
"""

from __future__ import annotations

from math import sqrt
from typing import Literal

import torch
from torch import Tensor

from scoliogait.representation.pose import CANVAS_PX

Reduction = Literal["max", "sum"]

# Below this confidence a joint or limb is not drawn; a limb shorter than 1 px is drawn as its first joint (OpenGait).
MIN_CONFIDENCE = 1e-3
_MIN_LIMB_PX = 1.0
_WINDOW_SIGMAS = 3
# Distance, in sigmas, given to pixels outside a window; its Gaussian is exactly 0 in float32.
_FAR = 1e9


def draw_joints(poses: Tensor, joints: tuple[int, ...], sigma: float, reduction: Reduction) -> Tensor:
    """Gaussians around joints: float64 poses (N, 17, 3) in canvas pixels -> float32 intensity (N, 128, 128) >= 0.

    Height: the joint's confidence. Zero outside the window [int(x - 3 sigma), int(x + 3 sigma)] and likewise in y.
    """
    points = poses[:, list(joints), :2]
    confidence = poses[:, list(joints), 2]
    first, last = _window(points, points, sigma)
    inside = _inside(first, last)  # (N, J, 2, 128)
    offset = _axis(poses) - points[..., None]
    profile = torch.exp(offset.square() / (-2 * sigma * sigma)) * inside
    rows, columns = profile[:, :, 1].float(), profile[:, :, 0] * _drawn_height(confidence)[..., None]
    columns = columns.float()
    total = poses.new_zeros((len(poses), CANVAS_PX, CANVAS_PX), dtype=torch.float32)
    patch = torch.empty_like(total)
    for joint in range(len(joints)):
        torch.mul(rows[:, joint, :, None], columns[:, joint, None, :], out=patch)
        _merge(total, patch, reduction)
    return total


def draw_limbs(poses: Tensor, limbs: tuple[tuple[int, int], ...], sigma: float, reduction: Reduction) -> Tensor:
    """Gaussians of the distance to limbs: float64 poses (N, 17, 3) in canvas pixels -> float32 (N, 128, 128) >= 0.

    Height: the smaller confidence of the two ends. Zero outside the window that spans both ends and 3 sigma more.
    """
    start, end, confidence = _segments(poses, limbs)
    first, last = _window(torch.minimum(start, end), torch.maximum(start, end), sigma)
    outside = ~_inside(first, last)
    length = (end - start).norm(dim=-1)
    point = length == 0
    direction = (end - start) / torch.where(point, 1.0, length)[..., None]
    direction = torch.where(point[..., None], direction.new_tensor([1.0, 0.0]), direction)
    unit = 1 / (sigma * sqrt(2))
    offset = (_axis(poses) - ((start + end) / 2)[..., None]) * unit
    ux, uy = direction[..., 0, None], direction[..., 1, None]
    along_x, along_y = (offset[:, :, 0] * ux).float(), (offset[:, :, 1] * uy).float()
    across_x = (offset[:, :, 0] * -uy).masked_fill(outside[:, :, 0], _FAR).float()
    across_y = (offset[:, :, 1] * ux).masked_fill(outside[:, :, 1], _FAR).float()
    half = (length * (unit / 2)).float()
    height = _drawn_height(confidence).float()
    total = poses.new_zeros((len(poses), CANVAS_PX, CANVAS_PX), dtype=torch.float32)
    patch, beyond = torch.empty_like(total), torch.empty_like(total)
    for limb in range(len(limbs)):
        torch.add(along_x[:, limb, None, :], along_y[:, limb, :, None], out=beyond)
        beyond.abs_().sub_(half[:, limb, None, None]).clamp_(min=0)
        torch.add(across_x[:, limb, None, :], across_y[:, limb, :, None], out=patch)
        patch.square_().addcmul_(beyond, beyond).neg_().exp_().mul_(height[:, limb, None, None])
        _merge(total, patch, reduction)
    return total


def _segments(poses: Tensor, limbs: tuple[tuple[int, int], ...]) -> tuple[Tensor, Tensor, Tensor]:
    """Ends (N, L, 2) and height (N, L) of the limbs; a short limb becomes its first joint."""
    firsts, seconds = [first for first, _ in limbs], [second for _, second in limbs]
    start, end = poses[:, firsts, :2], poses[:, seconds, :2]
    start_confidence = poses[:, firsts, 2]
    confidence = torch.minimum(start_confidence, poses[:, seconds, 2])
    short = (end - start).square().sum(dim=-1) < _MIN_LIMB_PX**2
    drawn_as_point = short & (confidence >= MIN_CONFIDENCE)
    confidence = torch.where(drawn_as_point, start_confidence, confidence)
    return start, torch.where(short[..., None], start, end), confidence


def _drawn_height(confidence: Tensor) -> Tensor:
    return torch.where(confidence < MIN_CONFIDENCE, 0.0, confidence)


def _window(lowest: Tensor, highest: Tensor, sigma: float) -> tuple[Tensor, Tensor]:
    # int() in the original cuts towards zero, so an end between -1 and 0 still lights pixel 0.
    return (lowest - _WINDOW_SIGMAS * sigma).trunc(), (highest + _WINDOW_SIGMAS * sigma).trunc()


def _axis(poses: Tensor) -> Tensor:
    return torch.arange(CANVAS_PX, dtype=poses.dtype, device=poses.device)


def _inside(first: Tensor, last: Tensor) -> Tensor:
    axis = _axis(first)
    return (axis >= first[..., None]) & (axis <= last[..., None])


def _merge(total: Tensor, patch: Tensor, reduction: Reduction) -> None:
    if reduction == "max":
        torch.maximum(total, patch, out=total)
    else:
        total.add_(patch)


def grey_levels(intensity: Tensor) -> Tensor:
    """8-bit grey of an intensity: level floor(256 v), at most 255, where 24 levels come out one lower.

    float32 of any shape >= 0 -> uint8. The 24 levels are those of matplotlib's grey ramp, whose entry i / 255 times
    255, cut to a whole number, is i - 1: 33, 37, ... 61, and these times 2 and 4. They are the whole numbers whose
    binary fraction after the leading one ends in 01 at the fifth place, which one look at the float's bits shows.
    """
    level = torch.floor(intensity * 256).clamp_(max=255)
    lower = level.view(torch.int32).bitwise_and(0xFFFFF) == 0x40000
    return level.to(torch.uint8).sub_(lower.to(torch.uint8))
