"""The pictures of a video with their true times, as they are displayed: turned, mirrored and with square pixels.

Decoded by PyAV, one picture at a time. What was odd about the file is kept as notes, one sentence each.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scoliogait.errors import DataError
from scoliogait.limits import MAX_FRAMES, MAX_PIXELS, MAX_SIDE_PX
from scoliogait.optional_package import needs_extra
from scoliogait.video.container import check_container
from scoliogait.video.display import Display, display_of
from scoliogait.walk import DOUBT

# Pixels are stretched to squares where width and height differ by more than this share.
_NOT_SQUARE = 0.005
# Pictures may end so much before the file says that it ends, as a share and in seconds; else it was cut off.
_ENDS_EARLY, _ENDS_EARLY_S = 0.05, 0.3
# Larger pictures are scaled down to this: nothing is found in them that is not found then, and memory stays bounded.
LONGEST_SIDE_PX = 4096
_COPY_AGAIN = "it may be cut off or still being written, copy it again when the recording has ended"


@dataclass(frozen=True, eq=False)
class Picture:
    """One picture. time_s: since the first one. rgb: uint8 (H, W, 3), as displayed."""

    time_s: float
    rgb: NDArray[np.uint8]


@dataclass(eq=False)
class Video:
    """An open video; iterate over its pictures, once.

    size_px: width, height as displayed. stored_px: the same before the turn, of square pixels and scaled down where the
    file has more than 4096 a side. n_stated, stated_s: pictures and seconds that the file announces, None where it does
    not. notes: what was odd; they grow while it is read.
    """

    path: Path
    stored_px: tuple[int, int]
    display: Display
    n_stated: int | None
    stated_s: float | None
    frames: Iterator[Any]
    notes: list[str] = field(default_factory=list)
    _broke_off: bool = False

    @property
    def size_px(self) -> tuple[int, int]:
        width, height = self.stored_px
        return (height, width) if self.display.quarter_turns % 2 else (width, height)

    def __iter__(self) -> Iterator[Picture]:
        first_s: float | None = None
        last_s, step_s = -np.inf, 0.0
        n_pictures = 0
        for frame in self._readable_frames():
            if frame.pts is None:
                raise DataError(f"{self.path}: picture {n_pictures} has no time; convert the video to MP4")
            time_s = float(frame.pts * frame.time_base)
            if time_s <= last_s:
                continue  # shown at the same time as another one: never seen
            if n_pictures == MAX_FRAMES:
                raise DataError(f"{self.path}: has more than {MAX_FRAMES:,} pictures; give a shorter part")
            first_s, step_s = (time_s, 0.0) if first_s is None else (first_s, time_s - last_s)
            last_s = time_s
            n_pictures += 1
            yield Picture(time_s - first_s, self._as_displayed(frame))
        missing_s = (self.stated_s or 0.0) - last_s - step_s
        if missing_s > max(_ENDS_EARLY * (self.stated_s or 0.0), _ENDS_EARLY_S) and not self._broke_off:
            self.notes.append(
                f"{DOUBT}the file states {self.stated_s:.1f} s and its pictures end at {last_s:.1f} s: it was cut off."
            )

    def _readable_frames(self) -> Iterator[Any]:
        """The frames of the decoder until it fails or ends; what is odd about that becomes a note."""
        import av

        n_frames, interlaced = 0, False
        try:
            for frame in self.frames:
                check_size(frame.width, frame.height, self.path)
                interlaced |= frame.interlaced_frame
                n_frames += 1
                yield frame
        except av.error.FFmpegError as error:
            what = f"cannot be decoded after picture {n_frames} ({words_of(error)}); what came before was read"
            self.notes.append(f"{DOUBT}the video {what}.")
            self._broke_off = True
        if interlaced:
            self.notes.append("The video is interlaced: limbs that move fast are seen twice in a picture.")

    def _as_displayed(self, frame: Any) -> NDArray[np.uint8]:
        if (frame.width, frame.height) == self.stored_px:
            return self.display(frame.to_ndarray(format="rgb24"))
        width, height = self.stored_px
        return self.display(frame.reformat(width, height, "rgb24", interpolation="AREA").to_ndarray())


@contextmanager
def open_video(path: str | Path) -> Iterator[Video]:
    """The best video track of a file, ready to be read.

    Raises DataError when the file is no video, cannot be opened, holds no video track or no picture that can be
    decoded, and when its pictures are larger than ``limits`` allow. A file that breaks off gives what there is.
    """
    path = Path(path)
    demuxer = check_container(path)
    try:
        import av
    except ImportError as error:
        raise needs_extra(path, "PyAV", "video") from error
    try:
        # Only this file is opened, whatever it names.
        container = av.open(
            str(path), format=demuxer, options={"protocol_whitelist": "file"}, metadata_errors="replace"
        )
    except av.error.FFmpegError as error:
        raise DataError(f"{path}: cannot be opened as a video ({words_of(error)}); {_COPY_AGAIN}") from error
    with container:
        try:
            yield _described(path, container, demuxer)
        finally:
            container.close()


def _described(path: Path, container: Any, demuxer: str) -> Video:
    """Of the kinds of files only ``mov`` says how many pictures it holds; others state beats of a clock."""
    import av

    stream = container.streams.best("video")
    if stream is None or stream.disposition & av.stream.Disposition.attached_pic:
        holds = "sound only" if container.streams.audio else "nothing that moves"
        raise DataError(f"{path}: has no video track ({holds}); give the recording of the camera")
    if stream.codec_context.width:  # else the first picture says
        check_size(stream.codec_context.width, stream.codec_context.height, path)
    # Threads by slices: what a damaged file gives does not depend on the number of cores.
    stream.thread_type = "SLICE"
    frames = container.decode(stream)
    try:
        first = next(frames)
    except (StopIteration, av.error.FFmpegError) as error:
        why = f" ({words_of(error)})" if isinstance(error, av.error.FFmpegError) else ""
        raise DataError(f"{path}: no picture can be decoded{why}; {_COPY_AGAIN}") from error
    check_size(first.width, first.height, path)
    display = display_of(_display_matrix(first))
    pixel_width = float(stream.sample_aspect_ratio or 1) or 1.0
    squared = abs(pixel_width - 1) > _NOT_SQUARE
    width, height = max(1, round(first.width * pixel_width)) if squared else first.width, first.height
    check_size(width, height, path)
    scale = min(1.0, LONGEST_SIDE_PX / max(width, height))
    stored_px = max(1, round(width * scale)), max(1, round(height * scale))
    video = Video(
        path=path,
        stored_px=stored_px,
        display=display,
        n_stated=(stream.frames or None) if demuxer == "mov" else None,
        stated_s=_stated_s(container, stream, demuxer),
        frames=chain([first], frames),
    )
    video.notes += _odd(display, pixel_width if squared else 1.0)
    if scale < 1:
        video.notes.append(f"The pictures of {width} x {height} px were scaled to {stored_px[0]} x {stored_px[1]}.")
    return video


def _stated_s(container: Any, stream: Any, demuxer: str) -> float | None:
    """How long the file says that it is, where that is written in it and not guessed from its size."""
    if demuxer == "avi":
        return float(stream.frames * stream.time_base) or None
    if demuxer == "mov" and stream.duration:  # less what an edit list leaves out
        return float(stream.duration * stream.time_base)
    if demuxer in ("matroska", "flv") and container.duration:
        import av

        return float(container.duration / av.time_base)
    return None


def _odd(display: Display, pixel_width: float) -> Iterator[str]:
    if display.mirrored:
        yield "The file asks for a picture mirrored from left to right, and this was done: check which side is which."
    if display.oblique:
        yield f"{DOUBT}the file asks for an oblique turn of its pictures, which was not done."
    if pixel_width != 1:
        yield f"The pixels of the file are {pixel_width:.3g} times as wide as high; they were made square."


def _display_matrix(frame: Any) -> NDArray[np.int32] | None:
    """The nine numbers that come with a picture. (PyAV's own ``rotation`` takes a mirror for half a turn.)"""
    entry = frame.side_data.get("DISPLAYMATRIX")
    return None if entry is None else np.frombuffer(bytes(entry), dtype=np.int32)


def check_size(width: int, height: int, path: Path) -> None:
    """DataError for pictures that are larger than ``limits`` allow."""
    if not (0 < width <= MAX_SIDE_PX and 0 < height <= MAX_SIDE_PX and width * height <= MAX_PIXELS):
        raise DataError(f"{path}: its pictures are {width} x {height} px; at most {MAX_PIXELS:,} pixels are taken")


def words_of(error: Exception) -> str:
    """The reason that the decoder gives, without path and number."""
    return str(getattr(error, "strerror", None) or error).splitlines()[0]
