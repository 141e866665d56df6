"""Who is whom: the same for few candidates as by SciPy, without loading it."""

import subprocess
import sys

import numpy as np
import pytest
from scipy.optimize import linear_sum_assignment

from scoliogait.assignment import best_assignment


@pytest.mark.parametrize("seed", range(300))
def test_few_and_many_candidates_as_by_scipy(seed: int) -> None:
    rng = np.random.default_rng(seed)
    values = rng.normal(size=rng.integers(0, 9, 2))
    rows, columns = best_assignment(values)
    expected_rows, expected_columns = linear_sum_assignment(values, maximize=True)
    np.testing.assert_array_equal(rows, expected_rows)
    np.testing.assert_array_equal(columns, expected_columns)


def test_few_candidates_load_no_scipy() -> None:
    code = """
import sys
import numpy as np
from scoliogait.assignment import best_assignment
rows, columns = best_assignment(np.array([[0.1, 0.9, 0.2], [0.3, 0.8, 0.0]]))
assert (rows.tolist(), columns.tolist()) == ([0, 1], [1, 0])
assert "scipy" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], check=True)
