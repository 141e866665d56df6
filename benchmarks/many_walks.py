"""Folders of many simulated walks: some walkers, each again and again at another place of the picture."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np

import scoliogait as sg
from scoliogait.data.store import WalkStore
from scoliogait.io.native import write_walk

_N_WALKERS = 50


def write_many_walks(folder: Path, n_walks: int, n_frames: int) -> Path:
    """Files ``00/00000.npz`` and so on, each of other content."""
    with tempfile.TemporaryDirectory() as scratch:
        cohort = sg.simulate(
            Path(scratch) / "store", walks=_N_WALKERS, frames=n_frames, ratio="half", silhouettes=False, seed=14
        )
        store = WalkStore.open(cohort.path)
        walkers = [store.walk(index, ["poses"]) for index in range(len(store))]
    for number in range(n_walks):
        walk = walkers[number % len(walkers)]
        assert walk.poses is not None
        moved = walk.poses + np.float32([number // len(walkers) * 0.01, 0, 0])
        path = folder / f"{number % 100:02d}" / f"{number:05d}.npz"
        path.parent.mkdir(parents=True, exist_ok=True)
        write_walk(path, walk.with_changes(walk_id=f"walk-{number:05d}", poses=moved))
    return folder
