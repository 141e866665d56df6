"""The frames of a video track in the order in which they are shown, each with its time; what is odd is counted."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from scoliogait.errors import DataError


class TrackFrames:
    """Frames with their times in seconds, on the clock of the file; go through them once.

    n_frames, n_damaged: so far; damaged ones are shown, but the decoder says that a part of them is wrong. n_packets:
    packets that are to be shown, in most containers one a frame. An AVI file holds no times but of its packets, which
    lie in another order than the frames where these refer to later ones: the first frame has the first one's time.
    """

    def __init__(self, container: Any, stream: Any, path: Path, is_avi: bool) -> None:
        self._container, self._stream, self._path, self._is_avi = container, stream, path, is_avi
        self._packet_times: deque[float] = deque()
        self.n_frames = self.n_damaged = self.n_packets = 0

    def __iter__(self) -> Iterator[tuple[float, Any]]:
        for packet in self._container.demux(self._stream):
            if packet.size:
                self.n_packets += not packet.is_discard
                self.n_damaged += packet.is_corrupt
                if self._is_avi and packet.dts is not None:
                    self._packet_times.append(float(packet.dts * packet.time_base))
            for frame in packet.decode():
                self.n_frames += 1
                self.n_damaged += frame.is_corrupt
                yield self._time_s(frame), frame

    def _time_s(self, frame: Any) -> float:
        """DataError where the file holds none: nothing is made up."""
        packet_time_s = self._packet_times.popleft() if self._packet_times else None
        if packet_time_s is not None and self._stream.codec_context.has_b_frames:
            return packet_time_s
        if frame.pts is None:
            raise DataError(f"{self._path}: picture {self.n_frames - 1} has no time; convert the video to MP4")
        return float(frame.pts * frame.time_base)
