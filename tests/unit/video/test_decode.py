"""Pictures and times of videos that the test makes."""

import struct
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from scoliogait.errors import DataError
from scoliogait.video import decode
from scoliogait.video.decode import open_video
from scoliogait.video.pictures import Picture
from scoliogait.walk import DOUBT
from videos import grey_ramp, write_video

pytest.importorskip("av")
PICTURES = [grey_ramp(n) for n in range(8)]


def read(path: Path) -> tuple[list[Picture], tuple[int, int], list[str]]:
    with open_video(path) as video:
        pictures = list(video)
        return pictures, video.size_px, video.notes


def greys(pictures: list[Picture]) -> list[int]:
    return [round(float(np.median(p.rgb[:, p.rgb.shape[1] // 2 + 4 :]))) for p in pictures]


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.mov", "a.avi", "a.ts", "of no ending"])
def test_pictures_and_times(tmp_path: Path, name: str) -> None:
    made = write_video(tmp_path / (name if "." in name else "b.mp4"), PICTURES)
    pictures, size, notes = read(made.rename(tmp_path / name))
    assert size == (64, 48)
    assert notes == []
    np.testing.assert_allclose([p.time_s for p in pictures], np.arange(8) / 10, atol=0.002)
    np.testing.assert_allclose(greys(pictures), [60 + 10 * n for n in range(8)], atol=4)


def test_uneven_times_are_kept(tmp_path: Path) -> None:
    times = [0, 40, 80, 400, 440, 480, 900, 1000]
    pictures, _, _ = read(write_video(tmp_path / "vfr.mp4", PICTURES, times))
    np.testing.assert_allclose([p.time_s for p in pictures], np.array(times) / 1000, atol=0.002)


def test_times_begin_at_the_first_picture(tmp_path: Path) -> None:
    pictures, _, _ = read(write_video(tmp_path / "late.mkv", PICTURES, [5000 + 100 * n for n in range(8)]))
    np.testing.assert_allclose([p.time_s for p in pictures], np.arange(8) / 10, atol=0.002)


@pytest.mark.parametrize(("degrees", "size"), [(90, (48, 64)), (180, (64, 48)), (270, (48, 64))])
def test_a_turned_phone(tmp_path: Path, degrees: int, size: tuple[int, int]) -> None:
    made = write_video(tmp_path / "t.mp4", PICTURES, change=lambda s: s.set_display_rotation(degrees))
    pictures, shown, _ = read(made)
    assert shown == size
    assert pictures[0].rgb.shape == (size[1], size[0], 3)
    stored = np.rot90(pictures[0].rgb, -degrees // 90)  # the rotation is against the clock
    assert stored[:, :28].mean() < stored[:, 36:].mean()


def test_a_mirror_is_shown_and_said(tmp_path: Path) -> None:
    made = write_video(tmp_path / "m.mp4", PICTURES, change=lambda s: s.set_display_rotation(0, hflip=True))
    pictures, _, notes = read(made)
    assert pictures[0].rgb[:, :28].mean() > pictures[0].rgb[:, 36:].mean()
    assert len(notes) == 1
    assert "mirrored from left to right" in notes[0]


def test_pixels_that_are_no_squares(tmp_path: Path) -> None:
    def stretch(stream: object) -> None:
        stream.sample_aspect_ratio = Fraction(3, 2)  # type: ignore[attr-defined]

    pictures, size, notes = read(write_video(tmp_path / "s.mp4", PICTURES, change=stretch))
    assert size == (96, 48)
    assert pictures[0].rgb.shape == (48, 96, 3)
    assert "1.5 times as wide as high" in notes[0]


@pytest.mark.parametrize(("name", "share"), [("a.mp4", 0.7), ("a.mkv", 0.7), ("a.avi", 0.3)])
def test_a_file_that_breaks_off_gives_what_there_is_and_says_so(tmp_path: Path, name: str, share: float) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (30, 48, 64, 3), dtype=np.uint8)
    made = write_video(tmp_path / name, list(noise), change=index_first)
    made.write_bytes(made.read_bytes()[: round(share * made.stat().st_size)])
    pictures, _, notes = read(made)
    assert 5 < len(pictures) < 28
    assert len(notes) == 1
    assert notes[0].startswith(DOUBT)
    assert "cut off" in notes[0] or "read in part, as it cannot be decoded after picture" in notes[0]


def index_first(stream: Any) -> None:
    if stream.container.format.name == "mp4":
        stream.container.options["movflags"] = "faststart"


def test_what_an_edit_list_leaves_out_is_not_missing(tmp_path: Path) -> None:
    made = write_video(tmp_path / "trimmed.mp4", [grey_ramp(n) for n in range(16)])
    content = bytearray(made.read_bytes())
    at = content.index(b"elst") + 12
    assert struct.unpack(">I", content[at : at + 4]) == (1600,)
    content[at : at + 4] = struct.pack(">I", 800)
    made.write_bytes(content)
    pictures, _, notes = read(made)
    assert len(pictures) == 8
    assert notes == []


def test_very_large_pictures_are_scaled_down_and_that_is_said(tmp_path: Path) -> None:
    pictures, size, notes = read(write_video(tmp_path / "wide.mp4", [grey_ramp(n, 8000, 64) for n in range(2)]))
    assert size == (4096, 33)
    assert pictures[1].rgb.shape == (33, 4096, 3)
    np.testing.assert_allclose(greys(pictures), [60, 70], atol=4)
    assert notes == ["The pictures of 8000 x 64 px were scaled to 4096 x 33."]


def test_a_size_that_is_only_stated_is_not_believed(tmp_path: Path) -> None:
    made = write_video(tmp_path / "a.mp4", PICTURES)
    content = bytearray(made.read_bytes())
    at = content.index(b"mp4v", content.index(b"stsd")) + 28  # width and height of the sample entry
    assert struct.unpack(">HH", content[at : at + 4]) == (64, 48)
    content[at : at + 4] = struct.pack(">HH", 100 * 64, 100 * 48)
    made.write_bytes(content)
    pictures, size, _ = read(made)
    assert size == (64, 48)
    assert len(pictures) == 8


def test_pictures_above_the_limit_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = write_video(tmp_path / "a.mp4", PICTURES)
    monkeypatch.setattr(decode, "MAX_PIXELS", 64 * 48 - 1)
    with (
        pytest.raises(DataError, match=r"a\.mp4: no picture.* \(larger than 3,071 pixels, or damaged"),
        open_video(made),
    ):
        pass


def test_a_cover_picture_is_not_the_video(tmp_path: Path) -> None:
    import av

    path = tmp_path / "covered.mp4"
    with av.open(str(path), "w") as container:
        cover = container.add_stream("mjpeg", rate=10)
        cover.width, cover.height, cover.pix_fmt = 320, 240, "yuvj420p"
        cover.disposition = av.stream.Disposition.attached_pic
        stream = container.add_stream("mpeg4", rate=10)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        container.mux(cover.encode(av.VideoFrame.from_ndarray(grey_ramp(9, 320, 240), format="rgb24")))
        container.mux(cover.encode())
        for picture in PICTURES:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode())
    pictures, size, _ = read(path)
    assert size == (64, 48)
    assert len(pictures) == 8


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"#EXTM3U\n#EXTINF:10,\nfile:///etc/hosts\n", "is a playlist and no video"),
        (b"ffconcat version 1.0\nfile other.mp4\n", "is a playlist and no video"),
        (b"\x89PNG\r\n\x1a\n" + bytes(40), "is a PNG picture and no video"),
        (b"\x00\x00\x00\x20ftypheic" + bytes(40), "is a HEIC picture and no video"),
        (b"just words\n", "is text and no video"),
        ("Wörter, 步态\n".encode(), "is text and no video"),
        ("words".encode("utf-16"), "is text and no video"),
        (b"RIFF\0\0\0\0WAVE" + bytes(40), r"is a sound recording \(WAV\) and no video"),
        (b"\x06\x0e\x2b\x34" + bytes(40), "is a video of the kind MXF, which is not read; convert it to MP4"),
        (bytes(9000), "begins with nothing but zeros: it was not copied whole"),
        (
            b"\x00\x00\x00\x10ftypisom\0\0\0\0\x7f\xff\xff\xffmoov" + bytes(100),
            "holds neither pictures nor sound; it may be cut off",
        ),
        (bytes(range(128, 256)), "is of an unknown kind"),
        (b"\x00\x00\x00\x20ftypisom" + bytes(100), "cannot be opened as a video"),
    ],
)
def test_what_is_no_video_is_refused(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "walk.mp4"
    path.write_bytes(content)
    with pytest.raises(DataError, match=words), open_video(path):
        pass


def test_sound_only(tmp_path: Path) -> None:
    import av

    path = tmp_path / "sound.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("aac", rate=44100)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
        frame.sample_rate, frame.pts = 44100, 0
        container.mux(stream.encode(frame))
        container.mux(stream.encode())
    with pytest.raises(DataError, match="no video track \\(sound only\\)"), open_video(path):
        pass
