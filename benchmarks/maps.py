"""Skeleton maps per second: drawn in batches, and frame by frame in plain numpy and OpenCV (``reference.maps``).

Both draw the same completed poses of the walks that ship with the package: walk after walk, the frames of each in
random order, as in a training batch. They take turns, so that a busy machine slows both. The rate of one core is taken
in processor time, which leaves out waiting for other programs; the rate of two threads in time passed. Medians are
given, and the ratio of the fastest rounds as well, which other work on the machine disturbs least. Drawing is by
compiled code where there is numba, loaded before; the memory is that of torch, which draws the first maps of a process.
"""

from __future__ import annotations

import multiprocessing
import statistics
import time
from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from benchmarks.models import peak_memory_mb
from benchmarks.reference.maps import literal_skeleton_maps
from scoliogait.io.read import read_walk
from scoliogait.representation import map_compiled
from scoliogait.representation.contract import BODY_ONLY_SIGMA15_JOINT8, OPENGAIT_SKELETON
from scoliogait.representation.pose import complete_poses
from scoliogait.representation.settings import SkeletonMapConfig
from scoliogait.representation.skeleton_map import render_pose_frames
from scoliogait.samples import sample_paths

N_LITERAL_FRAMES = 60
N_ROUNDS = 11
N_THREADS = 2
TARGET_RATIO = 8.0
CONFIGS = {"published": OPENGAIT_SKELETON.skeleton_map, "body-only, sigma 15/8": BODY_ONLY_SIGMA15_JOINT8.skeleton_map}


def run() -> list[dict[str, Any]]:
    """Measure, print the table, and give its rows."""
    poses = sample_poses()
    map_compiled.load()
    rows = [_measure(name, config, poses) for name, config in CONFIGS.items() if config is not None]
    # In a fresh process, whose peak nothing else has raised.
    with multiprocessing.get_context("spawn").Pool(1) as process:
        memory_mb = process.apply(memory_of_a_batch_mb)
    _print(rows, len(poses), memory_mb)
    return rows


def sample_poses() -> NDArray[np.float32]:
    """Completed poses of the walks in the package, the frames of each in random order: float32 (N, 17, 3)."""
    rng = np.random.default_rng(0)
    walks = [read_walk(path).poses for path in sample_paths()]
    return np.concatenate([rng.permutation(complete_poses(poses)) for poses in walks if poses is not None])


def _measure(name: str, config: SkeletonMapConfig, poses: NDArray[np.float32]) -> dict[str, Any]:
    batch = torch.from_numpy(poses)
    one_core: list[float] = []
    two_threads: list[float] = []
    literal: list[float] = []
    some = poses[:: len(poses) // N_LITERAL_FRAMES]
    n_threads, n_cv_threads = torch.get_num_threads(), cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        for _ in range(N_ROUNDS):
            torch.set_num_threads(1)
            one_core.append(len(poses) / _spent(lambda: render_pose_frames(batch, config), time.process_time))
            literal.append(len(some) / _spent(lambda: literal_skeleton_maps(some, config), time.process_time))
            torch.set_num_threads(N_THREADS)
            two_threads.append(len(poses) / _spent(lambda: render_pose_frames(batch, config), time.perf_counter))
    finally:
        torch.set_num_threads(n_threads)
        cv2.setNumThreads(n_cv_threads)
    return {
        "maps": name,
        "maps_per_s_one_core": statistics.median(one_core),
        "literal_maps_per_s_one_core": statistics.median(literal),
        "ratio": statistics.median(ours / plain for ours, plain in zip(one_core, literal, strict=True)),
        "ratio_of_fastest_rounds": max(one_core) / max(literal),
        "maps_per_s_two_threads": statistics.median(two_threads),
        "target_ratio": TARGET_RATIO,
    }


def _spent(work: Callable[[], object], clock: Callable[[], float]) -> float:
    begin_s = clock()
    work()
    return clock() - begin_s


def memory_of_a_batch_mb() -> float:
    """How much drawing all sample poses raises the largest memory of this process; meant for a fresh process."""
    batch = torch.from_numpy(sample_poses())
    before = peak_memory_mb()
    # Importing may have taken more than is in use now: fill up to that peak, so that anything further shows.
    filling = []
    while peak_memory_mb() == before:
        filling.append(np.ones(2**17))
    before = peak_memory_mb()
    render_pose_frames(batch, SkeletonMapConfig())
    return peak_memory_mb() - before


def _print(rows: list[dict[str, Any]], n_frames: int, memory_mb: float) -> None:
    title = (
        f"maps/s, limb and joint channel, 64 px; medians of {N_ROUNDS} rounds over {n_frames} frames; "
        f"memory {memory_mb:.0f} MB"
    )
    table = Table(
        "maps", "a core", "plain, a core", "ratio", "of fastest", "target", f"{N_THREADS} threads", title=title
    )
    for row in rows:
        table.add_row(
            row["maps"],
            f"{row['maps_per_s_one_core']:,.0f}",
            f"{row['literal_maps_per_s_one_core']:,.0f}",
            f"{row['ratio']:.1f}x",
            f"{row['ratio_of_fastest_rounds']:.1f}x",
            f">= {row['target_ratio']:.0f}x",
            f"{row['maps_per_s_two_threads']:,.0f}",
        )
    Console().print(table)
