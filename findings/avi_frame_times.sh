#!/usr/bin/env bash
# An AVI file whose frames refer to later ones (B-frames): PyAV gives two frames the same time, or a later one first.
#
# Versions     av 18.1.0, numpy 2.4.6 (Python 3.11 to 3.14).
# Naive guess  `frame.pts` of decoded frames rises, as it does for the same frames in MP4 or Matroska; whoever drops
#              frames that do not come later than the last one drops none.
# Behaviour    AVI holds no times of frames, only of packets, and these lie in another order than the frames. The times
#              that come with the decoded frames are made up: they begin late by a frame, the last two are equal, and
#              with H.264 two frames change places. All frames are decoded, in the right order, without a message. The
#              k-th frame that is decoded is due at the time of the k-th packet (its dts).
# Seen         2026-11-29, 12 frames at 10 Hz: mpeg4 in AVI: 1 2 3 4 5 6 7 8 9 10 11 11 tenths of a second; H.264 in
#              AVI: 1 2 3 4 5 6 7 9 8 10 11 11; in MP4 both: 0 to 11.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
"${PYTHON:-python3}" -m venv venv
venv/bin/pip install --quiet av==18.1.0 numpy==2.4.6
venv/bin/python -I - 2>/dev/null <<'PY'
from fractions import Fraction

import av
import numpy as np

N = 12


def record(path, codec):
    with av.open(path, "w") as file:
        stream = file.add_stream(codec, rate=10)
        stream.width, stream.height, stream.pix_fmt = 128, 96, "yuv420p"
        stream.codec_context.max_b_frames = 3
        stream.codec_context.time_base = Fraction(1, 1000)
        for n in range(N):
            picture = np.full((96, 128, 3), 60 + 10 * n, np.uint8)
            picture[:, :64] //= 2
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts, frame.time_base = 100 * n, Fraction(1, 1000)
            file.mux(stream.encode(frame))
        file.mux(stream.encode())


def shown(path):
    """Tenths of a second of each frame, and whether the frames came in the order in which they were recorded."""
    with av.open(path) as file:
        frames = [(frame.pts * frame.time_base, frame.to_ndarray(format="rgb24")) for frame in file.decode(video=0)]
    greys = [float(np.median(picture[:, 70:])) for _, picture in frames]
    assert len(frames) == N and greys == sorted(greys), "behaviour changed"
    return [round(10 * time) for time, _ in frames]


times = {}
for codec in ("mpeg4", "libx264"):
    for ending in ("avi", "mp4"):
        record(f"{codec}.{ending}", codec)
        times[codec, ending] = shown(f"{codec}.{ending}")
        print(f"{codec} in {ending}:", *times[codec, ending])
assert times["mpeg4", "mp4"] == times["libx264", "mp4"] == list(range(N))
assert times["mpeg4", "avi"] == [*range(1, N), N - 1], "behaviour changed"
assert times["libx264", "avi"] == [1, 2, 3, 4, 5, 6, 7, 9, 8, 10, 11, 11], "behaviour changed"
PY
