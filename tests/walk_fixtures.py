"""Small drawn walkers for tests of data and training: not realistic, but with a class signal that can be learned."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from scoliogait.labels import ScreeningClass
from scoliogait.skeleton import JOINT, MIRROR, N_JOINTS
from scoliogait.walk import Walk

_HEIGHTS = {"eye": 92, "ear": 96, "shoulder": 120, "elbow": 160, "wrist": 195, "hip": 200, "knee": 250, "ankle": 300}
_WIDTHS = {"eye": 4, "ear": 8, "shoulder": 22, "elbow": 26, "wrist": 28, "hip": 14, "knee": 13, "ankle": 12}


def drawn_poses(n_frames: int, lean_px: float, generator: np.random.Generator) -> NDArray[np.float32]:
    """float32 (n_frames, 17, 3): a frontal stick figure whose shoulders hang ``lean_px`` lower on the left."""
    still = np.zeros((N_JOINTS, 3))
    still[JOINT["nose"]] = (320, 95, 0.9)
    for part, y in _HEIGHTS.items():
        for sign, side in ((1, "left"), (-1, "right")):
            still[JOINT[f"{side}_{part}"]] = (320 + sign * _WIDTHS[part], y, 0.9)
    still[JOINT["left_shoulder"], 1] += lean_px
    poses = np.repeat(still[None], n_frames, axis=0)
    phase = np.linspace(0, 6 * np.pi, n_frames)
    for sign, side in ((1, "left"), (-1, "right")):
        poses[:, JOINT[f"{side}_ankle"], 0] += 6 * sign * np.sin(phase)
        poses[:, JOINT[f"{side}_wrist"], 1] += 8 * sign * np.cos(phase)
    poses[..., :2] += generator.normal(0, 0.7, poses[..., :2].shape)
    return poses.astype(np.float32)


def drawn_silhouettes(poses: NDArray[np.float32]) -> NDArray[np.uint8]:
    """uint8 (T, 64, 64), aligned: a block per frame whose width follows the shoulders' tilt."""
    frames = np.zeros((len(poses), 64, 64), dtype=np.uint8)
    tilt = poses[:, JOINT["left_shoulder"], 1] - poses[:, JOINT["right_shoulder"], 1]
    for frame, lean in zip(frames, tilt, strict=True):
        frame[2:62, 26 : 38 + int(np.clip(lean, 0, 20))] = 255
    return frames


def drawn_walks(n_per_class: int, n_frames: int = 24, seed: int = 0, silhouettes: bool = False) -> Iterator[Walk]:
    """``n_per_class`` walks of each class, two of each person, ids in an order that does not reveal the class."""
    generator = np.random.default_rng(seed)
    for number in range(3 * n_per_class):
        label = ScreeningClass(number % 3)
        poses = drawn_poses(n_frames + int(generator.integers(0, 5)), 9.0 * label, generator)
        yield Walk(
            walk_id=f"w{number:03d}",
            poses=poses,
            silhouettes=drawn_silhouettes(poses) if silhouettes else None,
            silhouettes_aligned=silhouettes,
            subject_id=f"s{number // 6}{label.spelling[:3]}",
            label=label,
            origin={"simulated": "yes"},
        )


def mirror_poses(poses: NDArray[np.float32], axis_x_px: float = 0.0) -> NDArray[np.float32]:
    """The walk (..., 17, 3) seen in a mirror: x reflected at the axis, left and right joints exchanged.

    A coordinate that is exactly 0.0 is missing and stays 0.0.
    """
    mirrored = poses[..., MIRROR, :].copy()
    x = mirrored[..., 0]
    mirrored[..., 0] = np.where(x == 0.0, x, 2 * axis_x_px - x)
    return mirrored
