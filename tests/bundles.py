"""Small untrained models as bundles, for tests that need some model and not a good one."""

from pathlib import Path
from typing import Any

import torch

from scoliogait.checkpoints.bundle import save_bundle
from scoliogait.models.sconet import ScoNet
from scoliogait.representation.contract import OPENGAIT_SILHOUETTE, OPENGAIT_SKELETON, InputContract


def untrained_bundle(
    path: Path, contract: InputContract = OPENGAIT_SKELETON, *, temperature: float = 1.0, **provenance: Any
) -> Path:
    torch.manual_seed(0)
    module = ScoNet(in_channels=contract.in_channels, channels=(4, 8, 8, 16), embedding=16)
    return save_bundle(path, module, contract, temperature=temperature, provenance=provenance, metrics={})


__all__ = ["OPENGAIT_SILHOUETTE", "OPENGAIT_SKELETON", "untrained_bundle"]
