"""Everybody's number on whole pictures, read back from the file."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from scoliogait.errors import DataError
from scoliogait.video.marks import View
from scoliogait.video.numbers import NumberedBox, NumberedPerson, draw_numbers, numbered_boxes, numbers_in_words
from scoliogait.video.overlay import write_overlay
from scoliogait.video.people_sheet import write_people_sheet
from scoliogait.video.watched_video import WatchedVideo
from seen_walkers import OTHER_AT, Recording, poses_at, record

pytest.importorskip("av")
T = 40


def people_of(recording: Recording) -> tuple[NumberedPerson, ...]:
    """The other person stands at the left, and is there in two pictures alone."""
    other, few = poses_at(OTHER_AT, len(recording.poses)), np.array([7, 8])
    return NumberedPerson(1, few, other[few]), NumberedPerson(2, np.arange(len(recording.poses)), recording.poses)


def test_each_number_is_at_the_box_of_its_person(tmp_path: Path) -> None:
    recording = record(tmp_path / "walk.mkv", T)
    found = numbered_boxes(people_of(recording), recording.seen)
    assert [len(boxes) for boxes in found] == [2 if frame in (7, 8) else 1 for frame in range(T)]
    assert [one.number for one in found[7]] == [1, 2]
    assert found[7][0].box[2] < found[7][1].box[0]
    assert [numbers_in_words(boxes) for boxes in (found[7], found[0], [])] == [
        "persons 1, 2",
        "person 2",
        "nobody with a number",
    ]


@pytest.mark.parametrize("place", [(-5.0, -5.0), (30.0, 20.0), (77.0, 57.0)])
def test_a_number_is_always_inside_the_picture(place: tuple[float, float]) -> None:
    canvas = np.full((60, 80, 3), 90, np.uint8)
    draw_numbers(canvas, View(), [NumberedBox(12, np.array([*place, place[0] + 9, place[1] + 9]))], 12)
    white = (canvas == 255).all(axis=-1)
    ys, xs = np.nonzero(white)
    assert np.ptp(ys) >= 12
    assert np.ptp(xs) >= 12
    assert (canvas[ys.min() : ys.max(), xs.min() : xs.max()] < 90).any()  # the digits


@pytest.mark.parametrize("place", [(-50.0, 20.0), (30.0, -20.0), (81.0, 20.0), (30.0, 61.0)])
def test_who_is_outside_of_the_picture_has_no_number_in_it(place: tuple[float, float]) -> None:
    canvas = np.full((60, 80, 3), 90, np.uint8)
    draw_numbers(canvas, View(), [NumberedBox(12, np.array([*place, place[0] + 9, place[1] + 9]))], 12)
    assert (canvas == 90).all()


def test_a_sheet_shows_everybody_in_whole_pictures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recording, said = record(tmp_path / "walk.mkv", T), []
    write = "scoliogait.video.people_sheet.write_page"
    monkeypatch.setattr(write, lambda out, shown, *words: said.extend((one.frame, one.facts) for one in shown))
    write_people_sheet(recording.path, tmp_path / "sheet.png", recording.seen, people_of(recording))
    assert 10 <= len(said) <= 12
    assert said[0][0] == 0
    assert said[-1][0] == T - 1
    assert any(facts == "persons 1, 2" for _, facts in said)


def test_faces_are_hidden_unless_they_are_to_be_shown(tmp_path: Path) -> None:
    recording = record(tmp_path / "walk.mkv", 3)
    black = []
    for show_faces in (False, True):
        people = (NumberedPerson(1, np.arange(3), recording.poses),)
        write_people_sheet(recording.path, tmp_path / "sheet.png", recording.seen, people, show_faces=show_faces)
        page = cv2.imread(str(tmp_path / "sheet.png"))
        assert page is not None
        black.append(int((page[100:400].max(axis=-1) < 15).sum()))
    assert black[1] > black[0] + 300


def test_nobody_is_nothing_to_show(tmp_path: Path) -> None:
    recording = record(tmp_path / "walk.mkv", 3)
    with pytest.raises(DataError, match="shows nobody"):
        write_people_sheet(recording.path, tmp_path / "sheet.png", recording.seen, ())
    assert not (tmp_path / "sheet.png").exists()


def test_without_a_walker_a_video_and_a_sheet_are_written(tmp_path: Path) -> None:
    recording = record(tmp_path / "walk.mkv", T)
    watched = WatchedVideo(recording.path, recording.seen, None, people_of(recording))
    for name in ("seen.png", "seen.webm"):
        watched.write_overlay(tmp_path / name)
        assert (tmp_path / name).stat().st_size > 1000
    write_overlay(recording.path, tmp_path / "walker.webm", recording.seen, recording.poses)
    assert (tmp_path / "walker.webm").read_bytes() != (tmp_path / "seen.webm").read_bytes()
