"""Speed and memory of the full-size ScoNet: evaluation of a 300-frame walk, whole and in windows, and a training step.

The reference, in the same run, is the plain way: all frames of the walk through the backbone at once, channels first.
The cases take turns and the fastest round of each counts, so that other work on the machine meets all of them alike.
Peak memory is taken in a process of its own for each case. The rate of a large matrix product shows what the machine
can give at all.
"""

from __future__ import annotations

import multiprocessing
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

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
from scoliogait.representation.windows import windows_of

N_FRAMES = 300
FRAME = (2, 64, 44)  # skeleton map, columns cut


# What other work leaves of a shared machine changes from second to second.
ROUNDS = 2


@dataclass(frozen=True)
class Case:
    """Something to be measured: one call of ``run`` passes n_frames frames."""

    run: Callable[[], object]
    n_frames: int
    flop_per_frame: float


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


def evaluation(plain: bool, dtype: torch.dtype, window: int | None = None) -> Case:
    model = ScoNet(in_channels=FRAME[0]).eval()
    frames = torch.rand(1, N_FRAMES, *FRAME, generator=torch.Generator().manual_seed(0))

    windows = None if window is None else [windows_of(N_FRAMES, window)]

    def forward() -> None:
        with torch.inference_mode(), torch.autocast("cpu", dtype, enabled=dtype != torch.float32):
            plain_evaluation(model, frames) if plain else model(frames, windows=windows)

    with FlopCounterMode(display=False) as counter, torch.inference_mode():
        model(frames[:, :1])
    return Case(forward, N_FRAMES, counter.get_total_flops())


def training(n_walks: int, n_frames: int, dtype: torch.dtype) -> Case:
    model = ScoNet(in_channels=FRAME[0]).train()
    frames = torch.rand(n_walks, n_frames, *FRAME, generator=torch.Generator().manual_seed(0))
    with FlopCounterMode(display=False) as counter:
        model(frames[:2, :1]).logits.sum().backward()
    return Case(training_step(model, frames, dtype), n_walks * n_frames, counter.get_total_flops() / 2)


def training_step(model: ScoNet, frames: Tensor, dtype: torch.dtype) -> Callable[[], None]:
    """A step of SGD as in the published recipe, on walks (N, T, C, H, W) of which two each are of one person."""
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9, weight_decay=5e-4)
    numbers = torch.arange(len(frames), device=frames.device)
    device_type = frames.device.type

    def step() -> None:
        with torch.autocast(device_type, dtype, enabled=dtype != torch.float32):
            out = model(frames)
        loss = batch_all_triplet_loss(out.embeddings, numbers // 2) + part_cross_entropy(out.logits, numbers % 3)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

    return step


def matrix_product(dtype: torch.dtype, size: int = 2048) -> Case:
    factor = torch.rand(size, size).to(dtype)
    return Case(lambda: factor @ factor, 1, 2 * size**3)


CASES: dict[str, Callable[[], Case]] = {
    "evaluation, plain, fp32 (reference)": partial(evaluation, True, torch.float32),
    "evaluation, fp32": partial(evaluation, False, torch.float32),
    "evaluation in windows of 30 frames, fp32": partial(evaluation, False, torch.float32, 30),
    "evaluation in windows of 7 frames, fp32": partial(evaluation, False, torch.float32, 7),
    "evaluation, plain, bf16": partial(evaluation, True, torch.bfloat16),
    "evaluation, bf16": partial(evaluation, False, torch.bfloat16),
    "training step, 8 walks x 8 frames, fp32": partial(training, 8, 8, torch.float32),
    "training step, 8 walks x 8 frames, bf16": partial(training, 8, 8, torch.bfloat16),
    "training step, 8 walks x 30 frames, fp32": partial(training, 8, 30, torch.float32),
    "matrix product 2048 x 2048, fp32": partial(matrix_product, torch.float32),
    "matrix product 2048 x 2048, bf16": partial(matrix_product, torch.bfloat16),
}


def fastest_seconds(cases: Mapping[str, Case]) -> dict[str, float]:
    """Shortest time of one run of each case, over rounds in which they take turns. The first round only warms up."""
    seconds: dict[str, float] = dict.fromkeys(cases, float("inf"))
    for turn in range(1 + ROUNDS):
        for name, case in cases.items():
            start = time.perf_counter()
            case.run()
            if turn:
                seconds[name] = min(seconds[name], time.perf_counter() - start)
    return seconds


def memory_of_a_run_mb(name: str) -> float:
    """How much a run raises the largest memory of this process over model and input; meant for a fresh process."""
    case = CASES[name]()
    before = peak_memory_mb()
    case.run()
    return peak_memory_mb() - before


def in_a_fresh_process(function: Callable[[str], float], name: str) -> float:
    with multiprocessing.get_context("spawn").Pool(1) as process:
        return process.apply(function, (name,))


def peak_memory_mb() -> float:
    """Largest resident memory of this process so far; NaN where the system does not report it (Windows)."""
    try:
        import resource
    except ImportError:
        return float("nan")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1024**2 if sys.platform == "darwin" else 1024)


def run() -> None:
    """Measure every case and print the table."""
    table = Table(title=f"ScoNet {FRAME}, {torch.get_num_threads()} threads")
    for heading in ("case", "frames/s", "GFLOP/s", "memory of a run"):
        table.add_column(heading, justify="left" if heading == "case" else "right")
    # First, while this process is small: Linux lets a child's peak start at that of its parent.
    memory_mb = {name: in_a_fresh_process(memory_of_a_run_mb, name) for name in CASES}
    cases = {name: prepare() for name, prepare in CASES.items()}
    for name, seconds in fastest_seconds(cases).items():
        case = cases[name]
        frames = "" if name.startswith("matrix") else f"{case.n_frames / seconds:.0f}"
        flops = case.n_frames * case.flop_per_frame / seconds
        table.add_row(name, frames, f"{flops / 1e9:.0f}", f"{memory_mb[name]:.0f} MB")
    Console(width=120).print(table)


if __name__ == "__main__":
    run()
