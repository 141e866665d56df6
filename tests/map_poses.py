"""Poses and settings that drawings of skeleton maps are compared with."""

import numpy as np

from scoliogait.skeleton import JOINT
from walker import draw_walker

CONFIGS = {
    "published": {},
    "published-128": {"size": 128},
    "sum": {"reduction": "sum", "sigma_limb": 4.0, "sigma_joint": 4.0},
    "body-only-15-8": {"joints": "body-only", "sigma_limb": 15.0},
    "body-only-shared": {"joints": "body-only", "sigma_limb": 3.0, "sigma_joint": 6.0, "alignment": "shared"},
    "head-lite-aspect": {"joints": "head-lite", "geometry": "aspect", "sigma_limb": 3.0},
    "aspect-shared-128": {"geometry": "aspect", "alignment": "shared", "sigma_joint": 2.0, "size": 128},
    "thin-uncropped": {"sigma_limb": 1.5, "sigma_joint": 1.5, "alignment": "none"},
    "thin-sum-32": {"sigma_limb": 2.0, "sigma_joint": 2.5, "reduction": "sum", "size": 32},
}


def random_poses(n_frames: int, seed: int = 0) -> np.ndarray:
    """Walkers shaken so much that joints leave the canvas, coincide or vanish."""
    rng = np.random.default_rng(seed)
    poses = draw_walker(n_frames).astype(np.float64)
    poses[..., :2] += rng.normal(0, 1, poses[..., :2].shape) * rng.choice([1.0, 8.0, 60.0], (n_frames, 1, 1))
    poses[..., 2] = rng.uniform(0, 1.05, poses.shape[:2])
    poses[rng.random(poses.shape[:2]) < 0.05, 2] = 0
    poses[::5, JOINT["left_wrist"], :2] = poses[::5, JOINT["left_elbow"], :2] + 0.2
    return poses
