"""How much more of a walker lies on the left than on the right: twelve numbers of the outline, from chin to crotch.

They come of frontal silhouettes, so which side is the walker's left has to be known from the poses of the same frames
(``stride_windows.view_of_frames``). What they add to joints was found on simulated walks (docs/studies/headroom.md).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from scoliogait.long_frames import in_pieces, of_frames
from scoliogait.measurement.body import Array, Mask
from scoliogait.walk import N_OUTLINE_BANDS

# Rows and columns of an aligned silhouette; and the rows from the chin to the crotch, two of them a band.
SIZE_PX = 64
_FIRST_ROW, _LAST_ROW = 8, 32
# Frames whose axes are found by one product, of which another number may be rounded in another way.
_AXES_AT_ONCE = 8_192


def left_against_right(silhouettes: NDArray[np.uint8], side: Array, clear: Mask) -> Array:
    """(12,) px of 64 a body, from the top: how much more of each band lies left of the axis, mean over clear frames.

    silhouettes: aligned, (T, 64, 64). side (T,): 1 front, -1 back, 0 neither; clear (T,), as from ``view_of_frames``.
    The mirrored walk has the other signs. NaN where no clear frame shows a body.
    """
    usable = clear & (side != 0)
    if len(silhouettes):
        usable &= of_frames(lambda piece: np.asarray(piece[:, _FIRST_ROW:_LAST_ROW].any(axis=(1, 2))), silhouettes)
    n_usable = int(usable.sum())
    if not n_usable:
        return np.full(N_OUTLINE_BANDS, np.nan)
    found, n_done = np.empty((n_usable, N_OUTLINE_BANDS)), 0
    for frames in _stretches(usable, n_usable):
        of_stretch = _left_of_axes(silhouettes[frames], side[frames], usable[frames])
        found[n_done : n_done + len(of_stretch)] = of_stretch
        n_done += len(of_stretch)
    return np.asarray(found.mean(axis=0))


def _stretches(usable: Mask, n_usable: int) -> list[slice]:
    """Frames that hold ``_AXES_AT_ONCE`` usable ones each, the last of them up to twice as many."""
    firsts = np.flatnonzero(usable)[: max(n_usable - _AXES_AT_ONCE, 1) : _AXES_AT_ONCE].tolist()
    return [slice(first, end) for first, end in zip(firsts, [*firsts[1:], len(usable)], strict=True)]


def _left_of_axes(silhouettes: NDArray[np.uint8], side: Array, usable: Mask) -> Array:
    """``left_of_axis`` of the usable frames among some, each about its own axis."""
    sides = side[usable]
    columns, totals = np.empty((len(sides), SIZE_PX)), np.empty(len(sides))
    for place, rows in _usable_rows(silhouettes, usable):
        columns[place], totals[place] = rows.sum(axis=1), rows.sum(axis=(1, 2))
    axis, found = _axis(columns, totals), np.empty((len(sides), N_OUTLINE_BANDS))
    for place, rows in _usable_rows(silhouettes, usable):
        found[place] = left_of_axis(rows, axis[place], sides[place])
    return found


def _usable_rows(silhouettes: NDArray[np.uint8], usable: Mask) -> Iterator[tuple[slice, Array]]:
    """The rows of the trunk of usable frames, some at a time, and which of all usable frames they are."""
    n_before = n_done = 0
    for piece in in_pieces(silhouettes):
        rows = trunk_rows(piece[usable[n_before : n_before + len(piece)]])
        yield slice(n_done, n_done + len(rows)), rows
        n_before, n_done = n_before + len(piece), n_done + len(rows)


def trunk_rows(silhouettes: NDArray[np.uint8]) -> Array:
    """From chin to crotch of aligned silhouettes (T, 64, 64): (T, 24, 64), 0 background to 1 body."""
    return np.asarray(silhouettes[:, _FIRST_ROW:_LAST_ROW].astype(np.float64) / 255.0)


def axis_of(rows: Array) -> Array:
    """Mean column (T,) of the body in rows (T, R, C), arms included; 0 where there is none."""
    return _axis(rows.sum(axis=1), rows.sum(axis=(1, 2)))


def _axis(columns: Array, totals: Array) -> Array:
    """The same from the sums of columns (T, C) and of all pixels (T,)."""
    return np.asarray((columns @ np.arange(columns.shape[1])) / np.maximum(totals, 1e-9))


def left_of_axis(rows: Array, axis: Array, side: Array) -> Array:
    """(T, 12) px: how much more of the body, arms included, lies to the walker's left of the axis than to the right.

    A pixel of an edge counts by its grey, and one that the axis passes through by how far it lies to either side.
    """
    beyond = np.clip(2 * (np.arange(rows.shape[2]) - axis[:, None, None]), -1, 1)
    return banded((rows * beyond).sum(axis=2) * side[:, None])


def banded(values: Array) -> Array:
    """(T, 24), a value of each row, -> (T, 12), the mean of each band's two rows."""
    return np.asarray(values.reshape(len(values), N_OUTLINE_BANDS, -1).mean(axis=2))
