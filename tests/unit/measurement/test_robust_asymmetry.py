"""The robust PAV: known for drawn walkers, and bound by the laws of mirrors, views, sizes and cameras."""

import numpy as np
import pytest

from scoliogait.errors import DataError
from scoliogait.measurement.camera_roll import ROLL_FREEDOM, find_camera_roll
from scoliogait.measurement.keypoint_error import PLACEMENT_TURNING
from scoliogait.measurement.pass_strides import look_at, measure_strides
from scoliogait.measurement.perspective import TURNING_HEIGHT
from scoliogait.measurement.robust_asymmetry import RobustAsymmetry, robust_asymmetry
from scoliogait.measurement.stride import find_strides
from scoliogait.measurement.stride_statistics import Combined, StrideValues, combine_strides, two_sided_t
from scoliogait.skeleton import JOINT, JOINT_NAMES, PAIR_NAMES
from walk_fixtures import mirror_poses
from walker import draw_walker

SHOULDERS, HIPS, WRISTS, ANKLES = (PAIR_NAMES.index(name) for name in ("shoulders", "hips", "wrists", "ankles"))
VERTICAL, MIDLINE, ANGULAR = range(3)
RATE_HZ = 30.0
UPPER_BODY = [JOINT[name] for name in JOINT_NAMES if not name.endswith(("hip", "knee", "ankle"))]


def uneven_walker(n_frames: int = 300, *, from_the_front: bool = True, roll_deg: float = 0.0) -> np.ndarray:
    """Left shoulder 2 degrees up, upper body shifted to the walker's left by 5 % of the body's height."""
    poses = draw_walker(n_frames, shoulder_tilt_deg=2, from_the_front=from_the_front)
    poses[:, UPPER_BODY, 0] += 10.0 if from_the_front else -10.0
    return rolled(poses, roll_deg)


def rolled(poses: np.ndarray, roll_deg: float) -> np.ndarray:
    """The picture's content turned clockwise."""
    turned = poses.copy()
    x, y, roll = poses[..., 0], poses[..., 1], np.radians(roll_deg)
    turned[..., 0] = x * np.cos(roll) - y * np.sin(roll)
    turned[..., 1] = x * np.sin(roll) + y * np.cos(roll)
    return turned


def there_and_back(roll_deg: float = 0.0) -> np.ndarray:
    return rolled(np.concatenate([uneven_walker(), uneven_walker(from_the_front=False)]), roll_deg)


def noisy(poses: np.ndarray, size_px: float = 1.0, seed: int = 0) -> np.ndarray:
    moved = poses.copy()
    moved[..., :2] += np.random.default_rng(seed).normal(0, size_px, moved[..., :2].shape)
    return moved


def measure(poses: np.ndarray) -> RobustAsymmetry:
    return robust_asymmetry(poses, RATE_HZ)


@pytest.mark.parametrize("from_the_front", [True, False])
def test_known_values_from_both_sides(from_the_front: bool) -> None:
    poses = draw_walker(300, shoulder_tilt_deg=2, from_the_front=from_the_front)
    result = measure(poses)
    assert result.values[SHOULDERS, ANGULAR] == pytest.approx(np.radians(2), abs=1e-4)
    # Shoulders are 0.24 body heights apart; with a foot in the air the body is 1 % shorter than standing.
    assert result.values[SHOULDERS, VERTICAL] == pytest.approx(128 * 0.24 * np.tan(np.radians(2)), rel=0.03)
    assert result.values[HIPS] == pytest.approx(0, abs=1e-3)
    assert result.camera_roll == pytest.approx(0, abs=1e-4)


def test_the_midline_is_measured_from_the_axis_of_the_whole_body() -> None:
    values = measure(there_and_back()).values[:, MIDLINE]
    # Shoulders are 6.4 units (5 %) to the left, hips and ankles are not: the axis is 6.4 / 3 to the left.
    expected = np.array([2, -1, -1]) * 6.4 / 3
    assert values[[SHOULDERS, HIPS, ANKLES]] == pytest.approx(expected, rel=0.04)


def test_the_view_does_not_matter() -> None:
    front, back = measure(uneven_walker()).values, measure(uneven_walker(from_the_front=False)).values
    np.testing.assert_allclose(front, back, atol=1e-4)


def test_a_mixture_of_views_is_neither_a_half_turn_nor_a_zero() -> None:
    values = measure(there_and_back()).values
    assert values[SHOULDERS, ANGULAR] == pytest.approx(np.radians(2), abs=1e-4)
    assert values[HIPS, ANGULAR] == pytest.approx(0, abs=1e-4)


@pytest.mark.parametrize("poses", [noisy(uneven_walker()), noisy(there_and_back(2.0))], ids=["front", "both"])
def test_a_mirror_turns_every_sign_exactly_and_leaves_the_magnitudes(poses: np.ndarray) -> None:
    there, mirrored = measure(poses), measure(mirror_poses(poses))
    np.testing.assert_array_equal(mirrored.values, -there.values)
    np.testing.assert_array_equal(mirrored.magnitudes, there.magnitudes)
    np.testing.assert_allclose(mirrored.standard_errors, there.standard_errors, rtol=1e-5)
    assert mirrored.camera_roll == pytest.approx(-there.camera_roll)
    assert (there.magnitudes > 0).all()


def test_size_and_place_in_the_picture_do_not_matter() -> None:
    poses = noisy(uneven_walker())
    moved = poses.copy()
    moved[..., :2] = 0.5 * moved[..., :2] + [40, -30]
    np.testing.assert_allclose(measure(moved).values, measure(poses).values, atol=1e-3)


def test_the_roll_of_the_camera_is_found_and_taken_out() -> None:
    level, tilted = measure(there_and_back()), measure(there_and_back(3.0))
    # The spreads that roll and axis errors are expected to have pull the estimate towards 0 by about 1 %.
    assert tilted.camera_roll == pytest.approx(np.radians(3), rel=0.03)
    np.testing.assert_allclose(tilted.values, level.values, atol=0.1)
    np.testing.assert_allclose(tilted.values[:, ANGULAR], level.values[:, ANGULAR], atol=1e-3)


def test_a_lean_of_the_whole_body_is_no_camera_roll_when_both_sides_are_seen() -> None:
    leaning = [rolled(uneven_walker(), 2.0), rolled(uneven_walker(from_the_front=False), -2.0)]
    result = measure(np.concatenate(leaning))
    assert result.camera_roll == pytest.approx(0, abs=1e-3)
    # The walker leans to their left: the left hip is the lower one.
    assert result.values[HIPS, ANGULAR] == pytest.approx(np.radians(-2), abs=2e-3)


def test_one_side_alone_cannot_tell_roll_from_lean_and_says_so() -> None:
    one, both = measure(uneven_walker(roll_deg=2.0)), measure(there_and_back(2.0))
    assert one.camera_roll_error > 2 * both.camera_roll_error
    # Perspective is the other part: it turns round with the walker, and the hips are 0.12 body heights apart.
    perspective = TURNING_HEIGHT["hips"] / (128 * 0.12)
    expected = np.hypot(one.camera_roll_error, perspective)
    assert one.standard_errors[HIPS, ANGULAR] == pytest.approx(expected, rel=0.01)
    assert both.standard_errors[HIPS, ANGULAR] < 0.1 * one.camera_roll_error + 0.5 * perspective
    # Almost all of it is the roll, of which no more is known than its few degrees of freedom say.
    assert one.half_widths[HIPS, ANGULAR] == pytest.approx(two_sided_t(ROLL_FREEDOM) * expected, rel=0.15)
    assert one.half_widths[HIPS, ANGULAR] > 2.2 * expected
    assert both.half_widths[HIPS, ANGULAR] < 2.2 * both.standard_errors[HIPS, ANGULAR]


def test_only_whole_strides_count() -> None:
    # A third of a stride more, in which one foot is in the air, does not move the mean.
    whole, longer = draw_walker(300), draw_walker(311)
    assert np.abs(measure(whole).values[ANKLES, VERTICAL]) < 0.2
    assert np.abs(measure(longer).values[ANKLES, VERTICAL]) < 0.2
    assert measure(whole).n_strides == measure(longer).n_strides == 9
    assert measure(whole).n_frames <= 300


def test_outliers_and_exchanged_sides_do_not_count() -> None:
    poses = noisy(uneven_walker(), 0.2)
    spoilt = poses.copy()
    spoilt[[30, 90, 91, 200], JOINT["left_shoulder"], 1] -= 60
    spoilt[120] = spoilt[120][[0, *(j for pair in range(8) for j in (2 + 2 * pair, 1 + 2 * pair))]]
    np.testing.assert_allclose(measure(spoilt).values[SHOULDERS], measure(poses).values[SHOULDERS], atol=0.02)


def test_a_less_certain_joint_weighs_less() -> None:
    poses = uneven_walker()
    lower = poses.copy()
    lower[::2, JOINT["left_wrist"], 1] += 4
    lower[::2, JOINT["left_wrist"], 2] = 0.4
    drop = measure(poses).values[WRISTS, VERTICAL] - measure(lower).values[WRISTS, VERTICAL]
    # 4 px are 2.56 units; half of the frames weigh 0.16 against 1.
    assert drop == pytest.approx(2.56 * 0.16 / 1.16, rel=0.1)


def test_a_pair_never_seen_is_zero_without_an_error() -> None:
    poses = uneven_walker()
    poses[:, JOINT["left_ear"], 2] = 0
    result = measure(poses)
    ears, shoulders = PAIR_NAMES.index("ears"), SHOULDERS
    assert not result.measured[ears].any()
    assert (result.values[ears] == 0).all()
    assert np.isnan(result.standard_errors[ears]).all()
    assert result.measured[shoulders].all()


def test_without_an_ankle_the_axis_is_that_of_the_trunk() -> None:
    poses = there_and_back()
    poses[:, JOINT["left_ankle"]] = 0
    result = measure(poses)
    assert not result.measured[ANKLES].any()
    assert result.values[SHOULDERS, MIDLINE] == pytest.approx(6.4 / 2, rel=0.06)
    assert result.values[HIPS, MIDLINE] == pytest.approx(-6.4 / 2, rel=0.06)


def test_a_gap_in_every_lift_of_a_foot_hardly_moves_the_mean() -> None:
    poses = noisy(draw_walker(300), 0.2)
    holed = poses.copy()
    # A stride has 33.3 frames; the left foot is highest a quarter into it.
    lifted = [round(100 / 3 * (stride + 0.25)) + shift for stride in range(0, 9, 2) for shift in (-2, -1, 0, 1, 2)]
    holed[lifted, JOINT["left_ankle"]] = 0
    moved = measure(holed).values[ANKLES, VERTICAL] - measure(poses).values[ANKLES, VERTICAL]
    # The mean of the frames that are left would lose about a twelfth of the lift's 15 units.
    assert abs(moved) < 0.25


def test_a_joint_missing_now_and_then_hardly_matters() -> None:
    poses = there_and_back()
    holed = poses.copy()
    holed[np.random.default_rng(1).random(poses.shape[:2]) < 0.1] = 0
    np.testing.assert_allclose(measure(holed).values, measure(poses).values, atol=0.5)
    assert measure(holed).measured.all()


def combined(poses: np.ndarray) -> Combined:
    look = look_at(poses, find_strides(poses, RATE_HZ).stride_frames)
    roll = find_camera_roll([look.angles])
    return combine_strides(measure_strides(look, roll.angle), roll.error)


def test_the_statistical_error_is_the_spread_that_jitter_gives() -> None:
    recordings = [noisy(there_and_back(), 2.0, seed) for seed in range(12)]
    spread = np.std([measure(poses).values for poses in recordings], axis=0)
    errors = np.mean([combined(poses).statistical for poses in recordings], axis=0)
    assert 0.8 < np.median(errors / spread) < 1.4
    # Beyond it stands what a joint may be off in every frame, which jitter alone does not show.
    whole = np.mean([measure(poses).standard_errors for poses in recordings], axis=0)
    assert (whole > errors).all()


def test_both_views_show_the_errors_that_a_joint_has_in_every_stride() -> None:
    level = there_and_back()
    truth = measure(level).values[:, VERTICAL]
    within, errors = [], []
    for seed in range(20):
        offsets = np.random.default_rng(seed).normal(0, 1.5, (2, 1, 17, 2)).repeat(300, axis=1).reshape(600, 17, 2)
        shifted = noisy(level, 0.5, seed)
        shifted[..., :2] += offsets
        result = measure(shifted)
        within.append(np.abs(result.values[:, VERTICAL] - truth) < 1.96 * result.standard_errors[:, VERTICAL])
        one_view = measure(shifted[:300])
        errors.append(
            np.abs(one_view.values - measure(level[:300]).values)[:, VERTICAL]
            > 1.96 * one_view.standard_errors[:, VERTICAL]
        )
    assert np.mean(within) > 0.85
    # One view alone cannot know of them where they are larger than the jitter lets expect.
    assert np.mean(errors) > 0.2


def test_two_strides_give_values_and_no_standard_error() -> None:
    result = measure(uneven_walker(75))
    assert result.n_strides == 2
    assert result.measured.all()
    assert np.isnan(result.standard_errors).all()


def test_somebody_who_stands_is_measured_without_strides() -> None:
    result = measure(draw_walker(60, shoulder_tilt_deg=2, step_height=0))
    assert result.n_strides == 0
    assert result.n_frames == 60
    assert result.values[SHOULDERS, ANGULAR] == pytest.approx(np.radians(2), abs=1e-4)


@pytest.mark.parametrize("poses", [draw_walker(60, yaw_deg=85), np.zeros((5, 17, 3), np.float32)])
def test_what_is_not_seen_from_the_front_or_back_is_not_measured(poses: np.ndarray) -> None:
    result = robust_asymmetry(poses)
    assert not result.measured.any()
    assert (result.values == 0).all()
    assert result.n_frames == result.n_strides == 0


def test_input_is_left_alone_and_bad_input_is_refused() -> None:
    poses = uneven_walker()
    before = poses.copy()
    measure(poses)
    np.testing.assert_array_equal(poses, before)
    with pytest.raises(DataError, match="shape"):
        robust_asymmetry(np.zeros((5, 17, 2)))
    with pytest.raises(DataError, match="NaN"):
        robust_asymmetry(np.full((5, 17, 3), np.nan))


def test_one_direction_adds_only_the_part_of_placement_errors_that_turns_round() -> None:
    """A network sees a pair elsewhere on somebody's body nearly alike from both sides; jitter promises less."""
    for least, expected in ((1.0, np.sqrt(1 + PLACEMENT_TURNING**2)), (0.1, 0.5 * np.sqrt(2))):
        found = combine_strides(
            StrideValues(
                values=np.zeros((4, 8, 3)),
                weights=np.ones((4, 8, 3)),
                levers=np.full((4, 8, 3), np.nan),
                sides=np.ones(4),
                keypoint_errors=np.full((8, 3), 0.5),
                least_errors=np.full((8, 3), least),
                n_frames=60,
            ),
            roll_error=0.0,
        )
        np.testing.assert_allclose(found.keypoint, expected)
