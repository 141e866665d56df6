"""Files that break off, have holes, grow or claim too much: what is wrong is said, and takes no memory."""

import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from scoliogait.errors import DataError
from scoliogait.video.decode import open_video
from scoliogait.video.pictures import Picture
from scoliogait.walk import DOUBT
from videos import grey_ramp, hertz, needs_encoder, write_video

pytest.importorskip("av")
PICTURES = [grey_ramp(n, 128, 96) for n in range(12)]


def read(path: Path) -> tuple[list[Picture], list[str]]:
    with open_video(path) as video:
        pictures = list(video)
        return pictures, video.notes


def test_a_late_file_that_breaks_off_is_seen_to_break_off(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (30, 48, 64, 3), dtype=np.uint8)

    def index_first(stream: Any) -> None:
        stream.container.options["movflags"] = "faststart"

    for name in ("a.mp4", "a.mkv"):
        made = write_video(tmp_path / name, list(noise), [5000 + 100 * n for n in range(30)], change=index_first)
        made.write_bytes(made.read_bytes()[: round(0.7 * made.stat().st_size)])
        _, (note,) = read(made)
        assert note.startswith(DOUBT)


@pytest.mark.parametrize(
    ("codec", "ending"),
    [
        ("libx264", "mp4"),
        ("libx264", "mkv"),
        ("libx264", "ts"),
        ("libx265", "mp4"),
        ("libsvtav1", "mp4"),
        ("libvpx-vp9", "webm"),
        ("mpeg4", "mp4"),
        ("mjpeg", "avi"),
    ],
)
@pytest.mark.parametrize("filled", ["nothing", "noise"])
def test_a_hole_in_a_file_is_a_doubt(tmp_path: Path, codec: str, ending: str, filled: str) -> None:
    needs_encoder(codec)
    rng = np.random.default_rng(0)
    noise = list(rng.integers(0, 255, (24, 96, 128, 3), dtype=np.uint8))
    made = write_video(tmp_path / f"a.{ending}", noise, None, codec, "yuvj420p" if codec == "mjpeg" else "yuv420p")
    content = bytearray(made.read_bytes())
    first, stop = (round(share * len(content)) for share in (0.4, 0.5))
    content[first:stop] = bytes(stop - first) if filled == "nothing" else rng.bytes(stop - first)
    made.write_bytes(content)
    _, notes = read(made)
    assert len(notes) == 1
    assert notes[0].startswith(DOUBT)


@pytest.mark.parametrize("ending", ["mkv", "ts"])
def test_a_file_that_grows_while_it_is_read(tmp_path: Path, ending: str) -> None:
    made = write_video(tmp_path / f"a.{ending}", PICTURES, codec="mpeg2video", change=hertz)
    content = made.read_bytes()
    made.write_bytes(content[: round(0.8 * len(content))])
    with open_video(made) as video:
        for n, _ in enumerate(video):
            if n == 2:
                made.write_bytes(content)
        assert f"{DOUBT}the file changed while it was read: read it again when the recording has ended." in video.notes


PEAK = """
import resource, sys
from scoliogait.errors import DataError
from scoliogait.video import decode
decode.MAX_PIXELS = {most}
import av
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    with decode.open_video({path!r}) as video:
        print(sum(1 for _ in video), video.size_px, video.notes, file=sys.stderr)
except DataError as error:
    print(error, file=sys.stderr)
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024)
"""


def peak_mib(path: Path, most_pixels: int) -> tuple[float, str]:
    """Memory that reading adds to a fresh process, and what came of it."""
    code = PEAK.format(path=str(path), most=most_pixels)
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return float(ended.stdout), ended.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="peak memory is in KiB there")
@pytest.mark.slow
@pytest.mark.parametrize(("codec", "ending"), [("mjpeg", "avi"), ("mpeg4", "mp4"), ("libx264", "mkv")])
def test_8k_is_scaled_and_above_the_limit_takes_no_memory(tmp_path: Path, codec: str, ending: str) -> None:
    needs_encoder(codec)
    large = [grey_ramp(n, 7680, 4320) for n in range(2)]
    fast: Callable[[Any], None] | None = None
    if codec == "libx264":
        fast = lambda stream: setattr(stream, "options", {"preset": "ultrafast"})  # noqa: E731
    made = write_video(
        tmp_path / f"a.{ending}", large, None, codec, "yuvj420p" if codec == "mjpeg" else "yuv420p", fast
    )
    taken, words = peak_mib(made, 1 << 26)
    assert "2 (4096, 2304) ['The pictures of 7680 x 4320 px were scaled to 4096 x 2304.']" in words
    assert taken < 600
    refused, words = peak_mib(made, 1 << 24)
    assert "pixels" in words
    assert refused < 60


@pytest.mark.parametrize("ending", ["avi", "mkv", "mov"])
def test_a_header_that_claims_16k(tmp_path: Path, ending: str) -> None:
    made = write_video(tmp_path / f"a.{ending}", PICTURES, None, "mjpeg", "yuvj420p")
    content = bytearray(made.read_bytes())
    stated, claimed = struct.pack(">HH", 96, 128), struct.pack(">HH", 8640, 15360)
    at = 0
    while (at := content.find(b"\xff\xc0", at) + 1) > 0:
        if content[at + 4 : at + 8] == stated:
            content[at + 4 : at + 8] = claimed
    made.write_bytes(content)
    with pytest.raises(DataError, match=r"a\.\w+: (no picture can be decoded|its pictures are 15360 x 8640 px)"):
        read(made)
    if sys.platform == "linux":
        assert peak_mib(made, 1 << 26)[0] < 60
