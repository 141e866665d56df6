import numpy as np
import pytest

from captured_walks import captured_joints, captured_poses
from scoliogait.errors import DataError
from scoliogait.io.clean_points import clean_points
from trees import noisy_poses


def test_clean_points_pass_unchanged_and_silently() -> None:
    poses = noisy_poses(1)
    poses[3, 4] = 0
    poses[2, 5, 2] = 0  # a place without confidence stays
    cleaned, notes = clean_points(poses, "x")
    np.testing.assert_array_equal(cleaned, poses)
    assert notes == ()
    assert cleaned is not poses


@pytest.mark.parametrize(
    "mark",
    [
        (-1, -1, 0),
        (-1, -1, 0.4),
        (-1, -1, -1),
        (320, 200, -1),
        (np.nan, np.nan, np.nan),
        (320, 200, np.nan),
        (np.nan, 5, 1),
    ],
)
def test_every_mark_of_a_missing_joint_is_zero(mark: tuple[float, ...]) -> None:
    poses = noisy_poses(2).astype(np.float64)
    expected = poses.astype(np.float32)
    poses[::2, 15] = mark
    expected[::2, 15] = 0
    cleaned, notes = clean_points(poses, "x")
    np.testing.assert_array_equal(cleaned, expected)
    assert notes == ("6 joints marked with NaN or -1 were taken as missing.",)


def test_the_corner_of_the_picture_is_no_joint_and_its_edge_may_be_one() -> None:
    poses = noisy_poses(3)
    poses[0, 9, :2] = 0
    poses[1, 9, 0] = 0
    poses[2, 9, :2] = (-1, 7)
    cleaned, notes = clean_points(poses, "x")
    assert cleaned[0, 9].tolist() == [0, 0, 0]
    np.testing.assert_array_equal(cleaned[1:], poses[1:])
    assert notes == ("1 joint at exactly 0, 0 was taken as missing.",)


def test_confidences_are_brought_into_their_range_and_it_is_said() -> None:
    poses = noisy_poses(4)
    poses[0, :3, 2] = (1.25, 1.04, -0.25)
    cleaned, notes = clean_points(poses, "x")
    assert cleaned[0, :3, 2].tolist() == [1, 1, 0]
    np.testing.assert_array_equal(cleaned[..., :2], poses[..., :2])
    assert notes == (
        "1 confidence below 0 (down to -0.25) was set to 0.",
        "2 confidences above 1 (up to 1.25) were set to 1.",
    )


@pytest.mark.parametrize(
    ("points", "words"),
    [
        (noisy_poses(5) * np.array([1, 1, 100]), "divide percentages by 100"),
        (noisy_poses(5)[..., [2, 0, 1]], "on the last axis"),
        (np.where(np.arange(17)[:, None] == 8, np.inf, noisy_poses(5)), "first at frame 0, joint 8"),
        (noisy_poses(5)[..., :2], "shape (12, 17, 2)"),
        (noisy_poses(5).astype(str), "dtype <U"),
        (np.zeros(3), "shape (3,)"),
    ],
)
def test_other_numbers_are_refused(points: np.ndarray, words: str) -> None:
    with pytest.raises(DataError) as caught:
        clean_points(points, "walk.npz")
    assert str(caught.value).startswith("walk.npz: ")
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("place", [(9999, 9999), (-999, -999), (639, 479), (-2, -2), (0, 470)])
@pytest.mark.parametrize("confidence", [0, 0.5, -999])
def test_a_place_far_from_the_body_where_joints_stand_again_and_again_is_a_mark(
    place: tuple[float, float], confidence: float
) -> None:
    poses = captured_poses(next(iter(captured_joints())))
    missing = np.random.default_rng(6).random(poses.shape[:2]) < 0.06
    expected = poses.copy()
    expected[missing] = 0
    poses[missing] = (*place, confidence)
    cleaned, notes = clean_points(poses, "x")
    np.testing.assert_array_equal(cleaned, expected)
    assert notes == (
        f"{missing.sum()} joints at exactly {place[0]}, {place[1]}, far from the body, were taken as missing.",
    )


def test_joints_that_stand_on_whole_pixels_are_no_marks() -> None:
    poses = captured_poses(next(iter(captured_joints())))
    poses[..., :2] = np.round(poses[..., :2] / 8) * 8
    cleaned, notes = clean_points(poses, "x")
    np.testing.assert_array_equal(cleaned, poses)
    assert notes == ()


def test_confidences_that_are_bytes_are_no_percentages() -> None:
    poses = noisy_poses(4)
    poses[..., 2] = 242
    with pytest.raises(DataError, match="divide them by their highest possible value"):
        clean_points(poses, "x")
