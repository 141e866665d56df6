"""Rows of ``kernels`` about networks: ScoNet at full size, as a bundle, as exported files, and a training step."""

from __future__ import annotations

from functools import partial
from typing import Any

import torch
from torch.utils.flop_counter import FlopCounterMode

from benchmarks.exported import FILES, as_run, exported
from benchmarks.models import FRAME, plain_evaluation, training_step
from benchmarks.original import Original, as_its_input
from benchmarks.sized import Run, Sized, Workload
from scoliogait.exported.form import Precision
from scoliogait.exported.formats import ExportFormat
from scoliogait.exported.model import CHUNK_FRAMES
from scoliogait.models.sconet import ScoNet

_DTYPES = {"fp32": torch.float32, "bf16": torch.bfloat16}


def _without_gradients(run: Run) -> Run:
    return torch.inference_mode()(run)


def _original_evaluation(original: Original | None, frames: torch.Tensor) -> Run | None:
    if original is None:
        return None
    network: Any = original.sconet(FRAME[0]).eval()
    its_input = as_its_input(frames, torch.tensor([1]))
    return _without_gradients(lambda: network(its_input))


def _evaluation(n_frames: int, original: Original | None, precision: Precision = "fp32") -> Sized:
    model, frames = ScoNet(in_channels=FRAME[0]).eval(), _random_frames(1, n_frames)

    def forward() -> None:
        with torch.autocast("cpu", _DTYPES[precision], enabled=precision != "fp32"):
            model(frames)

    return Sized(
        frames=n_frames,
        ours=_without_gradients(forward),
        plain=_without_gradients(lambda: plain_evaluation(model, frames)) if precision == "fp32" else None,
        original=_original_evaluation(original, frames),
        flops=_flops_as_run(n_frames, precision),
        n_bytes=frames.nbytes,
        precision=precision,
    )


def _exported(n_frames: int, original: Original | None, kind: ExportFormat, precision: Precision) -> Sized:
    model, frames = exported(kind, precision), _random_frames(1, n_frames)
    inputs = {"frames": frames[0].numpy()}
    return Sized(
        frames=n_frames,
        ours=lambda: model.logits(inputs, [(0, n_frames)]),
        plain=None,
        original=_original_evaluation(original, frames),
        flops=_flops_as_run(n_frames, precision),
        n_bytes=frames.nbytes,
        precision=precision,
    )


def _training(n_walks: int, original: Original | None, precision: Precision = "fp32") -> Sized:
    frames, labels = _random_frames(n_walks, 8), torch.arange(n_walks) % 3
    step = training_step(ScoNet(in_channels=FRAME[0]).train(), frames, _DTYPES[precision])
    return Sized(
        frames=n_walks * 8,
        ours=step,
        plain=None,
        original=None if original is None else _original_step(original, as_its_input(frames, labels)),
        flops=_flops(step),
        n_bytes=frames.nbytes,
        precision=precision,
    )


def _original_step(original: Original, its_input: tuple[Any, ...]) -> Run:
    network, loss = original.sconet(FRAME[0]).train(), original.loss()
    optimizer = torch.optim.SGD(network.parameters(), lr=0.1, momentum=0.9, weight_decay=5e-4)

    def step() -> None:
        total = loss(network(its_input)["training_feat"])
        optimizer.zero_grad()
        total.backward()
        optimizer.step()

    return step


def _random_frames(n_walks: int, n_frames: int) -> torch.Tensor:
    return torch.rand(n_walks, n_frames, *FRAME, generator=torch.Generator().manual_seed(0))


def _flops_as_run(n_frames: int, precision: Precision) -> float:
    """An evaluation takes as many operations as a file of the same precision, whose pieces are of one size."""
    return n_frames / CHUNK_FRAMES * _flops(_without_gradients(as_run(precision)))


def _flops(run: Run) -> float:
    """Of the operations that are done, not of those that the plain form of a convolution would take."""
    with FlopCounterMode(display=False) as counter:
        run()
    return float(counter.get_total_flops())


_FRAMES, _WALKS = (4, 16, 48), (4, 8)
_RUNTIMES: dict[ExportFormat, str] = {"onnx": "onnxruntime", "openvino": "OpenVINO"}
_TARGETS: dict[Precision, float] = {"fp32": 1.9, "bf16": 3.8, "int8": 7}
NETWORKS = (
    Workload("ScoNet, evaluation, fp32", "frames", _FRAMES, _evaluation, target=1.9),
    Workload("ScoNet, evaluation, bf16", "frames", _FRAMES, partial(_evaluation, precision="bf16"), target=3.8),
    *(
        Workload(
            f"ScoNet, {_RUNTIMES[kind]}, {precision}",
            "frames",
            _FRAMES,
            partial(_exported, kind=kind, precision=precision),
            target=_TARGETS[precision],
        )
        for kind, precision in FILES
    ),
    Workload("ScoNet, training step, fp32", "walks of 8 frames", _WALKS, _training, target=1.25),
    Workload(
        "ScoNet, training step, bf16", "walks of 8 frames", _WALKS, partial(_training, precision="bf16"), target=2.8
    ),
)
