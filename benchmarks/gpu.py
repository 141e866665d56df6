"""The published training recipe on one GPU: what 20,000 steps would take, where a step goes, and what limits it.

``python -m benchmarks.gpu`` runs in a few minutes, within 8 on any GPU that finishes a step in a second. A step is
64 clips of 30 frames, bfloat16 autocast, SGD; its skeleton maps are drawn from poses on the same GPU. Nothing is read
from disk: the loader is not measured.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch.utils.flop_counter import FlopCounterMode

from benchmarks.maps import sample_poses
from benchmarks.models import training_step
from scoliogait.models.config import ScoNetConfig
from scoliogait.models.sconet import ScoNet
from scoliogait.representation.contract import OPENGAIT_SKELETON

N_STEPS = 20_000
N_WALKS, N_FRAMES = 64, 30
_PRODUCT_SIZE = 8192
# Each part is repeated until it has run this long, and at least so many times.
_LEAST_S, _LEAST_TIMES = 10.0, 3


@dataclass(frozen=True)
class Step:
    """Seconds of one training step and of its parts, operations of the backbone, and the bf16 ceiling in FLOP/s.

    maps_s: drawing. train_s: the rest of the step, of which the backbone's two passes take backbone_s. host_s: what the
    processor needs to start the work of backbone_s, without waiting for the device.
    """

    maps_s: float
    train_s: float
    backbone_s: float
    host_s: float
    backbone_flops: float
    ceiling: float

    @property
    def whole_s(self) -> float:
        return self.maps_s + self.train_s

    @property
    def share_of_ceiling(self) -> float:
        return self.backbone_flops / self.backbone_s / self.ceiling


def main() -> None:
    """Measure and print; ends in one line without a GPU."""
    if not torch.cuda.is_available():
        sys.exit("benchmarks.gpu: torch finds no CUDA GPU here; run it on a machine with one")
    device = torch.device("cuda")
    print(f"{torch.cuda.get_device_name(device)}, torch {torch.__version__}")
    print(*report(measure(device, ScoNetConfig(in_channels=2))), sep="\n")


def report(step: Step) -> list[str]:
    """The figures in sentences, one a line."""
    rest_s = max(step.train_s - step.backbone_s, 0.0)
    return [
        f"a step takes {1e3 * step.whole_s:.1f} ms; the published {N_STEPS:,} steps would take "
        f"{N_STEPS * step.whole_s / 3600:.2f} hours, without loading",
        f"drawing of maps: {step.maps_s / step.whole_s:.1%} of a step",
        f"backbone, forward and back: {step.backbone_s / step.whole_s:.1%} of a step, at {step.share_of_ceiling:.1%} "
        f"of the bf16 matrix product ({step.ceiling / 1e12:.1f} TFLOP/s)",
        f"heads, losses and optimiser: {rest_s / step.whole_s:.1%} of a step",
        f"limit: {limit(step)}",
    ]


def limit(step: Step) -> str:
    """What a shorter step would have to begin with."""
    if step.host_s > 0.9 * step.backbone_s:
        return "the processor, which takes as long to start the work as the GPU takes to do it"
    if step.maps_s > 0.5 * step.whole_s:
        return "drawing of maps"
    if step.backbone_s < 0.5 * step.train_s:
        return "heads, losses and optimiser"
    if step.share_of_ceiling > 0.5:
        return "arithmetic of the convolutions"
    return "the backbone, by what lies between its convolutions: batch norms, additions and layouts"


def measure(
    device: torch.device,
    config: ScoNetConfig,
    n_walks: int = N_WALKS,
    n_frames: int = N_FRAMES,
    product_size: int = _PRODUCT_SIZE,
    least_s: float = _LEAST_S,
) -> Step:
    """Time all parts on a device; with a small config, few walks and a small product it runs on a CPU too."""
    poses = torch.from_numpy(np.resize(sample_poses(), (n_walks * n_frames, 17, 3))).to(device)
    model = ScoNet(**config.model_dump(exclude={"architecture"})).to(device).train()

    def draw() -> torch.Tensor:
        return OPENGAIT_SKELETON.render({"poses": poses})["frames"]

    frames = draw()
    step = training_step(model, frames.unflatten(0, (n_walks, n_frames)), torch.bfloat16)

    def backbone() -> None:
        with torch.autocast(device.type, torch.bfloat16):
            features = model.backbone(frames)
        features.sum().backward()

    with FlopCounterMode(display=False) as counter:
        backbone()
    factor = torch.rand(product_size, product_size, device=device).to(torch.bfloat16)
    product_s, _ = seconds(lambda: factor @ factor, device, least_s)
    maps_s, _ = seconds(draw, device, least_s)
    train_s, _ = seconds(step, device, least_s)
    backbone_s, host_s = seconds(backbone, device, least_s)
    return Step(
        maps_s=maps_s,
        train_s=train_s,
        backbone_s=backbone_s,
        host_s=host_s,
        backbone_flops=float(counter.get_total_flops()),
        ceiling=2 * product_size**3 / product_s,
    )


def seconds(work: Callable[[], object], device: torch.device, least_s: float) -> tuple[float, float]:
    """Median seconds of a run until the device has done it, and until the processor has started it."""
    work()
    _wait(device)
    done, started = [], []
    while len(done) < _LEAST_TIMES or sum(done) < least_s:
        begin = time.perf_counter()
        work()
        started.append(time.perf_counter() - begin)
        _wait(device)
        done.append(time.perf_counter() - begin)
    return float(np.median(done)), float(np.median(started))


def _wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)


if __name__ == "__main__":
    main()
