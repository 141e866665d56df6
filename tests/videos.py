"""Small videos that tests make, with a known picture at each known time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

CODEC = "mpeg4"


def grey_ramp(number: int, width: int = 64, height: int = 48) -> np.ndarray:
    """A picture that says its number by its grey, dark in the left half: (H, W, 3)."""
    picture = np.full((height, width, 3), 60 + 10 * number, dtype=np.uint8)
    picture[:, : width // 2] //= 2
    return picture


def write_video(
    path: Path,
    pictures: Sequence[np.ndarray],
    times_ms: Sequence[int] | None = None,
    codec: str = CODEC,
    pixel_format: str = "yuv420p",
    change: Callable[[Any], None] | None = None,
) -> Path:
    """A video of these pictures (H, W, 3), at 10 Hz or at these times. change: what else to set of the track."""
    import av

    times = times_ms if times_ms is not None else [100 * i for i in range(len(pictures))]
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=10)
        stream.height, stream.width = pictures[0].shape[:2]
        stream.pix_fmt = pixel_format
        stream.codec_context.time_base = Fraction(1, 1000)
        if change is not None:
            change(stream)
        for picture, time in zip(pictures, times, strict=True):
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24").reformat(format=pixel_format)
            frame.pts, frame.time_base = time, Fraction(1, 1000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def needs_encoder(name: str) -> None:
    """Skip the test where this build of PyAV does not write such pictures."""
    import av
    import pytest

    try:
        av.Codec(name, "w")
    except av.codec.codec.UnknownCodecError:
        pytest.skip(f"this build of PyAV has no encoder {name}")


def hertz(stream: Any) -> None:
    """A clock of 10 Hz: MPEG-1 and MPEG-2 know no finer one."""
    stream.codec_context.time_base = Fraction(1, 10)
