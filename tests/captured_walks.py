"""The captured walks that the package carries, as a camera in front of the walker sees them."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path

import numpy as np

from scoliogait.skeleton import JOINT

_PX_PER_M = 200.0
_FACE = [JOINT[name] for name in ("nose", "left_eye", "right_eye", "left_ear", "right_ear")]


@cache
def captured_joints() -> Mapping[str, np.ndarray]:
    """Joints (T, 17, 3) in metres of each walk by its name: to the walker's left, up, forward of the hips."""
    with np.load(str(files("scoliogait.simulation") / "cmu_walks.npz"), allow_pickle=False) as packed:
        walks = np.split(packed["tenths_of_mm"] * 1e-4, np.cumsum(packed["n_frames"])[:-1])
        return dict(zip(packed["name"].tolist(), walks, strict=True))


@cache
def captured_people() -> Mapping[str, str]:
    """The person of each walk."""
    with np.load(str(files("scoliogait.simulation") / "cmu_walks.npz"), allow_pickle=False) as packed:
        return dict(zip(packed["name"].tolist(), packed["person"].tolist(), strict=True))


def captured_poses(name: str) -> np.ndarray:
    """Poses float32 (T, 17, 3), 30 a second: an orthographic camera in front; the face is not measured, hence 0.5."""
    joints = captured_joints()[name]
    poses = np.ones(joints.shape, dtype=np.float32)
    poses[..., 0] = 320 + _PX_PER_M * joints[..., 0]
    poses[..., 1] = 460 - _PX_PER_M * joints[..., 1]
    poses[:, _FACE, 2] = 0.5
    return poses


def write_captured_walks(folder: Path) -> list[Path]:
    """One foreign ``.npz`` a walk, with a label that is none of the screening classes; sorted by name."""
    folder.mkdir(parents=True)
    for name in captured_joints():
        poses, person = captured_poses(name), captured_people()[name]
        np.savez_compressed(folder / name, poses=poses, label="normal", subject=person, fps=np.float32(30))
    return sorted(folder.glob("*.npz"))
