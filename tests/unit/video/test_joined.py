"""Recordings that were put one behind the other in one file: what was read of them is never passed over."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from scoliogait.video.container import check_container
from scoliogait.video.decode import open_video
from scoliogait.video.joined import joined_at
from scoliogait.walk import DOUBT
from videos import grey_ramp, hertz, needs_encoder, write_video

pytest.importorskip("av")
PICTURES = [grey_ramp(n, 128, 96) for n in range(12)]
LIKE = {"flv": "flv", "wmv": "wmv2", "mpg": "mpeg2video", "ts": "mpeg2video", "webm": "libvpx-vp9"}
ENDINGS = ("mp4", "mov", "3gp", "avi", "flv", "wmv", "mkv", "webm", "mpg", "ts")


def option(**options: str) -> Any:
    def change(stream: Any) -> None:
        stream.container.options.update(options)

    return change


def made(folder: Path, ending: str, change: Any = None) -> Path:
    codec = LIKE.get(ending, "mpeg4")
    needs_encoder(codec)
    even = hertz if ending in ("avi", "mpg", "ts", "flv", "wmv") else None
    return write_video(folder / f"a.{ending}", PICTURES, codec=codec, change=change or even)


def notes_of(path: Path) -> list[str]:
    with open_video(path) as video:
        assert sum(1 for _ in video) >= len(PICTURES) - 1
        return video.notes


@pytest.mark.parametrize("ending", ENDINGS)
def test_two_recordings_in_one_file_are_a_doubt(tmp_path: Path, ending: str) -> None:
    one = made(tmp_path, ending)
    content = one.read_bytes()
    assert notes_of(one) == []
    assert joined_at(one, check_container(one)) is None
    one.write_bytes(2 * content)
    notes = notes_of(one)
    assert notes
    assert all(note.startswith(DOUBT) for note in notes)
    if ending not in ("mpg", "ts"):  # there the clock says it
        assert f"another recording is joined behind the first in this file, from byte {len(content):,} on" in notes[0]


@pytest.mark.parametrize("movflags", ["faststart", "frag_keyframe+empty_moov", "hybrid_fragmented"])
def test_every_way_of_laying_out_an_mp4_file(tmp_path: Path, movflags: str) -> None:
    one = made(tmp_path, "mp4", option(movflags=movflags))
    content = one.read_bytes()
    assert joined_at(one, "mov") is None
    one.write_bytes(2 * content)
    assert joined_at(one, "mov") == len(content)


@pytest.mark.parametrize(
    ("first", "second"), [("mp4", "avi"), ("mp4", "mkv"), ("avi", "mp4"), ("wmv", "mp4"), ("flv", "avi")]
)
def test_recordings_of_different_kinds(tmp_path: Path, first: str, second: str) -> None:
    one, other = made(tmp_path, first), made(tmp_path, second)
    size = one.stat().st_size
    one.write_bytes(one.read_bytes() + other.read_bytes())
    assert joined_at(one, check_container(one)) == size


@pytest.mark.parametrize("ending", ENDINGS)
def test_no_end_of_a_file_is_taken_for_another_recording(tmp_path: Path, ending: str) -> None:
    one = made(tmp_path, ending)
    content, demuxer = one.read_bytes(), check_container(one)
    for n_bytes in range(64, len(content), max(1, len(content) // 40)):
        one.write_bytes(content[:n_bytes])
        assert joined_at(one, demuxer) is None, n_bytes
    for more in (bytes(5000), b"\xff" * 5000, b"any words " * 50):
        one.write_bytes(content + more)
        assert joined_at(one, demuxer) is None


def test_a_wmv_file_that_is_cut_between_two_packets(tmp_path: Path) -> None:
    noise = list(np.random.default_rng(0).integers(0, 255, (12, 96, 128, 3), dtype=np.uint8))
    one = write_video(tmp_path / "a.wmv", noise, codec="wmv2", change=hertz)
    content = one.read_bytes()
    data = content.index(bytes.fromhex("3626b2758e66cf11a6d900aa0062ce6c"))
    one.write_bytes(content[: data + 50 + 9 * 3200])  # the head of the data and nine packets
    with open_video(one) as video:
        n_pictures = sum(1 for _ in video)
        assert 0 < n_pictures < len(PICTURES)
        assert video.notes == [f"{DOUBT}the file is shorter than it says: it was cut off."]
