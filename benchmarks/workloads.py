"""What the benchmark ``kernels`` measures: ours, the original and a plain re-writing of ours, in several sizes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch.utils.flop_counter import FlopCounterMode

from benchmarks.maps import sample_poses
from benchmarks.models import FRAME, plain_evaluation, training_step
from benchmarks.original import Original, as_its_input
from benchmarks.reference.maps import literal_skeleton_maps
from benchmarks.reference.silhouettes import plain_silhouettes
from scoliogait.models.sconet import ScoNet
from scoliogait.representation.contract import OPENGAIT_SKELETON
from scoliogait.representation.settings import SkeletonMapConfig
from scoliogait.representation.silhouette import align_silhouettes
from scoliogait.representation.skeleton_map import render_pose_frames

Run = Callable[[], object]
_SIGMA = 8.0
# Of a map, the least: for each of 17 limbs and joints a product and a maximum in a window of 3 sigma.
_MAP_FLOPS = 2 * 2 * 17 * (6 * _SIGMA + 1) ** 2


@dataclass(frozen=True)
class Sized:
    """One workload at one size: ``frames`` pass in a run, which takes at least so many operations and bytes."""

    frames: int
    ours: Run
    plain: Run | None
    original: Run | None
    flops: float
    n_bytes: float


@dataclass(frozen=True)
class Workload:
    """sizes: what ``at`` takes; the last one gives the ratio of the table. target: that ratio to the original."""

    name: str
    size_name: str
    sizes: tuple[int, ...]
    at: Callable[[int, Original | None], Sized]
    target: float


def _maps(n_frames: int, original: Original | None) -> Sized:
    config = OPENGAIT_SKELETON.skeleton_map or SkeletonMapConfig()
    poses = np.resize(sample_poses(), (n_frames, 17, 3))
    batch = torch.from_numpy(poses)
    draw = original.maps(_SIGMA) if original is not None else None
    return Sized(
        frames=n_frames,
        ours=lambda: render_pose_frames(batch, config),
        plain=lambda: literal_skeleton_maps(poses, config),
        original=None if draw is None else lambda: draw(poses),
        flops=n_frames * _MAP_FLOPS,
        n_bytes=poses.nbytes + n_frames * 2 * config.size**2,
    )


def _silhouettes(height: int, original: Original | None) -> Sized:
    frames = _ellipses(max(10, 2_000_000 // height**2), height, height * 16 // 9 if height > 300 else height)
    align = original.silhouettes() if original is not None else None
    return Sized(
        frames=len(frames),
        ours=lambda: align_silhouettes(frames),
        plain=lambda: plain_silhouettes(frames),
        original=None if align is None else lambda: align(frames),
        flops=0,
        n_bytes=frames.nbytes,
    )


def _ellipses(n_frames: int, height: int, width: int) -> NDArray[np.uint8]:
    """Masks of a figure with a head that sways: uint8 (N, H, W)."""
    frames = np.zeros((n_frames, height, width), np.uint8)
    for number, frame in enumerate(frames):
        middle = width // 2 + round(0.05 * width * np.sin(number)), round(0.55 * height)
        cv2.ellipse(frame, middle, (round(0.11 * height), round(0.35 * height)), 0, 0, 360, 255, -1)
        cv2.circle(frame, (middle[0], round(0.15 * height)), round(0.08 * height), 255, -1)
    return frames


def _evaluation(n_frames: int, original: Original | None) -> Sized:
    model, frames = ScoNet(in_channels=FRAME[0]).eval(), _random_frames(1, n_frames)
    network: Any = original.sconet(FRAME[0]).eval() if original is not None else None
    its_input = as_its_input(frames, torch.tensor([1]))

    def without_gradients(run: Run) -> Run:
        return torch.inference_mode()(run)

    return Sized(
        frames=n_frames,
        ours=without_gradients(lambda: model(frames)),
        plain=without_gradients(lambda: plain_evaluation(model, frames)),
        original=None if network is None else without_gradients(lambda: network(its_input)),
        flops=_flops(without_gradients(lambda: model(frames))),
        n_bytes=frames.nbytes,
    )


def _training(n_walks: int, original: Original | None) -> Sized:
    frames, labels = _random_frames(n_walks, 8), torch.arange(n_walks) % 3
    step = training_step(ScoNet(in_channels=FRAME[0]).train(), frames, torch.float32)
    return Sized(
        frames=n_walks * 8,
        ours=step,
        plain=None,
        original=None if original is None else _original_step(original, as_its_input(frames, labels)),
        flops=_flops(step),
        n_bytes=frames.nbytes,
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


def _flops(run: Run) -> float:
    """Of the operations that are done, not of those that the plain form of a convolution would take."""
    with FlopCounterMode(display=False) as counter:
        run()
    return float(counter.get_total_flops())


WORKLOADS = (
    Workload("skeleton maps, sigma 8", "frames", (1, 10, 100, 600), _maps, target=30),
    Workload("silhouettes", "rows of a square frame", (64, 128, 256), _silhouettes, target=3),
    Workload("silhouettes, wide", "rows of a frame", (480, 720, 1080), _silhouettes, target=6),
    Workload("ScoNet, evaluation, fp32", "frames", (4, 12, 24, 48), _evaluation, target=1.9),
    Workload("ScoNet, training step, fp32", "walks of 8 frames", (4, 6, 8), _training, target=1.25),
)
