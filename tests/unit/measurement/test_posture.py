"""Signed asymmetries: known for drawn walkers, stated for the motion-capture people, and bound by laws."""

from collections import defaultdict

import numpy as np
import pytest

from captured_walks import captured_people, captured_poses
from scoliogait.measurement.camera_roll import ROLL_FREEDOM
from scoliogait.measurement.keypoint_error import PLACEMENT_ERRORS
from scoliogait.measurement.posture import Measurement, Posture, measure_posture
from scoliogait.measurement.posture_cautions import posture_cautions
from scoliogait.measurement.stride import find_strides
from scoliogait.measurement.stride_statistics import two_sided_t
from scoliogait.skeleton import JOINT, MIRROR, PAIR_NAMES
from walker import draw_walker

STRIDE_FRAMES = 30 / 0.9


def values(posture: Posture) -> np.ndarray:
    """Of every pair: height difference, tilt and midline; 0 where not measured."""
    rows = [
        (posture[name].height_difference_percent, posture[name].tilt_deg, posture[name].midline_offset_percent)
        for name in PAIR_NAMES
    ]
    return np.array([[0.0 if measured is None else measured.value for measured in row] for row in rows])


def tilt_of(posture: Posture, pair: str) -> Measurement:
    tilt = posture[pair].tilt_deg
    assert tilt is not None
    return tilt


def jittered(poses: np.ndarray, size_px: float = 1.0, seed: int = 0) -> np.ndarray:
    moved = poses.copy()
    moved[..., :2] += np.random.default_rng(seed).normal(0, size_px, moved[..., :2].shape)
    return moved


def both_ways(n_frames: int = 300, roll_deg: float = 0.0, shoulder_tilt_deg: float = 2.0) -> np.ndarray:
    ways = [
        draw_walker(n_frames, shoulder_tilt_deg=shoulder_tilt_deg, from_the_front=front, roll_deg=roll_deg)
        for front in (True, False)
    ]
    return np.concatenate(ways)


@pytest.mark.parametrize("from_the_front", [True, False])
@pytest.mark.parametrize("tilt_deg", [-4.0, 0.0, 2.5])
def test_a_known_tilt_is_measured_from_both_sides(tilt_deg: float, from_the_front: bool) -> None:
    poses = draw_walker(shoulder_tilt_deg=tilt_deg, from_the_front=from_the_front)
    shoulders = measure_posture(poses)["shoulders"]
    assert shoulders.tilt_deg is not None
    assert shoulders.height_difference_percent is not None
    assert shoulders.tilt_deg.value == pytest.approx(tilt_deg, abs=1e-2)
    # The shoulders are 0.24 body heights apart; the body's height varies a little with the swinging foot.
    expected = 24 * np.tan(np.radians(tilt_deg))
    assert shoulders.height_difference_percent.value == pytest.approx(expected, rel=0.03, abs=1e-2)


def test_turning_round_does_not_move_the_tilt() -> None:
    assert tilt_of(measure_posture(both_ways(90)), "shoulders").value == pytest.approx(2, abs=1e-2)


@pytest.mark.parametrize("from_the_front", [True, False])
def test_a_camera_rolled_by_eight_degrees_comes_out_as_roll(from_the_front: bool) -> None:
    """Shoulders were shown as -5.9 +- 0.3 degrees, without a word."""
    poses = jittered(draw_walker(300, shoulder_tilt_deg=2, roll_deg=8, from_the_front=from_the_front), 0.5)
    posture = measure_posture(poses, STRIDE_FRAMES)
    roll = posture.camera_roll_deg
    assert roll is not None
    assert roll.interval[0] < 8 < roll.interval[1]
    assert roll.value > 6.5
    assert not roll.from_both_directions
    tilt = tilt_of(posture, "shoulders")
    assert tilt.interval is not None
    assert tilt.interval[0] < 2 < tilt.interval[1]
    assert abs(tilt.value) < 4
    # What is unknown of the roll is part of the error of a single tilt, and of no part of the difference of two.
    assert tilt.systematic_error is not None
    roll_error = (roll.interval[1] - roll.value) / two_sided_t(ROLL_FREEDOM)
    assert tilt.systematic_error > 0.99 * roll_error
    # It rests on an assumption, so more errors lie within an interval of it than of an error which is known.
    errors_inside = (tilt.interval[1] - tilt.value) / tilt.standard_error
    assert errors_inside > 2.1
    difference = posture.shoulders_minus_hips_deg
    assert difference is not None
    assert difference.interval is not None
    assert difference.interval[0] < 2 < difference.interval[1]
    assert difference.interval[1] - difference.value < 0.99 * errors_inside * difference.standard_error
    (caution,) = posture_cautions(posture)
    assert "camera is rolled by" in caution
    assert "or the person leans" in caution


@pytest.mark.parametrize("roll_deg", [90, 180, -120])
def test_a_picture_on_its_side_or_head_is_measured_without_a_division_by_zero(roll_deg: float) -> None:
    posture = measure_posture(jittered(draw_walker(300, roll_deg=roll_deg), 0.01), STRIDE_FRAMES)
    assert np.isfinite(values(posture)).all()
    if posture.camera_roll_deg is not None:
        assert np.isfinite(posture.camera_roll_deg.interval).all()


def test_both_directions_tell_the_roll_of_the_camera_from_a_lean() -> None:
    posture = measure_posture(jittered(both_ways(roll_deg=8), 0.5), STRIDE_FRAMES)
    roll = posture.camera_roll_deg
    assert roll is not None
    assert roll.from_both_directions
    assert roll.value == pytest.approx(8, abs=0.3)
    assert tilt_of(posture, "shoulders").value == pytest.approx(2, abs=0.3)
    assert tilt_of(posture, "hips").value == pytest.approx(0, abs=0.5)
    (caution,) = posture_cautions(posture)
    assert "leans" not in caution


def test_a_level_camera_and_a_possible_body_give_no_caution() -> None:
    assert posture_cautions(measure_posture(jittered(both_ways()), STRIDE_FRAMES)) == ()


def test_a_tilt_that_no_body_has_is_a_caution() -> None:
    (caution,) = posture_cautions(measure_posture(both_ways(shoulder_tilt_deg=25), STRIDE_FRAMES))
    assert "line through the shoulders is tilted by +25.0 degrees" in caution


def test_midline_offset_is_positive_towards_the_walkers_left() -> None:
    ways = []
    for from_the_front in (True, False):
        poses = draw_walker(from_the_front=from_the_front, step_height=0)
        to_the_left = 10.0 if from_the_front else -10.0
        poses[:, [JOINT["left_shoulder"], JOINT["right_shoulder"]], 0] += to_the_left
        ways.append(poses)
    posture = measure_posture(np.concatenate(ways))
    shoulders, hips = posture["shoulders"].midline_offset_percent, posture["hips"].midline_offset_percent
    assert shoulders is not None
    assert hips is not None
    # 5 % from the hips and ankles, so two thirds of it from the axis through the three middles.
    assert shoulders.value == pytest.approx(100 * 10 / 200 * 2 / 3, abs=0.02)
    assert hips.value == pytest.approx(-100 * 10 / 200 / 3, abs=0.02)


def test_mirroring_the_person_turns_every_sign() -> None:
    poses = captured_poses("16_15")
    mirrored = poses[:, MIRROR].copy()
    mirrored[..., 0] = 640 - mirrored[..., 0]
    stride = find_strides(poses, 30.0).stride_frames
    there, back = measure_posture(poses, stride), measure_posture(mirrored, stride)
    np.testing.assert_allclose(values(back), -values(there), atol=2e-3)
    assert there.camera_roll_deg is not None
    assert back.camera_roll_deg is not None
    assert back.camera_roll_deg.value == pytest.approx(-there.camera_roll_deg.value, abs=1e-3)


def test_size_and_place_in_the_picture_do_not_matter() -> None:
    poses = draw_walker(shoulder_tilt_deg=2)
    moved = poses.copy()
    moved[..., :2] = 0.5 * moved[..., :2] + [40, -30]
    np.testing.assert_allclose(values(measure_posture(moved)), values(measure_posture(poses)), atol=1e-3)


def test_a_pair_never_seen_is_not_measured() -> None:
    poses = draw_walker()
    poses[:, JOINT["left_ear"], 2] = 0
    posture = measure_posture(poses)
    assert posture["ears"].tilt_deg is None
    assert posture["ears"].height_difference_percent is None
    assert posture["shoulders"].tilt_deg is not None


def test_side_views_are_not_measured() -> None:
    posture = measure_posture(draw_walker(yaw_deg=85))
    assert all(pair.tilt_deg is None for pair in posture.values())
    assert posture.camera_roll_deg is None
    assert posture.shoulders_minus_hips_deg is None
    assert posture_cautions(posture) == ()


def test_value_and_statistical_error_are_those_of_whole_strides() -> None:
    poses = draw_walker(100, step_height=0)
    # Strides of 30 frames with shoulders at 1, 2 and 3 degrees; the ten frames that are left over lie at both ends.
    for number, tilt in enumerate((1.0, 2.0, 3.0)):
        rows = slice(5 + 30 * number, 35 + 30 * number)
        poses[rows] = draw_walker(100, step_height=0, shoulder_tilt_deg=tilt)[rows]
    measured = tilt_of(measure_posture(poses, stride_frames=30.0), "shoulders")
    assert measured.value == pytest.approx(2, abs=0.05)
    assert measured.statistical_error == pytest.approx(1 / np.sqrt(3), abs=0.05)
    assert measured.n_strides == 3


def test_the_parts_of_an_error_and_what_follows_from_them() -> None:
    measured = tilt_of(measure_posture(jittered(both_ways()), STRIDE_FRAMES), "shoulders")
    assert measured.standard_error == pytest.approx(np.hypot(measured.statistical_error, measured.systematic_error))
    low, high = measured.interval
    assert (low + high) / 2 == pytest.approx(measured.value)
    assert high - low > 2 * 1.96 * measured.standard_error
    # Real people differ from walk to walk by 0.39 degrees beyond that.
    assert measured.sd_of_pass == pytest.approx(np.hypot(measured.standard_error, 0.39))
    assert measured.mdc95 == pytest.approx(1.96 * np.sqrt(2) * measured.sd_of_pass, rel=1e-4)
    assert measured.n_strides == 18


def test_two_strides_give_no_interval() -> None:
    measured = tilt_of(measure_posture(draw_walker(75), stride_frames=30.0), "hips")
    assert measured.interval is None
    assert measured.mdc95 is None
    assert measured.n_strides == 2


def test_an_outlier_frame_does_not_count() -> None:
    poses = jittered(draw_walker(60, shoulder_tilt_deg=1), 0.05)
    poses[17, JOINT["left_shoulder"], 1] -= 80
    assert tilt_of(measure_posture(poses), "shoulders").value == pytest.approx(1, abs=0.1)


def test_plain_values_hold_every_part() -> None:
    content = measure_posture(jittered(both_ways()), STRIDE_FRAMES).to_dict()
    assert list(content["asymmetry"]) == list(PAIR_NAMES)
    assert set(content["asymmetry"]["hips"]["tilt_deg"]) == {
        *("value", "interval", "standard_error", "statistical_error", "systematic_error"),
        *("sd_of_pass", "mdc95", "n_strides"),
    }
    assert content["camera_roll_deg"]["from_both_directions"]
    assert content["shoulders_minus_hips_deg"]["value"] == pytest.approx(2, abs=1)


def test_motion_capture_people_lie_in_the_stated_range() -> None:
    """Their description: mean tilt per person -1.1 to +3.3 (shoulders) and -2.9 to +1.2 (hips), left higher = +."""
    tilts = defaultdict(lambda: defaultdict(list))
    for name, person in captured_people().items():
        poses = captured_poses(name)
        posture = measure_posture(poses, find_strides(poses, 30.0).stride_frames)
        # The camera is level: what a lean of the person was taken for is added again.
        assert posture.camera_roll_deg is not None
        for pair in ("shoulders", "hips"):
            tilts[pair][person].append(tilt_of(posture, pair).value - posture.camera_roll_deg.value)
    means = {pair: [np.mean(values) for values in people.values()] for pair, people in tilts.items()}
    assert min(means["shoulders"]) == pytest.approx(-1.1, abs=0.2)
    assert max(means["shoulders"]) == pytest.approx(3.3, abs=0.2)
    assert min(means["hips"]) == pytest.approx(-2.9, abs=0.5)
    assert max(means["hips"]) == pytest.approx(1.2, abs=0.5)


def mirror_differences(height: float, midline: float = 0.0) -> np.ndarray:
    return np.tile(np.array([height, midline], np.float32), (8, 1))


def half_widths(posture: Posture) -> np.ndarray:
    measured = [value for pair in posture.values() for value in vars(pair).values()]
    return np.array([value.interval[1] - value.value for value in measured])


@pytest.mark.parametrize("poses", [both_ways(), draw_walker(300, shoulder_tilt_deg=2)], ids=["two ways", "one way"])
def test_a_network_that_disagrees_with_itself_widens_every_interval_and_moves_no_value(poses: np.ndarray) -> None:
    poses = jittered(poses)
    without = measure_posture(poses, STRIDE_FRAMES)
    last = half_widths(without)
    for size in (0.0, 0.2, 2.0, 4.0):
        posture = measure_posture(poses, STRIDE_FRAMES, mirror_differences(size, size))
        np.testing.assert_array_equal(values(posture), values(without))
        assert (half_widths(posture) >= last).all()
        last = half_widths(posture)
    assert (last > half_widths(without)).all()
    difference, before = (one.shoulders_minus_hips_deg for one in (posture, without))
    assert difference is not None
    assert before is not None
    assert difference.standard_error > before.standard_error


def test_a_network_that_agrees_with_itself_still_sees_pairs_elsewhere_on_each_body() -> None:
    """A smooth video of somebody whose pictures and mirror images give the same joints: their places are no truth."""
    agreeing = measure_posture(jittered(both_ways(), 0.01), STRIDE_FRAMES, mirror_differences(0))
    for row, pair in enumerate(PAIR_NAMES):
        for measured, least in zip(
            (agreeing[pair].height_difference_percent, agreeing[pair].midline_offset_percent),
            PLACEMENT_ERRORS[row] / np.sqrt(2) * 100 / 128,
            strict=True,
        ):
            assert measured is not None
            assert measured.systematic_error is not None
            assert measured.systematic_error >= 0.999 * least


def test_a_pair_that_the_network_is_unsure_of_widens_alone() -> None:
    poses = jittered(both_ways())
    sizes = mirror_differences(0)
    sizes[PAIR_NAMES.index("hips"), 0] = 3.0
    wider = half_widths(measure_posture(poses, STRIDE_FRAMES, sizes)) > half_widths(
        measure_posture(poses, STRIDE_FRAMES, mirror_differences(0))
    )
    assert np.flatnonzero(wider).tolist() == [3 * PAIR_NAMES.index("hips"), 3 * PAIR_NAMES.index("hips") + 1]
