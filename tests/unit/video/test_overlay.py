"""What an overlay shows and hides, read back from the written file, of a video whose people are known to the pixel."""

import signal
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from scoliogait.errors import DataError
from scoliogait.side_colours import LEFT_COLOUR, RIGHT_COLOUR
from scoliogait.skeleton import JOINT
from scoliogait.video.decode import open_video
from scoliogait.video.lettering import rgb_of
from scoliogait.video.overlay import size_of, write_overlay
from seen_walkers import HEIGHT_PX, OTHER_AT, Recording, face_of, poses_at, record
from videos import write_video

pytest.importorskip("av")
SCALE = 6  # of 160 x 120 px


def read(path: Path) -> tuple[str, list[float], list[np.ndarray]]:
    import av

    with av.open(str(path)) as container:
        codec = container.streams.video[0].codec_context.name
    with open_video(path) as video:
        pictures = list(video)
    return codec, [picture.time_s for picture in pictures], [picture.rgb for picture in pictures]


def written(recording: Recording, name: str = "out.webm", **how: object) -> list[np.ndarray]:
    out = recording.path.with_name(name)
    write_overlay(recording.path, out, recording.seen, recording.poses, **how)  # type: ignore[arg-type]
    return read(out)[2]


def contrast(picture: np.ndarray, pose: np.ndarray, scale: int = SCALE) -> float:
    """How strong stripes of 2 px are along the forehead, above the eyes: 127 for black and white, 0 without any."""
    left, top, right, _ = (scale * side for side in face_of(pose))
    row = picture[top + scale : top + 2 * scale, left:right].mean(axis=(0, 2))
    window = np.hanning(len(row))  # one step between two greys is no stripe
    waves = np.exp(2j * np.pi * np.arange(len(row)) / (4 * scale)) * window
    return float(np.abs((row - np.average(row, weights=window)) @ waves) * np.pi / 2 / window.sum())


@pytest.mark.parametrize(("name", "codec"), [("out.webm", "vp9"), ("out.mp4", "mpeg4"), ("OUT.MP4", "mpeg4")])
def test_encoders_are_free_and_uneven_times_are_kept(tmp_path: Path, name: str, codec: str) -> None:
    times = [0, 33, 67, 400, 433, 900]
    recording = record(tmp_path / "walk.mkv", times_ms=times)
    write_overlay(recording.path, tmp_path / name, recording.seen, recording.poses)
    found, times_s, pictures = read(tmp_path / name)
    assert found == codec
    np.testing.assert_allclose(times_s, np.array(times) / 1000, atol=0.0006)
    assert pictures[0].shape[1] == 960
    assert pictures[0].shape[0] > 720


@pytest.mark.parametrize("name", ["out.webm", "out.mp4"])
def test_joints_have_the_colour_of_the_walkers_side(tmp_path: Path, name: str) -> None:
    recording = record(tmp_path / "walk.mkv")
    for picture, pose in zip(written(recording, name), recording.poses, strict=True):
        for side, colour in (("left", LEFT_COLOUR), ("right", RIGHT_COLOUR)):
            for joint in ("shoulder", "elbow", "hip", "knee", "ankle"):
                x, y = np.rint(SCALE * pose[JOINT[f"{side}_{joint}"], :2] - 0.5).astype(int)
                np.testing.assert_allclose(picture[y, x], rgb_of(colour), atol=45, err_msg=f"{side} {joint}")


@pytest.mark.parametrize("person", ["posed", "jointless", "missed"])
@pytest.mark.parametrize("name", ["out.webm", "out.mp4"])
def test_no_face_can_be_read(tmp_path: Path, person: str, name: str) -> None:
    recording = record(tmp_path / "walk.mkv", person=person)
    other = poses_at(OTHER_AT, 6)
    for picture, pose, other_pose in zip(written(recording, name), recording.poses, other, strict=True):
        assert contrast(picture, pose) < 12
        assert contrast(picture, other_pose) < 12


def test_faces_are_shown_where_that_is_asked_for(tmp_path: Path) -> None:
    recording = record(tmp_path / "walk.mkv")
    other = poses_at(OTHER_AT, 6)
    for picture, other_pose in zip(written(recording, show_faces=True), other, strict=True):
        assert contrast(picture, other_pose) > 80


def test_the_body_below_the_head_is_left_as_it_is(tmp_path: Path) -> None:
    recording = record(tmp_path / "walk.mkv")
    other = poses_at(OTHER_AT, 6)
    for picture, pose in zip(written(recording), other, strict=True):
        (x, y), width = SCALE * (pose[11, :2] + pose[12, :2]) / 2, int(SCALE * HEIGHT_PX / 20)
        hips = picture[int(y) - width : int(y) + width, int(x) - width : int(x) + width]
        np.testing.assert_allclose(hips, 200, atol=6)


@pytest.mark.parametrize("name", ["out.avi", "out.mkv", "out", "out.png"])
def test_other_endings_are_refused_before_anything_is_read(tmp_path: Path, name: str) -> None:
    recording = record(tmp_path / "walk.mkv")
    recording.path.unlink()
    with pytest.raises(DataError, match=r"is written as \.webm or \.mp4;") as raised:
        write_overlay(recording.path, tmp_path / name, recording.seen, recording.poses)
    assert "\n" not in str(raised.value)
    assert list(tmp_path.iterdir()) == []


def test_the_video_itself_is_never_written_over(tmp_path: Path) -> None:
    recording = record(tmp_path / "walk.mkv")
    link = tmp_path / "link.mp4"
    link.hardlink_to(recording.path)
    before = link.read_bytes()
    with pytest.raises(DataError, match="is the video itself"):
        write_overlay(recording.path, link, recording.seen, recording.poses)
    assert link.read_bytes() == before


@pytest.mark.parametrize(
    "times_ms", [[0, 100, 200, 300, 400], [0, 100, 200, 300, 400, 500, 600], [0, 90, 200, 300, 400, 500]]
)
def test_a_video_that_has_changed_leaves_nothing(tmp_path: Path, times_ms: list[int]) -> None:
    recording = record(tmp_path / "walk.mkv")
    record(recording.path, len(times_ms), times_ms)
    (tmp_path / "out.mp4").write_bytes(b"an older one")
    with pytest.raises(DataError, match="holds other pictures than when it was looked at"):
        write_overlay(recording.path, tmp_path / "out.mp4", recording.seen, recording.poses)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.mp4", "walk.mkv"]
    assert (tmp_path / "out.mp4").read_bytes() == b"an older one"


@pytest.mark.parametrize("name", ["out.webm", "out.mp4"])
def test_a_full_disk_is_one_line_and_leaves_nothing(tmp_path: Path, name: str) -> None:
    resource = pytest.importorskip("resource")  # not on Windows
    recording = record(tmp_path / "walk.mkv", 12)
    _, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (8000, most))
        with pytest.raises(DataError, match=r"cannot be written .*disk space") as raised:
            write_overlay(recording.path, tmp_path / name, recording.seen, recording.poses)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
        signal.signal(signal.SIGXFSZ, handler)
    assert "\n" not in str(raised.value)
    assert [path.name for path in tmp_path.iterdir()] == ["walk.mkv"]


def test_the_same_video_gives_the_same_bytes(tmp_path: Path) -> None:
    recording = record(tmp_path / "walk.mkv")
    for name in ("a.webm", "b.webm", "a.mp4", "b.mp4"):
        write_overlay(recording.path, tmp_path / name, recording.seen, recording.poses)
    assert (tmp_path / "a.webm").read_bytes() == (tmp_path / "b.webm").read_bytes()
    assert (tmp_path / "a.mp4").read_bytes() == (tmp_path / "b.mp4").read_bytes()


def test_neither_place_nor_sound_is_passed_on(tmp_path: Path) -> None:
    import av

    recording = record(tmp_path / "walk.mkv")
    with_place = tmp_path / "place.mkv"
    with av.open(str(recording.path)) as given, av.open(str(with_place), "w") as container:
        container.metadata["location"] = "+48.2082+016.3738/"
        video = container.add_stream_from_template(given.streams.video[0])
        sound = container.add_stream("pcm_s16le", rate=8000, layout="mono")
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 800), np.int16), format="s16", layout="mono")
        frame.sample_rate, frame.pts = 8000, 0
        container.mux(sound.encode(frame))
        for packet in given.demux(video=0):
            if packet.dts is not None:
                packet.stream = video
                container.mux(packet)
    with av.open(str(with_place)) as container:
        assert "+48.2082" in str({**container.metadata})
        assert len(container.streams) == 2
    for name in ("out.webm", "out.mp4"):
        write_overlay(with_place, tmp_path / name, recording.seen, recording.poses)
        with av.open(str(tmp_path / name)) as container:
            assert [stream.type for stream in container.streams] == ["video"]
        assert b"+48.2082" not in (tmp_path / name).read_bytes()


def test_progress_counts_pictures(tmp_path: Path) -> None:
    recording = record(tmp_path / "walk.mkv")
    said: list[tuple[int, int]] = []
    write_overlay(
        recording.path,
        tmp_path / "o.mp4",
        recording.seen,
        recording.poses,
        progress=lambda done, total: said.append((done, total)),
    )
    assert said == [(number, 6) for number in range(1, 7)]


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ((480, 270), (1280, 720)),
        ((1920, 1080), (1920, 1080)),
        ((1080, 1920), (1080, 1920)),
        ((7680, 4320), (1920, 1080)),
        ((270, 480), (720, 1280)),
        ((641, 361), (1278, 720)),
        ((4000, 40), (1920, 20)),
    ],
)
def test_small_videos_are_enlarged_and_large_ones_reduced(given: tuple[int, int], shown: tuple[int, int]) -> None:
    assert size_of(given) == shown


def test_a_narrow_video_has_room_for_its_words(tmp_path: Path) -> None:
    recording = record(tmp_path / "walk.mkv", 2)
    recording = replace(recording, seen=replace(recording.seen, size_px=(16, 120)))
    write_video(recording.path, [np.full((120, 16, 3), 90, np.uint8)] * 2, codec="ffv1", pixel_format="bgr0")
    picture = written(recording, "o.mp4")[0]
    assert picture.shape[1] == 640
    np.testing.assert_allclose(picture[5:100, :100], 255, atol=4)


def test_a_turned_phone_gives_an_upright_overlay(tmp_path: Path) -> None:
    recording = record(tmp_path / "walk.mkv", 2)
    shown = read(recording.path)[2]
    turned = tmp_path / "turned.mp4"
    stored = [np.ascontiguousarray(np.rot90(picture, -1)) for picture in shown]
    write_video(turned, stored, change=lambda stream: stream.set_display_rotation(90))
    for picture, pose in zip(written(Recording(turned, recording.seen, recording.poses)), recording.poses, strict=True):
        x, y = np.rint(SCALE * pose[JOINT["left_knee"], :2] - 0.5).astype(int)
        np.testing.assert_allclose(picture[y, x], rgb_of(LEFT_COLOUR), atol=45)


def test_of_a_file_that_breaks_off_what_there_is_is_shown(tmp_path: Path) -> None:
    recording = record(tmp_path / "walk.mkv", 30)
    content = recording.path.read_bytes()
    recording.path.write_bytes(content[: len(content) * 2 // 3])
    n_left = len(read(recording.path)[2])
    assert 5 < n_left < 30
    kept = {name: of_frames[:n_left] for name, of_frames in vars(recording.seen).items() if len(of_frames) == 30}
    recording = replace(recording, seen=replace(recording.seen, **kept))
    assert len(written(recording, "o.mp4")) == n_left
