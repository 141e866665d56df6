import numpy as np
import pytest

from body_parts import LEGS, UPPER, only
from scoliogait.io.bodies import centres_px, proportions, signed_widths
from scoliogait.measurement.body_size import sizes_px
from scoliogait.skeleton import JOINT
from walker import draw_walker


@pytest.mark.parametrize("joints", [UPPER, LEGS], ids=["upper body", "legs"])
def test_a_part_points_to_the_whole_body(joints: list[int]) -> None:
    whole = draw_walker(1, height_px=200)
    part = only(whole, joints)
    size, part_size = sizes_px(whole), sizes_px(part)
    assert size == pytest.approx(200, rel=0.05)
    assert part_size == pytest.approx(200, rel=0.1)
    np.testing.assert_allclose(centres_px(part, part_size), centres_px(whole, size), atol=0.1 * 200)


def test_sizes_by_hand() -> None:
    pose = np.zeros((3, 17, 3), np.float32)
    # a shank of 27 px is 0.27 of a body of 100 px
    pose[0, [JOINT["left_knee"], JOINT["left_ankle"]]] = [(10, 50, 1), (10, 77, 1)]
    # without an upright segment the upper arm counts: 20 px are 0.2 of 100 px
    pose[1, [JOINT["left_shoulder"], JOINT["left_elbow"]]] = [(10, 50, 1), (10, 70, 1)]
    pose[2, JOINT["nose"]] = (10, 10, 1)
    np.testing.assert_allclose(sizes_px(pose), [100, 100, np.nan], rtol=1e-6)


def test_guessed_feet_do_not_change_the_size() -> None:
    pose = draw_walker(1, height_px=200)
    pose[:, LEGS, 1] += 300
    pose[:, LEGS, 2] = 0.1
    assert sizes_px(pose) == pytest.approx(200, rel=0.05)


def test_proportions_and_widths_do_not_depend_on_size() -> None:
    small, large = draw_walker(4, height_px=100), draw_walker(4, height_px=300)
    np.testing.assert_allclose(proportions(small, sizes_px(small)), proportions(large, sizes_px(large)), atol=1e-4)
    front = signed_widths(small, sizes_px(small))
    back = draw_walker(4, from_the_front=False)
    assert (front > 0.2).all()
    assert (signed_widths(back, sizes_px(back)) < -0.2).all()
