"""Joint decision over pieces of track that no single comparison settles: the cheapest assignment, if it is sure."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from scoliogait.assignment import best_assignment
from scoliogait.io.bodies import Array
from scoliogait.io.link_cost import SURE, UNLINKED
from scoliogait.io.people import Indices

# Beyond this it is not even possible.
_POSSIBLE = 3 * UNLINKED
# Groups with more pieces are a crowd; nothing in them is taken for sure.
_LARGEST_GROUP = 300
_FEW_PAIRS = 1_000


def choose_jointly(a: Indices, b: Indices, cost: Array) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Of pairs (end a, start b): which are linked, and which stay possible without being sure; both (P,).

    The links of least total cost are taken, each only if doing without it costs at least ``SURE`` more.
    """
    chosen = np.zeros(len(a), dtype=bool)
    possible = cost <= _POSSIBLE
    doubtful = possible.copy()
    for pairs in _groups(a, b, cost < UNLINKED):
        links, n_ends, n_starts = _table(a[pairs], b[pairs])
        if n_ends + n_starts <= _LARGEST_GROUP:
            sure = _sure_links(*links, cost[pairs], (n_ends, n_starts))
            chosen[pairs] = sure
    return chosen, doubtful & ~chosen


def _groups(a: Indices, b: Indices, linkable: NDArray[np.bool_]) -> list[Indices]:
    pairs = np.flatnonzero(linkable)
    if not len(pairs):
        return []
    of_pair = _few_components(a[pairs], b[pairs]) if len(pairs) <= _FEW_PAIRS else _components(a[pairs], b[pairs])
    order = np.argsort(of_pair, kind="stable")
    return np.split(pairs[order], np.flatnonzero(np.diff(of_pair[order])) + 1)


def _few_components(a: Indices, b: Indices) -> Indices:
    """As ``_components``, by handing the least number on; without SciPy, which takes half a second to load."""
    group = np.arange(len(a))
    while True:
        before = group
        for ends in (a, b):
            least = np.full(ends.max() + 1, len(a))
            np.minimum.at(least, ends, group)
            group = least[ends]
        if (group == before).all():
            return group


def _components(a: Indices, b: Indices) -> Indices:
    """Of pairs (a, b) equal numbers (P,) for those that are linked by shared ends and starts."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    n_a, n_b = int(a.max()) + 1, int(b.max()) + 1
    n = n_a + n_b
    graph = coo_array((np.ones(len(a)), (a, n_a + b)), shape=(n, n))
    _, group = connected_components(graph, directed=False)
    components: Indices = group[a]
    return components


def _table(a: Indices, b: Indices) -> tuple[tuple[Indices, Indices], int, int]:
    ends, row = np.unique(a, return_inverse=True)
    starts, column = np.unique(b, return_inverse=True)
    return (row, column), len(ends), len(starts)


def _sure_links(row: Indices, column: Indices, cost: Array, shape: tuple[int, int]) -> NDArray[np.bool_]:
    table = np.full(shape, UNLINKED)
    table[row, column] = np.minimum(cost, UNLINKED)
    best, rows, columns = _assign(table)
    linked = {(r, c) for r, c in zip(rows.tolist(), columns.tolist(), strict=True) if table[r, c] < UNLINKED}
    for r, c in sorted(linked):
        without = table.copy()
        without[r, c] = UNLINKED
        if _assign(without)[0] - best < SURE:
            linked.discard((r, c))
    return np.array([pair in linked for pair in zip(row.tolist(), column.tolist(), strict=True)], dtype=bool)


def _assign(table: Array) -> tuple[float, Indices, Indices]:
    # Square, so that every piece may also stay unlinked.
    n = max(table.shape)
    square = np.full((n, n), UNLINKED)
    square[: table.shape[0], : table.shape[1]] = table
    rows, columns = best_assignment(-square)
    inside = (rows < table.shape[0]) & (columns < table.shape[1])
    return float(square[rows, columns].sum()), rows[inside], columns[inside]
