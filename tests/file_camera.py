"""A camera whose pictures are those of a video file, at the times of the file: no device, no clock, no waiting."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import numpy as np

from scoliogait.video.camera import MOST_WAITING, Camera
from scoliogait.video.decode import open_video


class FileCamera:
    """Gives a picture once it is asked for: ``allow`` so many. breaks: raise what a driver would after the last one."""

    def __init__(self, path: Path, first_s: float = 100.0, breaks: bool = False) -> None:
        with open_video(path) as video:
            self._pictures = list(video)
        self._first_s = first_s
        self._breaks = breaks
        self._allowed = threading.Semaphore(0)
        self._next = 0
        self.released = threading.Event()

    def allow(self, n: int = 1) -> None:
        self._allowed.release(n)

    def allow_all(self) -> None:
        self.allow(len(self._pictures) + 1)

    def clock(self) -> float:
        """The time of the last picture that was given; far ahead when all were."""
        return self._first_s + self._pictures[min(self._next, len(self._pictures)) - 1].time_s

    def read(self) -> np.ndarray | None:
        self._allowed.acquire()
        if self._next == len(self._pictures):
            if self._breaks:
                raise RuntimeError("the cable\nwas pulled")
            return None
        self._next += 1
        return self._pictures[self._next - 1].rgb

    def release(self) -> None:
        self.released.set()

    def camera(self, seconds: float = 600.0, **more: Any) -> Camera:
        """As if it were the first camera of this machine."""
        return Camera(0, seconds, turn_on=lambda number: self, clock=self.clock, **more)


def looked_at_in_time(camera: FileCamera, estimate: Any) -> Any:
    """The estimator, on a machine that keeps up: a picture comes for each one that was looked at.

    One person is in each picture, and some pictures may wait until people are looked for again.
    """
    camera.allow(MOST_WAITING - 2)

    def estimate_and_allow(rgb: np.ndarray, box: np.ndarray) -> Any:
        camera.allow()
        return estimate(rgb, box)

    return estimate_and_allow
