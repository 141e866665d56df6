import numpy as np
import pytest

from scoliogait.errors import DataError
from scoliogait.io.frame_ids import frames_of_ids, one_row_a_frame


@pytest.mark.parametrize(
    ("ids", "frames", "n_notes"),
    [
        ([], [], 0),
        ([7], [0], 0),
        ([10, 9, 9, 12], [1, 0, 0, 3], 0),
        (["0.jpg", "1.jpg", "10.jpg", "2.jpg", *(f"{n}.jpg" for n in range(3, 10))], [0, 1, 10, 2, *range(3, 10)], 0),
        (["cam2_0001_rgb.png", "cam2_0003_rgb.png", "cam2_0004_rgb.png"], [0, 2, 3], 0),
        (["a/b/f1.png", "a\\c\\f2.png"], [0, 1], 0),
        (["a/b/f1.png", "a\\b\\f1.png", "a/b/f2.png"], [0, 0, 1], 0),
        ([0, 5, 10, 25], [0, 1, 2, 5], 1),
        ([4, 14], [0, 10], 0),  # two numbers show no step
        ([0, 1, 29], [0, 1, 29], 0),  # as far apart as file names may be
    ],
)
def test_frames_count_from_the_first(ids: list[object], frames: list[int], n_notes: int) -> None:
    got, notes = frames_of_ids(ids, "image_id", "x")
    np.testing.assert_array_equal(got, frames)
    assert len(notes) == n_notes


@pytest.mark.parametrize(
    ("ids", "words"),
    [
        (["front_1.png", "visit2_1.png"], "several recordings .*'front_'.*'visit2_'"),
        ([1, "1.png", "a_2.png"], "several recordings"),
        (["a/b/f1.png", "a/c/f2.png", "a/c/f1.png"], "several recordings .*frame 1 in the folders 'a/b' and 'a/c'"),
        ([397133, 37777, 252219, 87038], "4 of the frames 37777 to 397133"),
        ([0, 1, 30], "3 of the frames 0 to 30"),
        ([1, None], "image_id is 'None'"),
        ([True], "image_id is 'True'"),
        ([-1], "image_id is '-1'"),
        ([1.5], "image_id is '1.5'"),
        (["nose.png"], "ends in it"),
        (["1" * 400], "ends in it"),
        ([10**400], "image_id is"),
    ],
)
def test_what_is_no_frame_is_refused(ids: list[object], words: str) -> None:
    with pytest.raises(DataError, match=f"^x: .*{words}"):
        frames_of_ids(ids, "image_id", "x")


def test_a_frame_of_one_person_has_one_row() -> None:
    np.testing.assert_array_equal(one_row_a_frame([5, 3, 4], "fnum", "x")[0], [2, 0, 1])
    with pytest.raises(DataError, match=r"^x: fnum '4' stands in 3 rows; expected one row a frame"):
        one_row_a_frame([3, 4, 4, 5, 5, 4], "fnum", "x")
