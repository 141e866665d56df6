from pathlib import Path

import numpy as np
import pytest

from captured_walks import captured_poses, write_captured_walks
from recorded import sample_path
from scoliogait.data.importing import import_walks
from scoliogait.data.problems import Problem
from scoliogait.data.store import WalkStore
from scoliogait.errors import DataError
from scoliogait.io.native import write_walk
from scoliogait.walk import Walk
from trees import noisy_poses, write_array_pickle, write_pose_tree, write_silhouette_tree


def test_trees_are_joined_and_files_stand_for_themselves(tmp_path: Path) -> None:
    trees = [write_pose_tree(tmp_path / "pose", 4), write_silhouette_tree(tmp_path / "sil", 4)]
    write_walk(tmp_path / "single.npz", Walk(walk_id="mine", poses=noisy_poses(9), frame_rate_hz=25))
    real = sample_path("intel_worker_back")
    store = import_walks([*trees, tmp_path / "single.npz", real], tmp_path / "store", frame_rate_hz=15)
    assert set(store.walk_ids) == {"00000", "00001", "00002", "00003", "mine", "intel_worker_back"}
    assert store.modalities == {"poses"}
    rates = {walk_id: store.walk(index).frame_rate_hz for index, walk_id in enumerate(store.walk_ids)}
    assert (rates["00000"], rates["mine"], rates["intel_worker_back"]) == (15, 25, 15)
    assert store.n_frames("silhouettes", store.walk_ids.index("00001")) == 10


def test_a_folder_of_files_is_all_its_files(tmp_path: Path) -> None:
    write_captured_walks(tmp_path / "captured")
    store = import_walks([tmp_path / "captured"], tmp_path / "store")
    assert len(store) == 43
    assert store.subject_ids[store.walk_ids.index("02_01")] == "cmu02"
    np.testing.assert_array_equal(store.frames("poses", store.walk_ids.index("02_01")), captured_poses("02_01"))


def spoil(tree: Path) -> None:
    write_array_pickle(next((tree / "00000").rglob("*.pkl")), np.zeros((5, 17, 3), np.float32))
    next((tree / "00001").rglob("*.pkl")).write_bytes(b"cut")
    write_array_pickle(next((tree / "00002").rglob("*.pkl")), noisy_poses(2, n_frames=1))


def test_unusable_walks_stop_the_import_after_all_were_seen(tmp_path: Path) -> None:
    tree = write_pose_tree(tmp_path / "pose", 5)
    spoil(tree)
    problems: list[Problem] = []
    with pytest.raises(DataError, match=r"2 problems make walks unusable, the first: .*--skip-unusable") as caught:
        import_walks([tree], tmp_path / "store", problems=problems)
    assert "\n" not in str(caught.value)
    assert sorted(problem.kind for problem in problems) == ["no-visible-joint", "one-frame", "unreadable"]
    assert not (tmp_path / "store").exists()


def test_unusable_walks_can_be_left_out(tmp_path: Path) -> None:
    tree = write_pose_tree(tmp_path / "pose", 5)
    spoil(tree)
    store = import_walks([tree], tmp_path / "store", skip_unusable=True)
    assert sorted(store.walk_ids) == ["00002", "00003", "00004"]
    WalkStore.open(tmp_path / "store").verify()


def test_a_source_that_is_nothing_known_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"none: does not exist"):
        import_walks([tmp_path / "none"], tmp_path / "store")
