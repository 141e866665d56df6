"""Where models run: a GPU where there is one, unless a place is given."""

from __future__ import annotations

import torch
from torch import nn

from scoliogait.errors import ModelError


def choose_device(wanted: torch.device | str | None = None) -> torch.device:
    """The device given; for None or ``auto`` a CUDA GPU when there is one, else the CPU.

    Raises ModelError for a name that torch does not know, and for a GPU that this machine does not have.
    """
    if wanted is None or wanted == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(wanted)
    except RuntimeError as error:
        raise ModelError(f"device {wanted!r}: is not known; expected cpu, cuda, or one GPU such as cuda:0") from error
    if device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count():
        raise ModelError(f"device {wanted}: torch finds {torch.cuda.device_count()} CUDA GPUs here; choose cpu")
    return device


def device_of(module: nn.Module) -> torch.device:
    """Where the module's parameters are."""
    return next(module.parameters()).device
