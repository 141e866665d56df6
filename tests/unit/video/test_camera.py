"""A camera behind the interface of a file: true times, pictures that come evenly or not at all, and what is said."""

from pathlib import Path

import numpy as np
import pytest

from file_camera import FileCamera
from scoliogait.errors import DataError
from scoliogait.video import camera as camera_module
from scoliogait.video.camera import MOST_WAITING, Camera, CameraPictures, OpenCvCapture
from scoliogait.video.decode import open_video
from scoliogait.video.pictures import Picture
from scoliogait.walk import DOUBT
from seen_people import number_of, write_numbered
from videos import write_video

pytest.importorskip("av")
TIMES_MS = [round(1000 * n / 30) for n in range(60)]


def file_camera(folder: Path, n: int = 60, times_ms: list[int] | None = None, **more: bool) -> FileCamera:
    return FileCamera(write_numbered(folder / "a.mkv", range(n), (times_ms or TIMES_MS)[:n]), **more)


def look_at_all(given: FileCamera, seconds: float = 600.0) -> tuple[list[Picture], list[str]]:
    """Each picture is looked at before the next one comes."""
    given.allow()
    with open_video(given.camera(seconds)) as video:
        assert video.size_px == (640, 360)
        assert (video.n_stated, video.stated_s) == (None, seconds)
        pictures = []
        for picture in video:
            pictures.append(picture)
            given.allow()
    assert given.released.is_set()
    return pictures, video.notes


def test_pictures_and_times_are_those_of_the_camera(tmp_path: Path) -> None:
    times = [0, 30, 70, 400, *range(440, 440 + 40 * 56, 40)]
    pictures, notes = look_at_all(file_camera(tmp_path, 60, times), seconds=2.8)
    assert [number_of(p.rgb) for p in pictures] == list(range(60))
    np.testing.assert_allclose([p.time_s for p in pictures], np.array(times) / 1000, atol=0.002)
    assert notes == []


def test_it_ends_when_the_time_is_over(tmp_path: Path) -> None:
    pictures, notes = look_at_all(file_camera(tmp_path), seconds=1.0)
    assert len(pictures) == 31
    assert notes == []


def test_it_ends_when_somebody_stops_it(tmp_path: Path) -> None:
    given = file_camera(tmp_path)
    camera = given.camera()
    given.allow()
    with open_video(camera) as video:
        for picture in video:
            if number_of(picture.rgb) == 10:
                camera.stop()
            given.allow()
    assert number_of(picture.rgb) <= 11
    assert not any(note.startswith(DOUBT) for note in video.notes)


@pytest.mark.parametrize(("breaks", "why"), [(False, ""), (True, " (the cable was pulled)")])
def test_a_camera_that_stops_is_a_doubt(tmp_path: Path, breaks: bool, why: str) -> None:
    pictures, notes = look_at_all(file_camera(tmp_path, breaks=breaks), seconds=15)
    assert len(pictures) == 60
    assert notes == [f"{DOUBT}the camera stopped after 2.0 of 15 s{why}."]


def test_a_camera_that_falls_silent_is_a_doubt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(camera_module, "SILENT_S", 0.05)
    given = file_camera(tmp_path)
    given.allow(5)
    with open_video(given.camera(15)) as video:
        pictures = list(video)
    given.allow_all()
    assert len(pictures) == 5
    assert video.notes == [f"{DOUBT}the camera stopped after 0.1 of 15 s."]


def test_a_camera_that_gives_nothing_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given = file_camera(tmp_path, 0 + 1)
    given._pictures.clear()
    given.clock = lambda: 0.0  # type: ignore[method-assign]
    given.allow()
    with pytest.raises(DataError, match=r"camera 0: gives no picture; connect it again"), open_video(given.camera()):
        pass
    monkeypatch.setattr(camera_module, "SILENT_AT_FIRST_S", 0.05)
    monkeypatch.setattr(camera_module, "SILENT_S", 0.05)
    silent = file_camera(tmp_path)
    with pytest.raises(DataError, match=r"camera 0: gives no picture; connect it again"), open_video(silent.camera()):
        pass
    silent.allow_all()


def test_a_camera_that_is_not_there(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(DataError, match=r"camera 99: cannot be opened; check that it is connected"):
        OpenCvCapture(99)
    assert capfd.readouterr().err == ""


def test_pictures_of_opencv_are_given_in_rgb(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """OpenCV opens a file where it would open a camera."""
    import cv2

    pictures = [np.full((48, 64, 3), (200, 100, 20), np.uint8)] * 3
    made, opens = (
        str(write_video(tmp_path / "a.avi", pictures, codec="mjpeg", pixel_format="yuvj420p")),
        cv2.VideoCapture,
    )
    monkeypatch.setattr(cv2, "VideoCapture", lambda number: opens(made))
    with open_video(Camera(0, on_start=lambda: None)) as video:
        seen = list(video)
    assert (len(seen), video.size_px) == (3, (64, 48))
    np.testing.assert_allclose(np.median(seen[0].rgb, axis=(0, 1)), (200, 100, 20), atol=8)
    assert "the camera stopped" in video.notes[0]


def test_black_pictures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(camera_module, "SILENT_S", 0.2)  # how long the end waits for a camera that gives no more
    given = file_camera(tmp_path)
    for picture in given._pictures[:5]:
        picture.rgb[:] = 3
    _, notes = look_at_all(given, 2.0)
    assert notes == ["5 of 60 pictures are black."]
    given = file_camera(tmp_path)
    for picture in given._pictures:
        picture.rgb[:] = 3
    with pytest.raises(DataError, match=r"camera 0: its pictures are black; open its shutter"):
        look_at_all(given)
    monkeypatch.setattr(camera_module, "_BLACK_FROM_THE_START_S", 0.5)
    given._next = 0
    given._allowed = type(given._allowed)(0)
    with pytest.raises(DataError, match=r"camera 0: its pictures are black"):
        look_at_all(given)
    assert given._next < 30


def test_who_looks_too_slowly_sees_fewer_pictures_and_none_is_kept_for_later(tmp_path: Path) -> None:
    given = file_camera(tmp_path)
    given.allow()
    with open_video(given.camera(on_start=given.allow_all)) as video:
        assert given.released.wait(60)  # all were given before the second one was looked at
        pictures = list(video)
    assert [number_of(p.rgb) for p in pictures] == list(range(1 + MOST_WAITING))
    assert "The camera gave 60 pictures in 2.0 s; 17 were looked at, as this machine looks more slowly." in video.notes


@pytest.mark.parametrize(("look_s", "every"), [(0.019, 1), (0.025, 2), (0.055, 3)])
def test_pictures_are_left_out_evenly(look_s: float, every: int) -> None:
    """A picture comes each 0.02 s; seven are looked at one after the other, as between two looks for people."""
    now = [0.0]
    pictures = CameraPictures(Camera(clock=lambda: now[0]), capture=None)  # type: ignore[arg-type]
    pictures._look_s = look_s
    taken: list[float] = []
    black = np.zeros((8, 8, 3), np.uint8)
    busy_until_s = 0.0
    for n in range(600):
        now[0] = 0.02 * n
        pictures._offer(Picture(now[0], black))
        while now[0] >= busy_until_s and not pictures._waiting.empty():
            picture = pictures._waiting.get_nowait()
            assert picture is not None
            taken.append(picture.time_s)
            busy_until_s += 7 * look_s if len(taken) % 7 == 0 else 0.0
        busy_until_s = max(busy_until_s, now[0])
    assert pictures.every == every
    assert pictures._waiting.qsize() <= MOST_WAITING
    np.testing.assert_allclose(np.diff(taken)[-100:], 0.02 * every)


@pytest.mark.parametrize("seconds", [0, -1, 601, float("nan")])
def test_how_long_a_camera_may_record(seconds: float) -> None:
    with pytest.raises(DataError, match="camera 0: cannot record for"):
        Camera(0, seconds)
