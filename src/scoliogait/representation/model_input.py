"""From the frames of a walk to the tensors that a model is called with, as an input contract says."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor

from scoliogait.errors import ModelError
from scoliogait.representation.contract import InputContract
from scoliogait.representation.coordinates import coordinates, mirror_coordinates
from scoliogait.representation.kinds import Modality
from scoliogait.representation.skeleton_map import render_pose_frames
from scoliogait.walk import Walk


def render(contract: InputContract, source: Mapping[Modality, Tensor]) -> dict[str, Tensor]:
    """The per-frame stage; see ``InputContract.render``."""
    _check_source(contract, source)
    inputs: dict[str, Tensor] = {}
    pictures = _pictures(contract, source)
    if pictures is not None:
        cut = contract.cut_px
        # A tensor divisor: with a plain number, GPUs multiply by 1 / 255, which is not the same float.
        full = torch.full((), 255.0, device=pictures.device)
        inputs["frames"] = pictures[..., cut : contract.size_px - cut].to(torch.float32) / full
    if contract.coordinates is not None:
        inputs["poses"] = coordinates(source["poses"], contract.coordinates)
    return inputs


def _pictures(contract: InputContract, source: Mapping[Modality, Tensor]) -> Tensor | None:
    """uint8 (..., C, size, size), before the cut."""
    channels = []
    if "silhouettes" in source:
        channels.append(source["silhouettes"].unsqueeze(-3))
    if "skeleton_maps" in source:
        channels.append(source["skeleton_maps"])
    if contract.skeleton_map is not None:
        channels.append(render_pose_frames(source["poses"], contract.skeleton_map))
    if not channels:
        return None
    return channels[0] if len(channels) == 1 else torch.cat(channels, dim=-3)


def _check_source(contract: InputContract, source: Mapping[Modality, Tensor]) -> None:
    if set(source) != set(contract.modalities):
        raise ModelError(
            f"model input: there is {' and '.join(source) or 'nothing'}, but the contract ({contract.describe()}) "
            f"expects {' and '.join(contract.modalities)}"
        )
    for modality, frames in source.items():
        wanted = contract.source_shape(modality)
        right_kind = frames.is_floating_point() if modality == "poses" else frames.dtype == torch.uint8
        if tuple(frames.shape[-len(wanted) :]) != wanted or not right_kind:
            kind = "floating numbers" if modality == "poses" else "uint8"
            raise ModelError(
                f"model input: {modality} have shape {tuple(frames.shape)}, {frames.dtype}, but the contract "
                f"({contract.describe()}) expects {kind} of shape (..., {', '.join(map(str, wanted))})"
            )


def model_input(contract: InputContract, walk: Walk, device: str | torch.device = "cpu") -> dict[str, Tensor]:
    """Both stages for one walk; see ``InputContract.model_input``."""
    source = {
        modality: torch.from_numpy(np.array(frames)).to(device)
        for modality, frames in contract.source_frames(walk, contract.max_frames).items()
    }
    inputs = render(contract, source)
    values = contract.walk_values(walk)
    return inputs | {name: torch.from_numpy(np.array(value)).to(device) for name, value in values.items()}


def mirror_inputs(inputs: Mapping[str, Tensor], mirrored: Tensor) -> dict[str, Tensor]:
    """Model input with some walks mirrored left to right; ``mirrored`` is bool (N,), inputs are (N, ...).

    A PAV is the same in the mirror, an outline has the other sign.
    """
    if not mirrored.any():
        return dict(inputs)
    turned = dict(inputs)
    if "frames" in inputs:
        turned["frames"] = torch.where(_per_walk(mirrored, 5), inputs["frames"].flip(-1), inputs["frames"])
    if "poses" in inputs:
        turned["poses"] = torch.where(_per_walk(mirrored, 4), mirror_coordinates(inputs["poses"]), inputs["poses"])
    if "outline" in inputs:
        turned["outline"] = torch.where(_per_walk(mirrored, 2), -inputs["outline"], inputs["outline"])
    return turned


def _per_walk(flags: Tensor, n_dimensions: int) -> Tensor:
    return flags.reshape(-1, *(1 for _ in range(n_dimensions - 1)))
