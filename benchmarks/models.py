"""Speed and memory of the full-size ScoNet: evaluation of a 300-frame walk, and a training step.

The reference, in the same run, is the plain way: all frames of the walk through the backbone at once, channels first.
Each case runs in a process of its own, so that its peak memory is its own. The rate of a large matrix product tells how
much the machine can give at all.
"""

from __future__ import annotations

import multiprocessing
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from rich.console import Console
from rich.table import Table
from torch import Tensor
from torch.utils.flop_counter import FlopCounterMode

from scoliogait.losses import batch_all_triplet_loss, part_cross_entropy
from scoliogait.models.blocks import ModelOutput, max_over_frames
from scoliogait.models.resnet9 import ResNet9
from scoliogait.models.sconet import ScoNet

N_FRAMES = 300
FRAME = (2, 64, 44)  # skeleton map, columns cut


@dataclass(frozen=True)
class Measurement:
    """n_frames and seconds of the fastest of a few runs; peak memory of the process, and before the first run."""

    n_frames: int
    seconds: float
    flop_per_frame: float
    peak_mb: float
    peak_before_mb: float


def plain_evaluation(model: ScoNet, frames: Tensor) -> ModelOutput:
    """The forward pass without chunks and without a change of layout."""
    features = plain_backbone(model.backbone, frames[0])
    embeddings = model.embed(model.strips(max_over_frames(features, [frames.shape[1]]).float()))
    return ModelOutput(embeddings, model.neck(embeddings)[1])


def plain_backbone(backbone: ResNet9, frames: Tensor) -> Tensor:
    x = F.relu(backbone.stem_norm(backbone.stem(frames)), inplace=True)
    for stage in (backbone.stage1, backbone.stage2, backbone.stage3, backbone.stage4):
        x = stage(x)
    return x


def evaluate(plain: bool, dtype: torch.dtype) -> Measurement:
    model = ScoNet(in_channels=FRAME[0]).eval()
    frames = torch.rand(1, N_FRAMES, *FRAME, generator=torch.Generator().manual_seed(0))

    def forward() -> None:
        with torch.inference_mode(), torch.autocast("cpu", dtype, enabled=dtype != torch.float32):
            plain_evaluation(model, frames) if plain else model(frames)

    with FlopCounterMode(display=False) as counter:
        model(frames[:, :1])
    return measure(forward, N_FRAMES, counter.get_total_flops())


def train(n_walks: int, n_frames: int, dtype: torch.dtype) -> Measurement:
    model = ScoNet(in_channels=FRAME[0]).train()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9, weight_decay=5e-4)
    frames = torch.rand(n_walks, n_frames, *FRAME, generator=torch.Generator().manual_seed(0))
    walk_ids, labels = torch.arange(n_walks) // 2, torch.arange(n_walks) % 3

    def step() -> None:
        with torch.autocast("cpu", dtype, enabled=dtype != torch.float32):
            out = model(frames)
        loss = batch_all_triplet_loss(out.embeddings, walk_ids) + part_cross_entropy(out.logits, labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

    with FlopCounterMode(display=False) as counter:
        loss = model(frames[:2, :1]).logits.sum()
        loss.backward()
    return measure(step, n_walks * n_frames, counter.get_total_flops() / 2)


def measure(run: Callable[[], None], n_frames: int, flop_per_frame: float, repeats: int = 2) -> Measurement:
    before = peak_memory_mb()
    seconds = []
    for _ in range(repeats + 1):  # the first one warms up
        start = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - start)
    return Measurement(n_frames, min(seconds[1:]), flop_per_frame, peak_memory_mb(), before)


def peak_memory_mb() -> float:
    """Largest resident memory of this process so far; NaN where the system does not tell (Windows)."""
    try:
        import resource
    except ImportError:
        return float("nan")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1024**2 if sys.platform == "darwin" else 1024)


def matrix_product_gflops(dtype: torch.dtype, size: int = 2048) -> float:
    factor = torch.rand(size, size).to(dtype)
    best = measure(lambda: (factor @ factor, None)[1], 1, 0, repeats=8).seconds
    return 2 * size**3 / best / 1e9


CASES: dict[str, tuple[Callable[..., Measurement], tuple[object, ...]]] = {
    "evaluation, plain, fp32 (reference)": (evaluate, (True, torch.float32)),
    "evaluation, fp32": (evaluate, (False, torch.float32)),
    "evaluation, plain, bf16": (evaluate, (True, torch.bfloat16)),
    "evaluation, bf16": (evaluate, (False, torch.bfloat16)),
    "training step, 8 walks x 8 frames, fp32": (train, (8, 8, torch.float32)),
    "training step, 8 walks x 30 frames, fp32": (train, (8, 30, torch.float32)),
    "training step, 8 walks x 8 frames, bf16": (train, (8, 8, torch.bfloat16)),
}


def main() -> None:
    """Measure every case and print the table."""
    console = Console(width=120)
    table = Table(title=f"ScoNet {FRAME}, {torch.get_num_threads()} threads")
    for heading in ("case", "frames/s", "GFLOP/s", "peak memory", "of it for the run"):
        table.add_column(heading, justify="left" if heading == "case" else "right")
    for name, (function, arguments) in CASES.items():
        with multiprocessing.get_context("spawn").Pool(1) as process:
            m = process.apply(function, arguments)
        rate = m.n_frames / m.seconds
        table.add_row(
            name,
            f"{rate:.0f}",
            f"{rate * m.flop_per_frame / 1e9:.0f}",
            f"{m.peak_mb:.0f} MB",
            f"{m.peak_mb - m.peak_before_mb:.0f} MB",
        )
    for dtype in (torch.float32, torch.bfloat16):
        table.add_row(f"matrix product 2048², {dtype}", "", f"{matrix_product_gflops(dtype):.0f}", "", "")
    console.print(table)


if __name__ == "__main__":
    main()
