import numpy as np

from body_parts import LEGS, UPPER, only
from scoliogait.io.parts import join_parts
from scoliogait.io.people import people_of_frames
from walker import draw_walker


def joined(*people: np.ndarray) -> np.ndarray:
    return join_parts(people_of_frames([np.stack(people).astype(np.float32)], "here")).poses


def test_upper_body_and_legs_of_one_person_are_one() -> None:
    whole = draw_walker(1)
    np.testing.assert_array_equal(joined(only(whole, UPPER)[0], only(whole, LEGS)[0]), whole)


def test_each_pair_of_parts_finds_its_own_other_half() -> None:
    left, right = draw_walker(1), draw_walker(1) + np.array([150, 0, 0], np.float32)
    found = joined(only(left, UPPER)[0], only(right, LEGS)[0], only(right, UPPER)[0], only(left, LEGS)[0])
    np.testing.assert_array_equal(found, np.concatenate([left, right]))


def test_half_a_body_is_not_put_onto_somebody_else() -> None:
    whole = draw_walker(1)
    other = draw_walker(1) + np.array([150, 0, 0], np.float32)
    assert len(joined(whole[0], only(other, LEGS)[0])) == 2
    assert len(joined(only(whole, UPPER)[0], only(other, LEGS)[0])) == 2


def test_a_copy_is_absorbed_and_the_surer_joint_kept() -> None:
    whole = draw_walker(1)
    whole[..., 2] = 0.8
    copy = whole + np.array([1, 1, -0.2], np.float32)
    copy[0, 3, 2] = 0.9
    found = joined(whole[0], copy[0])
    assert len(found) == 1
    np.testing.assert_array_equal(found[0, 3], copy[0, 3])
    np.testing.assert_array_equal(np.delete(found[0], 3, axis=0), np.delete(whole[0], 3, axis=0))


def test_two_people_who_overlap_stay_two() -> None:
    first = draw_walker(10)
    second = first[[5]] + np.array([20, 0, 0], np.float32)
    assert len(joined(first[0], second[0])) == 2
