"""Which detections are close enough to be compared, without comparing each with each."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from scoliogait.io.people import Indices

# Of each person only so many of the nearest others are looked at: a crowd costs linear, not quadratic time.
N_NEAREST = 8
# Up to so many pairs each is compared with each: it takes less than a search tree takes to be loaded.
_FEW_PAIRS = 250_000
# Pairs of a crowd are compared so many at a time: arrays that the processor keeps at hand, and little memory.
_PAIRS_AT_ONCE = 4_096


def nearest_at(
    points: NDArray[np.float64], time: Indices, others: NDArray[np.float64], other_time: Indices
) -> tuple[Indices, Indices]:
    """Pairs (rows of ``points``, rows of ``others``) at equal times, the nearest of each point, (P,) and (P,).

    points (N, 2), others (M, 2) in px; time (N,), other_time (M,).
    """
    if not len(points) or not len(others):
        return np.empty(0, np.int64), np.empty(0, np.int64)
    # Frames lie apart on a third axis by more than any distance inside a frame.
    apart = 4.0 * (np.abs(points).max() + np.abs(others).max() + 1.0)
    rows, columns = _nearest(
        np.column_stack([points, apart * time]), np.column_stack([others, apart * other_time]), N_NEAREST
    )
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
    if not len(points) or not len(others):
        return np.empty(0, np.int64), np.empty(0, np.int64)
    rows, columns = _nearest(
        np.column_stack([points, px * (time + 1)]), np.column_stack([others, px * other_time]), 2 * N_NEAREST
    )
    gap = other_time[columns] - time[rows]
    near = (gap >= 1) & (gap <= longest)
    return rows[near], columns[near]


def _nearest(points: NDArray[np.float64], others: NDArray[np.float64], n: int) -> tuple[Indices, Indices]:
    """Pairs of each point (N, 3) and the ``n`` nearest of the others (M, 3), from near to far, (P,) and (P,)."""
    n = min(n, len(others))
    if len(points) * len(others) <= _FEW_PAIRS:
        away = sum((points[:, None, axis] - others[:, axis]) ** 2 for axis in range(3))
        found = np.argsort(away, axis=1, kind="stable")[:, :n]
    else:
        from scipy.spatial import cKDTree  # takes half a second to load

        _, found = cKDTree(others).query(points, k=n)
    return np.repeat(np.arange(len(points)), n), found.reshape(-1).astype(np.int64)


def pair_by_pair(
    values: Callable[[Indices, Indices], NDArray[np.float64]], a: Indices, b: Indices
) -> NDArray[np.float64]:
    """``values(a, b)`` (P,) of the pairs (a, b), which depends on no other pair, in pieces of bounded size."""
    n = len(a)
    if n <= _PAIRS_AT_ONCE:
        return values(a, b)
    pieces = (slice(start, start + _PAIRS_AT_ONCE) for start in range(0, n, _PAIRS_AT_ONCE))
    return np.concatenate([values(a[piece], b[piece]) for piece in pieces])
