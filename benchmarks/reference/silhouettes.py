"""The contract of aligned silhouettes met the plain way: one frame at a time, each look at the pixels on its own."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from scoliogait.representation.silhouette import EMPTY_FRAME_GREY_SUM

Image = NDArray[np.uint8]


def plain_silhouettes(frames: Image, size: int = 64) -> Image:
    """uint8 (T, H, W) -> uint8 (T', size, 2 * (size // 2)): frames without a person or a middle are left out."""
    aligned = [image for frame in frames if (image := plain_silhouette(frame, size)) is not None]
    return np.stack(aligned) if aligned else np.zeros((0, size, 2 * (size // 2)), np.uint8)


def plain_silhouette(frame: Image, size: int) -> Image | None:
    if frame.sum(dtype=np.int64) <= EMPTY_FRAME_GREY_SUM:
        return None
    rows = np.flatnonzero(frame.any(axis=1))
    person = frame[rows[0] : rows[-1] + 1]
    width = int(size * (person.shape[1] / person.shape[0]))
    if width < 1:
        return None
    resized = cv2.resize(person, (width, size), interpolation=cv2.INTER_CUBIC)
    running = resized.sum(axis=0, dtype=np.int64).cumsum()
    centre = int(np.argmax(running > running[-1] / 2))
    if centre == 0:
        return None
    half = size // 2
    return np.pad(resized, ((0, 0), (half, half)))[:, centre : centre + 2 * half]
