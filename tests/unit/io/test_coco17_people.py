import numpy as np
import pytest
from studies.layouts_scenes import in_layout, scaled, simulated_recordings

from scoliogait.errors import DataError
from scoliogait.io.coco17_people import coco17_people
from scoliogait.io.layouts import LAYOUTS

WALK = next(iter(simulated_recordings(1, seed=70))).poses
POINTS = in_layout(WALK, LAYOUTS["HALPE-26"], np.random.default_rng(0))
EMPTY = np.zeros((0, 0, 3))


def test_people_come_back_in_their_frames() -> None:
    frames = [POINTS[:2], EMPTY, POINTS[2:3], EMPTY, *(POINTS[index : index + 1] for index in range(3, 20))]
    poses, notes = coco17_people(frames, "x")
    assert [len(frame) for frame in poses] == [len(frame) for frame in frames]
    np.testing.assert_array_equal(np.concatenate(poses), WALK[:20])
    assert notes == ()


def test_nobody_at_all_is_no_error() -> None:
    poses, notes = coco17_people([EMPTY, EMPTY], "x")
    assert [frame.shape for frame in poses] == [(0, 17, 3)] * 2
    assert notes == ()


def test_frames_of_two_layouts_are_each_recognised() -> None:
    body_25b = in_layout(WALK, LAYOUTS["BODY_25B"], np.random.default_rng(0))
    poses, notes = coco17_people([POINTS[:20], body_25b[20:]], "x")
    np.testing.assert_array_equal(np.concatenate(poses), WALK)
    assert notes == ("The joints were recognised as BODY_25B, and not BODY_25.",)


def test_what_is_wrong_names_the_recording() -> None:
    for frames, words in (
        ([scaled(POINTS, 0)], "not pixels"),
        ([POINTS * np.array([1, 1, 100])], "percentages"),
        ([POINTS[:, ::-1]], "do not look like people as HALPE-26"),
    ):
        with pytest.raises(DataError, match=words) as caught:
            coco17_people(frames, "a/walk")
        assert str(caught.value).startswith("a/walk: ")


def test_what_was_changed_is_said() -> None:
    points = POINTS.copy()
    points[0, 0, 2] = 1.2
    points[1, 20] = np.nan
    _, notes = coco17_people([points], "x")
    assert notes == (
        "1 joint marked with NaN or -1 was taken as missing.",
        "1 confidence above 1 (up to 1.2) was set to 1.",
    )
