"""Coordinates in percent of the picture."""

import numpy as np
import pytest

from captured_walks import captured_people, captured_poses
from scoliogait.io.read import read_walk
from scoliogait.measurement.picture_shares import share_cautions
from scoliogait.measurement.quality import assess_quality
from scoliogait.samples import sample_paths
from scoliogait.skeleton import JOINT
from scoliogait.walk import Walk
from walker import draw_walker

POSES = draw_walker()


def within(most: float) -> np.ndarray:
    poses = np.array(POSES, dtype=np.float32)
    poses[..., :2] -= poses[..., :2].min(axis=(0, 1))
    poses[..., :2] *= most / poses[..., :2].max()
    return poses


@pytest.mark.parametrize(
    ("most", "frame_size_px", "doubted"),
    [
        (100, None, True),
        (100, (1920, 1080), True),
        (99, (1080, 1920), True),
        (100, (100, 100), False),
        (101, None, False),
        (101, (1920, 1080), False),
    ],
)
def test_no_coordinate_above_100_is_doubted(most: float, frame_size_px: tuple[int, int] | None, doubted: bool) -> None:
    assert bool(share_cautions(within(most), frame_size_px)) == doubted


def test_missing_joints_say_nothing() -> None:
    poses = within(400)
    poses[:, JOINT["nose"]] = 0
    assert share_cautions(poses, None) == ()
    assert share_cautions(np.zeros((20, 17, 3), np.float32), None) == ()
    poses = within(90)
    poses[:, JOINT["nose"]] = (3_000, 3_000, 0)
    assert share_cautions(poses, None)


def test_a_refusal_speaks_of_it_too() -> None:
    refusal = assess_quality(Walk(poses=within(90)[:10])).refusal
    assert refusal is not None
    assert "percentages" in refusal


def test_real_recordings_are_in_pixels() -> None:
    walks = [read_walk(path) for path in sample_paths()]
    walks += [Walk(poses=captured_poses(name)) for name in captured_people()]
    assert [share_cautions(walk.poses, walk.frame_size_px) for walk in walks] == [()] * len(walks)
