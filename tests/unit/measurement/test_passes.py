"""Passes of one person agree; a moved camera, another posture and another body are noticed."""

import numpy as np
import pytest

from scoliogait.measurement.pass_strides import Look, look_at
from scoliogait.measurement.passes import pass_disagreements, unlike_passes
from scoliogait.measurement.posture import Posture, posture_of
from scoliogait.measurement.proportions import excess_of_difference, proportions
from scoliogait.skeleton import JOINT, JOINT_NAMES
from walker import draw_walker

STRIDE_FRAMES = 30 / 0.9


def one_pass(seed: int, *, from_the_front: bool = True, roll_deg: float = 0.0, shoulder_tilt_deg: float = 2.0) -> Look:
    poses = draw_walker(200, shoulder_tilt_deg=shoulder_tilt_deg, from_the_front=from_the_front, roll_deg=roll_deg)
    poses[..., :2] += np.random.default_rng(seed).normal(0, 0.5, (200, 17, 2))
    return look_at(poses, STRIDE_FRAMES)


def of_each(looks: list[Look]) -> list[Posture]:
    return [posture_of([look]) for look in looks]


def test_two_passes_one_each_way_cancel_the_roll_that_each_of_them_hides() -> None:
    looks = [one_pass(0, roll_deg=4), one_pass(1, roll_deg=4, from_the_front=False)]
    together = posture_of(looks)
    assert together.n_passes == 2
    assert together.camera_roll_deg is not None
    assert together.camera_roll_deg.from_both_directions
    assert together.camera_roll_deg.value == pytest.approx(4, abs=0.2)
    tilt = together["shoulders"].tilt_deg
    assert tilt is not None
    assert tilt.value == pytest.approx(2, abs=0.3)
    alone = posture_of(looks[:1])["shoulders"].tilt_deg
    assert alone is not None
    assert tilt.standard_error < 0.7 * alone.standard_error
    assert tilt.n_strides == 2 * alone.n_strides


def test_passes_in_one_file_or_in_two_give_the_same() -> None:
    looks = [one_pass(0), one_pass(1, from_the_front=False)]
    in_one = look_at(np.concatenate([look.poses for look in looks]), STRIDE_FRAMES)
    apart, joined = posture_of(looks)["hips"].tilt_deg, posture_of([in_one])["hips"].tilt_deg
    assert apart is not None
    assert joined is not None
    assert apart.value == pytest.approx(joined.value, abs=0.02)
    assert apart.systematic_error == pytest.approx(joined.systematic_error, rel=0.2)


def test_passes_that_agree_are_left_alone() -> None:
    looks = [one_pass(0), one_pass(1), one_pass(2, from_the_front=False)]
    assert pass_disagreements(of_each(looks), looks) == ()


def test_a_camera_moved_between_passes_is_noticed() -> None:
    looks = [one_pass(0), one_pass(1, roll_deg=3)]
    sentences = pass_disagreements(of_each(looks), looks)
    assert "from the front the body's axis leans 3.0 degrees further in pass 2 than in pass 1" in sentences[0]


def test_shoulders_that_stand_otherwise_are_a_disagreement() -> None:
    looks = [one_pass(0), one_pass(1), one_pass(2, shoulder_tilt_deg=14)]
    (sentence,) = pass_disagreements(of_each(looks), looks)
    assert "height difference of the shoulders" in sentence
    assert "pass 3" in sentence


def longer_legs(poses: np.ndarray, factor: float) -> np.ndarray:
    """Everything below the hips stretched away from them."""
    stretched = poses.copy()
    hip_y = poses[:, [JOINT_NAMES.index("left_hip")], 1]
    legs = [number for number, name in enumerate(JOINT_NAMES) if name.endswith(("knee", "ankle"))]
    stretched[:, legs, 1] = hip_y + factor * (poses[:, legs, 1] - hip_y)
    return stretched


def test_another_body_is_noticed_and_size_and_side_are_not() -> None:
    poses, behind = one_pass(0).poses, one_pass(1, from_the_front=False).poses
    nearer = poses.copy()
    nearer[..., :2] *= 1.7
    people = [proportions(poses), proportions(behind), proportions(nearer)]
    assert unlike_passes(people) is None
    assert people[0].sides == {1}
    assert people[1].sides == {-1}
    assert unlike_passes([*people, proportions(longer_legs(poses, 1.6))]) in {(0, 3), (1, 3), (2, 3)}


def test_what_cannot_be_seen_refuses_nobody() -> None:
    whole = proportions(one_pass(0).poses)
    for poses in (np.zeros((40, 17, 3), np.float32), one_pass(0).poses[:10], draw_walker(60, yaw_deg=85)):
        assert excess_of_difference(whole, proportions(poses)) == 0
    assert unlike_passes([whole]) is None


@pytest.mark.parametrize("missing", [("nose", "eye", "ear"), ("ankle",)])
@pytest.mark.parametrize("every", [1, 3])
def test_a_head_or_feet_that_one_pass_lacks_do_not_make_it_another_person(missing: tuple[str, ...], every: int) -> None:
    front, behind = one_pass(0).poses, one_pass(1, from_the_front=False).poses
    behind[::every][:, [joint for name, joint in JOINT.items() if name.endswith(missing)]] = 0
    assert unlike_passes([proportions(front), proportions(behind)]) is None
