"""The ending says what is written of a video that was looked at."""

from pathlib import Path

import pytest

from scoliogait.errors import DataError
from scoliogait.video import overlay_file
from scoliogait.video.overlay_file import MARK, is_overlay
from scoliogait.video.watched_video import WatchedVideo
from seen_walkers import record

pytest.importorskip("av")
BEGINNINGS = {"o.webm": (0, b"\x1a\x45\xdf\xa3"), "o.mp4": (4, b"ftyp"), "o.PNG": (0, b"\x89PNG")}


def watched(folder: Path) -> WatchedVideo:
    recording = record(folder / "walk.mkv", 3)
    return WatchedVideo(recording.path, recording.seen, recording.poses)


@pytest.mark.parametrize("name", BEGINNINGS)
def test_the_ending_says_what_is_written(tmp_path: Path, name: str) -> None:
    watched(tmp_path).write_overlay(tmp_path / name)
    place, magic = BEGINNINGS[name]
    assert (tmp_path / name).read_bytes()[place : place + len(magic)] == magic


@pytest.mark.parametrize("name", BEGINNINGS)
def test_an_overlay_says_that_it_is_one_and_a_recording_does_not(tmp_path: Path, name: str) -> None:
    recorded = watched(tmp_path)
    recorded.write_overlay(tmp_path / name)
    assert is_overlay(tmp_path / name)
    assert not is_overlay(recorded.path)
    assert not is_overlay(tmp_path)
    assert not is_overlay(tmp_path / "nothing")


@pytest.mark.parametrize("place", range(90, 104))
def test_the_mark_is_found_across_what_is_read_at_once(
    tmp_path: Path, place: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(overlay_file, "_AT_ONCE", 100)
    (tmp_path / "f").write_bytes(b"." * place + MARK.encode() + b"." * 300)
    assert is_overlay(tmp_path / "f")


def test_a_sheet_is_a_whole_png_that_names_what_wrote_it(tmp_path: Path) -> None:
    pil = pytest.importorskip("PIL.Image")
    watched(tmp_path).write_overlay(tmp_path / "o.png")
    with pil.open(tmp_path / "o.png") as picture:
        picture.load()
        assert picture.text == {"Software": MARK}


def test_other_endings_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"is written as \.webm or \.mp4 or \.png"):
        watched(tmp_path).write_overlay(tmp_path / "o.gif")
    assert [path.name for path in tmp_path.iterdir()] == ["walk.mkv"]
