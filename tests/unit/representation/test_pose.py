"""Completing and centring of poses, against plain loops and cases solved by hand."""

import numpy as np
import pytest
import torch

from scoliogait.errors import DataError
from scoliogait.representation.pose import complete_poses
from scoliogait.representation.skeleton_map import normalise_poses
from scoliogait.skeleton import JOINT, JOINT_NAMES
from walker import draw_walker

LEFT_HIP, RIGHT_HIP = JOINT["left_hip"], JOINT["right_hip"]


def walk(n_frames: int = 12) -> np.ndarray:
    poses = draw_walker(n_frames).astype(np.float64)
    poses[..., :2] += np.random.default_rng(3).normal(300, 2, poses[..., :2].shape)
    return poses


def centred_and_scaled(poses: np.ndarray) -> np.ndarray:
    return normalise_poses(torch.from_numpy(poses)).numpy()


def neighbour_mean(poses: np.ndarray, frame: int, joint: int, axis: int) -> float:
    """The four nearest frames that know the coordinate, weighted by 1 / distance over the coordinates both know."""
    distances = {}
    for other in range(len(poses)):
        if poses[other, joint, axis] == 0:
            continue
        both = (poses[frame, :, :2] != 0) & (poses[other, :, :2] != 0)
        squares = ((poses[frame, :, :2] - poses[other, :, :2]) ** 2)[both].sum()
        distances[other] = np.sqrt(squares * both.size / both.sum())
    nearest = sorted(distances, key=distances.get)[:4]
    weights = [1 / distances[other] for other in nearest]
    return np.average([poses[other, joint, axis] for other in nearest], weights=weights)


def test_missing_coordinates_come_from_the_four_nearest_frames() -> None:
    poses = walk()
    poses[2, JOINT["left_wrist"]] = 0
    poses[2, JOINT["nose"], 0] = 0
    poses[7, JOINT["left_wrist"]] = 0
    before = poses.copy()
    completed = complete_poses(poses)
    np.testing.assert_array_equal(poses, before)
    for frame, joint, axis in np.argwhere(before[..., :2] == 0):
        assert completed[frame, joint, axis] == pytest.approx(neighbour_mean(before, frame, joint, axis))
    known = before != 0
    np.testing.assert_array_equal(completed[known], before[known])
    np.testing.assert_array_equal(completed[..., 2], before[..., 2])


@pytest.mark.parametrize("rule", ["as-published", "repair"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_complete_walk_stays_as_it_is(rule: str, dtype: type) -> None:
    poses = walk().astype(dtype)
    completed = complete_poses(poses, rule)
    assert completed.dtype == dtype
    assert completed is not poses
    np.testing.assert_array_equal(completed, poses)


def test_as_published_fills_nothing_when_a_joint_is_never_seen() -> None:
    poses = walk()
    poses[:, JOINT["left_ear"]] = 0
    poses[3, JOINT["right_knee"]] = 0
    np.testing.assert_array_equal(complete_poses(poses), poses)


@pytest.mark.parametrize("joint", range(len(JOINT_NAMES)), ids=JOINT_NAMES)
def test_a_joint_never_seen_does_not_move_the_others(joint: int) -> None:
    poses = walk()
    poses[:, joint] = 0
    repaired = centred_and_scaled(complete_poses(poses, "repair"))
    others = [other for other in range(len(JOINT_NAMES)) if other != joint]
    hips = [hip for hip in (LEFT_HIP, RIGHT_HIP) if hip != joint]
    centre = poses[:, hips, :2].mean(axis=1, keepdims=True)
    height = np.ptp(poses[:, others, 1], axis=1)[:, None, None]
    expected = (poses[:, others, :2] - centre) * 85 / height + 64
    np.testing.assert_allclose(repaired[:, others, :2], expected, atol=1e-9)
    assert not repaired[:, joint, 2].any()


def test_without_both_hips_the_middle_of_the_seen_joints_is_the_centre() -> None:
    poses = walk()
    poses[:, [LEFT_HIP, RIGHT_HIP]] = 0
    repaired = centred_and_scaled(complete_poses(poses, "repair"))
    seen = [joint for joint in range(len(JOINT_NAMES)) if joint not in (LEFT_HIP, RIGHT_HIP)]
    np.testing.assert_allclose(repaired[:, seen, 0].mean(axis=1), 64)
    np.testing.assert_allclose(repaired[:, seen, 1].min(axis=1), 64 - 42.5)
    np.testing.assert_allclose(repaired[:, seen, 1].max(axis=1), 64 + 42.5)


def test_repair_counts_a_joint_of_confidence_0_as_missing() -> None:
    poses = walk()
    poses[4, JOINT["left_ankle"]] = 5000, 5000, 0
    repaired = complete_poses(poses, "repair")
    assert repaired[4, JOINT["left_ankle"], 2] == 0
    others = np.delete(poses[:, JOINT["left_ankle"], :2], 4, axis=0)
    assert (repaired[4, JOINT["left_ankle"], :2] >= others.min(axis=0)).all()
    assert (repaired[4, JOINT["left_ankle"], :2] <= others.max(axis=0)).all()
    assert complete_poses(poses)[4, JOINT["left_ankle"], 0] == 5000


def test_a_walk_without_any_joint_stays_zero() -> None:
    poses = np.zeros((3, 17, 3))
    np.testing.assert_array_equal(complete_poses(poses, "repair"), poses)
    np.testing.assert_array_equal(complete_poses(poses), poses)


def test_a_frame_without_detection_is_filled() -> None:
    poses = walk()
    poses[5] = 0
    for rule in ("as-published", "repair"):
        completed = complete_poses(poses, rule)
        assert (completed[5, :, :2] != 0).all()
        assert not completed[5, :, 2].any()


@pytest.mark.parametrize("poses", [np.zeros((0, 17, 3)), np.zeros((4, 18, 3)), np.zeros((17, 3)), [["a"]]])
def test_wrong_shapes_are_refused(poses: np.ndarray) -> None:
    with pytest.raises(DataError, match="expected numbers of shape"):
        complete_poses(poses)


def test_nan_is_refused() -> None:
    poses = walk()
    poses[0, 0, 0] = np.nan
    with pytest.raises(DataError, match="NaN"):
        complete_poses(poses)


def test_centring_and_scaling_by_hand() -> None:
    poses = np.zeros((17, 3))
    poses[:, 2] = 0.5
    poses[:, 1] = 30.0
    poses[JOINT["nose"], :2] = 10.0, 0.0
    poses[JOINT["left_ankle"], :2] = 20.0, 42.5
    poses[LEFT_HIP, :2], poses[RIGHT_HIP, :2] = (12.0, 20.0), (8.0, 22.0)
    scaled = centred_and_scaled(poses[None])[0]
    np.testing.assert_allclose(scaled[JOINT["nose"]], [64.0, 64 - 42.0, 0.5])
    np.testing.assert_allclose(scaled[JOINT["left_ankle"]], [84.0, 64 + 43.0, 0.5])
