"""Integrated gradients over joints and time, from an evened-out walk to the walk itself (Sundararajan et al., 2017)."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from scoliogait.checkpoints.bundle import Bundle
from scoliogait.errors import ModelError
from scoliogait.explanation.occlusion import seen_pairs
from scoliogait.explanation.pair_asymmetry import steady_asymmetry, without_asymmetry
from scoliogait.models.device import device_of
from scoliogait.models.windows import mean_logits
from scoliogait.walk import Walk

N_STEPS = 24


def integrated_gradients(score: Callable[[Tensor], Tensor], start: Tensor, end: Tensor, n_steps: int) -> Tensor:
    """What each number of ``end`` adds to ``score`` (a scalar) on the straight way from ``start``, midpoint rule.

    The sum goes to score(end) - score(start) as ``n_steps`` grows (completeness).
    """
    total = torch.zeros_like(end)
    for step in range(n_steps):
        place = (start + (end - start) * ((step + 0.5) / n_steps)).detach().requires_grad_(True)
        (slope,) = torch.autograd.grad(score(place), place)
        total += slope
    return total * (end - start) / n_steps


def joint_attributions(bundle: Bundle, walk: Walk, n_steps: int = N_STEPS) -> NDArray[np.float32]:
    """(T, 17): what each joint of each frame adds to the log-odds of a curve, against the evened-out walk.

    Raises ModelError for a model that is not fed coordinates: skeleton maps have no gradient to their joints.
    """
    contract = bundle.contract
    if contract.coordinates is None or contract.representation != "coordinates":
        raise ModelError(f"{bundle.path}: integrated gradients need a model that is fed coordinates of joints alone")
    device = device_of(bundle.module)
    poses = contract.source_frames(walk, contract.max_frames)["poses"]
    even = without_asymmetry(poses, steady_asymmetry(poses), seen_pairs(contract))
    start, end = (contract.render({"poses": torch.from_numpy(each).to(device)})["poses"] for each in (even, poses))
    windows = [contract.windows(len(poses))]
    scale = bundle.logit_scale / bundle.temperature

    def log_odds(coordinates: Tensor) -> Tensor:
        scores = scale * mean_logits(bundle.module, {"poses": coordinates}, [len(poses)], windows)
        return (torch.logsumexp(scores[:, 1:], dim=1) - scores[:, 0]).mean()

    return integrated_gradients(log_odds, start, end, n_steps).sum(dim=-1).cpu().numpy()
