"""What the readers of one person's poses make of marks, confidences, other layouts and other coordinates."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from studies.layouts_scenes import in_layout, scaled, simulated_recordings

from scoliogait.data.tree_check import check_trees
from scoliogait.errors import DataError
from scoliogait.io.coco17_poses import coco17_poses
from scoliogait.io.layouts import LAYOUTS
from scoliogait.io.native import read_native, write_walk
from scoliogait.io.opengait_pickle import read_opengait_folder, read_opengait_pickle
from scoliogait.measurement.quality import assess_quality
from scoliogait.representation.skeleton_map import render_skeleton_maps
from scoliogait.skeleton import JOINT
from scoliogait.walk import Walk
from trees import write_array_pickle

WALK = next(iter(simulated_recordings(1, seed=50))).poses
NAME = Path("00001", "Positive", "000_180", "000_180.pkl")


def from_pickle(folder: Path, poses: np.ndarray) -> Walk:
    write_array_pickle(folder / "walk.pkl", poses)
    return read_opengait_pickle(folder / "walk.pkl")


def from_pickles(folder: Path, poses: np.ndarray) -> Walk:
    write_array_pickle(folder / NAME, poses)
    return read_opengait_folder((folder / NAME).parent)


def from_foreign_archive(folder: Path, poses: np.ndarray) -> Walk:
    np.savez(folder / "walk.npz", keypoints=poses)
    return read_native(folder / "walk.npz")


def from_our_archive(folder: Path, poses: np.ndarray) -> Walk:
    np.savez(folder / "walk.npz", format="scoliogait-walk-1", poses=poses)
    return read_native(folder / "walk.npz")


READERS = (from_pickle, from_pickles, from_foreign_archive, from_our_archive)


@pytest.fixture(params=READERS, ids=lambda reader: reader.__name__)
def read(request: pytest.FixtureRequest) -> Callable[[Path, np.ndarray], Walk]:
    return request.param  # type: ignore[no-any-return]


def test_confidences_come_into_range_in_every_reader_and_the_walk_says_so(
    tmp_path: Path, read: Callable[[Path, np.ndarray], Walk]
) -> None:
    poses = WALK.copy()
    poses[0, 0, 2], poses[1, 0, 2] = 1.5, -0.5
    walk = read(tmp_path, poses)
    assert walk.poses is not None
    assert walk.poses[:2, 0, 2].tolist() == [1, 0]
    np.testing.assert_array_equal(walk.poses[..., :2], poses[..., :2])
    assert len(walk.notes) == 2
    assert set(walk.notes) <= set(assess_quality(walk).notes)


@pytest.mark.parametrize("low", [0, -1])
def test_normalised_coordinates_are_refused_by_every_reader(
    tmp_path: Path, read: Callable[[Path, np.ndarray], Walk], low: int
) -> None:
    with pytest.raises(DataError, match="coordinates are not pixels"):
        read(tmp_path, scaled(WALK, low))


def test_another_order_is_refused_by_every_reader(tmp_path: Path, read: Callable[[Path, np.ndarray], Walk]) -> None:
    with pytest.raises(DataError, match=r"order of Human3\.6M-17"):
        read(tmp_path, in_layout(WALK, LAYOUTS["Human3.6M-17"], np.random.default_rng(0)))


@pytest.mark.parametrize("mark", [-1.0, np.nan])
def test_a_marked_joint_moves_no_other_joint_of_a_published_map(
    tmp_path: Path, read: Callable[[Path, np.ndarray], Walk], mark: float
) -> None:
    marked, zero = WALK.copy(), WALK.copy()
    marked[::2, JOINT["left_ankle"]] = (mark, mark, 0)
    zero[::2, JOINT["left_ankle"]] = 0
    walk = read(tmp_path, marked)
    assert walk.poses is not None
    np.testing.assert_array_equal(walk.poses, zero)
    np.testing.assert_array_equal(render_skeleton_maps(walk.poses), render_skeleton_maps(zero))


def test_data_check_lists_what_screening_refuses(tmp_path: Path) -> None:
    write_array_pickle(tmp_path / NAME, scaled(WALK, 0))
    (problem,) = check_trees([tmp_path])
    assert problem.severity == "unusable"
    assert "not pixels" in str(problem)


def test_a_published_sequence_is_read_bit_for_bit(tmp_path: Path) -> None:
    walk = from_pickle(tmp_path, WALK.astype(np.float64))
    np.testing.assert_array_equal(walk.poses, WALK)
    assert walk.notes == ()


def test_other_counts_of_joints_are_recognised_in_archives(tmp_path: Path) -> None:
    walk = from_foreign_archive(tmp_path, in_layout(WALK, LAYOUTS["BODY_25B"], np.random.default_rng(0)))
    np.testing.assert_array_equal(walk.poses, WALK)
    assert walk.notes == ("The joints were recognised as BODY_25B, and not BODY_25.",)


def test_notes_survive_a_file_and_are_not_doubled(tmp_path: Path) -> None:
    poses = WALK.copy()
    poses[0, 0, 2] = 1.5
    walk = from_foreign_archive(tmp_path, poses)
    write_walk(tmp_path / "again.npz", walk)
    assert read_native(tmp_path / "again.npz").notes == walk.notes != ()


@pytest.mark.parametrize("axes", [(0, 2, 1), (2, 0, 1), (1, 0, 2)])
def test_other_axes_are_refused(axes: tuple[int, int, int]) -> None:
    with pytest.raises(DataError):
        coco17_poses(WALK.transpose(axes), "x")


def test_a_stated_layout_is_used() -> None:
    points = in_layout(WALK, LAYOUTS["Human3.6M-17"], np.random.default_rng(0))
    poses, notes = coco17_poses(points, "x", "human3.6m-17")
    np.testing.assert_array_equal(poses[:, 5:], WALK[:, 5:])
    assert not poses[:, :5].any()
    assert notes == ()


@pytest.mark.parametrize(
    ("shape", "words"),
    [((9, 0, 3), "hold joints"), ((9, 3, 17), "put the axes in this order"), ((9, 1, 17, 3), "poses of one person")],
)
def test_an_array_of_another_shape_is_refused_with_what_to_do(shape: tuple[int, ...], words: str) -> None:
    with pytest.raises(DataError, match=f"^x: poses have shape .* expected \\(frames, joints, 3\\), so .*{words}"):
        coco17_poses(np.zeros(shape, np.float32), "x")
