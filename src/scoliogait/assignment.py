"""Who is whom, where each may be taken once: few candidates without SciPy, which takes half a second to load."""

from __future__ import annotations

from itertools import permutations
from math import perm

import numpy as np
from numpy.typing import NDArray

# All ways are tried where there are not more of them.
_MOST_WAYS = 720


def best_assignment(values: NDArray[np.float64]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Rows, increasing, and columns (P,) of a table (A, B), each taken once, whose values have the greatest sum.

    P is the smaller one of A and B. Which of equal sums is taken is not said.
    """
    few, many = sorted(values.shape)
    if perm(many, few) > _MOST_WAYS:
        from scipy.optimize import linear_sum_assignment

        rows, columns = linear_sum_assignment(values, maximize=True)
        return rows, columns
    if values.shape[0] > values.shape[1]:
        columns, rows = best_assignment(values.T)
        order = np.argsort(rows)
        return rows[order], columns[order]
    rows = np.arange(few)
    ways = np.array(list(permutations(range(many), few)), dtype=np.intp)
    return rows, ways[values[rows, ways].sum(axis=1).argmax()]
