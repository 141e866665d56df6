"""Strides of drawn walkers are known; those of the real samples are stated in their description."""

import numpy as np
import pytest

from scoliogait.measurement.stride import NO_EVIDENCE, find_strides
from scoliogait.skeleton import JOINT, MIRROR
from shared_data import SAMPLES
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


# Stride frequencies stated in the description of the samples, from the spectrum of the whole walk.
@pytest.mark.parametrize(
    ("name", "stride_hz"),
    [
        ("aiog_gallery_front_p1", 0.97),
        ("aiog_gallery_front_p2", 0.96),
        ("aiog_gallery_front_p3", 0.91),
        ("aiog_gallery_front_p4", 0.89),
        ("aiog_probe2_back_p1", 0.94),
        ("aiog_probe2_back_p2", 0.95),
        ("aiog_probe2_back_p3", 0.88),
        ("aiog_probe2_back_p4", 0.91),
        ("sports2d_side_walker", 0.82),
    ],
)
def test_real_strides(name: str, stride_hz: float) -> None:
    with np.load(SAMPLES / f"{name}.npz", allow_pickle=False) as archive:
        strides = find_strides(archive["keypoints"], float(archive["fps"]))
    assert strides.stride_frames is not None
    assert 30 / strides.stride_frames == pytest.approx(stride_hz, abs=0.035)


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
    with np.load(SAMPLES / "sports2d_notwalking_man.npz", allow_pickle=False) as archive:
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
