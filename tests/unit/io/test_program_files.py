"""Files written by the programs themselves (see ``tests/program_files/README.md``) give the walker who was put in."""

import json
from pathlib import Path

import numpy as np
import pytest

from captured_walks import captured_joints
from scoliogait.io.front_camera import PX_PER_M
from scoliogait.io.read import format_of, read_walk
from scoliogait.skeleton import JOINT

FOLDER = Path(__file__).parents[2] / "program_files"
# In AlphaPose's "cmu" and "open" forms, COCO-18, the same 17 joints in another order.
FILES = {
    "pose2sim": "openpose-json",
    "alphapose-results.json": "coco-results",
    "alphapose-halpe136.json": "coco-results",
    "alphapose-open.json": "coco-results",
    "alphapose-cmu.json": "coco-results",
    "coco-results.json": "coco-results",
    "mmpose-demo.json": "mmpose",
    "mmpose-inferencer.json": "mmpose",
    "mmpose-pictures": "mmpose-folder",
    "deeplabcut.csv": "dlc-csv",
    "deeplabcut.h5": "hdf5",
    "deeplabcut-table.h5": "hdf5",
    "sleap-analysis.h5": "hdf5",
    "sleap-untracked.slp": "hdf5",
}


def people() -> dict[str, np.ndarray]:
    """Walker and bystander (24, 17, 3); frames 10 and 11 show no one."""
    with np.load(FOLDER / "people.npz") as stored:
        both = {name: stored[name].copy() for name in stored.files}
    for poses in both.values():
        poses[10:12] = 0
    return both


@pytest.mark.parametrize("name", FILES)
def test_the_walker_comes_back(name: str) -> None:
    path = FOLDER / name
    assert format_of(path).name == FILES[name]
    walk = read_walk(path)
    np.testing.assert_array_equal(walk.poses, people()["walker"])
    assert walk.people is not None
    assert walk.people.n_people == 2
    assert walk.walk_id == path.stem
    np.testing.assert_array_equal(read_walk(path, person=2).poses, people()["bystander"])


@pytest.mark.parametrize("name", [name for name in FILES if (FOLDER / name).is_file()])
def test_the_name_of_a_file_means_nothing(tmp_path: Path, name: str) -> None:
    copy = tmp_path / "measured.txt"
    copy.write_bytes((FOLDER / name).read_bytes())
    assert format_of(copy).name == FILES[name]


def test_declared_names_win_over_the_count_of_joints(tmp_path: Path) -> None:
    content = json.loads((FOLDER / "mmpose-demo.json").read_text())
    names = content["meta_info"]["keypoint_id2name"]
    names["5"], names["6"] = names["6"], names["5"]
    (tmp_path / "a.json").write_text(json.dumps(content))
    walk = read_walk(tmp_path / "a.json")
    left, right = JOINT["left_shoulder"], JOINT["right_shoulder"]
    np.testing.assert_array_equal(walk.poses[:, [left, right]], people()["walker"][:, [right, left]])


def test_lightning_pose_holds_one_person() -> None:
    walk = read_walk(FOLDER / "lightning-pose_a.csv")
    np.testing.assert_array_equal(walk.poses, people()["walker"])


def test_a_trc_file_of_pose2sim_is_seen_from_the_front() -> None:
    walk = read_walk(FOLDER / "pose2sim.trc")
    assert (walk.n_frames, walk.frame_rate_hz) == (50, 30)
    missing = walk.poses[..., 2] == 0
    assert np.argwhere(missing).tolist() == [[5, JOINT["left_elbow"]]]
    captured = next(iter(captured_joints().values()))[:50]
    height = (walk.poses[..., 1] - walk.poses[:1, :1, 1]) / PX_PER_M
    np.testing.assert_allclose(height[~missing], (captured[:1, :1, 1] - captured[..., 1])[~missing], atol=2e-4)
    hips = walk.poses[:, JOINT["left_hip"], 0] - walk.poses[:, JOINT["right_hip"], 0]
    assert (hips > 0).all()
