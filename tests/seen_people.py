"""Videos whose every picture says its number, and stand-ins for the networks that know who is in it.

What lies between the decoder and the walk is tested with people who are known exactly, and without weights.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from scoliogait.io import backends
from scoliogait.video.detect import Detections
from scoliogait.video.estimate import SIDE_PX, Estimate, square_of
from videos import write_video

SIZE_PX = 640, 360
_BLOCK_PX, _FIELD_PX = 16, 40
# Width and height of what shows the number, in the corner.
NUMBER_PX = 2 * _BLOCK_PX, _BLOCK_PX


def numbered(number: int, size_px: tuple[int, int] = SIZE_PX) -> np.ndarray:
    """A chessboard (H, W, 3) with its number, 0 to 255, as the grey of two blocks in the corner."""
    down, across = np.indices((size_px[1], size_px[0])) // _FIELD_PX
    picture = np.repeat(np.where((down + across) % 2, 160, 60).astype(np.uint8)[..., None], 3, axis=2)
    for place, digit in enumerate(divmod(number, 16)):
        picture[:_BLOCK_PX, place * _BLOCK_PX : (place + 1) * _BLOCK_PX] = 8 + 15 * digit
    return picture


def number_of(picture: np.ndarray) -> int:
    middle = _BLOCK_PX // 2
    high, low = (round((float(picture[middle, place + middle].mean()) - 8) / 15) for place in (0, _BLOCK_PX))
    return 16 * high + low


def boxes_of(people: Sequence[np.ndarray]) -> np.ndarray:
    boxes = [(*pose[:, :2].min(axis=0), *pose[:, :2].max(axis=0)) for pose in people]
    return np.array(boxes, dtype=np.float64).reshape(-1, 4)


class KnownPeople:
    """Detector and estimator in one: who is in each picture is ``frames[number]``, poses (17, 3).

    side_px: (17, 2), half of the difference between both runs, the same in each picture.
    """

    def __init__(self, frames: Sequence[Sequence[np.ndarray]], side_px: np.ndarray | None = None) -> None:
        self.frames = frames
        self.side_px = np.zeros((17, 2), np.float32) if side_px is None else side_px

    def find(self, rgb: np.ndarray) -> Detections:
        boxes = boxes_of(self.frames[number_of(rgb)])
        return Detections(boxes, np.ones(len(boxes)))

    def estimate(self, rgb: np.ndarray, box: np.ndarray) -> Estimate | None:
        people = self.frames[number_of(rgb)]
        if not people:
            return None
        middles = boxes_of(people).reshape(-1, 2, 2).mean(axis=1)
        nearest = np.linalg.norm(middles - box.reshape(2, 2).mean(axis=0), axis=1).argmin()
        outline = np.zeros((SIDE_PX, SIDE_PX), np.uint8)
        outline[40:216, 100:156] = 255
        return Estimate(people[int(nearest)].astype(np.float32), self.side_px, outline, square_of(box))


def known_people(
    monkeypatch: pytest.MonkeyPatch, frames: Sequence[Sequence[np.ndarray]], side_px: np.ndarray | None = None
) -> None:
    """Videos that are read in this test show these people."""
    known = KnownPeople(frames, side_px)
    monkeypatch.setattr(backends, "Detector", lambda engine: known.find)
    monkeypatch.setattr(backends, "Estimator", lambda engine: known.estimate)


def write_numbered(path: Path, numbers: Sequence[int], times_ms: Sequence[int] | None = None, **more: Any) -> Path:
    """A video of pictures of these numbers, at 30 Hz (to the millisecond) or at these times."""
    times = [round(1000 * i / 30) for i in range(len(numbers))] if times_ms is None else times_ms
    return write_video(path, [numbered(number) for number in numbers], times, **more)
