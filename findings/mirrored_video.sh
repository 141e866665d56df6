#!/usr/bin/env bash
# A video that asks to be shown mirrored: PyAV calls it rotated by 180 degrees, OpenCV turns it upside down.
#
# Versions     av 18.1.0, opencv-python-headless 5.0.0.93, numpy 2.4.6 (Python 3.11 to 3.14).
# Naive guess  The display matrix of a video is a rotation; whoever applies `frame.rotation`, or leaves it to OpenCV,
#              shows the picture as a player does.
# Behaviour    The matrix may mirror (front cameras write such files). Reduced to an angle, a left-right mirror is
#              -180 and a top-bottom mirror is 0: the first comes out upside down and *not* mirrored, the second is
#              ignored. Both keep left and right where the file says they are to be exchanged. Only the side data
#              holds the truth.
# Seen         2026-11-28, white quarter stored upper left: left-right mirror: due upper right, PyAV rotation -180,
#              OpenCV lower right; top-bottom mirror: due lower left,  PyAV rotation 0,    OpenCV upper left.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
"${PYTHON:-python3}" -m venv venv
venv/bin/pip install --quiet av==18.1.0 opencv-python-headless==5.0.0.93 numpy==2.4.6
venv/bin/python -I - <<'PY'
import struct

import av
import cv2
import numpy as np

SIDE, ONE, W = 64, 1 << 16, 1 << 30  # pixels; 1.0 in 16.16 and in 2.30 fixed point
IDENTITY = (ONE, 0, 0, 0, ONE, 0, 0, 0, W)
LEFT_RIGHT = (-ONE, 0, 0, 0, ONE, 0, SIDE * ONE, 0, W)
TOP_BOTTOM = (ONE, 0, 0, 0, -ONE, 0, 0, SIDE * ONE, W)


def record(path):
    picture = np.zeros((SIDE, SIDE, 3), np.uint8)
    picture[: SIDE // 2, : SIDE // 2] = 255
    with av.open(path, "w") as file:
        stream = file.add_stream("mpeg4", rate=10)
        stream.width = stream.height = SIDE
        stream.pix_fmt = "yuv420p"
        for _ in range(5):
            file.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        file.mux(stream.encode())
    return open(path, "rb").read()


def with_matrix(video, matrix, path):
    plain, wanted = struct.pack(">9i", *IDENTITY), struct.pack(">9i", *matrix)
    start = video.index(plain, video.index(b"tkhd"))  # the matrix of the track, not of the film
    open(path, "wb").write(video[:start] + wanted + video[start + len(plain) :])
    return path


def white_quarter(picture):
    rows, columns = (picture.mean(axis=2).mean(axis=axis) for axis in (1, 0))
    half = SIDE // 2
    return ("upper" if rows[:half].mean() > rows[half:].mean() else "lower") + (
        " left" if columns[:half].mean() > columns[half:].mean() else " right"
    )


def shown(path):
    with av.open(path) as file:
        frame = next(file.decode(video=0))
        assert white_quarter(frame.to_ndarray(format="rgb24")) == "upper left"  # PyAV gives the stored picture
        rotation = frame.rotation
    return rotation, white_quarter(cv2.VideoCapture(path).read()[1])


video = record("plain.mp4")
left_right = shown(with_matrix(video, LEFT_RIGHT, "left_right.mp4"))
top_bottom = shown(with_matrix(video, TOP_BOTTOM, "top_bottom.mp4"))
print("left-right mirror: due upper right; PyAV rotation %d, OpenCV shows %s" % left_right)
print("top-bottom mirror: due lower left;  PyAV rotation %d, OpenCV shows %s" % top_bottom)
assert shown("plain.mp4") == (0, "upper left")
assert left_right == (-180, "lower right"), "behaviour changed"
assert top_bottom == (0, "upper left"), "behaviour changed"
PY
