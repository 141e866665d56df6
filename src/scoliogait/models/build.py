"""From a ModelConfig to a model."""

from __future__ import annotations

import torch
from torch import nn

from scoliogait.models.blocks import initialise
from scoliogait.models.config import ModelConfig
from scoliogait.models.sconet import ScoNet

__all__ = ["ModelConfig", "build_model"]


def build_model(config: ModelConfig, generator: torch.Generator | None = None) -> nn.Module:
    """A freshly initialised model; its ``config`` attribute equals the one given.

    The start values come from ``generator``, or from torch's global generator.
    """
    module = ScoNet(
        in_channels=config.in_channels,
        channels=config.channels,
        embedding=config.embedding,
        parts=config.parts,
        classes=config.classes,
    )
    if generator is not None:
        initialise(module, generator)
    return module
