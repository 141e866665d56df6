"""Which detections are close enough to be compared, without comparing each with each."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from scoliogait.io.people import Indices

# Of each person only so many of the nearest others are looked at: a crowd costs linear, not quadratic time.
N_NEAREST = 8
# Pairs of a crowd are compared so many at a time: arrays that the processor keeps at hand, and little memory.
_PAIRS_AT_ONCE = 4_096


def nearest_at(
    points: NDArray[np.float64], time: Indices, others: NDArray[np.float64], other_time: Indices
) -> tuple[Indices, Indices]:
    """Pairs (rows of ``points``, rows of ``others``) at equal times, the nearest of each point, (P,) and (P,).

    points (N, 2), others (M, 2) in px; time (N,), other_time (M,).
    """
    from scipy.spatial import cKDTree

    if not len(points) or not len(others):
        return np.empty(0, np.int64), np.empty(0, np.int64)
    # Frames lie apart on a third axis by more than any distance inside a frame.
    apart = 4.0 * (np.abs(points).max() + np.abs(others).max() + 1.0)
    tree = cKDTree(np.column_stack([others, apart * other_time]))
    n = min(N_NEAREST, len(others))
    _, found = tree.query(np.column_stack([points, apart * time]), k=n)
    found = found.reshape(len(points), n)
    rows = np.repeat(np.arange(len(points)), n)
    columns = found.ravel().astype(np.int64)
    same = time[rows] == other_time[columns]
    return rows[same], columns[same]


def nearest_later(
    points: NDArray[np.float64],
    time: Indices,
    others: NDArray[np.float64],
    other_time: Indices,
    longest: int,
    px: float,
) -> tuple[Indices, Indices]:
    """Pairs in which the other is 1 to ``longest`` frames later; a frame counts as ``px`` pixels of distance."""
    from scipy.spatial import cKDTree

    if not len(points) or not len(others):
        return np.empty(0, np.int64), np.empty(0, np.int64)
    tree = cKDTree(np.column_stack([others, px * other_time]))
    n = min(2 * N_NEAREST, len(others))
    _, found = tree.query(np.column_stack([points, px * (time + 1)]), k=n)
    rows = np.repeat(np.arange(len(points)), n)
    columns = found.reshape(-1).astype(np.int64)
    gap = other_time[columns] - time[rows]
    near = (gap >= 1) & (gap <= longest)
    return rows[near], columns[near]


def pair_by_pair(
    values: Callable[[Indices, Indices], NDArray[np.float64]], a: Indices, b: Indices
) -> NDArray[np.float64]:
    """``values(a, b)`` (P,) of the pairs (a, b), which depends on no other pair, in pieces of bounded size."""
    n = len(a)
    if n <= _PAIRS_AT_ONCE:
        return values(a, b)
    pieces = (slice(start, start + _PAIRS_AT_ONCE) for start in range(0, n, _PAIRS_AT_ONCE))
    return np.concatenate([values(a[piece], b[piece]) for piece in pieces])
