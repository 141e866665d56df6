"""Where heads are hidden: by joints, by boxes, and while somebody is missed."""

import numpy as np
import pytest

from scoliogait.skeleton import FACE_JOINTS, JOINT
from scoliogait.video.heads import HOLD_S, head_of, heads_of, top_of
from scoliogait.video.watch import Seen
from seen_walkers import box_of, seen_of
from walker import draw_walker

FACE = list(FACE_JOINTS)


def holds(place: np.ndarray, heads: np.ndarray) -> bool:
    return bool(((heads[:, :2] <= place) & (place <= heads[:, 2:])).all(axis=1).any())


def at_8_hz(frames: list[list[np.ndarray]]) -> Seen:
    """People with these poses in each picture."""
    return seen_of(frames, np.arange(len(frames)) / 8)


@pytest.mark.parametrize("yaw_deg", [0, 45, 90])
@pytest.mark.parametrize("from_the_front", [True, False])
def test_the_whole_head_is_hidden_and_the_shoulders_are_not(yaw_deg: float, from_the_front: bool) -> None:
    pose = draw_walker(1, yaw_deg=yaw_deg, from_the_front=from_the_front)[0]
    (head,) = head_of(pose, box_of(pose))
    # A head is 0.13 of a person's height: eyes in its middle.
    reach = 0.5 * 0.13 * 200 / 0.9
    middle = pose[FACE, :2].mean(axis=0)
    assert (head[:2] <= middle - reach).all()
    assert (head[2:] >= middle + reach).all()
    assert head[3] < pose[JOINT["left_shoulder"], 1] + 5


def test_a_head_that_is_a_guess_is_hidden_where_the_box_has_it_too() -> None:
    pose = draw_walker(1)[0]
    pose[FACE, 2] = 0.1
    pose[FACE, :2] += [300, 100]  # a wrong guess
    box = box_of(draw_walker(1)[0])
    heads = head_of(pose, box)
    assert holds(pose[0, :2], heads)
    assert holds(draw_walker(1)[0, 0, :2], heads)


def test_a_sure_head_outside_of_its_box_is_hidden_at_both_places() -> None:
    pose = draw_walker(1)[0]
    box = box_of(pose)
    pose[FACE, :2] += [0, 150]
    assert len(head_of(pose, box)) == 2


def test_without_joints_of_the_head_the_top_of_the_box_is_hidden() -> None:
    pose = draw_walker(1)[0]
    box = box_of(pose)
    places = pose[FACE, :2].copy()
    pose[FACE] = 0
    heads = head_of(pose, box)
    np.testing.assert_array_equal(heads, top_of(box)[None])
    assert all(holds(place, heads) for place in places)


def test_of_a_body_cut_off_below_more_of_the_box_is_hidden() -> None:
    whole, cut = top_of(np.array([0.0, 0.0, 60.0, 200.0])), top_of(np.array([0.0, 0.0, 60.0, 70.0]))
    assert cut[3] / 70 > whole[3] / 200
    assert cut[3] <= 70


def test_who_is_missed_for_a_moment_stays_hidden() -> None:
    poses = draw_walker(30)
    poses[..., 0] += 4 * np.arange(30)[:, None]  # across the picture, so that no place of before is still right
    other = draw_walker(30)
    other[..., 0] -= 250
    frames = [[poses[n], other[n]] if n not in (12, 13, 14) else [other[n]] for n in range(30)]
    heads = heads_of(at_8_hz(frames))
    for n in range(30):
        assert holds(poses[n, 0, :2], heads[n]), n
        assert holds(other[n, 0, :2], heads[n]), n
    # Where they were last seen, and where they are seen next; no trail before and after.
    assert [len(places) for places in heads] == [2] * 12 + [3] * 3 + [2] * 15


def test_who_is_found_leaves_no_trail() -> None:
    poses = draw_walker(30)
    poses[..., 0] += 4 * np.arange(30)[:, None]
    assert [len(places) for places in heads_of(at_8_hz([[pose] for pose in poses]))] == [1] * 30


def test_who_has_left_is_hidden_for_a_while_only() -> None:
    poses = draw_walker(30)
    heads = heads_of(at_8_hz([[poses[n]] if n < 10 else [] for n in range(30)]))
    assert [len(places) for places in heads[10:]] == [1 if (n + 1) / 8 <= HOLD_S else 0 for n in range(20)]
    later = heads_of(at_8_hz([[poses[n]] if n >= 20 else [] for n in range(30)]))
    assert [len(places) for places in later] == [len(places) for places in heads[::-1]]


def test_a_crowd_without_joints_is_hidden() -> None:
    boxes = np.array([[0.0, 0, 30, 90], [200, 10, 240, 130]])
    for places in heads_of(seen_of([[], []], np.arange(2) / 10, [boxes, boxes])):
        np.testing.assert_array_equal(places, [top_of(box) for box in boxes])


def test_a_box_that_nobody_was_in_is_hidden_while_it_lasts() -> None:
    walker = draw_walker(20)
    ghost = np.array([10.0, 10, 60, 110])
    frames = [[pose] for pose in walker]
    jointless = [[ghost] if 8 <= n < 11 else [] for n in range(20)]
    heads = heads_of(seen_of(frames, np.arange(20) / 8, jointless))
    assert [len(places) for places in heads] == [2 if 8 <= n < 11 else 1 for n in range(20)]


def test_who_loses_their_joints_and_then_their_box_stays_hidden() -> None:
    poses = draw_walker(20)
    frames = [[pose] if n < 5 else [] for n, pose in enumerate(poses)]
    jointless = [[box_of(poses[n])] if 5 <= n < 10 else [] for n in range(20)]
    heads = heads_of(seen_of(frames, np.arange(20) / 8, jointless))
    for n in range(10 + int(HOLD_S * 8)):
        assert holds(poses[n, 0, :2], heads[n]), n
