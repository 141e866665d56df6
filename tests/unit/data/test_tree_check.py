import os
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from scoliogait.api.samples import sample
from scoliogait.data.partition import Partition
from scoliogait.data.problems import Problem, partition_problems, walk_problems
from scoliogait.data.stated import Stated
from scoliogait.data.store import write_store
from scoliogait.data.tree_check import check_store, check_trees
from scoliogait.errors import DataError
from scoliogait.skeleton import JOINT, PAIRS
from scoliogait.walk import Walk
from trees import (
    VIEW,
    noisy_poses,
    read_trees,
    silhouettes,
    walk_folder,
    write_array_pickle,
    write_pose_tree,
    write_silhouette_tree,
)


def of_kind(problems: list[Problem], kind: str) -> list[str]:
    return [str(problem) for problem in problems if problem.kind == kind]


def test_sound_trees_have_no_problem(tmp_path: Path) -> None:
    roots = [write_pose_tree(tmp_path / "pose", n_frames=30), write_silhouette_tree(tmp_path / "sil", n_frames=30)]
    ids = [f"{index:05d}" for index in range(8)]
    assert check_trees(roots, Partition("all", tuple(ids[:4]), tuple(ids[4:]))) == []


def test_a_tree_of_odd_pictures_is_read_right_and_says_so(tmp_path: Path) -> None:
    masks = silhouettes(0, 20, size=96) // 128 * np.uint8(255)
    folder = walk_folder(tmp_path, "00001", "Positive")
    folder.mkdir(parents=True)
    for number, mask in enumerate(255 - masks, 1):
        Image.fromarray(mask).save(folder / f"frame{number}.png")
        (folder / f"._frame{number}.png").write_bytes(b"fork")
    (tmp_path / "__MACOSX" / "Positive" / VIEW).mkdir(parents=True)
    (folder / "Thumbs.db").write_bytes(b"thumbs")
    problems = check_trees([tmp_path])
    assert {(problem.kind, problem.severity) for problem in problems} == {("noted-by-reader", "note")}
    assert [words in str(problem) for words, problem in zip(("as text", "white"), problems, strict=True)] == [True] * 2
    (walk,) = read_trees([tmp_path])
    np.testing.assert_array_equal(walk.silhouettes, masks)


def test_every_problem_is_listed_at_once(tmp_path: Path) -> None:
    pose, sil = (
        write_pose_tree(tmp_path / "pose", 16, 30),
        write_silhouette_tree(tmp_path / "sil", 16, 30),
    )

    def pose_file(number: int) -> Path:
        return next((pose / f"{number:05d}").rglob("*.pkl"))

    write_array_pickle(pose_file(0), noisy_poses(0, n_frames=1))
    hidden = noisy_poses(1, 30)
    hidden[..., 2] = 0
    write_array_pickle(pose_file(1), hidden)
    partly = noisy_poses(2, 30)
    partly[:, [JOINT["left_ear"], JOINT["right_wrist"]]] = 0
    write_array_pickle(pose_file(2), partly)
    broken = noisy_poses(3, 30)
    broken[5, JOINT["nose"], 1] = np.inf
    write_array_pickle(pose_file(3), broken)
    pose_file(4).write_bytes(pose_file(4).read_bytes()[:-20])
    write_array_pickle(pose_file(5), noisy_poses(5, 30)[:, :16])
    write_array_pickle(pose_file(6), noisy_poses(6, 30).astype(object))
    (pose / "00007" / "critical").rename(pose / "00007" / "criticle")
    write_array_pickle(walk_folder(pose, "00008", "Negative") / "a.pkl", noisy_poses(8, 30))
    pose_file(9).unlink()
    write_array_pickle(next((sil / "00010").rglob("*.pkl")), np.zeros((30, 64, 64), np.uint8))
    write_array_pickle(next((sil / "00011").rglob("*.pkl")), silhouettes(11, 29))
    gap = noisy_poses(12, 30)
    gap[4] = 0
    write_array_pickle(pose_file(12), gap)
    write_array_pickle(walk_folder(pose, "00016", "positive") / "a.pkl", noisy_poses(16, 30))
    for name in ("a.pkl", "b.pkl"):
        (pose_file(13).parent / name).write_bytes(b"")
    partition = Partition("mine", tuple(f"{n:05d}" for n in range(15)), ("77777",))

    problems = check_trees([pose, sil], partition)
    assert Counter((p.kind, p.severity) for p in problems) == {
        ("one-frame", "doubtful"): 1,
        ("no-visible-joint", "unusable"): 1,
        ("joint-never-seen", "doubtful"): 1,
        ("unreadable", "unusable"): 6,
        ("unknown-class", "unusable"): 1,
        ("several-classes", "unusable"): 1,
        ("empty-folder", "unusable"): 1,
        ("no-visible-silhouette", "unusable"): 1,
        ("lengths-differ", "note"): 2,
        ("frames-without-person", "note"): 1,
        ("not-in-every-tree", "doubtful"): 1,
        ("missing-walk", "doubtful"): 1,
        ("not-in-partition", "doubtful"): 1,
    }
    for problem in problems:
        assert "\n" not in str(problem)
        assert str(tmp_path) in problem.where
    assert "left_ear, right_wrist never seen" in of_kind(problems, "joint-never-seen")[0]
    unreadable = "\n".join(sorted(of_kind(problems, "unreadable")))
    for words in (
        f"00003/critical/{VIEW}/{VIEW}.pkl: poses hold infinite values",
        "first at frame 5, joint 0",
        f"00004/positive/{VIEW}/{VIEW}.pkl: is not a whole pickle",
        f"00005/Negative/{VIEW}/{VIEW}.pkl: holds an array of shape (30, 16, 3)",
        f"00006/NEUTRAL/{VIEW}/{VIEW}.pkl: holds an array of dtype 'O8'",
        f"00013/Negative/{VIEW}/a.pkl: is empty",
        f"00013/Negative/{VIEW}/b.pkl: is empty",
    ):
        assert words.replace("/", os.sep) in unreadable
    assert "lacks 1 of 16 ids of partition mine: 77777;" in of_kind(problems, "missing-walk")[0]
    assert "2 ids are in neither set of partition mine: 00015, 00016;" in of_kind(problems, "not-in-partition")[0]
    subset = check_trees([pose, sil], partition, subset=True)
    assert [p.kind for p in problems if p not in subset] == ["not-in-partition"]


def test_progress_ends_at_the_number_of_walks(tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    check_trees([write_pose_tree(tmp_path, 3)], progress=lambda done, total: seen.append((done, total)))
    assert seen == [(0, 3), (1, 3), (2, 3), (3, 3)]


def test_a_root_without_walks_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="holds no walk"):
        check_trees([tmp_path])


def test_a_store_is_checked_like_a_tree(tmp_path: Path) -> None:
    partly = noisy_poses(1, 30)
    partly[:, JOINT["nose"]] = 0
    walks = [Walk(walk_id="a", poses=noisy_poses(0, 30)), Walk(walk_id="b", poses=partly)]
    path = write_store(tmp_path / "store", walks, {}).path
    partition = Partition("p", ("a",), ("c",))
    assert [p.kind for p in check_store(path, partition)] == ["joint-never-seen", "missing-walk", "not-in-partition"]
    content = bytearray((path / "poses.npy").read_bytes())
    content[-1] ^= 1
    (path / "poses.npy").write_bytes(content)
    (problem,) = check_store(path)
    assert (problem.kind, problem.severity) == ("damaged-store", "unusable")
    assert "poses.npy: its checksum is wrong" in str(problem)


def test_partitions_may_list_ids_or_walks_of_trees_with_several_views(tmp_path: Path) -> None:
    for seed, view in enumerate(("000_180", "001_180")):
        write_array_pickle(walk_folder(tmp_path, "00001", "Positive", view) / "a.pkl", noisy_poses(seed, 30))
    write_array_pickle(walk_folder(tmp_path, "00002", "Positive") / "a.pkl", noisy_poses(2, 30))
    assert check_trees([tmp_path], Partition("p", ("00001",), ("00002",))) == []
    by_walk = Partition("p", ("00001-000_180", "00001-001_180"), ("00002",))
    assert check_trees([tmp_path], by_walk) == []


@pytest.mark.parametrize("modality", ["silhouettes", "skeleton_maps"])
def test_one_frame_of_any_modality_is_named(modality: str) -> None:
    frames = np.full((1, 64, 64) if modality == "silhouettes" else (1, 2, 64, 64), 200, np.uint8)
    (problem,) = walk_problems(Walk(poses=None, **{modality: frames}), "here")
    assert str(problem) == f"here: has 1 frame ({modality}); a gait needs several, record it again or remove it"


def test_of_many_ids_ten_are_named_and_all_are_held() -> None:
    names = [(f"{k:05d}", f"{k:05d}-000_180") for k in range(30)]
    partition = Partition("other", tuple(f"x{k}" for k in range(700)), tuple(f"y{k}" for k in range(793)))
    missing, unlisted = partition_problems(names, partition, "here")
    assert missing.message.startswith("lacks 1493 of 1493 ids of partition other: x0, x1, ")
    assert "x9 and 1483 more; add these walks" in missing.message
    assert missing.ids == partition.ids
    assert "00009 and 20 more;" in unlisted.message
    assert len(unlisted.ids) == 30


def test_exchanged_sides_are_listed_and_left_as_they_are() -> None:
    walk = sample("cmu_06_01_front")
    assert walk.poses is not None
    assert not [p for p in walk_problems(walk, "here") if p.kind == "sides-exchanged"]
    for n_frames, severity in ((3, "note"), (40, "doubtful")):
        poses = walk.poses.copy()
        frames = np.arange(30, 30 + n_frames)
        for left, right in PAIRS[5:]:
            poses[frames, left], poses[frames, right] = walk.poses[frames, right], walk.poses[frames, left]
        problems = walk_problems(walk.with_changes(poses=poses), "here")
        (found,) = (p for p in problems if p.kind == "sides-exchanged")
        assert found.severity == severity
        assert f"in {n_frames} of {len(poses)} frames (legs {n_frames})" in found.message


def of_walk(problems: list[Problem], kind: str, where: str) -> Problem:
    (found,) = (problem for problem in problems if problem.kind == kind and where in problem.where)
    return found


def test_what_screening_refuses_is_listed_with_the_reason_of_the_screening() -> None:
    still = np.repeat(noisy_poses(0, 1), 40, axis=0)
    side = noisy_poses(0, 40)
    side[..., 0] = 300 + (side[..., 0] - 300) * 0.1
    for poses, words in ((noisy_poses(0, 12), "too short: 12 frames"), (still, "no walking"), (side, "side view")):
        (problem,) = (p for p in walk_problems(Walk(poses=poses), "here") if p.kind == "not-screenable")
        assert problem.severity == "doubtful"
        assert words in problem.message
    assert walk_problems(Walk(poses=noisy_poses(0, 40)), "here") == []


def test_a_store_older_than_a_rule_is_held_to_it(tmp_path: Path) -> None:
    """Written straight from Python, as before readers looked at what a coordinate and a grey value are."""
    good = {"poses": noisy_poses(0, 30), "silhouettes": silhouettes(0, 30), "silhouettes_aligned": True}
    shares = noisy_poses(1, 30) / np.array([640, 480, 1], np.float32)
    upside_down = noisy_poses(2, 30)
    upside_down[..., 1] = 480 - upside_down[..., 1]
    photograph = np.random.default_rng(0).integers(0, 256, (30, 64, 64), dtype=np.uint8)
    bad: dict[str, tuple[dict[str, np.ndarray], str, str]] = {
        "shares": ({"poses": shares}, "refused-by-reader", "not pixels"),
        "upside-down": ({"poses": upside_down}, "refused-by-reader", "stands on its head"),
        "inverted": ({"silhouettes": 255 - silhouettes(3, 30)}, "silhouette-values", "white background"),
        "photograph": ({"silhouettes": photograph}, "refused-by-reader", "photograph"),
    }
    walks = [Walk(walk_id=name, **{**good, **fields}) for name, (fields, _, _) in bad.items()]
    store = write_store(tmp_path / "store", [Walk(walk_id="good", **good), *walks], {})
    problems = check_store(store.path)
    for name, (_, kind, words) in bad.items():
        found = of_walk(problems, kind, repr(name))
        assert words in found.message
        assert found.severity != "note"
    assert not [problem for problem in problems if "'good'" in problem.where]


def test_walks_without_a_modality_that_the_others_have_are_listed(tmp_path: Path) -> None:
    both = {"silhouettes": silhouettes(0, 30), "silhouettes_aligned": True}
    walks = [Walk(walk_id=name, poses=noisy_poses(seed, 30), **both) for seed, name in enumerate("abc")]
    walks.append(Walk(walk_id="d", poses=noisy_poses(3, 30)))
    problems = check_store(write_store(tmp_path / "most", walks, {}).path)
    (problem,) = (problem for problem in problems if problem.kind == "modality-missing")
    assert "walk 'd'" in problem.where
    assert "has no silhouettes, and 3 of 4 walks have them" in problem.message
    few = [walks[0], *(Walk(walk_id=name, poses=noisy_poses(seed, 30)) for seed, name in enumerate("xyz", 4))]
    (problem,) = (p for p in check_store(write_store(tmp_path / "few", few, {}).path) if p.severity == "doubtful")
    assert "1 of 4 walks have silhouettes" in problem.message


def test_order_of_joints_and_frame_rate_are_stated_as_for_screening(tmp_path: Path) -> None:
    store = write_store(tmp_path / "store", [Walk(walk_id="a", poses=noisy_poses(0, 30), frame_rate_hz=25)], {}).path
    assert check_store(store, stated=Stated(frame_rate_hz=25)) == []
    (problem,) = check_store(store, stated=Stated(frame_rate_hz=15))
    assert "states 25 frames a second, but 15 were given" in problem.message
    with pytest.raises(DataError, match="leave out --joints"):
        check_store(store, stated=Stated(layout="BODY_25"))
    tree = write_pose_tree(tmp_path / "tree", 1, 30)
    assert check_trees([tree], stated=Stated(layout="COCO-17", frame_rate_hz=30)) == []
    (problem,) = check_trees([tree], stated=Stated(layout="BODY_25"))
    assert "has 17 joints a person; BODY_25 has 25" in problem.message
    slow = check_trees([write_pose_tree(tmp_path / "slow", 1, 15)], stated=Stated(frame_rate_hz=100))
    assert any("too short: 15 frames (0.1 s)" in problem.message for problem in slow)


@pytest.mark.parametrize("place", ["00001", "00001/Positive"])
def test_frames_above_the_folders_of_views_are_listed(tmp_path: Path, place: str) -> None:
    write_array_pickle(walk_folder(tmp_path, "00001", "Positive") / "a.pkl", noisy_poses(1, 30))
    write_array_pickle(tmp_path / place / "b.pkl", noisy_poses(2, 30))
    (tmp_path / place / "README.txt").touch()
    (tmp_path / place / "._b.pkl").touch()
    (problem,) = check_trees([tmp_path])
    assert (problem.kind, problem.severity, problem.where) == ("misplaced-file", "doubtful", str(tmp_path / place))
    assert "holds b.pkl, which no walk takes: expected <id>/<class>/<view>" in problem.message
