"""How many frames of a walk an audit looks at, so that 60 walks take less than half a minute on two CPU cores.

The number follows from the network and the contracts alone, not from a clock: the same audit gives the same figures.
"""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch.utils.flop_counter import FlopCounterMode

from scoliogait.models.drf import DRF
from scoliogait.models.sconet import ScoNet
from scoliogait.representation.contract import InputContract

# Of two cores: a ScoNet of published width passes 89 frames of 64x44 px a second (docs/studies/speed.md), an eighth of
# its width is bound by memory and by the drawing of maps.
MS_A_FRAME, MS_A_GFLOP = 0.55, 4.8
MS_A_WALK = 360.0
LEAST_FRAMES = 2


def frames_that_fit(network: ScoNet | DRF, contracts: Iterable[InputContract]) -> int:
    """Frames of each walk, all contracts together costing about ``MS_A_WALK`` a walk; never below two."""
    shapes = [contract.frame_shape for contract in contracts]
    gflop = {shape: _gflop_a_frame(network, shape) for shape in set(shapes)}
    ms_a_frame = sum(MS_A_FRAME + MS_A_GFLOP * gflop[shape] for shape in shapes)
    return max(LEAST_FRAMES, int(MS_A_WALK / ms_a_frame))


def _gflop_a_frame(network: ScoNet | DRF, shape: tuple[int, int, int]) -> float:
    with torch.inference_mode(), FlopCounterMode(display=False) as counter:
        network.backbone(torch.zeros(1, *shape))
    return counter.get_total_flops() / 1e9
