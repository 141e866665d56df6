import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from scoliogait.errors import DataError
from scoliogait.io.openpose_json import read_openpose_folder
from scoliogait.labels import ScreeningClass
from scoliogait.skeleton import JOINT, JOINT_NAMES
from walker import draw_walker

# Part names and numbers as OpenPose's documentation lists them.
_ARMS = ["Nose", "Neck", "RShoulder", "RElbow", "RWrist", "LShoulder", "LElbow", "LWrist"]
_LEGS = ["RHip", "RKnee", "RAnkle", "LHip", "LKnee", "LAnkle"]
_FACE = ["REye", "LEye", "REar", "LEar"]
COCO_18 = [*_ARMS, *_LEGS, *_FACE]
BODY_25 = [*_ARMS, "MidHip", *_LEGS, *_FACE, "LBigToe", "LSmallToe", "LHeel", "RBigToe", "RSmallToe", "RHeel"]
LAYOUTS = {"BODY_25": BODY_25, "COCO_18": COCO_18}
SIDES = {"L": "left_", "R": "right_"}


def coco_name(part: str) -> str:
    return "nose" if part == "Nose" else SIDES.get(part[0], "?") + part[1:].lower()


def keypoints(pose: np.ndarray, layout: list[str]) -> list[float]:
    rows = [pose[JOINT[coco_name(part)]] if coco_name(part) in JOINT else np.array([9.0, 9.0, 0.5]) for part in layout]
    return [float(value) for value in np.concatenate(rows)]


def write_frames(folder: Path, people: list[list[np.ndarray]], layout: list[str] = BODY_25) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for frame, poses in enumerate(people):
        content: dict[str, Any] = {
            "version": 1.3,
            "people": [{"person_id": [-1], "pose_keypoints_2d": keypoints(pose, layout)} for pose in poses],
        }
        (folder / f"video_{frame:012d}_keypoints.json").write_text(json.dumps(content))
    return folder


@pytest.mark.parametrize("layout", LAYOUTS)
def test_each_joint_lands_at_its_name(tmp_path: Path, layout: str) -> None:
    poses = np.random.default_rng(0).uniform(10, 400, (len(JOINT_NAMES), 3)) + np.zeros((3, 1, 1), np.float32)
    poses = (poses + np.arange(3)[:, None, None]).astype(np.float32)
    poses[..., 2] = np.linspace(0.1, 0.9, len(JOINT_NAMES), dtype=np.float32)
    walk = read_openpose_folder(write_frames(tmp_path / "walk7", [[pose] for pose in poses], LAYOUTS[layout]))
    assert walk.walk_id == "walk7"
    np.testing.assert_array_equal(walk.poses, poses)


def test_the_main_person_is_followed_through_crossings_and_gaps(tmp_path: Path) -> None:
    walker = draw_walker(40)
    walker[..., 0] += 3 * np.arange(40)[:, None]
    bystander = draw_walker(40, height_px=80)
    bystander[..., 0] += 120 - 2 * np.arange(40, dtype=np.float32)[:, None]
    rng = np.random.default_rng(3)
    frames = []
    for frame in range(40):
        people = [walker[frame], bystander[frame]]
        rng.shuffle(people)
        if 20 <= frame < 23:
            people = [bystander[frame]]
        frames.append(people)
    frames[30] = []
    read = read_openpose_folder(write_frames(tmp_path, frames)).poses
    expected = walker.copy()
    expected[20:23] = 0
    expected[30] = 0
    np.testing.assert_array_equal(read, expected)


def test_a_person_without_a_visible_joint_is_nobody(tmp_path: Path) -> None:
    walker = draw_walker(3)
    hidden = walker[1].copy()
    hidden[:, 2] = 0
    read = read_openpose_folder(write_frames(tmp_path, [[walker[0]], [hidden], [walker[2]]])).poses
    assert read is not None
    assert not read[1].any()
    with pytest.raises(DataError, match="no frame shows a person"):
        read_openpose_folder(write_frames(tmp_path / "empty", [[hidden], []]))


def test_confidence_above_one_is_one(tmp_path: Path) -> None:
    pose = draw_walker(1)[0]
    pose[:, 2] = 1.04
    read = read_openpose_folder(write_frames(tmp_path, [[pose]])).poses
    assert read is not None
    assert (read[..., 2] == 1).all()


def test_class_and_view_come_from_a_tree(tmp_path: Path) -> None:
    folder = write_frames(tmp_path / "00007" / "Positive" / "000_180", [[draw_walker(1)[0]]])
    walk = read_openpose_folder(folder)
    assert (walk.walk_id, walk.label, walk.view) == ("00007", ScreeningClass.POSITIVE, "000_180")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("{", "is not JSON"),
        ("[]", "people"),
        ('{"people": [{"face_keypoints_2d": []}]}', "pose_keypoints_2d"),
        ('{"people": [{"pose_keypoints_2d": [1, 2, 3]}]}', "3 values; expected 75"),
        ('{"people": [{"pose_keypoints_2d": "abc"}]}', "not a list of numbers"),
        (json.dumps({"people": [{"pose_keypoints_2d": [float("nan")] * 75}]}), "NaN"),
        (json.dumps({"people": [{"pose_keypoints_2d": [0.5] * 75}]}), "--keypoint_scale 0"),
    ],
)
def test_other_content_is_refused_with_the_file_named(tmp_path: Path, content: str, words: str) -> None:
    write_frames(tmp_path, [[draw_walker(1)[0]]] * 2)
    bad = tmp_path / "video_000000000001_keypoints.json"
    bad.write_text(content)
    with pytest.raises(DataError) as caught:
        read_openpose_folder(tmp_path)
    assert words in str(caught.value)
    assert str(caught.value).startswith(str(bad))
    assert "\n" not in str(caught.value)
