"""Pictures of a camera as they come. None is stored, and none is waited for: who looks too slowly sees fewer of them.

A thread takes each picture as soon as there is one, with the time of a clock that nobody sets. Of these it hands on
every one, or every second, every third..., as many as are looked at in the same time, so that they come evenly.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from math import ceil
from queue import Empty, Full, Queue
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from scoliogait.errors import DataError
from scoliogait.video.pictures import Picture
from scoliogait.walk import DOUBT

LONGEST_S = 600.0
# So many pictures wait to be looked at, at most: those between two looks for people come in a bunch.
MOST_WAITING = 16
# A camera that gives no picture for so long has stopped, or does not begin.
SILENT_S, SILENT_AT_FIRST_S = 5.0, 10.0
_ASKED_PX = 1280, 720
# The brightest pixel of a picture that shows nothing: a shutter is closed, or the camera is not ready yet.
_BLACK = 16
_BLACK_FROM_THE_START_S = 3.0
# Pictures are handed on so much more slowly than they are looked at, so that the queue empties again.
_LESS = 1.05
# A recording that ends so much before its time, as a share and in seconds, was not ended by it.
_ENDS_EARLY, _ENDS_EARLY_S = 0.05, 0.3


class Capture(Protocol):
    """A camera that is on."""

    def read(self) -> NDArray[np.uint8] | None:
        """The next picture, RGB (H, W, 3), as soon as there is one; None where no more will come."""
        ...

    def release(self) -> None:
        """Turn it off."""
        ...


class OpenCvCapture:
    """A camera by its number, as OpenCV counts them. Raises DataError where there is none or it is in use."""

    def __init__(self, number: int) -> None:
        import cv2

        level = cv2.utils.logging.getLogLevel()
        cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)  # it says aloud what it tries in vain
        try:
            self._capture = cv2.VideoCapture(number)
            # Cameras begin with 640 x 480, and take what they have that is nearest to this.
            self._capture.set(cv2.CAP_PROP_FRAME_WIDTH, _ASKED_PX[0])
            self._capture.set(cv2.CAP_PROP_FRAME_HEIGHT, _ASKED_PX[1])
        finally:
            cv2.utils.logging.setLogLevel(level)
        if not self._capture.isOpened():
            raise DataError(
                f"camera {number}: cannot be opened; check that it is connected, that no other program uses it and "
                "that this one may; the first camera is 0"
            )

    def read(self) -> NDArray[np.uint8] | None:
        there, bgr = self._capture.read()
        return np.ascontiguousarray(bgr[..., ::-1]) if there and bgr is not None else None

    def release(self) -> None:
        self._capture.release()


@dataclass(frozen=True, eq=False)
class Camera:
    """A camera to record a walk with. Nothing is stored but the walk that comes of it.

    number: 0 for the first one. seconds: how long it records, above 0 and at most 600. on_start: called when the first
    picture is there. turn_on, clock: where pictures and their times in seconds come from.
    """

    number: int = 0
    seconds: float = 15.0
    on_start: Callable[[], None] = lambda: None
    turn_on: Callable[[int], Capture] = OpenCvCapture
    clock: Callable[[], float] = time.monotonic
    _stopped: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        if not 0 < self.seconds <= LONGEST_S:
            raise DataError(f"{self}: cannot record for {self.seconds:g} s; expected above 0 and at most {LONGEST_S:g}")

    def __str__(self) -> str:
        return f"camera {self.number}"

    def with_start(self, on_start: Callable[[], None]) -> Camera:
        """The same camera, stopped by the same ``stop``, that calls this when it records."""
        return replace(self, on_start=on_start)

    def stop(self) -> None:
        """End the recording before its time; what was recorded is kept."""
        self._stopped.set()

    @property
    def is_stopped(self) -> bool:
        """Whether somebody ended it."""
        return self._stopped.is_set()


@contextmanager
def open_camera(camera: Camera) -> Iterator[CameraPictures]:
    """The pictures of a camera from now on. Raises DataError where there is no such camera or no picture comes."""
    pictures = CameraPictures(camera, camera.turn_on(camera.number))
    try:
        pictures.start()
        yield pictures
    finally:
        pictures.end()


class CameraPictures:
    """See ``Pictures``. every: each so many-th picture of the camera is handed on."""

    n_stated = None

    def __init__(self, camera: Camera, capture: Capture) -> None:
        self.camera = camera
        self.size_px = (0, 0)
        self.notes: list[str] = []
        self.every = 1
        self._capture = capture
        self._waiting: Queue[Picture | None] = Queue(MOST_WAITING)
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._take_all, daemon=True, name=str(camera))
        self._first: Picture | None = None
        self._failed = ""
        self._lasted_s = 0.0
        # Of the camera; those since the last one that was handed on; looked at, and seconds that a look takes.
        self._n_given = self._n_since = self._n_taken = 0
        self._look_s = 0.0

    @property
    def stated_s(self) -> float:
        return self.camera.seconds

    def start(self) -> None:
        """Wait for the first picture."""
        self._thread.start()
        self._first = self._next(SILENT_AT_FIRST_S)
        if self._first is None:
            raise DataError(f"{self.camera}: gives no picture{self._failed}; connect it again, or choose another one")
        self.size_px = self._first.rgb.shape[1], self._first.rgb.shape[0]
        self.camera.on_start()

    def end(self) -> None:
        """Turn the camera off; its thread ends with the picture that it waits for."""
        self._ended.set()
        self._thread.join(SILENT_S)

    def __iter__(self) -> Iterator[Picture]:
        """Raises DataError where all pictures are black."""
        n_black = 0
        first_look_ended_s = 0.0
        picture = self._first
        while picture is not None:
            self._n_taken += 1
            n_black += bool(picture.rgb[::4, ::4].max() < _BLACK)
            if n_black == self._n_taken and picture.time_s >= _BLACK_FROM_THE_START_S:
                break
            yield picture
            if self._n_taken == 1:  # takes longer than all others
                first_look_ended_s = self.camera.clock()
            else:
                self._look_s = (self.camera.clock() - first_look_ended_s) / (self._n_taken - 1)
            picture = self._next(SILENT_S)
        if n_black == self._n_taken:
            raise DataError(f"{self.camera}: its pictures are black; open its shutter, or let light in")
        self.notes += self._odd(n_black)

    def _next(self, wait_s: float) -> Picture | None:
        """None where no more will come."""
        try:
            return self._waiting.get(timeout=wait_s)
        except Empty:
            return None

    def _odd(self, n_black: int) -> Iterator[str]:
        left_s = self.camera.seconds - self._lasted_s
        if not self.camera.is_stopped and left_s > max(_ENDS_EARLY * self.camera.seconds, _ENDS_EARLY_S):
            yield f"{DOUBT}the camera stopped after {self._lasted_s:.1f} of {self.camera.seconds:g} s{self._failed}."
        if n_black:
            yield f"{n_black} of {self._n_taken} pictures are black."
        if self._n_taken < self._n_given:
            yield (
                f"The camera gave {self._n_given} pictures in {self._lasted_s:.1f} s; {self._n_taken} were looked at, "
                "as this machine looks more slowly."
            )

    def _take_all(self) -> None:
        """What the thread does, until the time is over, somebody stops it or no more pictures come."""
        first_s: float | None = None
        try:
            while not (self._ended.is_set() or self.camera.is_stopped):
                rgb = self._capture.read()
                now_s = self.camera.clock()
                first_s = now_s if first_s is None else first_s
                if rgb is None:
                    break
                if now_s - first_s > self.camera.seconds:
                    self._lasted_s = self.camera.seconds
                    break
                self._lasted_s = now_s - first_s
                self._offer(Picture(self._lasted_s, rgb))
        except Exception as error:  # of a driver: said where the pictures are looked at
            self._failed = f" ({' '.join(str(error).split())})"
        finally:
            self._capture.release()
            self._say_that_it_ended()

    def _offer(self, picture: Picture) -> None:
        self._n_given += 1
        self._n_since += 1
        if self._n_since < self.every and self._n_given > 1:
            return
        self._n_since = 0
        try:
            self._waiting.put_nowait(picture)
        except Full:  # from now on a little less than was looked at in the same time
            given_a_second = (self._n_given - 1) / max(picture.time_s, 1e-3)
            self.every = max(self.every, ceil(_LESS * given_a_second * self._look_s - 1e-6))

    def _say_that_it_ended(self) -> None:
        while not self._ended.is_set():
            with suppress(Full):
                self._waiting.put(None, timeout=0.1)
                return
