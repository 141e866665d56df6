"""Pictures that can be looked at, wherever they come from: a file or a camera."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Picture:
    """One picture. time_s: since the first one. rgb: uint8 (H, W, 3), as displayed."""

    time_s: float
    rgb: NDArray[np.uint8]


class Pictures(Protocol):
    """Go through them once, one after the other.

    size_px: width, height. n_stated, stated_s: how many pictures and seconds are expected, None where nobody knows.
    notes: what was odd; they grow while the pictures come.
    """

    @property
    def size_px(self) -> tuple[int, int]: ...
    @property
    def n_stated(self) -> int | None: ...
    @property
    def stated_s(self) -> float | None: ...
    @property
    def notes(self) -> list[str]: ...
    def __iter__(self) -> Iterator[Picture]: ...
