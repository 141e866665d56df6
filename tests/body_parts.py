"""Poses of which a detector saw a part."""

import numpy as np

from scoliogait.skeleton import JOINT_NAMES

UPPER = [j for j, name in enumerate(JOINT_NAMES) if name.split("_")[-1] not in ("knee", "ankle")]
LEGS = [j for j, name in enumerate(JOINT_NAMES) if name.split("_")[-1] in ("knee", "ankle")]


def only(pose: np.ndarray, joints: list[int]) -> np.ndarray:
    kept = np.zeros_like(pose)
    kept[:, joints] = pose[:, joints]
    return kept
