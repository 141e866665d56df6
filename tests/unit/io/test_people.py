import numpy as np
import pytest

from scoliogait.errors import DataError
from scoliogait.io.people import people_of_frames
from scoliogait.limits import MAX_PEOPLE_PER_FRAME
from walker import draw_walker


def test_rows_without_a_visible_joint_are_left_out_and_frames_are_counted() -> None:
    walker = draw_walker(3)
    hidden = walker[1] * (1, 1, 0)
    people = people_of_frames([walker[:1], np.stack([hidden]), np.empty((0, 17, 3), np.float32), walker[2:]], "here")
    assert people.n_frames == 4
    assert people.frame.tolist() == [0, 3]
    np.testing.assert_array_equal(people.poses, walker[[0, 2]])


def test_the_order_of_a_detector_does_not_matter() -> None:
    frame = np.stack([draw_walker(1)[0] + (shift, 0, 0) for shift in (30, -200, 90, 4)]).astype(np.float32)
    first, second = (people_of_frames([frame[order]], "here").poses for order in ([0, 1, 2, 3], [3, 1, 0, 2]))
    np.testing.assert_array_equal(first, second)
    assert (np.diff(first[:, 0, 0]) > 0).all()


def test_too_many_people_in_a_frame_are_refused_with_the_frame_named() -> None:
    crowd = np.repeat(draw_walker(1), MAX_PEOPLE_PER_FRAME + 1, axis=0)
    people_of_frames([crowd[:-1]], "here")
    with pytest.raises(DataError, match=r"here: frame 1 holds 5001 people; at most 5000"):
        people_of_frames([crowd[:1], crowd], "here")


def test_nobody_in_no_frame_is_no_error() -> None:
    people = people_of_frames([], "here")
    assert (len(people), people.n_frames) == (0, 0)
