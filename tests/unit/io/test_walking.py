import numpy as np
import pytest

from scoliogait.io.walking import movement
from scoliogait.skeleton import JOINT
from walker import draw_walker

FRAMES = np.arange(90)


def noisy(poses: np.ndarray, share_of_height: float) -> np.ndarray:
    rng = np.random.default_rng(2)
    moved = poses.copy()
    moved[..., :2] += rng.normal(0, share_of_height * 200, moved[..., :2].shape)
    return moved.astype(np.float32)


@pytest.mark.parametrize("rate_hz", [15.0, 30.0])
def test_feet_that_rise_in_turn_walk_in_place(rate_hz: float) -> None:
    assert movement(noisy(draw_walker(90, rate_hz=rate_hz), 0.007), FRAMES) == ("walks", 1.0)


def test_who_comes_nearer_with_swinging_feet_walks_even_in_less_than_a_stride() -> None:
    poses = draw_walker(32, rate_hz=30.0, stride_hz=0.9)
    grow = np.linspace(1, 2, 32)[:, None, None]
    poses[..., :2] = poses[..., :2] * grow
    assert movement(poses.astype(np.float32), np.arange(32))[0] == "walks"


def test_who_stands_stands_under_noise() -> None:
    assert movement(noisy(draw_walker(90, step_height=0.0), 0.015), FRAMES) == ("stands", 0.0)


def test_without_feet_it_is_not_known() -> None:
    poses = draw_walker(90)
    poses[..., 0] += np.arange(90)[:, None] * 5
    poses[:, [JOINT["left_ankle"], JOINT["right_ankle"]], 2] = 0
    assert movement(poses, FRAMES) == ("moves", 0.0)


def test_one_joint_is_no_size() -> None:
    poses = np.zeros((12, 17, 3), np.float32)
    poses[:, 0] = (10, 10, 1)
    assert movement(poses, FRAMES[:12]) == ("moves", 0.0)


def test_a_moment_of_standing_is_not_known_for_sure() -> None:
    poses = draw_walker(60, step_height=0.0)
    assert movement(poses, FRAMES[:60]) == ("stands", 0.0)
    assert movement(poses[:20], FRAMES[:20]) == ("moves", 0.0)
