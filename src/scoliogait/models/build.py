"""From a ModelConfig to a model."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from scoliogait.errors import ModelError
from scoliogait.models.blocks import initialise
from scoliogait.models.config import ModelConfig
from scoliogait.models.drf import DRF
from scoliogait.models.fusion import Fusion
from scoliogait.models.pose_map import PoseMap
from scoliogait.models.pose_outline import PoseOutline
from scoliogait.models.pose_set import PoseSet
from scoliogait.models.sconet import ScoNet

ARCHITECTURES: dict[str, type[nn.Module]] = {
    "sconet": ScoNet,
    "drf": DRF,
    "fusion": Fusion,
    "pose-set": PoseSet,
    "pose-map": PoseMap,
    "pose-outline": PoseOutline,
}


def build_model(config: ModelConfig, generator: torch.Generator | None = None) -> nn.Module:
    """A freshly initialised model; its ``config`` attribute equals the one given.

    The start values come from ``generator``, or from torch's global generator. Raises ModelError for an architecture
    that is not known.
    """
    values: dict[str, Any] = config.model_dump()
    name = values.pop("architecture", type(config).__name__)
    if name not in ARCHITECTURES:
        raise ModelError(f"architecture {name!r} is not known; there is {', '.join(ARCHITECTURES)}")
    module = ARCHITECTURES[name](**values)
    if generator is not None:
        initialise(module, generator)
    return module
