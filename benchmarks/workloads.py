"""What the benchmark ``kernels`` measures: ours, the original and a plain re-writing of ours, in several sizes."""

from __future__ import annotations

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from benchmarks.maps import sample_poses
from benchmarks.networks import NETWORKS
from benchmarks.original import Original
from benchmarks.reference.maps import literal_skeleton_maps
from benchmarks.reference.silhouettes import plain_silhouettes
from benchmarks.sized import Sized, Workload
from scoliogait.representation import map_compiled
from scoliogait.representation.contract import OPENGAIT_SKELETON
from scoliogait.representation.settings import SkeletonMapConfig
from scoliogait.representation.silhouette import align_silhouettes
from scoliogait.representation.skeleton_map import render_pose_frames

_SIGMA = 8.0
# Of a map, the least: for each of 17 limbs and joints a product and a maximum in a window of 3 sigma.
_MAP_FLOPS = 2 * 2 * 17 * (6 * _SIGMA + 1) ** 2


def _maps(n_frames: int, original: Original | None) -> Sized:
    config = OPENGAIT_SKELETON.skeleton_map or SkeletonMapConfig()
    poses = np.resize(sample_poses(), (n_frames, 17, 3))
    batch = torch.from_numpy(poses)
    map_compiled.load()
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


WORKLOADS = (
    Workload("skeleton maps, sigma 8", "frames", (1, 10, 100, 600), _maps, target=30),
    Workload("silhouettes", "rows of a square frame", (64, 128, 256), _silhouettes, target=3),
    Workload("silhouettes, wide", "rows of a frame", (480, 720, 1080), _silhouettes, target=6),
    *NETWORKS,
)
