"""How far a network disagrees with itself: sizes worked out by hand, and what must not matter."""

import numpy as np

from scoliogait.measurement.mirror_difference import mirror_difference
from scoliogait.skeleton import JOINT, MIRROR, PAIR_NAMES
from walker import draw_walker

T = 60
POSES = draw_walker(T)
SHOULDERS, HIPS = PAIR_NAMES.index("shoulders"), PAIR_NAMES.index("hips")
HEIGHT_PX = np.median(np.ptp(POSES[..., 1], axis=1))


def preferring(name: str, axis: int, by_px: float) -> np.ndarray:
    sides = np.zeros((T, 17, 2), np.float32)
    sides[:, JOINT[name], axis] = by_px
    return sides


def test_a_joint_that_is_moved_up_changes_the_height_of_its_pair_alone() -> None:
    found = mirror_difference(POSES, preferring("left_shoulder", 1, 3.0))
    expected = np.zeros((8, 2))
    expected[SHOULDERS, 0] = 1.4826 * 3 * 128 / HEIGHT_PX
    np.testing.assert_allclose(found, expected, rtol=0.02)


def test_a_joint_that_is_moved_sideways_moves_its_middle_and_the_axis() -> None:
    found = mirror_difference(POSES, preferring("left_shoulder", 0, 6.0))
    unit = 1.4826 * 3 * 128 / HEIGHT_PX
    assert (found[:, 0] == 0).all()
    np.testing.assert_allclose(found[SHOULDERS, 1], 2 / 3 * unit, rtol=0.02)  # a third of it moves the axis
    np.testing.assert_allclose(found[HIPS, 1], 1 / 3 * unit, rtol=0.02)


def test_mirror_and_size_do_not_matter_and_pictures_without_the_walker_do_not_count() -> None:
    sides = np.random.default_rng(0).normal(0, 2, (T, 17, 2)).astype(np.float32)
    found = mirror_difference(POSES, sides)
    twin = POSES[:, list(MIRROR)] * np.array([-1, 1, 1], np.float32)
    np.testing.assert_allclose(mirror_difference(twin, sides[:, list(MIRROR)] * [-1, 1]), found, rtol=1e-5)
    larger = POSES * np.array([2, 2, 1], np.float32)
    np.testing.assert_allclose(mirror_difference(larger, 2 * sides), found, rtol=1e-4)
    empty = np.concatenate([POSES, np.zeros((20, 17, 3), np.float32)])
    lost = np.concatenate([sides, np.full((20, 17, 2), np.nan, np.float32)])
    np.testing.assert_array_equal(mirror_difference(empty, lost), found)
    assert (mirror_difference(empty[-5:], lost[-5:]) == 0).all()
