"""What half precision brings where a run trains. On a CPU it can take longer than fp32, which only measuring tells."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor, nn

from scoliogait.models.build import build_model
from scoliogait.models.collectives import alone
from scoliogait.models.strip_network import StripNetwork
from scoliogait.time_ratio import time_ratio
from scoliogait.training.recipe import Recipe

# Frames that pass the backbone forth and back: fewer than one step of a usual recipe has.
_FRAMES = 32
# Below that it may be noise.
_SLOWER = 1.1


def half_precision_cautions(
    recipe: Recipe,
    device: torch.device,
    ratio: Callable[[Callable[[], None], Callable[[], None]], float] = time_ratio,
) -> list[str]:
    """What is said of ``trainer.precision`` where it does not do what it promises; nothing of fp32.

    On a CPU a backbone of the recipe's size is timed in both precisions. The run's own model, data and random numbers
    are not touched. ratio: the time of one work divided by that of another.
    """
    stated = recipe.trainer.precision
    if stated == "fp32":
        return []
    if recipe.model.frame_channels == 0:
        return [f"trainer.precision is {stated}, but a {recipe.model.architecture} computes in fp32 throughout"]
    if device.type != "cpu":
        return []
    said = [f"trainer.precision is {stated}, which a CPU computes in bf16"] if stated == "fp16" else []
    in_bf16, in_fp32 = (partial(passed, *_backbone_and_frames(recipe), half) for half in (True, False))
    with alone():  # the first process of several measures for all
        slower = ratio(in_bf16, in_fp32)
    if slower >= _SLOWER:
        said.append(
            f"on this machine bf16 takes {slower:.1f} times as long as fp32 for a backbone of this size, though less "
            "memory; trainer.precision=fp32 trains faster here"
        )
    return said


def passed(backbone: nn.Module, frames: Tensor, half: bool) -> None:
    """Let the frames pass forth and back, on a CPU, in bf16 or fp32."""
    with torch.autocast("cpu", torch.bfloat16, enabled=half):
        features = backbone(frames)
    features.float().sum().backward()


def _backbone_and_frames(recipe: Recipe) -> tuple[nn.Module, Tensor]:
    """Random weights of the recipe's size, and random frames as its contract gives them."""
    generator = torch.Generator().manual_seed(0)
    with torch.random.fork_rng(devices=[]):  # building draws numbers of the run's generator, too
        model = build_model(recipe.model, generator)
    assert isinstance(model, StripNetwork)
    n_frames = min(_FRAMES, recipe.sampler.batch_size * recipe.sampler.frames)
    return model.backbone, torch.rand((n_frames, *recipe.contract.frame_shape), generator=generator)
