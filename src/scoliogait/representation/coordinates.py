"""Poses as plain numbers: hip-centred, height-scaled joint coordinates, for models that need no picture.

A shoulder that stands 10 mm higher is a third of a pixel on a 64-px map, and half a percent of the height here.
"""

from __future__ import annotations

import torch
from torch import Tensor

from scoliogait.errors import ModelError
from scoliogait.representation.settings import CoordinateConfig
from scoliogait.skeleton import JOINT, JOINT_SETS, MIRROR, N_JOINTS

_HIPS = (JOINT["left_hip"], JOINT["right_hip"])


def coordinates(completed: Tensor, config: CoordinateConfig) -> Tensor:
    """The per-frame stage: (..., 17, 3) = x px, y px, confidence -> float32 of the same shape, on the same device.

    Places are in body heights (from the highest to the lowest seen joint of the frame), x to the right and y down from
    the middle of the seen hips, or of all seen joints where no hip is seen. Confidence stays. A joint of confidence 0,
    or outside ``config.joints``, moves nothing and comes out as 0, 0, 0; so does every joint of a frame without height.
    Float32, whatever comes in. Raises ModelError for another shape or numbers that are not floating.
    """
    if completed.shape[-2:] != (N_JOINTS, 3) or not completed.is_floating_point():
        raise ModelError(
            f"coordinates: poses have shape {tuple(completed.shape)}, {completed.dtype}; expected floating numbers "
            f"of shape (..., {N_JOINTS}, 3)"
        )
    places, confidence = completed[..., :2].float(), completed[..., 2].float().clone()
    outside = sorted(set(range(N_JOINTS)) - set(JOINT_SETS[config.joints]))
    confidence[..., outside] = 0.0
    seen = confidence > 0
    y = places[..., 1]
    height = torch.where(seen, y, -torch.inf).amax(dim=-1) - torch.where(seen, y, torch.inf).amin(dim=-1)
    usable = seen & (height > 0).unsqueeze(-1)
    hips = _middle(places[..., _HIPS, :], usable[..., _HIPS])
    centre = torch.where(usable[..., _HIPS].any(dim=-1)[..., None], hips, _middle(places, usable))
    scaled = (places - centre.unsqueeze(-2)) / height[..., None, None]
    both = torch.cat([scaled, confidence.unsqueeze(-1)], dim=-1)
    return torch.where(usable.unsqueeze(-1), both, 0.0)


def _middle(places: Tensor, counting: Tensor) -> Tensor:
    """Mean place (..., 2) of the joints (..., J, 2) that count; 0, 0 where none does."""
    total = torch.where(counting.unsqueeze(-1), places, 0.0).sum(dim=-2)
    return total / counting.sum(dim=-1, keepdim=True).clamp(min=1)


def mirror_coordinates(centred: Tensor) -> Tensor:
    """The same walker in a mirror: (..., 17, 3) with x negated and left and right joints exchanged."""
    return centred[..., MIRROR, :] * centred.new_tensor([-1.0, 1.0, 1.0])
