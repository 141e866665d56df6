"""Recordings for the study of layouts: people seen in many ways, whole layouts around them, and planted faults."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scoliogait.io.layouts import LAYOUTS, Layout
from scoliogait.samples import sample_paths
from scoliogait.simulation.cohort import simulate_cohort
from scoliogait.simulation.config import CohortConfig
from scoliogait.simulation.mocap import captured_loops
from scoliogait.skeleton import JOINT, JOINT_NAMES

Points = NDArray[np.float32]
Generator = np.random.Generator

_N_FRAMES = 60
_FRAME_SIZE_PX = np.array([1280.0, 720.0])
_SHOULDERS, _HIPS, _KNEES, _ANKLES, _EARS = (
    [JOINT[f"left_{part}"], JOINT[f"right_{part}"]] for part in ("shoulder", "hip", "knee", "ankle", "ear")
)


@dataclass(frozen=True)
class Recording:
    """COCO-17 poses (N, 17, 3) of a recording, right in every respect, and how the person is seen in it."""

    kind: str
    poses: Points


def simulated_recordings(n: int, seed: int) -> Iterator[Recording]:
    """``n`` simulated walks, each seen in one of the ways of ``_WAYS`` in turn."""
    rng = np.random.default_rng([seed, 7])
    plain = _walks(n, seed, 1.0)
    noisy = _walks(n, seed + 1_000_000, 2.0)
    for number in range(n):
        kind = list(_WAYS)[number % len(_WAYS)]
        walk, doubled = next(plain), next(noisy)
        yield Recording(kind, _WAYS[kind](doubled if kind == "noise doubled" else walk, rng))


def captured_recordings() -> Iterator[Recording]:
    """Every captured walk of the package from the front, the back, obliquely and from the side, without noise."""
    for loop in captured_loops():
        for degrees in (0, 180, 45, 90):
            yield Recording(f"captured walk at {degrees} degrees", orthographic(loop.joints, degrees))


def sample_recordings() -> Iterator[Recording]:
    """The samples of the package: real recordings and captured walks."""
    for path in sample_paths():
        with np.load(path, allow_pickle=False) as archive:
            name = "poses" if "poses" in archive.files else "keypoints"
            yield Recording(f"sample {path.stem}", archive[name].astype(np.float32))


def orthographic(joints: NDArray[np.float64], degrees: float) -> Points:
    """Poses (T, 17, 3) of joints in metres (left, up, forward), the walker turned by so much from the camera."""
    angle = np.radians(degrees)
    poses = np.ones(joints.shape, dtype=np.float32)
    poses[..., 0] = 640 + 200 * (joints[..., 0] * np.cos(angle) - joints[..., 2] * np.sin(angle))
    poses[..., 1] = 500 - 200 * joints[..., 1]
    return poses


def _walks(n: int, seed: int, noise: float) -> Iterator[Points]:
    config = CohortConfig(n_walks=max(n, 6), n_frames=_N_FRAMES, seed=seed, silhouettes=False, noise_factor=noise)
    for simulated in simulate_cohort(config):
        assert simulated.walk.poses is not None
        yield np.array(simulated.walk.poses)


def _facing(poses: Points) -> NDArray[np.bool_]:
    left, right = _SHOULDERS
    return np.asarray(poses[:, left, 0] > poses[:, right, 0])


def _one_side_only(poses: Points, rng: Generator) -> Points:
    front = _facing(poses)
    return poses[front if front.mean() >= 0.5 else ~front]


def _joints_missing(poses: Points, rng: Generator) -> Points:
    out = poses.copy()
    out[rng.random(out.shape[:2]) < 0.25] = 0
    out[:, rng.choice(len(JOINT_NAMES), 2, replace=False)] = 0
    return out


def _feet_outside(poses: Points, rng: Generator) -> Points:
    """Ankles, and half the time knees, are guessed at the lower edge of the picture or missing."""
    out = poses.copy()
    lost = _ANKLES + (_KNEES if rng.random() < 0.5 else [])
    edge = float(np.quantile(out[:, _KNEES, 1], 0.9))
    out[:, lost, 1] = edge + rng.normal(0, 6, out[:, lost, 1].shape)
    out[:, lost, 2] = rng.uniform(0.02, 0.3, out[:, lost, 2].shape)
    return _with_gaps(out, lost, rng)


def _with_gaps(poses: Points, joints: list[int], rng: Generator) -> Points:
    for joint in joints:
        poses[rng.random(len(poses)) < 0.3, joint] = 0
    return poses


def _sitting(poses: Points, rng: Generator) -> Points:
    """Thighs point at the camera, shanks hang; half the time the feet are outside."""
    out = poses.copy()
    trunk = (out[:, _HIPS, 1].mean(axis=1) - out[:, _SHOULDERS, 1].mean(axis=1))[:, None]
    out[:, _KNEES, 1] = out[:, _HIPS, 1] + trunk * rng.uniform(-0.05, 0.3)
    out[:, _ANKLES, 1] = out[:, _KNEES, 1] + trunk * rng.uniform(0.4, 0.75)
    return _with_gaps(out, _ANKLES, rng) if rng.random() < 0.5 else out


def _any_direction(poses: Points, rng: Generator) -> Points:
    loop = captured_loops()[int(rng.integers(len(captured_loops())))]
    out = orthographic(loop.joints[:_N_FRAMES], rng.uniform(0, 360))
    out[..., :2] += rng.normal(0, 2, out[..., :2].shape)
    out[..., 2] = rng.uniform(0.5, 1, out.shape[:2])
    return out


def _bystanders(poses: Points, rng: Generator) -> Points:
    """Two smaller people in the background, one of them only as an upper body."""
    small = poses.copy()
    small[..., :2] = small[..., :2] * 0.35 + rng.uniform(0, 300, 2)
    half = small[rng.random(len(small)) < 0.7].copy()
    half[:, [*_HIPS, *_KNEES, *_ANKLES]] = 0
    return np.concatenate([poses, small, half])


def _as_filmed(poses: Points, rng: Generator) -> Points:
    return poses


_WAYS: dict[str, Callable[[Points, Generator], Points]] = {
    "there and back": _as_filmed,
    "one direction": _one_side_only,
    "noise doubled": _as_filmed,
    "joints missing": _joints_missing,
    "feet outside": _feet_outside,
    "sitting": _sitting,
    "any direction": _any_direction,
    "with bystanders": _bystanders,
}


def in_layout(poses: Points, layout: Layout, rng: Generator) -> Points:
    """The people in another layout (N, J, 3): joints that COCO-17 lacks are put where they belong, roughly."""
    spread_px = 0.02 * float(np.ptp(poses[..., 1]))
    columns = [_joint(poses, name, rng, spread_px) for name in layout.joints]
    return np.stack(columns, axis=1).astype(np.float32)


def _joint(poses: Points, name: str, rng: Generator, spread_px: float) -> Points:
    if name in JOINT:
        return poses[:, JOINT[name]]
    point = poses[:, _neighbours(name)].mean(axis=1)
    point[:, :2] += rng.normal(0, spread_px, 2)
    return point


# Which joints of COCO-17 surround the others, by a part of their name; the first that fits counts.
_AROUND = {
    "spine": [*_SHOULDERS, *_HIPS],
    "mid_hip": _HIPS,
    "latissimus": [*_SHOULDERS, *_HIPS],
    "neck": [*_SHOULDERS, *_EARS],
    "thorax": _SHOULDERS,
    "clavicle": _SHOULDERS,
    "head": _EARS,
}
_AT = {
    "eye": "eye",
    "mouth": "ear",
    "face": "nose",
    "toe": "ankle",
    "heel": "ankle",
    "foot": "ankle",
    "hand": "wrist",
    "pinky": "wrist",
    "index": "wrist",
    "thumb": "wrist",
}


def _neighbours(name: str) -> list[int]:
    side = name.split("_")[0]
    for part, at in _AT.items():
        if part in name:
            return [JOINT["nose" if at == "nose" else f"{side}_{at}"]]
    return next(joints for part, joints in _AROUND.items() if part in name)


def scaled(points: Points, low: float) -> Points:
    """Coordinates as shares of the picture, from ``low`` (0 or -1) to 1; missing joints stay zeros."""
    out = points.copy()
    shares = points[..., :2] / _FRAME_SIZE_PX
    out[..., :2] = np.where(points[..., 2:] > 0, low + (1 - low) * shares, 0)
    return out


def y_up(points: Points) -> Points:
    """The same with y pointing up from the lower edge of the picture."""
    out = points.copy()
    out[..., 1] = np.where(points[..., 2] > 0, _FRAME_SIZE_PX[1] - points[..., 1], 0)
    return out


def permuted(points: Points, rng: Generator) -> Points:
    """The joints in a random order."""
    return points[:, rng.permutation(points.shape[1])]


HUMAN_36M = LAYOUTS["Human3.6M-17"]
