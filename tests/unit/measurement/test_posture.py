"""Signed asymmetries: known for drawn walkers, stated for the motion-capture people, and bound by laws."""

from collections import defaultdict

import numpy as np
import pytest

from captured_walks import captured_people, captured_poses
from scoliogait.measurement.posture import frame_posture, measure_posture
from scoliogait.measurement.stride import find_strides
from scoliogait.skeleton import JOINT, MIRROR, PAIR_NAMES
from walker import draw_walker

SHOULDERS, HIPS = PAIR_NAMES.index("shoulders"), PAIR_NAMES.index("hips")


@pytest.mark.parametrize("from_the_front", [True, False])
@pytest.mark.parametrize("tilt_deg", [-4.0, 0.0, 2.5])
def test_a_known_tilt_is_measured_from_both_sides(tilt_deg: float, from_the_front: bool) -> None:
    poses = draw_walker(shoulder_tilt_deg=tilt_deg, from_the_front=from_the_front)
    shoulders = measure_posture(poses)["shoulders"]
    assert shoulders.tilt_deg is not None
    assert shoulders.height_difference_percent is not None
    assert shoulders.tilt_deg.mean == pytest.approx(tilt_deg, abs=1e-3)
    # The shoulders are 0.24 body heights apart; the body's height varies a little with the swinging foot.
    expected = 24 * np.tan(np.radians(tilt_deg))
    assert shoulders.height_difference_percent.mean == pytest.approx(expected, rel=0.03, abs=1e-3)


def test_a_lifted_left_shoulder_is_positive() -> None:
    assert (frame_posture(draw_walker(shoulder_tilt_deg=3))[:, SHOULDERS, :2] > 0).all()


def test_turning_round_does_not_move_the_tilt() -> None:
    there = draw_walker(90, shoulder_tilt_deg=2)
    back = draw_walker(90, shoulder_tilt_deg=2, from_the_front=False)
    both = measure_posture(np.concatenate([there, back]))["shoulders"]
    assert both.tilt_deg is not None
    assert both.tilt_deg.mean == pytest.approx(2, abs=1e-3)
    assert both.tilt_deg.spread < 1e-3


def test_camera_roll_adds_to_every_tilt_and_not_to_their_difference() -> None:
    rolled = measure_posture(draw_walker(shoulder_tilt_deg=2, roll_deg=1.5, from_the_front=True))
    tilts = [rolled[name].tilt_deg for name in ("shoulders", "hips")]
    assert tilts[0] is not None
    assert tilts[1] is not None
    assert abs(tilts[1].mean) == pytest.approx(1.5, abs=0.01)
    assert tilts[0].mean - tilts[1].mean == pytest.approx(2, abs=0.01)


def test_midline_offset_is_positive_towards_the_walkers_left() -> None:
    for from_the_front in (True, False):
        poses = draw_walker(from_the_front=from_the_front, step_height=0)
        to_the_left = 10.0 if from_the_front else -10.0
        poses[:, [JOINT["left_shoulder"], JOINT["right_shoulder"]], 0] += to_the_left
        shoulders = measure_posture(poses)["shoulders"].midline_offset_percent
        assert shoulders is not None
        assert shoulders.mean == pytest.approx(100 * 10 / 200, rel=1e-4)


def test_hips_have_no_midline_offset() -> None:
    assert measure_posture(draw_walker())["hips"].midline_offset_percent is None


def test_mirroring_the_person_turns_every_sign() -> None:
    poses = captured_poses("16_15")
    mirrored = poses[:, MIRROR].copy()
    mirrored[..., 0] = 640 - mirrored[..., 0]
    np.testing.assert_allclose(frame_posture(mirrored), -frame_posture(poses), atol=2e-4)


def test_size_and_place_in_the_picture_do_not_matter() -> None:
    poses = draw_walker(shoulder_tilt_deg=2)
    moved = poses.copy()
    moved[..., :2] = 0.5 * moved[..., :2] + [40, -30]
    np.testing.assert_allclose(frame_posture(moved), frame_posture(poses), atol=1e-3)


def test_a_pair_never_seen_is_not_measured() -> None:
    poses = draw_walker()
    poses[:, JOINT["left_ear"], 2] = 0
    posture = measure_posture(poses)
    assert posture["ears"].tilt_deg is None
    assert posture["ears"].height_difference_percent is None
    assert posture["shoulders"].tilt_deg is not None


def test_side_views_are_not_measured() -> None:
    assert all(pair.tilt_deg is None for pair in measure_posture(draw_walker(yaw_deg=85)).values())


def test_mean_and_error_are_those_of_whole_strides() -> None:
    poses = draw_walker(100, step_height=0)
    # Strides of 30 frames with shoulders at 1, 2 and 3 degrees; ten frames of a fourth one do not count.
    for number, tilt in enumerate((1.0, 2.0, 3.0, 3.0)):
        rows = slice(30 * number, 30 * number + 30)
        poses[rows] = draw_walker(100, step_height=0, shoulder_tilt_deg=tilt)[rows]
    measured = measure_posture(poses, stride_frames=30.0)["shoulders"].tilt_deg
    assert measured is not None
    assert measured.mean == pytest.approx(2, abs=1e-3)
    assert measured.standard_error == pytest.approx(1 / np.sqrt(3), abs=1e-3)
    assert measured.n_frames == 100


def test_two_strides_give_no_standard_error() -> None:
    measured = measure_posture(draw_walker(75), stride_frames=30.0)["hips"].tilt_deg
    assert measured is not None
    assert measured.standard_error is None


def test_an_outlier_frame_does_not_count() -> None:
    poses = draw_walker(60, shoulder_tilt_deg=1)
    poses += np.random.default_rng(0).normal(0, 0.05, poses.shape).astype(np.float32) * [1, 1, 0]
    poses[17, JOINT["left_shoulder"], 1] -= 80
    measured = measure_posture(poses.astype(np.float32))["shoulders"].tilt_deg
    assert measured is not None
    assert measured.mean == pytest.approx(1, abs=0.1)
    assert measured.spread < 0.2


def test_motion_capture_people_lie_in_the_stated_range() -> None:
    """Their description: mean tilt per person -1.1 to +3.3 (shoulders) and -2.9 to +1.2 (hips), left higher = +."""
    tilts = defaultdict(lambda: defaultdict(list))
    for name, person in captured_people().items():
        poses = captured_poses(name)
        posture = measure_posture(poses, find_strides(poses, 30.0).stride_frames)
        for pair in ("shoulders", "hips"):
            measured = posture[pair].tilt_deg
            assert measured is not None
            tilts[pair][person].append(measured.mean)
    means = {pair: [np.mean(values) for values in people.values()] for pair, people in tilts.items()}
    assert min(means["shoulders"]) == pytest.approx(-1.1, abs=0.2)
    assert max(means["shoulders"]) == pytest.approx(3.3, abs=0.2)
    assert min(means["hips"]) == pytest.approx(-2.9, abs=0.5)
    assert max(means["hips"]) == pytest.approx(1.2, abs=0.5)
