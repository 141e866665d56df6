"""Where models run: a GPU where there is one, unless a place is given."""

from __future__ import annotations

import torch
from torch import nn


def choose_device(wanted: torch.device | str | None = None) -> torch.device:
    """The device given; for None or ``auto`` a CUDA GPU when there is one, else the CPU."""
    if wanted is None or wanted == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    return torch.device(wanted)


def device_of(module: nn.Module) -> torch.device:
    """Where the module's parameters are."""
    return next(module.parameters()).device
