"""Outlines of people as the network gave them, kept in few bytes: a picture of them needs no second estimate."""

from __future__ import annotations

import zlib
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import overload

import numpy as np
from numpy.typing import NDArray

Square = tuple[float, float, float]


@dataclass(frozen=True)
class PackedOutline:
    """One person's outline in one picture, without loss; some 600 bytes instead of 64 KiB, at most 8 KiB.

    square_px: left, top, side of the square that the outline fills, in px of the picture. n_side: its pixels a side.
    """

    square_px: Square
    n_side: int
    packed: bytes

    @classmethod
    def of(cls, outline: NDArray[np.uint8], square_px: Square) -> PackedOutline:
        """From an outline (N, N), zero outside of the person."""
        return cls(square_px, len(outline), zlib.compress(np.packbits(outline > 0).tobytes(), 1))

    def mask(self) -> NDArray[np.uint8]:
        """(N, N), 255 inside and 0 outside of the person."""
        bits = np.unpackbits(np.frombuffer(zlib.decompress(self.packed), np.uint8), count=self.n_side**2)
        return bits.reshape(self.n_side, self.n_side) * np.uint8(255)


class PackedOutlines(Sequence[tuple[PackedOutline, ...]]):
    """Of the people of many pictures, in few blocks of memory (see ``rows``); ``[frame]`` gives those of a picture."""

    def __init__(self) -> None:
        self._packed = bytearray()
        self._ends = array("q", [0])
        self._squares = array("d")
        self._sides = array("q")
        self._first = array("q", [0])

    def add(self, people: Iterable[PackedOutline]) -> None:
        """The outlines of the next picture."""
        for person in people:
            self._packed += person.packed
            self._ends.append(len(self._packed))
            self._squares.extend(person.square_px)
            self._sides.append(person.n_side)
        self._first.append(len(self._sides))

    def __len__(self) -> int:
        return len(self._first) - 1

    @overload
    def __getitem__(self, frame: int) -> tuple[PackedOutline, ...]: ...
    @overload
    def __getitem__(self, frame: slice) -> Sequence[tuple[PackedOutline, ...]]: ...
    def __getitem__(self, frame: int | slice) -> Sequence[tuple[PackedOutline, ...]] | tuple[PackedOutline, ...]:
        if isinstance(frame, slice):
            return [self[one] for one in range(len(self))[frame]]
        frame = range(len(self))[frame]
        return tuple(self._person(row) for row in range(self._first[frame], self._first[frame + 1]))

    def _person(self, row: int) -> PackedOutline:
        left, top, side = self._squares[3 * row : 3 * row + 3]
        return PackedOutline(
            (left, top, side), self._sides[row], bytes(self._packed[self._ends[row] : self._ends[row + 1]])
        )
