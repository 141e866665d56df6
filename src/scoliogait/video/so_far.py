"""What is known of a video while it is looked at: who is seen, how large, and how many strides so far.

It is said to somebody who waits, and nothing else depends on it: the walker is chosen when all is seen, and strides are
then counted of that walker alone. Neither time nor memory grows with the length.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from scoliogait.measurement.body_size import person_height_px
from scoliogait.measurement.stride import MIN_FRAME_RATE_HZ, find_strides

# Strides are counted in pieces of so many seconds, each looked at once.
_PIECE_S = 4.0


@dataclass(eq=False)
class SoFar:
    """Grows picture by picture. The largest person of a picture is taken for the walker."""

    n_pictures: int = 0
    time_s: float = 0.0
    most_people: int = 0
    n_strides: float = 0.0
    _height_px: float = 0.0
    _piece: list[NDArray[np.float32]] = field(default_factory=list)
    _piece_starts_s: float = 0.0

    def add(self, time_s: float, poses: Sequence[NDArray[np.float32]], boxes: Sequence[NDArray[np.float64]]) -> None:
        """The people of the next picture: a pose (17, 3) and a box each, left, top, right, bottom in px."""
        self.n_pictures += 1
        self.time_s = time_s
        self.most_people = max(self.most_people, len(poses))
        heights = [float(bottom - top) for _, top, _, bottom in boxes]
        if heights:
            largest = poses[heights.index(max(heights))]
            self._height_px = person_height_px(largest[None]) or self._height_px
            self._piece.append(largest)
        else:
            self._piece.append(np.zeros((17, 3), np.float32))
        lasts_s = time_s - self._piece_starts_s
        if lasts_s >= _PIECE_S:
            rate_hz = (len(self._piece) - 1) / lasts_s
            if rate_hz >= MIN_FRAME_RATE_HZ:
                self.n_strides += find_strides(np.array(self._piece), rate_hz).n_strides
            self._piece.clear()
            self._piece_starts_s = time_s

    def n_expected(self, n_stated: int | None, stated_s: float | None) -> int:
        """How many pictures there will be: as stated, or as many in the stated time as so far; 0 for unknown."""
        if n_stated:
            return max(n_stated, self.n_pictures)
        if stated_s and self.time_s > 0:
            return max(round((self.n_pictures - 1) * stated_s / self.time_s), self.n_pictures)
        return 0

    def words(self) -> str:
        """Such as ``1 person, now 184 px tall, about 3 strides``."""
        if not self.most_people:
            return "nobody so far"
        people = "1 person" if self.most_people == 1 else f"{self.most_people} people at once"
        strides = f", about {self.n_strides:.0f} strides" if self.n_strides >= 1.5 else ""
        return f"{people}, now {self._height_px:.0f} px tall{strides}"
