"""A page of pictures of the walker, read back from the file."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from scoliogait.errors import DataError
from scoliogait.side_colours import LEFT_COLOUR, RIGHT_COLOUR
from scoliogait.video.contact_sheet import write_contact_sheet
from scoliogait.video.lettering import rgb_of
from seen_walkers import BACKGROUND, record

pytest.importorskip("av")


def sheet(path: Path) -> np.ndarray:
    picture = cv2.imread(str(path))
    assert picture is not None
    return picture[..., ::-1]


def n_pictures(page: np.ndarray) -> int:
    """Connected parts of the colour of the recorded wall that are as large as a picture."""
    wall = (np.abs(page.astype(int) - BACKGROUND) <= 6).all(axis=-1).astype(np.uint8)
    closed = cv2.morphologyEx(wall, cv2.MORPH_CLOSE, np.ones((9, 9), np.uint8))
    count, _, stats, _ = cv2.connectedComponentsWithStats(closed)
    return sum(stats[part, cv2.CC_STAT_HEIGHT] > 400 for part in range(1, count))


@pytest.mark.parametrize(("n_frames", "expected"), [(30, 12), (5, 5), (1, 1)])
def test_a_dozen_pictures_or_all_there_are(tmp_path: Path, n_frames: int, expected: int) -> None:
    recording = record(tmp_path / "walk.mkv", n_frames)
    write_contact_sheet(recording.path, tmp_path / "sheet.png", recording.seen, recording.poses)
    assert n_pictures(sheet(tmp_path / "sheet.png")) == expected


def test_left_and_right_are_on_their_sides(tmp_path: Path) -> None:
    recording = record(tmp_path / "walk.mkv", 1)
    write_contact_sheet(recording.path, tmp_path / "sheet.png", recording.seen, recording.poses)
    page = sheet(tmp_path / "sheet.png")[:600]  # above the legend
    middles = [
        np.median(np.flatnonzero((page == rgb_of(colour)).all(axis=-1).any(axis=0)))
        for colour in (RIGHT_COLOUR, LEFT_COLOUR)
    ]
    assert middles[0] + 30 < middles[1]  # from the front the walker's right is at the left


def test_faces_are_hidden_unless_they_are_to_be_shown(tmp_path: Path) -> None:
    recording = record(tmp_path / "walk.mkv", 3)
    black = []
    for show_faces in (False, True):
        write_contact_sheet(
            recording.path, tmp_path / "sheet.png", recording.seen, recording.poses, show_faces=show_faces
        )
        page = sheet(tmp_path / "sheet.png")[90:250]  # the heads
        black.append(int((page.max(axis=-1) < 15).sum()))
    assert black[0] == 0
    assert black[1] > 500


def test_other_endings_and_a_video_without_a_walker_are_refused(tmp_path: Path) -> None:
    recording = record(tmp_path / "walk.mkv", 2)
    with pytest.raises(DataError, match=r"is written as \.png"):
        write_contact_sheet(recording.path, tmp_path / "sheet.jpg", recording.seen, recording.poses)
    with pytest.raises(DataError, match="no picture shows the walker"):
        write_contact_sheet(recording.path, tmp_path / "sheet.png", recording.seen, np.zeros_like(recording.poses))
    assert [path.name for path in tmp_path.iterdir()] == ["walk.mkv"]
