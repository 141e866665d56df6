"""Small Scoliosis1K-like trees of drawn walkers."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from scoliogait.data.problems import Problem
from scoliogait.data.scoliosis1k import OnProblem, plan_walks, read_planned
from scoliogait.errors import DataError
from scoliogait.io.opengait_pickle import array_pickle_bytes
from scoliogait.walk import Walk
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


def write_array_pickle(path: Path, array: np.ndarray) -> None:
    """One array, as the program exports it, in a file whose folder is made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(array_pickle_bytes(np.ascontiguousarray(array)))


def read_trees(roots: Sequence[str | Path], on_problem: OnProblem | None = None) -> Iterator[Walk]:
    """All walks of some trees, joined by id and view.

    Without ``on_problem`` the first walk that cannot be read raises DataError; with it, each problem is passed on and
    that walk is left out.
    """
    report = on_problem or _raise
    planned, problems = plan_walks(roots)
    for problem in problems:
        report(problem)
    for plan in planned:
        walk = read_planned(plan, report)
        if walk is not None:
            yield walk


def _raise(problem: Problem) -> None:
    raise DataError(str(problem))
