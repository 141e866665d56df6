"""Where the body is: hand-drawn walkers from the front, from behind and from the side, and real ones."""

import numpy as np
import pytest

from captured_walks import captured_people, captured_poses
from recorded import sample_path
from scoliogait.io.read import read_walk
from scoliogait.measurement.body import facing, frontal_width, height_px, seen, trunk_vector_px
from scoliogait.skeleton import JOINT, MIRROR
from walker import draw_walker


def test_height_is_from_eyes_to_ankles() -> None:
    poses = draw_walker(height_px=150, step_height=0)
    np.testing.assert_allclose(height_px(poses), 150, rtol=1e-5)


def test_height_counts_seen_joints_only() -> None:
    poses = draw_walker(20, height_px=100, step_height=0)
    poses[:, [JOINT["left_ankle"], JOINT["right_ankle"]], 2] = 0.1
    np.testing.assert_allclose(height_px(poses), 72, rtol=1e-5)
    poses[3, :, 2] = 0
    assert height_px(poses)[3] == 0


def test_facing_follows_the_view() -> None:
    assert (facing(draw_walker(from_the_front=True)) == 1).all()
    assert (facing(draw_walker(from_the_front=False)) == -1).all()
    assert (facing(draw_walker(yaw_deg=85)) == 0).all()


@pytest.mark.parametrize("n_frames", range(1, 12))
def test_facing_of_a_walk_shorter_than_the_median(n_frames: int) -> None:
    """scipy 1.15.3 and 1.16.0 answer zeros where the window is much longer than the values."""
    assert (facing(draw_walker(n_frames)) == 1).all()


def test_frontal_width_is_shoulder_width_over_trunk_length() -> None:
    np.testing.assert_allclose(frontal_width(draw_walker()), 0.24 / 0.31, rtol=1e-5)
    np.testing.assert_allclose(frontal_width(draw_walker(roll_deg=10)), 0.24 * np.cos(np.radians(10)) / 0.31, rtol=1e-5)


def test_a_short_swap_of_left_and_right_is_left_out() -> None:
    poses = draw_walker(60)
    poses[20:23] = poses[20:23][:, MIRROR]
    side = facing(poses)
    assert (side[20:23] == 0).all()
    assert (np.delete(side, [20, 21, 22]) == 1).all()


def test_a_person_who_turns_round_faces_both_ways() -> None:
    poses = np.concatenate([draw_walker(40), draw_walker(40, from_the_front=False)])
    side = facing(poses)
    assert (side[:36] == 1).all()
    assert (side[44:] == -1).all()


def test_unseen_shoulders_have_no_side() -> None:
    poses = draw_walker(10)
    poses[:, JOINT["left_shoulder"], 2] = 0.2
    assert not seen(poses)[:, JOINT["left_shoulder"]].any()
    assert np.isnan(trunk_vector_px(poses)).all()
    assert np.isnan(frontal_width(poses)).all()
    assert (facing(poses) == 0).all()


@pytest.mark.parametrize(
    ("name", "side"),
    [("intel_woman_front", 1), ("intel_worker_back", -1), ("sports2d_woman_side", 0), ("cmu_35_08_front", 1)],
)
def test_real_walkers_face_as_their_description_says(name: str, side: int) -> None:
    poses = read_walk(sample_path(name)).poses
    assert (facing(poses) == side).mean() > 0.95


@pytest.mark.parametrize("name", captured_people())
def test_captured_walkers_face_the_camera_or_turn_their_back(name: str) -> None:
    from_the_front = captured_poses(name)
    from_behind = from_the_front.copy()
    from_behind[..., 0] = 640 - from_behind[..., 0]
    assert (facing(from_the_front) == 1).mean() > 0.9
    assert (facing(from_behind) == -1).mean() > 0.9


def test_the_input_is_not_changed() -> None:
    poses = draw_walker()
    before = poses.copy()
    facing(poses)
    height_px(poses)
    np.testing.assert_array_equal(poses, before)
