"""Which frames of a clip does a network on silhouettes learn from, where frames share its maximum? Simulated walkers.

    python -m studies.tied_frames

takes clips of 30 frames in random order, as training does, through ScoNets of an eighth of the width with fresh
weights, and sends one unit of gradient into each of a clip's pooled features. Prints how much of it reaches the first,
middle and last ten frames, and how many of the features above 0 have their maximum in several frames.
"""

from __future__ import annotations

from itertools import product
from typing import Annotated

import numpy as np
import torch
import typer
from rich.console import Console
from rich.table import Table

from scoliogait.models.blocks import max_over_frames
from scoliogait.models.sconet import ScoNet
from scoliogait.representation.contract import OPENGAIT_SILHOUETTE, OPENGAIT_SKELETON, InputContract
from scoliogait.simulation.cohort import plan_cohort, simulate_walk
from scoliogait.simulation.config import CohortConfig

N_FRAMES = 30
PRECISIONS = {"fp32": torch.float32, "bf16": torch.bfloat16}
CONTRACTS = {"silhouettes": OPENGAIT_SILHOUETTE, "skeleton maps": OPENGAIT_SKELETON}


def clips_of(contract: InputContract, n_walks: int, seed: int) -> torch.Tensor:
    """float32 (n_walks, 30, C, 64, 44): frames of simulated walks of 60, drawn without replacement, in random order."""
    config = CohortConfig(n_walks=n_walks, n_frames=60, seed=seed)
    rng = np.random.default_rng(seed)
    frames = [contract.model_input(simulate_walk(config, plan).walk)["frames"] for plan in plan_cohort(config)]
    return torch.stack([of[rng.permutation(len(of))[:N_FRAMES]] for of in frames])


def shares(clips: torch.Tensor, even_ties: bool, dtype: torch.dtype, seed: int) -> tuple[list[float], float]:
    """Shares of the gradient that reach the three thirds of a clip, and of the features above 0 that are tied."""
    torch.manual_seed(seed)
    model = ScoNet(in_channels=clips.shape[2], channels=(8, 16, 32, 64), embedding=32).train()
    with torch.no_grad(), torch.autocast("cpu", dtype, enabled=dtype != torch.float32):
        features = model.backbone(clips.flatten(0, 1))
    features.requires_grad_()
    pooled = max_over_frames(features, [N_FRAMES] * len(clips), even_ties)
    lit = pooled > 0
    pooled.backward(lit.to(pooled.dtype))  # a maximum of 0 stops at the backbone's last ReLU
    assert features.grad is not None
    of_thirds = features.grad.float().unflatten(0, (len(clips), 3, N_FRAMES // 3)).sum(dim=(0, 2, 3, 4, 5))
    sharing = (features.detach().unflatten(0, (len(clips), N_FRAMES)) == pooled.detach()[:, None]).sum(dim=1)
    return (of_thirds / of_thirds.sum()).tolist(), float((sharing[lit] > 1).float().mean())


def main(
    walks: Annotated[int, typer.Option(help="simulated walks")] = 16,
    networks: Annotated[int, typer.Option(help="networks with other start weights")] = 5,
    seed: Annotated[int, typer.Option(help="of walkers and weights")] = 0,
) -> None:
    """Print the table."""
    title = f"{walks} simulated walks, clips of {N_FRAMES} frames, {networks} networks (mean, lowest to highest)"
    table = Table(
        "input",
        "precision",
        "tied frames",
        "first ten",
        "middle",
        "last ten",
        "first / last",
        "tied maxima",
        title=title,
    )
    for name, contract in CONTRACTS.items():
        clips = clips_of(contract, walks, seed)
        for precision, even_ties in product(PRECISIONS, (False, True)):
            found = [shares(clips, even_ties, PRECISIONS[precision], seed + number) for number in range(networks)]
            thirds = np.array([of for of, _ in found])
            ratio, tied = thirds[:, 0] / thirds[:, 2], np.array([share for _, share in found])
            table.add_row(
                name,
                precision,
                "all" if even_ties else "first",
                *(f"{share:.1%}" for share in thirds.mean(axis=0)),
                f"{ratio.mean():.2f} ({ratio.min():.2f} to {ratio.max():.2f})",
                f"{tied.mean():.1%} ({tied.min():.1%} to {tied.max():.1%})",
            )
    Console(width=140).print(table)


if __name__ == "__main__":
    typer.run(main)
