"""OpenPose folders in every layout: read right by what the people look like, by name when asked, else refused."""

import json
from pathlib import Path

import numpy as np
import pytest
from studies.layouts_scenes import in_layout, permuted, scaled, simulated_recordings, y_up

from scoliogait.errors import DataError
from scoliogait.io.layouts import LAYOUTS
from scoliogait.io.openpose_json import read_openpose_folder
from scoliogait.io.read import read_walk
from scoliogait.measurement.quality import doubts_of
from scoliogait.skeleton import MIRROR

WALK = next(iter(simulated_recordings(2, seed=80))).poses


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def write(folder: Path, points: np.ndarray) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for frame, person in enumerate(points):
        content = {"people": [{"pose_keypoints_2d": person.ravel().tolist()}]}
        (folder / f"walk_{frame:012d}_keypoints.json").write_text(json.dumps(content))
    return folder


@pytest.mark.parametrize("name", LAYOUTS)
def test_every_layout_is_read(tmp_path: Path, name: str) -> None:
    walk = read_openpose_folder(write(tmp_path, in_layout(WALK, LAYOUTS[name], rng())))
    expected = LAYOUTS[name].to_coco17(in_layout(WALK, LAYOUTS[name], rng()))
    np.testing.assert_array_equal(walk.poses, expected)


def test_body_25b_is_not_read_as_body_25(tmp_path: Path) -> None:
    walk = read_openpose_folder(write(tmp_path, in_layout(WALK, LAYOUTS["BODY_25B"], rng())))
    np.testing.assert_array_equal(walk.poses, WALK)
    assert walk.notes == ("The joints were recognised as BODY_25B, and not BODY_25.",)


def test_the_layout_can_be_stated_and_is_doubted_aloud(tmp_path: Path) -> None:
    folder = write(tmp_path, in_layout(WALK, LAYOUTS["BODY_25B"], rng()))
    assert read_walk(folder, layout="BODY_25B").notes == ()
    (note,) = read_walk(folder, layout="BODY_25").notes
    assert "do not look like it" in note


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (y_up, "y points up"),
        (lambda p: p[..., [1, 0, 2]], "x and y are exchanged"),
        (lambda p: scaled(p, 0), "not pixels"),
        (lambda p: permuted(p, rng()), r"as BODY_25 or BODY_25B .*state the layout \(--joints\)"),
        (lambda p: p * np.array([1, 1, 100]), "percentages"),
    ],
)
def test_faults_are_refused_in_one_line(tmp_path: Path, fault, words: str) -> None:  # type: ignore[no-untyped-def]
    write(tmp_path, fault(in_layout(WALK, LAYOUTS["BODY_25"], rng())))
    with pytest.raises(DataError, match=words) as caught:
        read_openpose_folder(tmp_path)
    assert str(caught.value).startswith(str(tmp_path))
    assert "\n" not in str(caught.value)


def test_missing_marks_and_confidences_are_set_right_and_said(tmp_path: Path) -> None:
    points = in_layout(WALK, LAYOUTS["BODY_25"], rng())
    marked = points.copy()
    points[::2, 14] = 0
    marked[::2, 14] = (-1, -1, 0)
    marked[1, 14] = points[1, 14] = 0
    marked[1, 14] = np.nan
    marked[3, 0, 2] = 1.25
    points[3, 0, 2] = 1
    walk = read_openpose_folder(write(tmp_path / "marked", marked))
    np.testing.assert_array_equal(walk.poses, read_openpose_folder(write(tmp_path / "zeros", points)).poses)
    assert walk.notes == (
        "31 joints marked with NaN or -1 were taken as missing.",
        "1 confidence above 1 (up to 1.25) was set to 1.",
    )


def test_exchanged_sides_are_doubted_where_somebody_comes_nearer(tmp_path: Path) -> None:
    doubts = doubts_of(read_openpose_folder(write(tmp_path, WALK[:, MIRROR])))
    assert any("left and right are exchanged" in doubt for doubt in doubts)
    doubts = doubts_of(read_openpose_folder(write(tmp_path / "as_it_is", WALK)))
    assert not any("left and right are exchanged" in doubt for doubt in doubts)
