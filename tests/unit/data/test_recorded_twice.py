"""One recording under several ids: found in trees, in stores and while they are imported, whole or in part."""

from pathlib import Path

import numpy as np
import pytest

from scoliogait.data.importing import import_walks
from scoliogait.data.problems import Problem
from scoliogait.data.store import write_store
from scoliogait.data.tree_check import check_store, check_trees
from scoliogait.walk import Walk
from trees import noisy_poses, silhouettes, walk_folder, write_array_pickle

POSES = noisy_poses(1, 40)


def twice(problems: list[Problem]) -> list[Problem]:
    return [problem for problem in problems if problem.kind == "same-recording"]


@pytest.mark.parametrize(
    "copy",
    [POSES, POSES[5:30], POSES.astype(np.float16).astype(np.float32), np.concatenate([noisy_poses(7), POSES[:10]])],
    ids=["whole", "part", "rounded", "joined"],
)
def test_a_recording_under_two_ids_is_doubtful_wherever_it_lies(tmp_path: Path, copy: np.ndarray) -> None:
    for number, poses in enumerate((noisy_poses(0, 40), POSES, copy)):
        folder = walk_folder(tmp_path / "tree", f"0000{number}", ("Positive", "Negative", "Neutral")[number])
        write_array_pickle(folder / "a.pkl", poses)
    (found,) = twice(check_trees([tmp_path / "tree"]))
    assert found.severity == "doubtful"
    assert {"00001", "00002"} == {name for name in ("00000", "00001", "00002") if name in str(found)}
    imported: list[Problem] = []
    store = import_walks([tmp_path / "tree"], tmp_path / "store", problems=imported)
    assert twice(imported) == [found]
    for _ in range(2):  # looked at, and from what was kept
        (again,) = twice(check_store(store.path))
        assert {"walk '00001'", "walk '00002'"} == {f"walk '0000{n}'" for n in range(3) if f"'0000{n}'" in str(again)}


def test_silhouettes_tell_a_recording_where_a_walk_holds_nothing_else(tmp_path: Path) -> None:
    masks = silhouettes(3, 20)
    walks = [
        Walk(walk_id="a", poses=noisy_poses(0, 20), silhouettes=masks, silhouettes_aligned=True),
        Walk(walk_id="b", poses=noisy_poses(1, 20), silhouettes=masks, silhouettes_aligned=True),  # of two cameras
        Walk(walk_id="c", silhouettes=masks, silhouettes_aligned=True),
        Walk(walk_id="d", silhouettes=silhouettes(4, 20), silhouettes_aligned=True),
    ]
    (found,) = twice(check_store(write_store(tmp_path / "store", walks, {}).path))
    assert "'c'" in found.where
