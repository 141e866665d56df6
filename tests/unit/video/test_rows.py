"""Rows that come one by one are there in their order, however many."""

import numpy as np

from scoliogait.video.rows import Rows


def test_rows_are_split_as_they_came() -> None:
    rows = Rows((2,), np.float32)
    for number in range(1000):
        rows.add(np.array([number, -number], np.float32))
    parts = rows.split([3, 0, 990, 7])
    assert [len(part) for part in parts] == [3, 0, 990, 7]
    np.testing.assert_array_equal(np.concatenate(parts)[:, 0], np.arange(1000))
    assert Rows((2,), np.uint8).split([0, 0])[1].shape == (0, 2)
