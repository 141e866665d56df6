"""What is said of a video while it is looked at."""

import numpy as np
import pytest

from scoliogait.video.so_far import SoFar
from walker import draw_walker

BOX = np.array([300.0, 90, 340, 310])


def after(n_frames: int, people: int = 1) -> SoFar:
    so_far = SoFar()
    for n, pose in enumerate(draw_walker(n_frames, stride_hz=0.9)):
        small = [(pose * [0.5, 0.5, 1], BOX / 2)] * (people - 1)
        seen = [*small, (pose, BOX)]
        so_far.add(n / 30, [np.float32(one) for one, _ in seen], [box for _, box in seen])
    return so_far


def test_people_height_and_strides() -> None:
    assert SoFar().words() == "nobody so far"
    assert after(60).words() == "1 person, now 223 px tall"
    assert after(60, people=3).words() == "3 people at once, now 223 px tall"
    long = after(900, people=2)
    assert long.n_strides == pytest.approx(0.9 * 30, rel=0.15)
    assert long.words().startswith("2 people at once, now 223 px tall, about ")
    assert len(long._piece) <= 4 * 30 + 1


def test_nobody_and_somebody_who_stands_make_no_strides() -> None:
    so_far = SoFar()
    for n, pose in enumerate(draw_walker(600, step_height=0.0)):
        there = n % 3 == 0
        so_far.add(n / 30, [pose] if there else [], [BOX] if there else [])
    assert so_far.n_strides == 0
    assert so_far.words() == "1 person, now 223 px tall"


def test_how_many_pictures_will_come() -> None:
    so_far = after(31)
    assert so_far.n_expected(300, None) == 300
    assert so_far.n_expected(20, None) == 31
    assert so_far.n_expected(None, 10.0) == 300
    assert so_far.n_expected(None, None) == 0
    assert SoFar().n_expected(None, 10.0) == 0
