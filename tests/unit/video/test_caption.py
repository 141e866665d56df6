"""The words of a picture say what was seen, and what there is to doubt."""

import numpy as np
import pytest

from scoliogait.skeleton import JOINT
from scoliogait.video.caption import doubts_of, facts_of
from scoliogait.video.marks import Walker
from seen_walkers import box_of
from walker import draw_walker

SIZE_PX = (640, 480)


def walker(**confidences: float) -> Walker:
    pose = draw_walker(1)[0]
    for name, confidence in confidences.items():
        pose[JOINT[name], 2] = confidence
    return Walker(pose, box_of(pose))


def test_facts_of_a_picture() -> None:
    assert facts_of(walker(left_hip=0.2), 1.2345, 3, 20) == (
        "frame 3 of 20  ·  1.23 s  ·  confidence 0.90  ·  box 223 px high"
    )
    assert facts_of(None, 0.0, 0, 20) == "frame 0 of 20  ·  0.00 s"


@pytest.mark.parametrize(
    ("confidences", "words"),
    [
        ({}, ""),
        ({"left_knee": 0.29}, "guessed: left knee"),
        ({"left_knee": 0.1, "right_knee": 0.1, "right_hip": 0.0}, "guessed: right hip, knees"),
        ({"left_wrist": 0.1, "nose": 0.1}, ""),  # no trunk, no leg
    ],
)
def test_joints_that_are_guesses(confidences: dict[str, float], words: str) -> None:
    assert doubts_of(walker(**confidences), SIZE_PX) == words


@pytest.mark.parametrize(
    ("box", "words"),
    [
        ((0, 50, 90, 200), "cut off at the left"),
        ((20, 2, 638, 478), "cut off at the top and right and bottom"),
        ((10, 50, 600, 200), ""),
    ],
)
def test_a_walker_who_is_cut_off(box: tuple[int, int, int, int], words: str) -> None:
    one = Walker(walker().pose, np.array(box, dtype=np.float64))
    assert doubts_of(one, SIZE_PX) == words


def test_no_walker_is_a_doubt() -> None:
    assert doubts_of(None, SIZE_PX) == "the walker is not seen in this picture"
