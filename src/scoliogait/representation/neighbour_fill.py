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

_FloatArray = NDArray[np.floating]


def fill_from_neighbours(
    values: _FloatArray, missing: NDArray[np.bool_], n_neighbours: int, n_rows: int | None = None
) -> _FloatArray:
    """Each missing value as the mean of its column in the most similar rows that have it, by inverse distance.

    values: float32 or float64 (T, k), finite; missing: (T, k), in no column all. The distance of two rows is Euclidean
    over what both have, scaled up to all columns. A row that shares no column with one that has the value is given the
    mean of the column. n_rows: the first rows that are wanted; gaps in later ones may stay as they are, and each is
    taken from all rows nevertheless. Returns a new array of the same dtype.
    """
    rows = _Rows(values, missing)
    filled = values.copy()
    with_gaps = np.flatnonzero(missing.any(axis=1))
    for gaps in _pieces(with_gaps, len(values)):
        if n_rows is not None and len(gaps) and gaps[0] >= n_rows:
            break  # not sooner: a piece of other rows is rounded in another way
        distances = rows.distances(gaps)
        for column in np.flatnonzero(missing[gaps].any(axis=0)):
            lacking = missing[gaps, column]
            donors = np.flatnonzero(~missing[:, column])
            own = distances[lacking][:, donors]
            means = _means(own, values[donors, column], min(n_neighbours, len(donors)))
            # A row that shares nothing with any other: the mean, summed as scikit-learn sums it.
            everywhere = values.dtype.type(np.where(missing[:, column], 0, values[:, column]).sum() / len(donors))
            filled[gaps[lacking], column] = np.where(np.isnan(own).all(axis=1), everywhere, means)
    return filled


def _pieces(rows: NDArray[np.intp], n_distances: int) -> list[NDArray[np.intp]]:
    """The rows in pieces of whole blocks, whose distances to ``n_distances`` rows are held at once."""
    at_once = max(1, _DISTANCES_AT_ONCE // (n_distances * _BLOCK_ROWS)) * _BLOCK_ROWS
    starts = list(range(0, max(len(rows) - at_once, 1), at_once))
    return np.split(rows, starts[1:])


class _Rows:
    """The rows of a table with gaps, ready to be compared."""

    def __init__(self, values: _FloatArray, missing: NDArray[np.bool_]) -> None:
        self._known = np.where(missing, values.dtype.type(0), values)
        self._missing = missing.astype(values.dtype)

    def distances(self, rows: NDArray[np.intp]) -> _FloatArray:
        """From each of ``rows`` to every row, (R, T); NaN where two share no column."""
        exact, own = self._known.astype(np.float64), self._known[rows].astype(np.float64)
        squared = own @ exact.T
        squared *= -2
        squared += np.einsum("ij,ij->i", own, own)[:, np.newaxis]
        squared += np.einsum("ij,ij->i", exact, exact)
        found: _FloatArray = squared.astype(self._known.dtype)
        del squared, exact
        np.maximum(found, 0, out=found)
        # What one of the two rows lacks counts for nothing.
        squares = self._known * self._known
        found -= squares[rows] @ self._missing.T
        found -= self._missing[rows] @ squares.T
        del squares
        np.clip(found, 0, None, out=found)
        present = 1 - self._missing
        shared = present[rows] @ present.T
        found[shared == 0] = np.nan
        found /= np.maximum(shared, 1, out=shared)
        found *= self._known.shape[1]
        return np.sqrt(found, out=found)


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
