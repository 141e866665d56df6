"""Everybody who was found is kept: with joints, box and outline, or with their box alone."""

import numpy as np

from scoliogait.video.estimate import Estimate
from scoliogait.video.watch import MOST_PEOPLE, _by_size, _Gathered


def estimate(value: float) -> Estimate:
    outline = np.zeros((256, 256), dtype=np.uint8)
    outline[40:200, 100:150] = 255
    pose = np.full((17, 3), value, dtype=np.float32)
    return Estimate(pose, pose[:, :2], outline, (value, value, 100.0))


def test_boxes_and_outlines_stand_beside_the_poses_they_belong_to() -> None:
    boxes = np.arange(12, dtype=np.float64).reshape(3, 4)
    small = np.full((2, 4), 9.0)
    gathered = _Gathered()
    gathered.add(0.0, boxes[:0], [], boxes[:0])
    gathered.add(0.1, boxes, [estimate(0.125), None, estimate(0.25)], small)
    gathered.add(0.2, boxes[:1], [estimate(0.5)], boxes[:0])
    seen = gathered.seen((64, 48), ("a note.",))
    assert [frame[:, 0, 0].tolist() for frame in seen.poses] == [[], [0.125, 0.25], [0.5]]
    assert [[one.square_px[0] for one in frame] for frame in seen.outlines] == [[], [0.125, 0.25], [0.5]]
    assert [frame.tolist() for frame in seen.boxes_px] == [[], boxes[[0, 2]].tolist(), boxes[:1].tolist()]
    assert [frame.tolist() for frame in seen.jointless_px] == [[], [boxes[1].tolist(), *small.tolist()], []]
    assert seen.times_s.tolist() == [0.0, 0.1, 0.2]


def test_a_crowd_is_kept_as_boxes() -> None:
    heights = np.arange(1, 10.0)
    boxes = np.column_stack([np.zeros(9), np.zeros(9), np.ones(9), heights])
    large, small = _by_size(boxes)
    assert len(large) == MOST_PEOPLE
    assert large[:, 3].min() > small[:, 3].max()
    assert len(large) + len(small) == 9
