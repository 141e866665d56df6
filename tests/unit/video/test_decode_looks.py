"""Files that ask for pictures to look otherwise than they are stored: what was not done is said."""

import struct
from pathlib import Path
from typing import Any

import pytest

from scoliogait.video.decode import open_video
from scoliogait.walk import DOUBT
from videos import grey_ramp, needs_encoder, write_video

pytest.importorskip("av")
PICTURES = [grey_ramp(n, 128, 96) for n in range(4)]
ONE = 1 << 16
NONE = struct.pack(">9i", ONE, 0, 0, 0, ONE, 0, 0, 0, 1 << 30)


def notes_of(path: Path) -> list[str]:
    with open_video(path) as video:
        assert sum(1 for _ in video) == len(PICTURES)
        return video.notes


@pytest.mark.parametrize(("curve", "kind"), [(16, "PQ"), (18, "HLG"), (1, None)])
def test_a_video_of_large_brightness_is_called_so(tmp_path: Path, curve: int, kind: str | None) -> None:
    def graded(stream: Any) -> None:
        stream.codec_context.color_trc = curve

    notes = notes_of(write_video(tmp_path / "a.mkv", PICTURES, change=graded))
    assert [f"HDR ({kind})" in note for note in notes] == ([] if kind is None else [True])


@pytest.mark.parametrize("codec", ["mpeg4", "libx264"])
def test_an_uneven_scale_is_a_doubt_or_was_done(tmp_path: Path, codec: str) -> None:
    needs_encoder(codec)
    made = write_video(tmp_path / "a.mp4", PICTURES, codec=codec)
    content = made.read_bytes()
    at = content.index(NONE, content.index(b"tkhd"))
    made.write_bytes(content[:at] + struct.pack(">i", 4 * ONE) + content[at + 4 :])
    with open_video(made) as video:
        is_wide = video.size_px[0] == 4 * 128
        doubted = [note for note in video.notes if note.startswith(DOUBT)]
    assert is_wide or doubted == [
        f"{DOUBT}the file asks for pictures that are stretched to 4 times their width, which was not done."
    ]


def test_a_scale_alike_in_both_directions_changes_nothing(tmp_path: Path) -> None:
    made = write_video(tmp_path / "a.mp4", PICTURES)
    content = made.read_bytes()
    at = content.index(NONE, content.index(b"tkhd"))
    twice = struct.pack(">9i", 2 * ONE, 0, 0, 0, 2 * ONE, 0, 0, 0, 1 << 30)
    made.write_bytes(content[:at] + twice + content[at + 36 :])
    assert notes_of(made) == []
