"""Model input that a written file is compared with its bundle on: a recorded walk of the package, of any length."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from scoliogait.io.read import read_walk
from scoliogait.representation.arrays import Inputs
from scoliogait.representation.contract import InputContract
from scoliogait.representation.kinds import Modality
from scoliogait.representation.settings import SkeletonMapConfig
from scoliogait.representation.skeleton_map import render_skeleton_maps
from scoliogait.samples import sample_paths
from scoliogait.walk import N_OUTLINE_BANDS, N_PAIRS_BY_METRICS

_SAMPLE = "cmu_35_08_front"  # all joints are seen in every frame
_JITTER_PX = 1.0


def example_inputs(contract: InputContract, n_frames: int, seed: int = 0) -> Inputs:
    """As ``model_arrays`` gives them. The walk is repeated with a pixel of noise until it has so many frames;
    silhouettes are its limbs; PAV and outline are drawn at random.
    """
    rng = np.random.default_rng(seed)
    recorded = read_walk(next(path for path in sample_paths() if path.stem == _SAMPLE)).poses
    assert recorded is not None
    poses = recorded[np.arange(n_frames) % len(recorded)].astype(np.float32)
    poses[..., :2] += rng.normal(0.0, _JITTER_PX, poses[..., :2].shape).astype(np.float32)
    source = {modality: torch.from_numpy(frames) for modality, frames in _source(contract, poses).items()}
    inputs: Inputs = {name: value.numpy() for name, value in contract.render(source).items()}
    if contract.pav is not None:
        inputs["pav"] = rng.uniform(size=(1, *N_PAIRS_BY_METRICS)).astype(np.float32)
    if contract.outline is not None:
        inputs["outline"] = rng.normal(size=(1, N_OUTLINE_BANDS)).astype(np.float32)
    return inputs


def _source(contract: InputContract, poses: NDArray[np.float32]) -> dict[Modality, NDArray[Any]]:
    maps = render_skeleton_maps(poses, SkeletonMapConfig(size=contract.size_px)).numpy()
    every: dict[Modality, NDArray[Any]] = {
        "poses": contract.prepare_poses(poses, "example"),
        "silhouettes": np.where(maps[:, 0] > 0, 255, 0).astype(np.uint8),
        "skeleton_maps": maps,
    }
    return {modality: every[modality] for modality in contract.modalities}
