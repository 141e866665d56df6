"""Pictures into a video file: VP9 in WebM or MPEG-4 part 2 in MP4, by the ending. No sound, no place, no camera.

Both encoders are free of the GPL. WebM is made for browsers; few of them play MPEG-4 part 2.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scoliogait.errors import DataError
from scoliogait.files import advice_on, streamed_file
from scoliogait.optional_package import needs_extra
from scoliogait.video.decode import words_of
from scoliogait.video.overlay_file import MARK, MP4, VIDEO_ENDINGS, WEBM, check_ending


@dataclass(frozen=True)
class _Kind:
    """How a file of one ending is written. beat: seconds that all times are multiples of."""

    container: str
    encoder: str
    beat: Fraction
    options: Mapping[str, str]


_KINDS = {
    # WebM counts in milliseconds. One quality throughout, no second pass.
    WEBM: _Kind(
        "webm",
        "libvpx-vp9",
        Fraction(1, 1000),
        {"crf": "26", "b": "0", "deadline": "realtime", "cpu-used": "8", "lag-in-frames": "0"},
    ),
    # MPEG-4 part 2 counts in at most 65,535 parts of a second.
    MP4: _Kind("mp4", "mpeg4", Fraction(1, 60_000), {"qmin": "3", "qmax": "3"}),
}


class VideoFile:
    """A video that is being written; ``add`` takes one picture after the other, all of one size."""

    def __init__(self, container: Any, stream: Any, beat: Fraction) -> None:
        self._container, self._stream, self._beat = container, stream, beat
        self._last = -1

    def add(self, time_s: float, rgb: NDArray[np.uint8]) -> None:
        """The picture (H, W, 3) that is shown from this time on; times rise."""
        import av

        frame = av.VideoFrame.from_ndarray(rgb, format="rgb24").reformat(format="yuv420p")
        self._last = max(self._last + 1, round(time_s / self._beat))
        frame.pts, frame.time_base = self._last, self._beat
        self._container.mux(self._stream.encode(frame))

    def finish(self) -> None:
        """Write what the encoder still holds."""
        self._container.mux(self._stream.encode())


@contextmanager
def video_file(path: Path, size_px: tuple[int, int], rate_hz: float) -> Iterator[VideoFile]:
    """A video of pictures of this width and height, both even; it takes its name when the block ends well.

    rate_hz: about how many pictures a second there will be; their times are those given with them. Raises DataError for
    an ending that is not written, and when PyAV is missing, lacks the encoder or cannot write.
    """
    check_ending(path, VIDEO_ENDINGS)
    try:
        import av
    except ImportError as error:
        raise needs_extra(path, "PyAV", "video") from error
    kind = _KINDS[path.suffix.lower()]
    with streamed_file(path) as temporary:
        try:
            with av.open(str(temporary), "w", format=kind.container, options={"fflags": "+bitexact"}) as container:
                container.metadata["title"] = MARK
                stream = _stream(container, kind, size_px, rate_hz, path)
                file = VideoFile(container, stream, kind.beat)
                yield file
                file.finish()
        except av.error.FFmpegError as error:
            raise _cannot_write(path, error) from error


def _stream(container: Any, kind: _Kind, size_px: tuple[int, int], rate_hz: float, path: Path) -> Any:
    import av

    try:
        stream = container.add_stream(kind.encoder, rate=Fraction(max(1, round(rate_hz))), options=dict(kind.options))
    except av.codec.codec.UnknownCodecError as error:
        others = " or ".join(ending for ending in VIDEO_ENDINGS if ending != path.suffix.lower())
        raise DataError(f"{path}: this build of PyAV has no encoder {kind.encoder}; choose {others}") from error
    stream.width, stream.height = size_px
    stream.pix_fmt = "yuv420p"
    stream.codec_context.time_base = kind.beat
    return stream


def _cannot_write(path: Path, error: Any) -> DataError:
    advice = advice_on(OSError(error.errno, error.strerror))
    return DataError(f"{path}: cannot be written ({words_of(error)}); nothing was changed. {advice}")
