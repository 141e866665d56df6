"""What cameras, phones and programs write: each kind of file is read right, or what is wrong with it is said."""

import gc
import re
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from scoliogait.errors import DataError
from scoliogait.io.garbage_pause import no_garbage_collection
from scoliogait.video.decode import open_video
from scoliogait.video.pictures import Picture
from scoliogait.walk import DOUBT
from videos import grey_ramp, hertz, needs_encoder, write_video

av = pytest.importorskip("av")
SIZE_PX = 128, 96
N = 12
PICTURES = [grey_ramp(n, *SIZE_PX) for n in range(N)]
GREYS = np.array([60 + 10 * n for n in range(N)])
TIMES_S = np.arange(N) / 10


def read(path: Path) -> tuple[list[Picture], list[str]]:
    with open_video(path) as video:
        pictures = list(video)
        return pictures, video.notes


def greys(pictures: list[Picture]) -> list[int]:
    return [round(float(np.median(p.rgb[:, p.rgb.shape[1] // 2 + 4 :]))) for p in pictures]


def assert_all_read(pictures: list[Picture], first: int = 0) -> None:
    np.testing.assert_allclose([p.time_s for p in pictures], TIMES_S[: N - first], atol=0.002)
    np.testing.assert_allclose(greys(pictures), GREYS[first:], atol=5)


def frames_that_refer_ahead(stream: Any) -> None:
    stream.codec_context.max_b_frames = 3
    if stream.codec_context.name == "mpeg2video":
        hertz(stream)


@pytest.mark.parametrize(
    ("codec", "pixel_format", "ending"),
    [
        ("libsvtav1", "yuv420p", "mp4"),
        ("libsvtav1", "yuv420p10le", "mkv"),
        ("libx265", "yuv420p", "mov"),
        ("libx265", "yuv420p10le", "mp4"),
        ("libx264", "yuv420p10le", "mp4"),
        ("libx264", "yuv422p", "mov"),
        ("libvpx-vp9", "yuv420p", "webm"),
        ("prores_ks", "yuv422p10le", "mov"),
        ("mjpeg", "yuvj420p", "avi"),
        ("mpeg2video", "yuv420p", "mpg"),
    ],
)
def test_codecs_and_depths(tmp_path: Path, codec: str, pixel_format: str, ending: str) -> None:
    needs_encoder(codec)
    change = hertz if codec == "mpeg2video" else None
    pictures, notes = read(write_video(tmp_path / f"a.{ending}", PICTURES, None, codec, pixel_format, change))
    assert_all_read(pictures)
    assert notes == []


@pytest.mark.parametrize("codec", ["mpeg4", "mpeg2video", "libx264"])
@pytest.mark.parametrize("ending", ["mp4", "mkv", "avi", "ts"])
def test_frames_that_refer_to_later_ones(tmp_path: Path, codec: str, ending: str) -> None:
    """AVI keeps no times of such frames: a decoder makes some up, and two frames get the same one."""
    needs_encoder(codec)
    pictures, notes = read(write_video(tmp_path / f"a.{ending}", PICTURES, codec=codec, change=frames_that_refer_ahead))
    assert_all_read(pictures)
    assert notes == []


def test_frames_without_times_are_refused(tmp_path: Path) -> None:
    made = write_video(tmp_path / "a.mpg", PICTURES, codec="mpeg4", change=frames_that_refer_ahead)
    with pytest.raises(DataError, match=r"a\.mpg: picture 1 has no time; convert the video to MP4"):
        read(made)


@pytest.mark.parametrize(
    ("codec", "ending", "words"),
    [
        ("libx264", "h264", "is a bare stream of H.264 or H.265, which holds no times"),
        ("libx265", "hevc", "is a bare stream of H.264 or H.265, which holds no times"),
        ("mpeg2video", "m2v", "is a bare stream of MPEG-1 or MPEG-2, which holds no times"),
        ("mjpeg", "mjpeg", "is a JPEG picture and no video"),
    ],
)
def test_bare_streams_are_refused(tmp_path: Path, codec: str, ending: str, words: str) -> None:
    needs_encoder(codec)
    change = hertz if codec == "mpeg2video" else None
    pixel_format = "yuvj420p" if codec == "mjpeg" else "yuv420p"
    made = write_video(tmp_path / f"a.{ending}", PICTURES, None, codec, pixel_format, change)
    with pytest.raises(DataError, match=words):
        read(made.rename(tmp_path / "a.mp4"))


@pytest.mark.parametrize("ending", ["avi", "mkv", "mp4"])
def test_a_title_of_another_alphabet(tmp_path: Path, ending: str) -> None:
    def entitle(stream: Any) -> None:
        stream.container.metadata["title"] = "a walk in W"

    made = write_video(tmp_path / f"a.{ending}", PICTURES, change=entitle)
    assert b"walk in W" in made.read_bytes()
    made.write_bytes(made.read_bytes().replace(b"walk in W", b"walk in \xe9"))
    pictures, notes = read(made)
    assert_all_read(pictures)
    assert notes == []


def test_an_unknown_code_of_pictures_is_refused(tmp_path: Path) -> None:
    made = write_video(tmp_path / "a.avi", PICTURES, None, "mjpeg", "yuvj420p")
    made.write_bytes(made.read_bytes().replace(b"MJPG", b"NEWQ"))
    with pytest.raises(DataError, match=r"a\.avi: its pictures are encoded in a way that no decoder here knows"):
        read(made)


@pytest.mark.parametrize("codec", ["mpeg4", "libx264"])
def test_interlaced(tmp_path: Path, codec: str) -> None:
    needs_encoder(codec)

    def by_fields(stream: Any) -> None:
        stream.options = {"flags": "+ildct+ilme"} if codec == "mpeg4" else {"x264-params": "tff=1"}

    pictures, notes = read(write_video(tmp_path / "a.mp4", PICTURES, codec=codec, change=by_fields))
    assert_all_read(pictures)
    assert notes == ["The video is interlaced: limbs that move fast are seen twice in a picture."]


@pytest.mark.parametrize(
    ("codec", "pixel_format", "ending"), [("mpeg4", "yuv420p", "mp4"), ("libvpx-vp9", "yuv420p", "webm")]
)
def test_odd_sizes(tmp_path: Path, codec: str, pixel_format: str, ending: str) -> None:
    odd = [grey_ramp(n, 129, 97) for n in range(N)]
    pictures, notes = read(write_video(tmp_path / f"a.{ending}", odd, None, codec, pixel_format))
    assert pictures[0].rgb.shape == (97, 129, 3)
    assert_all_read(pictures)
    assert notes == []


@pytest.mark.parametrize(
    ("codec", "pixel_format", "ending"), [("png", "rgba", "mov"), ("libvpx-vp9", "yuva420p", "webm")]
)
def test_transparent_parts_are_said(tmp_path: Path, codec: str, pixel_format: str, ending: str) -> None:
    pictures, notes = read(write_video(tmp_path / f"a.{ending}", PICTURES, None, codec, pixel_format))
    assert_all_read(pictures)
    assert notes == ["The pictures have transparent parts; the colours under them were taken."]


def test_which_of_two_tracks_was_read_is_said(tmp_path: Path) -> None:
    path = tmp_path / "two.mp4"
    with av.open(str(path), "w") as container:
        streams = []
        for width, height in ((64, 48), SIZE_PX):
            stream = container.add_stream("mpeg4", rate=10)
            stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
            streams.append(stream)
        for n in range(N):
            for stream in streams:
                picture = grey_ramp(n, stream.width, stream.height)
                container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        for stream in streams:
            container.mux(stream.encode())
    pictures, notes = read(path)
    height, width, _ = pictures[0].rgb.shape
    assert_all_read(pictures)
    assert notes == [f"The file holds 2 video tracks; the one of {width} x {height} px was read."]


@pytest.mark.parametrize(("ending", "first"), [("mkv", 0), ("mp4", 3)])
def test_times_before_zero(tmp_path: Path, ending: str, first: int) -> None:
    """MP4 says by an edit list that what lies before zero is not shown; nobody sees it in a player either."""
    pictures, notes = read(write_video(tmp_path / f"a.{ending}", PICTURES, [100 * n - 300 for n in range(N)]))
    assert_all_read(pictures, first)
    assert notes == []


def with_block_times(path: Path, times_ms: list[int]) -> Path:
    """A Matroska file of JPEG pictures whose blocks say other times."""
    made = write_video(path, PICTURES, None, "mjpeg", "yuvj420p")
    content = bytearray(made.read_bytes())
    blocks = re.finditer(b"\x81(..).\xff\xd8", bytes(content), re.DOTALL)  # track 1, time in its cluster, flags
    for n, (block, time_ms) in enumerate(zip(blocks, times_ms, strict=True)):
        (in_cluster,) = struct.unpack(">h", block[1])
        content[block.start(1) : block.end(1)] = struct.pack(">h", in_cluster + time_ms - 100 * n)
    made.write_bytes(content)
    return made


def test_pictures_of_the_same_or_an_earlier_time_are_left_out_and_counted(tmp_path: Path) -> None:
    times = [100 * n for n in range(N)]
    times[4], times[7] = times[3], times[6] - 50
    pictures, notes = read(with_block_times(tmp_path / "a.mkv", times))
    shown = [n for n in range(N) if n not in (4, 7)]
    np.testing.assert_allclose([p.time_s for p in pictures], TIMES_S[shown], atol=0.002)
    np.testing.assert_allclose(greys(pictures), GREYS[shown], atol=5)
    assert notes == ["Pictures that have the time of another one or an earlier one were left out (2)."]


def test_a_clock_that_was_set_back_ends_the_recording(tmp_path: Path) -> None:
    """So are files of camcorders that somebody put one behind the other."""
    parts = [
        write_video(tmp_path / f"{name}.ts", pictures, codec="mpeg2video", change=hertz).read_bytes()
        for name, pictures in (("one", PICTURES[:7]), ("other", PICTURES[7:]))
    ]
    (tmp_path / "both.ts").write_bytes(b"".join(parts))
    pictures, notes = read(tmp_path / "both.ts")
    np.testing.assert_allclose(greys(pictures), GREYS[:7], atol=5)
    assert notes == [f"{DOUBT}the video was read in part, as its clock goes back by 0.6 s after picture 7."]


@pytest.mark.parametrize(
    ("size_px", "stop", "words"),
    [
        ((64, 48), N, "Some pictures have another size; they were scaled to that of the first one."),
        ((96, 128), 7, f"{DOUBT}the video was read in part, as its pictures change to 96 x 128 px after picture 6."),
    ],
)
def test_pictures_that_change_their_size(tmp_path: Path, size_px: tuple[int, int], stop: int, words: str) -> None:
    parts = []
    for first, end, size in ((0, 7, SIZE_PX), (7, N, size_px)):
        pictures = [grey_ramp(n, *size) for n in range(first, end)]
        times = [100 * n + (100 if first else 0) for n in range(first, end)]  # the first file begins at 100 ms
        made = write_video(tmp_path / f"{first}.ts", pictures, times, codec="mpeg2video", change=hertz)
        parts.append(made.read_bytes())
    (tmp_path / "both.ts").write_bytes(b"".join(parts))
    found, notes = read(tmp_path / "both.ts")
    shown = [n for n in range(stop) if n != 6]  # the decoder drops the picture it holds when the size changes
    assert {p.rgb.shape for p in found} == {(96, 128, 3)}
    np.testing.assert_allclose(greys(found), GREYS[shown], atol=5)
    np.testing.assert_allclose([p.time_s for p in found], TIMES_S[shown], atol=0.002)
    assert words in notes


# Messages to the decoder (H.264 annex D, type 47): a quarter turn against the clock, no mirror; a mirror upside down.
TURN = struct.pack(">I", 7) + bytes((0x06, 47, 3, 0x08, 0x00, 0x09, 0x80))
MIRROR = struct.pack(">I", 7) + bytes((0x06, 47, 3, 0x20, 0x00, 0x09, 0x80))


@pytest.mark.parametrize(("message", "seen_after"), [(TURN, 5), (MIRROR, 10)], ids=["turned", "mirrored"])
def test_pictures_that_are_turned_from_some_time_on(tmp_path: Path, message: bytes, seen_after: int) -> None:
    """A mirror without a turn is looked for once a second, as to look for it keeps the frame."""
    needs_encoder("libx264")
    made = write_video(tmp_path / "upright.mkv", PICTURES, codec="libx264", change=no_frames_ahead)
    with av.open(str(made)) as given, av.open(str(tmp_path / "turned.mkv"), "w") as changed:
        stream = changed.add_stream_from_template(given.streams.video[0])
        for n, packet in enumerate(given.demux(given.streams.video[0])):
            if packet.size:
                copy = av.Packet(message + bytes(packet) if n >= 5 else bytes(packet))
                copy.pts, copy.dts, copy.time_base = packet.pts, packet.dts, packet.time_base
                copy.stream, copy.is_keyframe = stream, True
                changed.mux(copy)
    pictures, notes = read(tmp_path / "turned.mkv")
    np.testing.assert_allclose(greys(pictures), GREYS[:seen_after], atol=5)
    what = f"its pictures are turned in another way after picture {seen_after}"
    assert notes == [f"{DOUBT}the video was read in part, as {what}."]


@pytest.mark.parametrize("codec", ["mpeg4", "mjpeg"])
def test_frames_that_were_read_do_not_wait_for_the_garbage_collector(tmp_path: Path, codec: str) -> None:
    """They did, 3 MB for every picture of 1920 x 1080: 900 MB after some 200 pictures."""
    pixels = "yuvj420p" if codec == "mjpeg" else "yuv420p"
    path = write_video(tmp_path / "a.mkv", [grey_ramp(n % 10) for n in range(300)], codec=codec, pixel_format=pixels)
    gc.collect()
    others = n_frames_alive()  # of other tests
    with no_garbage_collection(), open_video(path) as video:
        alive = [n_frames_alive() - others for _ in video]
    assert len(alive) == 300
    assert max(alive) <= 15


def n_frames_alive() -> int:
    return sum(type(one) is av.VideoFrame for one in gc.get_objects())


def no_frames_ahead(stream: Any) -> None:
    stream.codec_context.max_b_frames = 0
    stream.codec_context.gop_size = 1


@pytest.mark.parametrize("degrees", [0, 90, 180, 270])
@pytest.mark.parametrize("mirror", ["hflip", "vflip"])
def test_turned_and_mirrored(tmp_path: Path, degrees: int, mirror: str) -> None:
    """A mirror after a turn against the clock: pixel by pixel, what the nine numbers say is in ``test_display``."""
    picture = np.zeros((96, 128, 3), np.uint8)
    picture[:48, :64] = 200  # upper left
    made = write_video(
        tmp_path / "a.mp4", [picture] * 3, change=lambda s: s.set_display_rotation(degrees, **{mirror: True})
    )
    pictures, notes = read(made)
    with av.open(str(made)) as container:
        side = next(container.decode(video=0)).side_data.get("DISPLAYMATRIX")
    a, b, _, c, d = np.frombuffer(bytes(side), np.int32)[:5].astype(float)
    x, y = (a * -1 + c * -1, b * -1 + d * -1)  # where the upper left corner goes, from the middle
    for shown in pictures:
        height, width = shown.rgb.shape[:2]
        quarters = shown.rgb.reshape(2, height // 2, 2, width // 2, 3).mean(axis=(1, 3, 4))
        assert np.argwhere(quarters > 100).tolist() == [[int(y > 0), int(x > 0)]]
    assert ["mirrored from left to right" in note for note in notes] == [True]


def test_what_an_edit_list_leaves_out_at_the_beginning(tmp_path: Path) -> None:
    made = write_video(tmp_path / "a.mp4", PICTURES, change=lambda s: setattr(s.codec_context, "gop_size", 1))
    content = bytearray(made.read_bytes())
    at = content.index(b"elst") + 12
    assert struct.unpack(">Ii", content[at : at + 8]) == (1200, 0)
    content[at : at + 8] = struct.pack(">Ii", 700, 4 * 1600)  # ms; ticks of the track, 16,000 a second
    made.write_bytes(content)
    pictures, notes = read(made)
    np.testing.assert_allclose(greys(pictures), GREYS[4:11], atol=5)
    np.testing.assert_allclose([p.time_s for p in pictures], TIMES_S[:7], atol=0.002)
    assert notes == []
