"""COCO results and MMPose output: what is in them is read, what is unclear is refused with the file named."""

import json
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from scoliogait.errors import DataError
from scoliogait.io import json_text
from scoliogait.io.coco_json import is_coco_results, read_coco_results
from scoliogait.io.json_text import HEAD_BYTES, load_json
from scoliogait.io.mmpose_json import is_mmpose_output, read_mmpose
from scoliogait.io.read import read_walk
from scoliogait.limits import MAX_PEOPLE_PER_FRAME, MAX_RECORDING_BYTES
from walker import draw_walker

WALKER = draw_walker(8)


def write(folder: Path, content: Any) -> Path:
    path = folder / "walk.json"
    path.write_text(json.dumps(content))
    return path


def entry(frame: object, pose: np.ndarray) -> dict[str, Any]:
    return {"image_id": frame, "category_id": 1, "keypoints": pose.ravel().tolist(), "score": 0.9}


def shown(frame: int, pose: np.ndarray) -> dict[str, Any]:
    person = {"keypoints": pose[:, :2].tolist(), "keypoint_scores": pose[:, 2].tolist()}
    return {"frame_id": frame, "instances": [person]}


def test_order_of_entries_and_gaps(tmp_path: Path) -> None:
    order = [3, 0, 7, 1, 2, 6]
    walk = read_coco_results(write(tmp_path, [entry(100 + frame, WALKER[frame]) for frame in order]))
    expected = WALKER.copy()
    expected[[4, 5]] = 0
    np.testing.assert_array_equal(walk.poses, expected)


def test_visibility_of_2_is_a_confidence_of_1_and_said(tmp_path: Path) -> None:
    poses = WALKER * np.array([1, 1, 2], dtype=np.float32)
    walk = read_coco_results(write(tmp_path, [entry(frame, pose) for frame, pose in enumerate(poses)]))
    np.testing.assert_array_equal(walk.poses, WALKER)
    assert walk.notes == ("136 confidences above 1 (up to 2) were set to 1.",)


def test_nan_and_minus_one_are_missing(tmp_path: Path) -> None:
    poses = WALKER.copy()
    poses[0, 3], poses[1, 4] = np.nan, -1
    walk = read_coco_results(write(tmp_path, [entry(frame, pose) for frame, pose in enumerate(poses)]))
    assert not walk.poses[0, 3].any()
    assert not walk.poses[1, 4].any()
    assert walk.notes == ("2 joints marked with NaN or -1 were taken as missing.",)


def test_frames_of_mmpose_keep_their_places(tmp_path: Path) -> None:
    frames = [shown(1 + frame, pose) for frame, pose in enumerate(WALKER)]
    frames[0]["instances"] = frames[5]["instances"] = frames[7]["instances"] = []
    walk = read_mmpose(write(tmp_path, {"instance_info": frames}))
    expected = WALKER.copy()
    expected[[0, 5, 7]] = 0
    np.testing.assert_array_equal(walk.poses, expected)


GOOD = entry(0, WALKER[0])


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ([], "no frame shows a person"),
        ([GOOD, {"image_id": 1}], "lacks a field .'keypoints'"),
        ([GOOD, 5], "lacks a field"),
        ([GOOD | {"keypoints": [1, 2]}], "2 values"),
        ([GOOD | {"keypoints": []}], "0 values"),
        ([GOOD | {"keypoints": [[1], 2, 3]}], "not a list of numbers"),
        ([GOOD | {"keypoints": ["a", "b", "c"]}], "not a list of numbers"),
        ([GOOD | {"keypoints": "abc"}], "not a list of numbers"),
        ([GOOD | {"keypoints": [10**400] * 51}], "walk.json: "),
        ([GOOD, entry(1, WALKER[1, :16])], "48 and 51 values"),
        ([GOOD, GOOD | {"image_id": "x"}], "image_id"),
        ([GOOD | {"keypoints": [1.0] * 33}], "11 joints a person; expected 17"),
        ({"0.jpg": {"people": [{"a": 1}]}}, "lacks a field"),
        ({"0.jpg": 5}, "lacks a field"),
        (5, "lacks a field"),
    ],
)
def test_bad_results_are_refused(tmp_path: Path, content: Any, words: str) -> None:
    path = write(tmp_path, content)
    with pytest.raises(DataError, match=words) as caught:
        read_coco_results(path)
    assert str(caught.value).startswith(str(path))


NAMES = {"keypoint_id2name": {str(number): "nose" for number in range(17)}}
SHOWN = shown(0, WALKER[0])


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ([], "no frame shows a person"),
        ({"instance_info": [{"frame_id": 0}]}, "lacks a field .'instances'"),
        ({"meta_info": {}}, "lacks a field"),
        ([{"keypoints": [], "keypoint_scores": []}], "of a video and not of a picture"),
        ([SHOWN, {"frame_id": 1, "instances": [{"keypoints": [[1, 2]], "keypoint_scores": [1]}]}], "not a list of num"),
        ([{"frame_id": 1, "instances": [{"keypoints": [[1, 2]], "keypoint_scores": [1, 1]}]}], "one score"),
        ([{"frame_id": 1, "instances": [{"keypoints": [1, 2], "keypoint_scores": [1, 1]}]}], "expected x and y"),
        ({"meta_info": NAMES, "instance_info": [SHOWN]}, "names nose twice"),
        ({"meta_info": {"keypoint_id2name": {"0": "nose"}}, "instance_info": [SHOWN]}, "does not name the 17 joints"),
        (5, "lacks a field"),
    ],
)
def test_bad_mmpose_output_is_refused(tmp_path: Path, content: Any, words: str) -> None:
    path = write(tmp_path, content)
    with pytest.raises(DataError, match=words) as caught:
        read_mmpose(path)
    assert str(caught.value).startswith(str(path))


def test_a_crowd_in_one_frame_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path, [{"image_id": 0, "keypoints": [1, 2, 0.5]}] * (MAX_PEOPLE_PER_FRAME + 1))
    with pytest.raises(DataError, match="frame 0 holds 5001 people"):
        read_coco_results(path)


def test_a_million_people_are_refused_before_they_are_built(tmp_path: Path) -> None:
    path = tmp_path / "walk.json"
    person = b'{"image_id":0,"keypoints":[' + b"1,2,1," * 16 + b"1,2,1]},"
    with path.open("wb") as stream:
        stream.write(b"[")
        for _ in range(1_000):
            stream.write(person * 1_000)
    tracemalloc.start()
    with pytest.raises(DataError, match="more than 10,000,000 values"):
        read_walk(path)
    assert tracemalloc.get_traced_memory()[1] < 100 * 2**20
    tracemalloc.stop()
    with path.open("ab") as stream:
        stream.truncate(MAX_RECORDING_BYTES + 1)
    with pytest.raises(DataError, match=r"is larger than 160 MiB"):
        load_json(path, ["keypoints"])


SHORTEST = {
    "coco": (b"[", b'{"image_id":1,"keypoints":[]}', b"]"),
    "alphapose": (b'{"1.jpg":{"version":"AlphaPose v0.3","people":[', b'{"pose_keypoints_2d":[]}', b"]}}"),
    "alphapose-cmu": (b'{"1.jpg":{"version":"AlphaPose v0.3","bodies":[', b'{"joints":[]}', b"]}}"),
    "mmpose": (b'[{"frame_id":1,"instances":[', b'{"keypoints":[],"keypoint_scores":[]}', b"]}]"),
}


@pytest.mark.parametrize("form", SHORTEST)
def test_people_without_joints_are_counted_too(tmp_path: Path, form: str) -> None:
    """They stay below the limits of bytes and values, and half a gigabyte of objects would be built from them."""
    begin, person, end = SHORTEST[form]
    path = tmp_path / "walk.json"
    path.write_bytes(begin + (person + b",") * 1_000_000 + person + end)
    tracemalloc.start()
    with pytest.raises(DataError, match="more than 200,000 people"):
        read_walk(path)
    assert tracemalloc.get_traced_memory()[1] < 50 * 2**20
    tracemalloc.stop()


def test_people_are_counted_once_wherever_a_file_is_cut(tmp_path: Path) -> None:
    """Fields that lie across the pieces in which a file is read: one of 4 MiB and 0 to 12 bytes before its end."""
    person = {"image_id": 0, "keypoints": [0.5] * 30_000}
    for n_spaces in range(13):
        text = json.dumps([person] * 30)
        path = tmp_path / "walk.json"
        at = text.index('"keypoints"', 4 * 2**20)
        path.write_text(" " * (8 * 2**20 - at - n_spaces) + text)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(json_text, "MAX_RECORDING_PEOPLE", 30)
            assert len(load_json(path, ["keypoints"])) == 30
            patch.setattr(json_text, "MAX_RECORDING_PEOPLE", 29)
            with pytest.raises(DataError, match="more than 29 people"):
                load_json(path, ["keypoints"])


def test_recognition_reads_the_beginning_alone(tmp_path: Path) -> None:
    late = " " * HEAD_BYTES + json.dumps([GOOD])
    (tmp_path / "late.json").write_text(late)
    for recognises in (is_coco_results, is_mmpose_output):
        assert not recognises(tmp_path / "late.json")
        assert not recognises(tmp_path)
        assert not recognises(tmp_path / "none.json")
    assert is_coco_results(write(tmp_path, [GOOD]))
    assert not is_mmpose_output(write(tmp_path, [GOOD]))
    assert is_mmpose_output(write(tmp_path, [SHOWN]))
    assert not is_coco_results(write(tmp_path, [SHOWN]))


def write_pictures(folder: Path, frames: list[list[dict[str, Any]]]) -> Path:
    folder.mkdir()
    for frame, instances in enumerate(frames, 1):
        (folder / f"walk_{frame}.json").write_text(json.dumps(instances))
    return folder


def test_pictures_of_mmpose_are_frames_by_number(tmp_path: Path) -> None:
    frames = [shown(0, pose)["instances"] for pose in draw_walker(20)]
    for empty in (0, 1, 2, 3, 11):
        frames[empty] = []
    folder = write_pictures(tmp_path / "walk", frames)
    (folder / "walk_8.json").unlink()
    walk = read_walk(folder)
    expected = draw_walker(20)
    expected[[0, 1, 2, 3, 11, 7]] = 0
    np.testing.assert_array_equal(walk.poses, expected)
    assert walk.walk_id == "walk"
    assert any("1 of 20 frames have no file" in note for note in walk.notes)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ([{"keypoints": [[1, 2]]}], "lacks a field .'keypoint_scores'"),
        ({"keypoints": []}, "lacks a field"),
        ([{"keypoints": [[1, 2]], "keypoint_scores": [1, 1]}], "keypoints have shape"),
        ([{"keypoints": [[1, "a"]], "keypoint_scores": [1]}], "no list of numbers|not a list of numbers"),
        ([{"keypoints": [], "keypoint_scores": []}] * (MAX_PEOPLE_PER_FRAME + 1), "more than 5000 people"),
    ],
)
def test_a_damaged_picture_is_named(tmp_path: Path, content: Any, words: str) -> None:
    folder = write_pictures(tmp_path / "walk", [shown(0, pose)["instances"] for pose in WALKER])
    (folder / "walk_5.json").write_text(json.dumps(content))
    with pytest.raises(DataError, match=f"walk_5.json: .*({words})"):
        read_walk(folder)


def test_a_folder_of_other_lists_is_no_walk(tmp_path: Path) -> None:
    folder = write_pictures(tmp_path / "walk", [[{"image_id": 1, "keypoints": [1, 2, 3]}], []])
    with pytest.raises(DataError, match="is not a walk"):
        read_walk(folder)
