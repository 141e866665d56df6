"""Missing coordinates of a walk from its most similar frames: the fill of scikit-learn's KNNImputer, in numpy.

The numbers are those of scikit-learn, to the bit: published maps were drawn from them, and which of two frames is the
more similar may hang on the last one. So distances are rounded where it rounds them. Frames with gaps are looked at so
many at a time that memory does not grow with the square of a walk's length.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

# Distances held at once, in whole blocks of rows: of fewer rows a product is rounded in another way than of all.
_DISTANCES_AT_ONCE = 1_000_000
_BLOCK_ROWS = 32
# Rows that these are compared with at once, in float64.
_OTHERS_AT_ONCE = 16_384

_FloatArray = NDArray[np.floating]


def fill_from_neighbours(
    values: _FloatArray, missing: NDArray[np.bool_], n_neighbours: int, n_rows: int | None = None
) -> _FloatArray:
    """Each missing value as the mean of its column in the most similar rows that have it, by inverse distance.

    values: float32 or float64 (T, ...), finite, with k numbers a row; of a view no copy is made. missing: (T, k), in no
    column all. The distance of two rows is Euclidean over what both have, scaled up to all columns. A row that shares
    no column with one that has the value is given the mean of the column. n_rows: the first rows, all that are wanted;
    each gap is taken from all rows nevertheless. Returns a new array (n_rows or T, k) of the same dtype.
    """
    rows = _Rows(values, missing)
    filled = values[:n_rows].reshape(-1, missing.shape[1]).copy()
    with_gaps = np.flatnonzero(missing.any(axis=1))
    for gaps in _pieces(with_gaps, len(values)):
        if len(gaps) and gaps[0] >= len(filled):
            break  # not sooner: a piece of other rows is rounded in another way
        distances = rows.distances(gaps)
        for column in np.flatnonzero(missing[gaps].any(axis=0)).tolist():
            donors = np.flatnonzero(~missing[:, column])
            own_values = rows.column(column)
            # A row that shares nothing with any other: the mean, summed as scikit-learn sums it.
            everywhere = values.dtype.type(np.where(missing[:, column], 0, own_values).sum() / len(donors))
            for lacking in _few(np.flatnonzero(missing[gaps, column] & (gaps < len(filled))), len(values)):
                own = distances[lacking[:, np.newaxis], donors]
                means = _means(own, own_values[donors], min(n_neighbours, len(donors)))
                filled[gaps[lacking], column] = np.where(np.isnan(own).all(axis=1), everywhere, means)
    return filled


def _pieces(rows: NDArray[np.intp], n_distances: int) -> list[NDArray[np.intp]]:
    """The rows in pieces of whole blocks, whose distances to ``n_distances`` rows are held at once."""
    at_once = max(1, _DISTANCES_AT_ONCE // (n_distances * _BLOCK_ROWS)) * _BLOCK_ROWS
    starts = list(range(0, max(len(rows) - at_once, 1), at_once))
    return np.split(rows, starts[1:])


def _few(rows: NDArray[np.intp], n_distances: int) -> list[NDArray[np.intp]]:
    """The rows in parts, of which so much less is held at once: each is looked at by itself."""
    at_once = max(1, _DISTANCES_AT_ONCE // (4 * n_distances))
    return np.split(rows, range(at_once, len(rows), at_once))


class _Rows:
    """The rows of a table with gaps, ready to be compared; of a long walk as little as possible is held at once."""

    def __init__(self, values: _FloatArray, missing: NDArray[np.bool_]) -> None:
        self._values, self._missing = values, missing

    def column(self, number: int) -> _FloatArray:
        """Of every row, (T,)."""
        entry: tuple[Any, ...] = (slice(None), *np.unravel_index(number, self._values.shape[1:]))
        return self._values[entry]

    def distances(self, rows: NDArray[np.intp]) -> _FloatArray:
        """From each of ``rows`` to every row, (R, T); NaN where two share no column."""
        own, lacks = self._known(rows), self._missing[rows].astype(self._values.dtype)
        # What one of the two rows lacks counts for nothing. Of a part of the rows these products are rounded otherwise.
        found = (own * own) @ self._missing.astype(own.dtype).T
        lacked = lacks @ self._squares().T
        for others in _slices(len(self._values)):
            apart = _squared_distances(own, self._known(others))
            np.maximum(apart, 0, out=apart)
            apart -= found[:, others]
            apart -= lacked[:, others]
            np.clip(apart, 0, None, out=apart)
            # Whole numbers, which no order of adding rounds.
            shared = (1 - lacks) @ (~self._missing[others]).astype(own.dtype).T
            apart[shared == 0] = np.nan
            apart /= np.maximum(shared, 1, out=shared)
            apart *= own.shape[1]
            np.sqrt(apart, out=found[:, others])
        return found

    def _known(self, rows: slice | NDArray[np.intp]) -> _FloatArray:
        """Some rows (n, k), 0 where a value is missing."""
        missing = self._missing[rows]
        return np.where(missing, self._values.dtype.type(0), self._values[rows].reshape(missing.shape))

    def _squares(self) -> _FloatArray:
        """Of every row, (T, k)."""
        squares = np.empty(self._missing.shape, self._values.dtype)
        for rows in _slices(len(squares)):
            np.square(self._known(rows), out=squares[rows])
        return squares


def _slices(n_rows: int) -> list[slice]:
    return [slice(first, first + _OTHERS_AT_ONCE) for first in range(0, n_rows, _OTHERS_AT_ONCE)]


def _squared_distances(own: _FloatArray, others: _FloatArray) -> _FloatArray:
    """(R, n), worked out in float64."""
    a, b = own.astype(np.float64), others.astype(np.float64)
    squared: NDArray[np.float64] = a @ b.T
    squared *= -2
    squared += np.einsum("ij,ij->i", a, a)[:, np.newaxis]
    squared += np.einsum("ij,ij->i", b, b)
    return squared.astype(own.dtype)


def _means(distances: _FloatArray, values: _FloatArray, n_neighbours: int) -> _FloatArray:
    """(R,): of ``values`` (D,) those of the nearest, by inverse distance (R, D); with distance 0 these alone."""
    nearest = np.argpartition(distances, n_neighbours - 1, axis=1)[:, :n_neighbours]
    distance = np.take_along_axis(distances, nearest, axis=1)
    with np.errstate(divide="ignore"):
        weights = 1.0 / distance
    same = np.isinf(weights)
    weights = np.where(same.any(axis=1, keepdims=True), same, weights).astype(distances.dtype)
    weights[np.isnan(weights)] = 0.0
    sums, total = (values[nearest] * weights).sum(axis=1), weights.sum(axis=1)
    return np.divide(sums, total, out=np.zeros_like(sums), where=total > 0)
