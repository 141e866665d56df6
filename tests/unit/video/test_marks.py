"""Marks lie where the joints, the box and the outline are, to the pixel, at any scale."""

from dataclasses import replace

import numpy as np
import pytest

from scoliogait.side_colours import LEFT_COLOUR, MIDDLE_COLOUR, RIGHT_COLOUR
from scoliogait.skeleton import JOINT
from scoliogait.video.lettering import rgb_of
from scoliogait.video.marks import WALKER_COLOUR, View, Walker, draw_walker, walker_of
from scoliogait.video.packed_outline import PackedOutline
from scoliogait.video.watch import Seen
from seen_walkers import box_of, seen_of
from walker import draw_walker as pose_of_walker

FAR = np.array([-900.0, -900.0, -800.0, -800.0])  # a box that is not drawn


def middle_of(canvas: np.ndarray, colour: str) -> np.ndarray:
    """Of all pixels of this colour: x, y, from the edge of the first pixel on."""
    rows, columns = np.nonzero((canvas == rgb_of(colour)).all(axis=-1))
    return np.array([columns.mean(), rows.mean()]) + 0.5


@pytest.mark.parametrize("view", [View(), View(scale=3.0), View(40.25, -10.5, 2.5), View(left=12, scale=0.5)])
def test_joints_lie_in_the_middle_of_their_dots(view: View) -> None:
    pose = np.zeros((17, 3), dtype=np.float32)
    pose[JOINT["left_ankle"]] = [100.3, 60.7, 0.9]
    pose[JOINT["right_wrist"]] = [61.2, 81.6, 0.9]
    canvas = np.full((400, 500, 3), 40, dtype=np.uint8)
    draw_walker(canvas, view, Walker(pose, FAR), weight=4.0)
    for joint, colour in (("left_ankle", LEFT_COLOUR), ("right_wrist", RIGHT_COLOUR)):
        expected = (pose[JOINT[joint], :2] - [view.left, view.top]) * view.scale
        np.testing.assert_allclose(middle_of(canvas, colour), expected, atol=0.3)


def test_the_outline_lies_where_it_was_found() -> None:
    outline = np.zeros((64, 64), dtype=np.uint8)
    outline[16:48, 8:24] = 255  # of a square at (10, 20) with a side of 128 px: from (26, 52) to (58, 116)
    packed = PackedOutline.of(outline, (10.0, 20.0, 128.0))
    for scale in (1, 3):
        canvas = np.zeros((150 * scale, 150 * scale, 3), dtype=np.uint8)
        draw_walker(canvas, View(scale=scale), Walker(np.zeros((17, 3), np.float32), FAR, packed))
        rows, columns = np.nonzero(canvas.any(axis=-1))
        bounds = np.array([columns.min(), rows.min(), columns.max() + 1, rows.max() + 1])
        np.testing.assert_allclose(bounds, np.array([26, 52, 58, 116]) * scale, atol=2)
        inside = canvas[70 * scale, 40 * scale]
        assert 0 < inside.max() < max(WALKER_COLOUR) / 2  # a tint
        assert np.abs(inside / inside.max() - np.array(WALKER_COLOUR) / max(WALKER_COLOUR)).max() < 0.05


def test_a_guess_is_hollow_and_its_limbs_are_thin() -> None:
    pose = pose_of_walker(1)[0]
    pose[JOINT["left_wrist"], 2] = 0.2
    canvas = np.full((480, 640, 3), 120, dtype=np.uint8)
    draw_walker(canvas, View(), Walker(pose, box_of(pose)), weight=3.0)
    places = {name: np.rint(pose[JOINT[name], :2] - 0.5).astype(int) for name in ("left_wrist", "right_wrist")}
    assert tuple(canvas[places["right_wrist"][1], places["right_wrist"][0]]) == rgb_of(RIGHT_COLOUR)
    thick, thin = (
        int((np.abs(canvas[int(y), int(x) - 12 : int(x) + 12].astype(int) - rgb_of(colour)).max(axis=-1) < 60).sum())
        for (x, y), colour in (
            (pose[[JOINT[f"{side}_elbow"], JOINT[f"{side}_wrist"]], :2].mean(axis=0), colour)
            for side, colour in (("right", RIGHT_COLOUR), ("left", LEFT_COLOUR))
        )
    )
    assert thick > 2 * thin > 0


def test_what_joins_the_sides_has_neither_colour() -> None:
    pose = pose_of_walker(1)[0]
    canvas = np.full((480, 640, 3), 120, dtype=np.uint8)
    draw_walker(canvas, View(), Walker(pose, box_of(pose)), weight=2.0)
    for pair in ("shoulder", "hip"):
        x, y = np.rint(pose[[JOINT[f"left_{pair}"], JOINT[f"right_{pair}"]], :2].mean(axis=0) - 0.5).astype(int)
        assert tuple(canvas[y, x]) == rgb_of(MIDDLE_COLOUR)


def test_joints_far_outside_are_no_error() -> None:
    pose = pose_of_walker(1)[0]
    pose[:, :2] *= 1e5
    canvas = np.zeros((48, 64, 3), dtype=np.uint8)
    draw_walker(canvas, View(scale=7.0), Walker(pose, box_of(pose)))


def seen_once(poses: np.ndarray) -> Seen:
    """One picture with these people, whose boxes are 0 1 2 3, 4 5 6 7 and so on, and one without joints."""
    seen = seen_of([list(poses)], np.zeros(1), [[np.full(4, 99.0)]])
    return replace(seen, boxes_px=[np.arange(4.0 * len(poses)).reshape(-1, 4)])


def test_the_walker_is_who_has_their_pose() -> None:
    poses = np.concatenate([pose_of_walker(1) + np.float32([shift, 0, 0]) for shift in (0, 3, 200)])
    for row in range(3):
        walker, others = walker_of(seen_once(poses), 0, poses[row])
        assert walker is not None
        assert walker.outline is not None
        assert walker.box[0] == 4 * row
        assert others[:, 0].tolist() == [*(4 * other for other in range(3) if other != row), 99]


def test_a_walker_put_together_from_two_is_the_nearer_one() -> None:
    poses = np.concatenate([pose_of_walker(1) + np.float32([shift, 0, 0]) for shift in (0, 20)])
    joined = poses[0].copy()
    joined[:5] = poses[1, :5]
    walker, others = walker_of(seen_once(poses), 0, joined)
    assert walker is not None
    assert walker.outline is not None
    assert walker.box[0] == 0
    assert len(others) == 2


def test_a_walker_who_is_far_from_all_has_the_box_of_their_joints() -> None:
    poses = pose_of_walker(2)
    joined = poses[0] + np.float32([100, 0, 0])
    joined[0] = 0  # not seen
    walker, others = walker_of(seen_once(poses), 0, joined)
    assert walker is not None
    assert walker.outline is None
    assert walker.box.tolist() == [*joined[1:, :2].min(axis=0), *joined[1:, :2].max(axis=0)]
    assert len(others) == 3


def test_in_a_picture_without_the_walker_there_is_none() -> None:
    poses = pose_of_walker(2)
    walker, others = walker_of(seen_once(poses), 0, np.zeros((17, 3), np.float32))
    assert walker is None
    assert len(others) == 3
