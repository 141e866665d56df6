import numpy as np
import pytest

from scoliogait.errors import DataError
from scoliogait.io.choose_walker import choose_walker
from scoliogait.io.follow import follow
from scoliogait.io.people import people_of_frames
from scoliogait.walk import PeopleSeen
from walker import draw_walker

T = 60


def moved(poses: np.ndarray, x_px: float) -> np.ndarray:
    shifted = poses.copy()
    shifted[..., 0] += x_px
    return shifted


def choose(*people: np.ndarray, person: int | None = None) -> tuple[np.ndarray, PeopleSeen]:
    """The choice among people (T, 17, 3); a frame of a person without a visible joint does not show them."""
    return choose_walker(follow(people_of_frames(list(np.stack(people, axis=1)), "here")), "here", person)


def seen_in(poses: np.ndarray, frames: range) -> np.ndarray:
    kept = np.zeros_like(poses)
    kept[frames] = poses[frames]
    return kept


WALKER = draw_walker(T)
STANDING = moved(draw_walker(T, height_px=280, step_height=0.0), 200)
COMPANION = moved(draw_walker(T, height_px=210), -150)


def test_one_person_is_taken_as_they_are() -> None:
    poses, people = choose(WALKER)
    np.testing.assert_array_equal(poses, WALKER)
    assert (people.n_people, people.walker, people.walker_frames, people.doubts) == (1, 1, T, ())
    assert people.sentence == "One person was seen, in 60 frames."


def test_who_walks_is_taken_and_not_who_stands_larger_in_front() -> None:
    poses, people = choose(STANDING, WALKER)
    np.testing.assert_array_equal(poses, WALKER)
    assert (people.n_people, people.n_frames_together, people.walker) == (2, T, 1)
    assert people.reason == "the only one who walks"
    assert people.doubts == ()
    assert "person 2: around x = 520 px" in people.sentence
    assert "stands" in people.sentence


def test_two_equal_walkers_are_refused_until_one_is_named() -> None:
    with pytest.raises(DataError) as caught:
        choose(WALKER, COMPANION)
    message = str(caught.value)
    assert message.startswith("here: persons 1 and 2 cannot be told apart")
    assert "person 1: around x = 170 px" in message
    assert "--person N" in message
    for number, expected in ((1, COMPANION), (2, WALKER)):
        poses, people = choose(WALKER, COMPANION, person=number)
        np.testing.assert_array_equal(poses, expected)
        assert (people.walker, people.reason, people.doubts) == (number, "chosen by hand", ())


@pytest.mark.parametrize("person", [0, 3])
def test_a_number_that_nobody_has_is_refused_with_the_people(person: int) -> None:
    with pytest.raises(DataError, match=f"has no person {person}; person 1: around x"):
        choose(WALKER, COMPANION, person=person)


def test_a_smaller_walker_is_no_rival_and_one_nearly_as_large_is_a_doubt() -> None:
    for height, doubted in ((60, False), (110, True)):
        poses, people = choose(WALKER, moved(draw_walker(T, height_px=height), 200))
        np.testing.assert_array_equal(poses, WALKER)
        assert bool(people.doubts) == doubted
    assert "nearly as large (person 2" in people.doubts[0]


def test_a_second_patient_after_the_first_is_left_out_with_a_word() -> None:
    first, second = seen_in(WALKER, range(33)), seen_in(moved(draw_walker(T, height_px=120), 150), range(33, T))
    poses, people = choose(first, second)
    np.testing.assert_array_equal(poses, first)
    assert people.n_frames_together == 0
    assert "before or after (person 2" in people.doubts[0]
    assert "only frames 0 to 32 were taken" in people.doubts[0]


def test_a_ghost_of_few_joints_never_wins() -> None:
    ghost = np.zeros_like(WALKER)
    ghost[:, :5] = moved(draw_walker(T, height_px=900), -250)[:, :5]
    poses, people = choose(ghost, seen_in(WALKER, range(20)))
    np.testing.assert_array_equal(poses, seen_in(WALKER, range(20)))
    assert people.n_people == 1


def test_a_body_without_feet_is_taken_only_when_no_other_is_there() -> None:
    cut = moved(draw_walker(T, height_px=600), 300)
    cut[:, 15:, 2] = 0
    poses, _ = choose(cut, WALKER)
    np.testing.assert_array_equal(poses, WALKER)
    poses, _ = choose(cut)
    np.testing.assert_array_equal(poses, cut)


def test_nobody_is_refused() -> None:
    with pytest.raises(DataError, match="no frame shows a person"):
        choose(np.zeros_like(WALKER))
