"""Missing coordinates of a walk from its most similar frames: the fill of scikit-learn's KNNImputer, in numpy.

The numbers are those of scikit-learn, to the bit: published maps were drawn from them, and which of two frames is the
more similar may hang on the last one. So distances are rounded where it rounds them. Frames with gaps are looked at so
many at a time that memory does not grow with the square of a walk's length.
"""

from __future__ import annotations

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

    values: float32 or float64 (T, k), finite; missing: (T, k), in no column all. The distance of two rows is Euclidean
    over what both have, scaled up to all columns. A row that shares no column with one that has the value is given the
    mean of the column. n_rows: the first rows, all that are wanted; each gap is taken from all rows nevertheless.
    Returns a new array (n_rows or T, k) of the same dtype.
    """
    rows = _Rows(values, missing)
    filled = values[:n_rows].copy()
    with_gaps = np.flatnonzero(missing.any(axis=1))
    for gaps in _pieces(with_gaps, len(values)):
        if len(gaps) and gaps[0] >= len(filled):
            break  # not sooner: a piece of other rows is rounded in another way
        distances = rows.distances(gaps)
        for column in np.flatnonzero(missing[gaps].any(axis=0)):
            donors = np.flatnonzero(~missing[:, column])
            # A row that shares nothing with any other: the mean, summed as scikit-learn sums it.
            everywhere = values.dtype.type(np.where(missing[:, column], 0, values[:, column]).sum() / len(donors))
            for lacking in _few(np.flatnonzero(missing[gaps, column] & (gaps < len(filled))), len(values)):
                own = distances[lacking[:, np.newaxis], donors]
                means = _means(own, values[donors, column], min(n_neighbours, len(donors)))
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
    """The rows of a table with gaps, ready to be compared."""

    def __init__(self, values: _FloatArray, missing: NDArray[np.bool_]) -> None:
        # No copy of a long walk where what is missing is 0 already.
        self._known = np.where(missing, values.dtype.type(0), values) if values[missing].any() else values
        self._missing = missing

    def distances(self, rows: NDArray[np.intp]) -> _FloatArray:
        """From each of ``rows`` to every row, (R, T); NaN where two share no column."""
        known, own = self._known, self._known[rows]
        found = np.empty((len(rows), len(known)), known.dtype)
        for first in range(0, len(known), _OTHERS_AT_ONCE):
            others = slice(first, first + _OTHERS_AT_ONCE)
            found[:, others] = _squared_distances(own.astype(np.float64), known[others].astype(np.float64))
        np.maximum(found, 0, out=found)
        # What one of the two rows lacks counts for nothing. Of a part of the rows these products are rounded otherwise.
        found -= (own * own) @ self._missing.astype(known.dtype).T
        found -= self._missing[rows].astype(known.dtype) @ (known * known).T
        np.clip(found, 0, None, out=found)
        present = (~self._missing).astype(known.dtype)
        shared = present[rows] @ present.T
        del present
        found[shared == 0] = np.nan
        found /= np.maximum(shared, 1, out=shared)
        found *= known.shape[1]
        return np.sqrt(found, out=found)


def _squared_distances(own: NDArray[np.float64], others: NDArray[np.float64]) -> NDArray[np.float64]:
    squared: NDArray[np.float64] = own @ others.T
    squared *= -2
    squared += np.einsum("ij,ij->i", own, own)[:, np.newaxis]
    squared += np.einsum("ij,ij->i", others, others)
    return squared


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
