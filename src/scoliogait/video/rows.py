"""Rows of which nobody knows how many will come, in one block of memory.

Small arrays that stay, made between large ones that go, keep the memory of the large ones from being given back: a
minute of video would cost hundreds of megabytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

Scalar = TypeVar("Scalar", bound=np.generic)
_FIRST = 256


class Rows(Generic[Scalar]):
    """Arrays of one shape and type, one after the other."""

    def __init__(self, shape: tuple[int, ...], dtype: type[Scalar]) -> None:
        self._rows: NDArray[Scalar] = np.empty((_FIRST, *shape), dtype=dtype)
        self._n = 0

    def add(self, row: NDArray[Scalar]) -> None:
        """Copy one of them in; there is always room."""
        if self._n == len(self._rows):
            self._rows = np.concatenate([self._rows, np.empty_like(self._rows)])
        self._rows[self._n] = row
        self._n += 1

    def split(self, counts: Sequence[int]) -> list[NDArray[Scalar]]:
        """The first ``counts[0]`` of them, the next ``counts[1]``, and so on: views, each (count, *shape)."""
        ends = np.cumsum(counts, dtype=np.int64)
        return [self._rows[end - count : end] for end, count in zip(ends.tolist(), counts, strict=True)]
