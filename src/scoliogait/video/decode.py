"""The pictures of a video with their true times, as they are displayed: turned, mirrored and with square pixels.

Decoded by PyAV, one picture at a time. What was odd about the file is kept as notes, one sentence each.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scoliogait.errors import DataError
from scoliogait.limits import MAX_FRAMES, MAX_PIXELS, MAX_SIDE_PX
from scoliogait.optional_package import needs_extra
from scoliogait.video.avi_rate import states_a_rate
from scoliogait.video.camera import Camera, open_camera
from scoliogait.video.container import check_container
from scoliogait.video.display import Display, display_of
from scoliogait.video.joined import is_cut_off, joined_at
from scoliogait.video.pictures import Picture, Pictures
from scoliogait.video.track_frames import TrackFrames
from scoliogait.walk import DOUBT

_MATRIX = "DISPLAYMATRIX"
# Curves of brightness of a large range (ISO/IEC 23091-2, transfer characteristics).
_HDR = {16: "PQ", 18: "HLG"}
# Pixels are stretched to squares where width and height differ by more than this share.
_NOT_SQUARE = 0.005
# Pictures may end so much before the file says that it ends, as a share and in seconds; else it was cut off.
_ENDS_EARLY, _ENDS_EARLY_S = 0.05, 0.3
# A clock that goes back by more was set anew: another recording begins.
_GOES_BACK_S = 0.3
# A mirror that begins on the way, without a turn, is seen after so much time at the latest.
_LOOK_CLOSELY_EVERY_S = 1.0
# Each look keeps its frame until the garbage collector finds it, at the latest after so many looks.
_COLLECT_EVERY = 10
# Larger pictures are scaled down to this: nothing is found in them that is not found then, and memory stays bounded.
LONGEST_SIDE_PX = 4096
_COPY_AGAIN = "it may be cut off or still being written, copy it again when the recording has ended"


@dataclass(eq=False)
class Video:
    """An open video; iterate over its pictures, once.

    size_px: width, height as displayed. stored_px: the same before the turn, of square pixels and scaled down where
    the file has more than 4096 a side. n_stated, stated_s: pictures and seconds that the file announces, None where
    it does not; starts_s: where these seconds begin on its clock. is_cut_off: whether the file is shorter than it
    says. notes: what was odd; they grow while it is read.
    """

    path: Path
    stored_px: tuple[int, int]
    display: Display
    n_stated: int | None
    stated_s: float | None
    starts_s: float
    track: TrackFrames
    frames: Iterator[tuple[float, Any]]
    was: tuple[int, int]
    is_cut_off: bool = False
    notes: list[str] = field(default_factory=list)
    _ended_early: bool = False

    @property
    def size_px(self) -> tuple[int, int]:
        width, height = self.stored_px
        return (height, width) if self.display.quarter_turns % 2 else (width, height)

    def __iter__(self) -> Iterator[Picture]:
        first_s: float | None = None
        last_s, step_s = -np.inf, 0.0
        n_pictures = n_out_of_order = 0
        for time_s, rgb in self._readable_frames():
            if time_s < last_s - _GOES_BACK_S:
                self._end(f"its clock goes back by {last_s - time_s:.1f} s after picture {n_pictures}")
                break
            if time_s <= last_s:
                n_out_of_order += 1  # shown at the same time as another one, or before it: never seen
                continue
            if n_pictures == MAX_FRAMES:
                raise DataError(f"{self.path}: has more than {MAX_FRAMES:,} pictures; give a shorter part")
            first_s, step_s = (time_s, 0.0) if first_s is None else (first_s, time_s - last_s)
            last_s = time_s
            n_pictures += 1
            yield Picture(time_s - first_s, rgb)
        if first_s is None:
            raise DataError(f"{self.path}: no picture can be shown in colours; {_COPY_AGAIN}")
        self.notes += self._odd_at_the_end(last_s + step_s, n_out_of_order)

    def _readable_frames(self) -> Iterator[tuple[float, NDArray[np.uint8]]]:
        """Times and pictures until the decoder fails, ends or gives others; what is odd becomes a note."""
        import av

        interlaced = other_size = False
        first: Any = None
        looked_s, n_looked = -np.inf, 0
        try:
            for time_s, frame in self.frames:
                check_size(frame.width, frame.height, self.path)
                first = first or frame
                closely = not 0 <= time_s - looked_s < _LOOK_CLOSELY_EVERY_S
                if closely:
                    looked_s, n_looked = time_s, n_looked + 1
                    if n_looked % _COLLECT_EVERY == 0:
                        gc.collect()
                other = _other_than(first, frame, closely)
                if other:
                    self._end(f"{other} after picture {self.track.n_frames - 1}")
                    break
                interlaced |= frame.interlaced_frame
                other_size |= frame.width != first.width
                yield time_s, self._as_displayed(frame)
        except av.error.FFmpegError as error:
            self._end(f"it cannot be decoded after picture {self.track.n_frames} ({words_of(error)})")
        if interlaced:
            self.notes.append("The video is interlaced: limbs that move fast are seen twice in a picture.")
        if other_size:
            self.notes.append("Some pictures have another size; they were scaled to that of the first one.")

    def _end(self, why: str) -> None:
        self.notes.append(f"{DOUBT}the video was read in part, as {why}.")
        self._ended_early = True

    def _odd_at_the_end(self, end_s: float, n_out_of_order: int) -> Iterator[str]:
        if n_out_of_order:
            yield f"Pictures that have the time of another one or an earlier one were left out ({n_out_of_order})."
        if not self._ended_early:
            states_s = self.stated_s or 0.0
            missing_s = self.starts_s + states_s - end_s
            n_lost = self.track.n_packets - self.track.n_frames
            if missing_s > max(_ENDS_EARLY * states_s, _ENDS_EARLY_S):
                missing = f"the file states {states_s:.1f} s, and {missing_s:.1f} s are missing"
                yield f"{DOUBT}{missing}: it was cut off or is damaged."
            elif self.n_stated is not None and n_lost > 0:
                yield f"{DOUBT}of the pictures in the file {n_lost} could not be decoded: it is damaged."
            elif self.is_cut_off:
                yield f"{DOUBT}the file is shorter than it says: it was cut off."
            elif self.track.n_damaged:
                yield f"{DOUBT}a part of the file is damaged, and some of its pictures are not as they were recorded."
        with suppress(OSError):
            if _size_and_change(self.path) != self.was:
                yield f"{DOUBT}the file changed while it was read: read it again when the recording has ended."

    def _as_displayed(self, frame: Any) -> NDArray[np.uint8]:
        if (frame.width, frame.height) == self.stored_px:
            return self.display(frame.to_ndarray(format="rgb24"))
        width, height = self.stored_px
        return self.display(frame.reformat(width, height, "rgb24", interpolation="AREA").to_ndarray())


@contextmanager
def open_video(source: str | Path | Camera) -> Iterator[Pictures]:
    """The best video track of a file, or a camera, ready to be looked at.

    Raises DataError as ``open_camera`` does, and when the file is no video, cannot be opened, holds no video track or
    no picture that can be decoded, and when its pictures are larger than ``limits`` allow. A file that breaks off gives
    what there is.
    """
    if isinstance(source, Camera):
        with open_camera(source) as pictures:
            yield pictures
        return
    path = Path(source)
    demuxer = check_container(path)
    was = _size_and_change(path)
    try:
        import av
    except ImportError as error:
        raise needs_extra(path, "PyAV", "video") from error
    try:
        # Only this file is opened, whatever it names, and no picture above the limit takes memory.
        options = {"protocol_whitelist": "file", "max_pixels": str(MAX_PIXELS)}
        container = av.open(str(path), format=demuxer, options=options, **_any_title(av.__version__))
    except av.error.FFmpegError as error:
        raise DataError(f"{path}: cannot be opened as a video ({words_of(error)}); {_COPY_AGAIN}") from error
    with container:
        try:
            yield _described(path, container, demuxer, was)
        finally:
            container.close()


def _any_title(pyav_version: str) -> dict[str, Any]:
    """PyAV before 19 stops at a title that is no UTF-8 unless it is told otherwise; later ones know no such option."""
    return {"metadata_errors": "replace"} if int(pyav_version.split(".")[0]) < 19 else {}


def _described(path: Path, container: Any, demuxer: str, was: tuple[int, int]) -> Video:
    """Of the kinds of files only ``mov`` says how many pictures it holds; others state beats of a clock."""
    import av

    stream = container.streams.best("video")
    if not container.streams:
        raise DataError(f"{path}: holds neither pictures nor sound; {_COPY_AGAIN}")
    if stream is None or stream.disposition & av.stream.Disposition.attached_pic:
        holds = "sound only" if container.streams.audio else "nothing that moves"
        raise DataError(f"{path}: has no video track ({holds}); give the recording of the camera")
    if stream.codec_context is None:
        raise DataError(f"{path}: its pictures are encoded in a way that no decoder here knows; convert it to MP4")
    if stream.codec_context.width:  # else the first picture says
        check_size(stream.codec_context.width, stream.codec_context.height, path)
    # Threads by slices: what a damaged file gives does not depend on the number of cores.
    stream.thread_type = "SLICE"
    stream.codec_context.options = {"max_pixels": str(MAX_PIXELS)}
    track = TrackFrames(container, stream, path, is_avi=demuxer == "avi")
    frames = iter(track)
    try:
        first_s, first = next(frames)
    except (StopIteration, av.error.FFmpegError) as error:
        raise DataError(f"{path}: no picture can be decoded{_why(error)}; {_COPY_AGAIN}") from error
    check_size(first.width, first.height, path)
    display = display_of(_display_matrix(first))
    pixel_width = float(stream.sample_aspect_ratio or 1) or 1.0
    squared = abs(pixel_width - 1) > _NOT_SQUARE
    width, height = max(1, round(first.width * pixel_width)) if squared else first.width, first.height
    check_size(width, height, path)
    scale = min(1.0, LONGEST_SIDE_PX / max(width, height))
    stored_px = max(1, round(width * scale)), max(1, round(height * scale))
    starts_s, stated_s = _stated_s(container, stream, demuxer)
    joined = joined_at(path, demuxer)
    video = Video(
        path=path,
        stored_px=stored_px,
        display=display,
        n_stated=(stream.frames or None) if demuxer == "mov" else None,
        stated_s=stated_s,
        starts_s=starts_s,
        track=track,
        frames=chain([(first_s, first)], frames),
        was=was,
        is_cut_off=joined is None and is_cut_off(path, demuxer),
    )
    video.notes += _odd(display, pixel_width if squared else 1.0)
    video.notes += _odd_of_track(container, stream, first)
    if demuxer == "avi" and not states_a_rate(path):
        video.notes.append(
            f"{DOUBT}the frame rate is unknown, as the file states none; {stream.average_rate} pictures a second were "
            "taken, so strides may be of another length: give the file of the camera itself."
        )
    if joined is not None:
        video.notes.append(
            f"{DOUBT}another recording is joined behind the first in this file, from byte {joined:,} on: they may have "
            "been read in part, or as one; give each as a file of its own."
        )
    if scale < 1:
        video.notes.append(f"The pictures of {width} x {height} px were scaled to {stored_px[0]} x {stored_px[1]}.")
    return video


def _stated_s(container: Any, stream: Any, demuxer: str) -> tuple[float, float | None]:
    """Where the file begins on its clock, and how long it says that it is where that is written in it, not guessed."""
    import av

    if demuxer == "avi":
        return 0.0, float(stream.frames * stream.time_base) or None
    if demuxer == "mov" and stream.duration:  # less what an edit list leaves out
        return float((stream.start_time or 0) * stream.time_base), float(stream.duration * stream.time_base)
    if demuxer in ("matroska", "flv") and container.duration:
        starts_s = (container.start_time or 0) / av.time_base if demuxer == "matroska" else 0.0
        return starts_s, container.duration / av.time_base - starts_s
    return 0.0, None


def _odd(display: Display, pixel_width: float) -> Iterator[str]:
    if display.mirrored:
        yield "The file asks for a picture mirrored from left to right, and this was done: check which side is which."
    if display.oblique:
        yield f"{DOUBT}the file asks for an oblique turn of its pictures, which was not done."
    # A matrix that stretches is taken for the shape of the pixels by the decoder, where nothing else states one.
    if abs(display.stretch / pixel_width - 1) > _NOT_SQUARE and abs(display.stretch - 1) > _NOT_SQUARE:
        yield (
            f"{DOUBT}the file asks for pictures that are stretched to {display.stretch:.3g} times their width, which "
            "was not done."
        )
    if pixel_width != 1:
        yield f"The pixels of the file are {pixel_width:.3g} times as wide as high; they were made square."


def _odd_of_track(container: Any, stream: Any, first: Any) -> Iterator[str]:
    cover = type(stream.disposition).attached_pic
    n_tracks = sum(not other.disposition & cover for other in container.streams.video)
    if n_tracks > 1:
        yield f"The file holds {n_tracks} video tracks; the one of {first.width} x {first.height} px was read."
    kind = _HDR.get(int(first.color_trc))
    if kind is not None:
        yield f"The video is HDR ({kind}); it was read without a change of its tones, and looks paler than on a screen."
    if stream.metadata.get("alpha_mode") == "1" or any(part.is_alpha for part in first.format.components):
        yield "The pictures have transparent parts; the colours under them were taken."


def _other_than(first: Any, frame: Any, closely: bool) -> str:
    """In which way a frame cannot be laid where the first one was; empty where it can, also larger or smaller.

    closely: whether its display matrix is looked at, and not only the turn that it asks for. PyAV ties a frame whose
    matrix was looked at to itself, so that it stays: of every picture, they would be hundreds of megabytes.
    """
    if (frame.width, frame.height) != (first.width, first.height):
        shapes = frame.width * first.height, frame.height * first.width
        if abs(shapes[0] / shapes[1] - 1) > _NOT_SQUARE:
            return f"its pictures change to {frame.width} x {frame.height} px"
    same = frame.rotation == first.rotation
    if same and closely:
        matrices = [side and bytes(side) for side in (one.side_data.get(_MATRIX) for one in (first, frame))]
        same = matrices[0] == matrices[1]
    return "" if same else "its pictures are turned in another way"


def _why(error: Exception) -> str:
    """In brackets. A decoder that meets a picture above the limit says that an argument is invalid."""
    import av

    if not isinstance(error, av.error.FFmpegError):
        return ""
    larger = isinstance(error, av.error.ArgumentError)
    return f" (larger than {MAX_PIXELS:,} pixels, or damaged)" if larger else f" ({words_of(error)})"


def _size_and_change(path: Path) -> tuple[int, int]:
    facts = path.stat()
    return facts.st_size, facts.st_mtime_ns


def _display_matrix(frame: Any) -> NDArray[np.int32] | None:
    """The nine numbers that come with a picture. (PyAV's own ``rotation`` takes a mirror for half a turn.)"""
    entry = frame.side_data.get(_MATRIX)
    return None if entry is None else np.frombuffer(bytes(entry), dtype=np.int32)


def check_size(width: int, height: int, path: Path) -> None:
    """DataError for pictures that are larger than ``limits`` allow."""
    if not (0 < width <= MAX_SIDE_PX and 0 < height <= MAX_SIDE_PX and width * height <= MAX_PIXELS):
        raise DataError(f"{path}: its pictures are {width} x {height} px; at most {MAX_PIXELS:,} pixels are taken")


def words_of(error: Exception) -> str:
    """The reason that the decoder gives, without path and number."""
    return str(getattr(error, "strerror", None) or error).splitlines()[0]
