"""The PAV: cases solved by hand, a plain loop, and laws."""

import math

import numpy as np
import pytest

from scoliogait.errors import DataError, ModelError
from scoliogait.representation.asymmetry import PAV_METRICS, PavStatistics, frame_asymmetry, postural_asymmetry
from scoliogait.skeleton import JOINT, PAIR_NAMES, PAIRS
from walker import draw_walker

SHOULDERS = PAIR_NAMES.index("shoulders")


def noisy_walk(n_frames: int = 40) -> np.ndarray:
    rng = np.random.default_rng(5)
    poses = draw_walker(n_frames)
    poses[..., :2] += rng.normal(0, 4, poses[..., :2].shape)
    poses[..., 2] = rng.uniform(0.3, 1, poses.shape[:2])
    poses[rng.random(poses.shape[:2]) < 0.1] = 0
    return poses


def plain_frame(pose: np.ndarray) -> np.ndarray:
    valid = [j for j in range(17) if pose[j, 2] > 0]
    hips = [JOINT["left_hip"], JOINT["right_hip"]]
    centre = np.mean([pose[j, :2] for j in (hips if set(hips) <= set(valid) else valid)], axis=0)
    heights = [pose[j, 1] for j in valid]
    points = (pose[:, :2] - centre) * 128 / (max(heights) - min(heights))
    rows = []
    for left, right in PAIRS:
        if left in valid and right in valid:
            (lx, ly), (rx, ry) = points[left], points[right]
            rows.append([abs(ly - ry), abs((lx + rx) / 2), abs(math.atan2(ly - ry, lx - rx))])
        else:
            rows.append([math.nan] * 3)
    return np.array(rows)


def test_frames_against_a_plain_loop() -> None:
    poses = noisy_walk()
    expected = np.stack([plain_frame(pose.astype(np.float64)) for pose in poses])
    measured = frame_asymmetry(poses)
    assert measured.dtype == np.float32
    assert np.isnan(measured).any()
    np.testing.assert_allclose(measured, expected, atol=2e-4, rtol=1e-4)


def test_shoulders_by_hand() -> None:
    pose = draw_walker(1)
    height = np.ptp(pose[0, :, 1])
    pose[0, JOINT["left_shoulder"], 1] -= 0.1 * height
    tilt = frame_asymmetry(pose)[0, SHOULDERS]
    across = (pose[0, JOINT["left_shoulder"], 0] - pose[0, JOINT["right_shoulder"], 0]) / height * 128
    np.testing.assert_allclose(tilt[0], 12.8, rtol=1e-4)
    np.testing.assert_allclose(tilt[2], abs(math.atan2(-12.8, across)), rtol=1e-4)


def test_outliers_are_dropped_and_the_rest_averaged() -> None:
    values = [*np.linspace(10, 11, 21), 90.0]
    poses = np.repeat(draw_walker(1), len(values), axis=0)
    # The wrists carry the difference: they are neither highest nor lowest, so the height of the figure stays.
    left, right = JOINT["left_wrist"], JOINT["right_wrist"]
    poses[:, left, 1] = poses[:, right, 1] - np.array(values)
    scale = 128 / np.ptp(poses[0, :, 1])
    vector = postural_asymmetry(poses)
    np.testing.assert_allclose(vector[PAIR_NAMES.index("wrists"), 0], 10.5 * scale, rtol=1e-5)


def test_a_pair_never_complete_is_0() -> None:
    poses = draw_walker(20)
    poses[:, JOINT["left_eye"]] = 0
    assert not postural_asymmetry(poses)[PAIR_NAMES.index("eyes")].any()
    assert np.isnan(frame_asymmetry(poses)[:, PAIR_NAMES.index("eyes")]).all()


def test_scale_and_place_do_not_matter() -> None:
    poses = noisy_walk()
    moved = poses.copy()
    moved[..., :2] = moved[..., :2] * 2 + 64
    np.testing.assert_allclose(postural_asymmetry(moved), postural_asymmetry(poses), atol=1e-3)


def test_a_frame_without_height_gives_nothing() -> None:
    poses = draw_walker(1)
    poses[..., 1] = 5.0
    assert np.isnan(frame_asymmetry(poses)).all()
    assert not postural_asymmetry(poses).any()


def test_input_untouched_and_wrong_shape_refused() -> None:
    poses = noisy_walk()
    before = poses.copy()
    postural_asymmetry(poses)
    np.testing.assert_array_equal(poses, before)
    for wrong in (poses[:, :16], poses[0], poses[:0]):
        with pytest.raises(DataError, match="poses: shape"):
            frame_asymmetry(wrong)


def test_statistics_normalise_to_0_and_1() -> None:
    vectors = np.random.default_rng(0).uniform(0, 5, (6, 8, 3))
    vectors[:, 5, 1] = 0
    statistics = PavStatistics.of(vectors)
    assert statistics.which == "train"
    normalised = statistics.normalise(vectors)
    np.testing.assert_array_equal(normalised[:, 5, 1], 0)
    varying = np.ones((8, 3), dtype=bool)
    varying[5, 1] = False
    np.testing.assert_array_equal(normalised.min(axis=0)[varying], 0)
    np.testing.assert_array_equal(normalised.max(axis=0)[varying], 1)
    assert statistics.normalise(vectors[0] + 100).max() == 1  # clipped
    assert statistics.normalise(vectors[0] - 100).min() == 0


def test_bad_statistics_are_refused() -> None:
    low, high = np.zeros((8, 3)), np.ones((8, 3))
    with pytest.raises(ModelError, match="exceeds maximum"):
        PavStatistics(high, low)
    with pytest.raises(ModelError, match="shape"):
        PavStatistics(low[:5], high)
    with pytest.raises(ModelError, match="NaN"):
        PavStatistics(low, np.where(high == 1, np.nan, high))
    with pytest.raises(ModelError, match="'train' or 'dataset'"):
        PavStatistics(low, high, "test")
    with pytest.raises(DataError, match="at least one walk"):
        PavStatistics.of(np.zeros((0, 8, 3)))
    assert len(PAV_METRICS) == 3
