import json
from pathlib import Path

import numpy as np
import pytest
from studies.follower_scenes import Scene, make_scene

from openpose_folder import COCO_18, LAYOUTS, keypoints, write_frames
from scoliogait.errors import DataError
from scoliogait.io.choose_walker import choose_walker
from scoliogait.io.follow import follow
from scoliogait.io.openpose_json import read_openpose_folder
from scoliogait.io.people import people_of_frames
from scoliogait.io.read import read_walk
from scoliogait.labels import ScreeningClass
from scoliogait.limits import MAX_PEOPLE_PER_FRAME
from scoliogait.skeleton import JOINT_NAMES
from walker import draw_walker


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


def test_numbers_in_the_names_say_which_frame_a_file_is(tmp_path: Path) -> None:
    walker = draw_walker(14)
    write_frames(tmp_path, [[pose] for pose in walker])
    for frame, path in enumerate(sorted(tmp_path.iterdir())):
        path.rename(tmp_path / f"{frame + 5}_keypoints.json")
    (tmp_path / "9_keypoints.json").unlink()
    (tmp_path / "._7_keypoints.json").write_bytes(b"fork")
    walk = read_openpose_folder(tmp_path)
    expected = walker.copy()
    expected[4] = 0
    np.testing.assert_array_equal(walk.poses, expected)
    assert [words in note for words, note in zip(("as text", "1 of 14 frames"), walk.notes, strict=True)] == [True] * 2


def test_two_recordings_in_a_folder_are_named(tmp_path: Path) -> None:
    write_frames(tmp_path, [[pose] for pose in draw_walker(3)])
    for path in list(tmp_path.iterdir()):
        (tmp_path / path.name.replace("video", "visit2")).write_bytes(path.read_bytes())
    with pytest.raises(DataError, match=r"video_\*_keypoints\.json .* visit2_\*_keypoints\.json"):
        read_openpose_folder(tmp_path)


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
        (
            '{"people": [{"pose_keypoints_2d": [1, 2, 3]}]}',
            "3 values; expected 51 (COCO-17 or Human3.6M-17), 54 (COCO-18), 75 (BODY_25 or BODY_25B)",
        ),
        ('{"people": [{"pose_keypoints_2d": "abc"}]}', "not a list of numbers"),
        (json.dumps({"people": [{"pose_keypoints_2d": [float("inf")] * 75}]}), "infinite"),
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


def simulated(kind: str, number: int = 3) -> Scene:
    return make_scene(kind, 11, number)


def test_a_folder_is_read_as_the_follower_reads_its_people(tmp_path: Path) -> None:
    scene = simulated("stands in front")
    poses, people = choose_walker(follow(people_of_frames(scene.frames, "scene")), "scene")
    walk = read_openpose_folder(write_frames(tmp_path, [list(found) for found in scene.frames]))
    np.testing.assert_array_equal(walk.poses, poses)
    assert walk.people == people
    assert people.n_people >= 2


def test_a_person_is_chosen_by_number(tmp_path: Path) -> None:
    scene = simulated("side by side")
    folder = write_frames(tmp_path, [list(found) for found in scene.frames])
    with pytest.raises(DataError, match="cannot be told apart"):
        read_walk(folder)
    first, second = read_walk(folder, person=1), read_walk(folder, person=2)
    assert first.people is not None
    assert (first.people.walker, first.people.reason) == (1, "chosen by hand")
    assert not np.array_equal(first.poses, second.poses)


def test_more_people_than_a_frame_holds_are_refused_before_they_are_built(tmp_path: Path) -> None:
    write_frames(tmp_path, [[draw_walker(1)[0]]] * 2)
    crowd = tmp_path / "video_000000000001_keypoints.json"
    crowd.write_text('{"people": [' + ",".join(['{"pose_keypoints_2d":[]}'] * (MAX_PEOPLE_PER_FRAME + 1)) + "]}")
    with pytest.raises(DataError, match="holds more than 5000 people") as caught:
        read_openpose_folder(tmp_path)
    assert str(caught.value).startswith(str(crowd))


def test_files_of_two_layouts_and_a_byte_order_mark_are_read(tmp_path: Path) -> None:
    walker = draw_walker(20)
    write_frames(tmp_path, [[pose] for pose in walker[:10]])
    for frame in range(10, 20):
        text = json.dumps({"people": [{"pose_keypoints_2d": keypoints(walker[frame], COCO_18)}]})
        (tmp_path / f"video_{frame:012d}_keypoints.json").write_text(text, encoding="utf-8-sig")
    np.testing.assert_array_equal(read_openpose_folder(tmp_path).poses, walker)


def test_files_with_people_under_other_names_are_named(tmp_path: Path) -> None:
    folder = write_frames(tmp_path, [[pose] for pose in draw_walker(12)])
    (folder / "metadata.json").write_text('{"camera": 1}')
    assert read_openpose_folder(folder).notes == ()
    (folder / "video_3_keypoints (1).json").write_bytes((folder / "video_000000000003_keypoints.json").read_bytes())
    assert read_openpose_folder(folder).notes == (
        "1 more JSON file with people, not named *_keypoints.json, was not read: video_3_keypoints (1).json.",
    )


def test_more_files_under_other_names_than_under_openposes_own_are_refused(tmp_path: Path) -> None:
    folder = write_frames(tmp_path, [[pose] for pose in draw_walker(12)])
    for frame in range(1, 12):
        (folder / f"video_{frame:012d}_keypoints.json").rename(folder / f"video_keypoints ({frame}).json")
    with pytest.raises(
        DataError, match=r"11 JSON files with people that are not named \*_keypoints.json, as 1 is: .* and 8 more"
    ):
        read_openpose_folder(folder)


def test_people_that_are_no_list_are_named(tmp_path: Path) -> None:
    folder = write_frames(tmp_path, [[pose] for pose in draw_walker(12)])
    (folder / "video_000000000004_keypoints.json").write_text('{"people": {"0": {"pose_keypoints_2d": []}}}')
    with pytest.raises(
        DataError, match=r"0004_keypoints\.json: people is not a list of people; expected OpenPose output"
    ):
        read_openpose_folder(folder)
