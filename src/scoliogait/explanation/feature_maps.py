"""What a network on pictures makes of a walk: its feature maps of each frame, and after pooling over a window."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from scoliogait.checkpoints.bundle import Bundle
from scoliogait.models.device import device_of
from scoliogait.models.strip_network import StripNetwork
from scoliogait.representation.windows import Window
from scoliogait.walk import Walk


@dataclass(frozen=True, eq=False)
class FeatureMaps:
    """Of one window of a walk, means over channels, not negative, without unit; rows and columns of the picture / 4.

    frames: of the model's input, (T, C, H, W) in 0..1. before: of each frame, (T, H/4, W/4). after: of the window,
    (H/4, W/4), from the maximum over its frames. window: (start, stop) frames of the walk.
    """

    window: Window
    frames: NDArray[np.float32]
    before: NDArray[np.float32]
    after: NDArray[np.float32]


def feature_maps(bundle: Bundle, walk: Walk, number: int = 0) -> FeatureMaps | None:
    """Of the window of this number; None for a model that is not a network on pictures alone.

    Raises DataError as ``model_input`` does.
    """
    module = bundle.module
    if not isinstance(module, StripNetwork) or bundle.contract.coordinates is not None:
        return None
    inputs = bundle.contract.model_input(walk, device=device_of(module))["frames"]
    start, stop = window = bundle.contract.windows(len(inputs))[number]
    with torch.no_grad():
        features = module.backbone(inputs[start:stop])
    before, after = features.mean(dim=1), features.amax(dim=0).mean(dim=0)
    return FeatureMaps(window, *(each.float().cpu().numpy() for each in (inputs[start:stop], before, after)))
