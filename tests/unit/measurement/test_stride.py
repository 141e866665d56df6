"""Strides of drawn walkers are known; those of captured ones are counted on the floor."""

import numpy as np
import pytest

from captured_walks import captured_joints, captured_poses
from recorded import recorded_arrays, sample_path
from scoliogait.io.read import read_walk
from scoliogait.measurement.stride import NO_EVIDENCE, find_strides, shows_walking
from scoliogait.simulation.cohort import plan_cohort, simulate_walk
from scoliogait.simulation.config import CohortConfig
from scoliogait.skeleton import JOINT, MIRROR
from walker import draw_walker


@pytest.mark.parametrize("stride_hz", [0.7, 0.9, 1.2])
@pytest.mark.parametrize("rate_hz", [12.0, 15.0, 30.0, 60.0])
def test_a_known_stride_is_found(stride_hz: float, rate_hz: float) -> None:
    n_frames = round(8 * rate_hz)
    strides = find_strides(draw_walker(n_frames, rate_hz=rate_hz, stride_hz=stride_hz), rate_hz)
    assert strides.walking_share == 1
    assert strides.stride_frames == pytest.approx(rate_hz / stride_hz, rel=0.03)
    assert strides.n_strides == pytest.approx(8 * stride_hz, rel=0.03)


def test_a_stride_is_found_without_a_frame_rate() -> None:
    strides = find_strides(draw_walker(200, rate_hz=30, stride_hz=0.9), None)
    assert strides.stride_frames == pytest.approx(30 / 0.9, rel=0.03)


def forward_stride_frames(joints_m: np.ndarray) -> float:
    """Mean time between two meetings of the ankles on their way forward, which no camera in front can see."""
    lead = joints_m[:, JOINT["left_ankle"], 2] - joints_m[:, JOINT["right_ankle"], 2]
    strides = []
    for way in (lead, -lead):
        before = np.flatnonzero((way[:-1] <= 0) & (way[1:] > 0))
        strides.extend(np.diff(before + way[before] / (way[before] - way[before + 1])))
    return float(np.mean(strides))


# Of shorter walks, with fewer than about three strides, neither figure is exact.
@pytest.mark.parametrize("from_the_front", [True, False])
@pytest.mark.parametrize("noise_px", [0.0, 2.0])
@pytest.mark.parametrize("name", [name for name, joints in captured_joints().items() if len(joints) >= 100])
def test_the_strides_of_captured_walks_are_those_of_their_feet_on_the_floor(
    name: str, noise_px: float, from_the_front: bool
) -> None:
    poses = captured_poses(name)
    poses[..., :2] += np.random.default_rng(0).normal(0, noise_px, poses[..., :2].shape)
    if not from_the_front:
        poses[..., 0] = 640 - poses[..., 0]
    strides = find_strides(poses, 30.0)
    assert strides.stride_frames is not None
    assert 30 / strides.stride_frames == pytest.approx(30 / forward_stride_frames(captured_joints()[name]), abs=0.035)


def test_strides_of_a_woman_seen_from_the_side() -> None:
    """0.82 a second, as stated when she was recorded: the spectrum of the distance of her ankles along the way."""
    walk = read_walk(sample_path("sports2d_woman_side"))
    strides = find_strides(walk.poses, walk.frame_rate_hz)
    assert strides.stride_frames is not None
    assert 30 / strides.stride_frames == pytest.approx(0.82, abs=0.035)


def test_nobody_walks_who_stands_jitters_or_squats() -> None:
    generator = np.random.default_rng(0)
    standing = draw_walker(150, step_height=0)
    assert find_strides(standing, 30.0).walking_share == 0
    jitter = standing + np.concatenate([generator.normal(0, 2, (150, 17, 2)), np.zeros((150, 17, 1))], axis=2)
    assert find_strides(jitter.astype(np.float32), 30.0).walking_share == 0
    both_feet = standing.copy()
    bounce = 20 * np.sin(2 * np.pi * 0.9 * np.arange(150) / 30)
    both_feet[:, [JOINT["left_ankle"], JOINT["right_ankle"]], 1] += bounce[:, None]
    assert find_strides(both_feet, 30.0).walking_share == 0


def test_the_man_who_waves_and_squats_does_not_walk() -> None:
    archive = recorded_arrays("walks/sports2d_notwalking_man.npz")
    strides = find_strides(archive["keypoints"], float(archive["fps"]))
    assert strides.walking_share == 0
    assert strides.stride_frames is None


def test_left_and_right_exchanged_is_the_same_walk() -> None:
    poses = draw_walker(120)
    ours, exchanged = find_strides(poses, 30.0), find_strides(poses[:, MIRROR], 30.0)
    assert ours.stride_frames == pytest.approx(exchanged.stride_frames)
    assert ours.swing_percent == pytest.approx(exchanged.swing_percent)


def test_a_walk_that_stops_counts_its_walking_part() -> None:
    poses = np.concatenate([draw_walker(240), draw_walker(240, step_height=0)])
    strides = find_strides(poses, 30.0)
    assert 0.3 < strides.walking_share < 0.8
    assert strides.stride_frames == pytest.approx(30 / 0.9, rel=0.03)


def test_gaps_are_bridged_and_too_little_is_no_evidence() -> None:
    poses = draw_walker(120)
    poses[::7, JOINT["left_ankle"], 2] = 0
    assert find_strides(poses, 30.0).stride_frames == pytest.approx(30 / 0.9, rel=0.03)
    assert find_strides(poses[:9], 30.0) == NO_EVIDENCE
    poses[:, JOINT["left_ankle"], 2] = 0
    assert find_strides(poses, 30.0) == NO_EVIDENCE


def at_rate(poses: np.ndarray, rate_hz: float) -> np.ndarray:
    """Poses recorded 30 times a second, as a faster camera has them."""
    frames = np.arange(len(poses))
    times = np.arange(0, len(poses) - 1, 30.0 / rate_hz)
    columns = [np.interp(times, frames, column) for column in poses.reshape(len(poses), -1).T]
    return np.stack(columns, axis=1).reshape(len(times), *poses.shape[1:]).astype(np.float32)


@pytest.mark.parametrize("rate_hz", [60.0, 100.0, 110.0, 120.0])
@pytest.mark.parametrize("name", list(captured_joints()))
def test_a_faster_camera_of_unknown_rate_shows_no_stride_of_a_wrong_length(name: str, rate_hz: float) -> None:
    strides = find_strides(at_rate(captured_poses(name), rate_hz), None)
    if strides.stride_frames is not None:
        assert strides.stride_frames == pytest.approx(
            rate_hz / 30 * forward_stride_frames(captured_joints()[name]), rel=0.08
        )
    if rate_hz >= 100:
        assert strides.stride_frames is None
        assert strides.n_strides == 0


def test_a_few_windows_do_not_make_a_stride_of_a_faster_camera() -> None:
    """Strides of 64 and 62 frames at 60 frames a second, where 60 are the most: a window or two showed 53 and 48."""
    config = CohortConfig(n_walks=30, n_frames=720, frame_rate_hz=60.0, seed=5, silhouettes=False)
    plans = plan_cohort(config)
    for number in (0, 11):
        poses = simulate_walk(config, plans[number]).walk.poses
        assert poses is not None
        assert find_strides(poses).stride_frames is None
        assert not shows_walking(poses)
        known = find_strides(poses, 60.0).stride_frames
        assert known is not None
        assert known > 60


@pytest.mark.parametrize(("stride_hz", "rate_hz"), [(0.45, 30.0), (0.9, 50.0)])
def test_a_stride_on_the_limit_of_the_search_is_not_found(stride_hz: float, rate_hz: float) -> None:
    """Of 66.7 frames at 30 a second, where 60 are the most; of 55.6 frames at an unknown rate, where 60 are."""
    poses = draw_walker(round(8 * rate_hz), rate_hz=rate_hz, stride_hz=stride_hz)
    assert find_strides(poses, rate_hz if rate_hz == 30 else None).stride_frames is None
