"""Small Scoliosis1K-like trees of drawn walkers."""

from pathlib import Path

import numpy as np

from scoliogait.io.opengait_pickle import write_array_pickle
from walker import draw_walker

VIEW = "000_180"
CLASSES = ("positive", "Negative", "NEUTRAL", "critical")


def noisy_poses(seed: int, n_frames: int = 12) -> np.ndarray:
    """Poses float32 (T, 17, 3) of a walker with detector noise of one pixel and confidences around 0.9."""
    rng = np.random.default_rng(seed)
    poses = draw_walker(n_frames, shoulder_tilt_deg=float(rng.normal(0, 3)))
    poses[..., :2] += rng.normal(0, 1, poses[..., :2].shape)
    poses[..., 2] = rng.uniform(0.8, 1.0, poses.shape[:2])
    return poses


def silhouettes(seed: int, n_frames: int = 10, size: int = 64) -> np.ndarray:
    """Aligned silhouettes uint8 (T, size, size): a body-like blob with random edges."""
    rng = np.random.default_rng(seed)
    frames = np.zeros((n_frames, size, size), np.uint8)
    frames[:, :, size // 3 : 2 * size // 3] = 255
    frames[:, :, size // 3 - 2 : size // 3 + 2] = rng.integers(0, 256, (n_frames, size, 4), dtype=np.uint8)
    return frames


def walk_folder(root: Path, id_: str, class_name: str, view: str = VIEW) -> Path:
    return root / id_ / class_name / view


def write_pose_tree(root: Path, n_walks: int = 8, n_frames: int = 12) -> Path:
    """Ids 00000, 00001, ... with the classes in turn."""
    for index in range(n_walks):
        folder = walk_folder(root, f"{index:05d}", CLASSES[index % len(CLASSES)])
        write_array_pickle(folder / f"{VIEW}.pkl", noisy_poses(index, n_frames))
    return root


def write_silhouette_tree(root: Path, n_walks: int = 8, n_frames: int = 10) -> Path:
    for index in range(n_walks):
        folder = walk_folder(root, f"{index:05d}", CLASSES[index % len(CLASSES)])
        write_array_pickle(folder / f"{VIEW}.pkl", silhouettes(index, n_frames))
    return root
