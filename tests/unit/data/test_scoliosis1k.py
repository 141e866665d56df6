from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from scoliogait.data.problems import Problem
from scoliogait.data.scoliosis1k import is_tree, plan_walks, scan_tree
from scoliogait.errors import DataError
from scoliogait.io.opengait_pickle import array_pickle_bytes
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


def test_trees_are_joined_by_id(tmp_path: Path) -> None:
    roots = [write_pose_tree(tmp_path / "pose"), write_silhouette_tree(tmp_path / "sil", n_walks=6)]
    walks = {walk.walk_id: walk for walk in read_trees(roots)}
    assert sorted(walks) == [f"{index:05d}" for index in range(8)]
    for index in range(8):
        walk = walks[f"{index:05d}"]
        np.testing.assert_array_equal(walk.poses, noisy_poses(index))
        np.testing.assert_equal(walk.silhouettes, silhouettes(index) if index < 6 else None)
        assert walk.silhouettes_aligned == (index < 6)
        assert walk.label is not None
        assert walk.label.spelling == ("positive", "negative", "neutral", "neutral")[index % 4]
        assert (walk.view, walk.subject_id) == (VIEW, None)


def test_a_link_that_leads_in_a_circle_is_no_walk(tmp_path: Path) -> None:
    tree = write_pose_tree(tmp_path / "pose")
    whole = scan_tree(tree)
    for folder in (tree, tree / "00000"):
        (folder / "circle").symlink_to("circle")
    assert scan_tree(tree) == whole


def test_the_order_says_nothing_about_the_ids_and_does_not_depend_on_the_trees(tmp_path: Path) -> None:
    pose, sil = write_pose_tree(tmp_path / "pose", 40), write_silhouette_tree(tmp_path / "sil", 40)
    orders = [[plan.walk_id for plan in plan_walks(roots)[0]] for roots in ([pose], [sil], [sil, pose])]
    assert orders[0] == orders[1] == orders[2]
    ranks = np.argsort(np.argsort(orders[0]))
    assert abs(np.corrcoef(ranks, np.arange(40))[0, 1]) < 0.35


def test_maps_and_pav_of_a_derived_tree_belong_together(tmp_path: Path) -> None:
    root = tmp_path / "derived"
    pav = np.linspace(0, 1, 24, dtype=np.float32).reshape(8, 3)
    folder = walk_folder(root, "00003", "Negative")
    write_array_pickle(folder / "0_heatmap.pkl", np.full((4, 2, 64, 64), 3, np.uint8))
    write_array_pickle(folder / "1_pav.pkl", np.repeat(pav[None], 4, axis=0))
    stats = {"pav_min": pav, "pav_max": pav, "stats_partition": "Scoliosis1K_118.json"}
    (root / "pav_stats.pkl").write_bytes(array_pickle_bytes(stats))
    pose = tmp_path / "pose"
    write_array_pickle(walk_folder(pose, "00003", "negative") / "x.pkl", noisy_poses(3))
    (walk,) = read_trees([root, pose])
    np.testing.assert_array_equal(walk.asymmetry, pav)
    assert walk.skeleton_maps is not None
    assert walk.poses is not None
    assert walk.origin["pav_stats_partition"] == "Scoliosis1K_118.json"


@pytest.mark.parametrize("content", ["[]", '{"kind": "of another program", "store_origin": 3}', "null"])
def test_facts_of_other_programs_say_nothing(tmp_path: Path, content: str) -> None:
    root = write_pose_tree(tmp_path / "pose", n_walks=1)
    (root / "export.json").write_text(content)
    (walk,) = read_trees([root])
    assert dict(walk.origin) == {}


def test_damaged_facts_of_our_export_are_named(tmp_path: Path) -> None:
    root = write_pose_tree(tmp_path / "pose", n_walks=1)
    (root / "export.json").write_text('{"kind": "scoliogait-tree", "store_origin": [1]}')
    with pytest.raises(DataError, match=r"export\.json: store_origin is no table"):
        plan_walks([root])


def test_trees_of_pictures_are_read_too(tmp_path: Path) -> None:
    folder = walk_folder(tmp_path, "00001", "Positive")
    folder.mkdir(parents=True)
    for index, frame in enumerate(silhouettes(1, 3, size=90)):
        Image.fromarray(frame).save(folder / f"{index:03d}.png")
    (walk,) = read_trees([tmp_path])
    np.testing.assert_array_equal(walk.silhouettes, silhouettes(1, 3, size=90))
    assert walk.walk_id == "00001"


def test_an_id_with_several_views_is_a_person_with_several_walks(tmp_path: Path) -> None:
    for view in ("000_180", "001_180"):
        write_array_pickle(walk_folder(tmp_path, "00001", "Positive", view) / "a.pkl", noisy_poses(1))
    write_array_pickle(walk_folder(tmp_path, "00002", "Positive") / "a.pkl", noisy_poses(2))
    walks = {walk.walk_id: walk for walk in read_trees([tmp_path])}
    assert sorted(walks) == ["00001-000_180", "00001-001_180", "00002"]
    assert [walks[i].subject_id for i in sorted(walks)] == ["00001", "00001", None]
    assert [walks[i].origin.get("tree_id") for i in sorted(walks)] == ["00001", "00001", None]


def test_only_three_levels_of_folders_are_a_tree(tmp_path: Path) -> None:
    tree = write_pose_tree(tmp_path / "tree", 1)
    assert is_tree(tree)
    assert not is_tree(tree / "00000")
    assert not is_tree(tree / "00000" / "positive" / VIEW)
    assert not is_tree(tmp_path / "none")
    (tree / ".hidden" / "positive" / VIEW).mkdir(parents=True)
    (tree / "export.json").touch()
    assert [entry.id for entry in scan_tree(tree)] == ["00000"]
    with pytest.raises(DataError, match="holds no walk; expected folders <id>/<class>/<view>"):
        scan_tree(tree / "00000")


def kinds(problems: list[Problem]) -> list[str]:
    return sorted(problem.kind for problem in problems)


@pytest.mark.parametrize(
    ("name", "remedy"), [("000.jpg", "but .jpg; write its pictures as .png"), ("a.txt", "fill or remove it")]
)
def test_a_folder_of_pictures_of_another_kind_is_to_be_converted_and_not_removed(
    tmp_path: Path, name: str, remedy: str
) -> None:
    sil = write_silhouette_tree(tmp_path / "sil", 2)
    folder = walk_folder(sil, "00007", "positive")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(b"picture")
    (problem,) = plan_walks([sil])[1]
    assert problem.kind == "empty-folder"
    assert remedy in problem.message


def test_contradictions_between_folders_leave_the_walk_out(tmp_path: Path) -> None:
    pose, sil = write_pose_tree(tmp_path / "pose", 6), write_silhouette_tree(tmp_path / "sil", 6)
    (sil / "00000" / "positive").rename(sil / "00000" / "posative")
    (pose / "00001" / "Negative").rename(pose / "00001" / "Positive")
    write_array_pickle(walk_folder(pose, "00002", "neutral") / "a.pkl", noisy_poses(2))
    (sil / "00003" / "critical" / VIEW / f"{VIEW}.pkl").unlink()
    write_array_pickle(walk_folder(sil, "00004", "positive") / "b.pkl", noisy_poses(4))
    planned, problems = plan_walks([pose, sil])
    assert kinds(problems) == ["duplicate-id", "empty-folder", "several-classes", "unknown-class"]
    assert {plan.walk_id for plan in planned} == {"00004", "00005"}
    found: list[Problem] = []
    assert [walk.walk_id for walk in read_trees([pose, sil], found.append)] == ["00005"]
    assert kinds(found) == [*kinds(problems)[:2], "recorded-twice", *kinds(problems)[2:]]
    for problem in found:
        assert "\n" not in str(problem)
        assert str(tmp_path) in problem.where
    with pytest.raises(DataError, match=r"sil/00000/posative/000_180: unknown class 'posative'; .*rename the folder"):
        list(read_trees([sil]))
