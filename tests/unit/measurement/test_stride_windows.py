"""The strides of a walk: which frames they have, sums over them, and their size in memory."""

import tracemalloc

import numpy as np
import pytest
from numpy.typing import NDArray

from scoliogait.measurement.posture import measure_posture
from scoliogait.measurement.stride_windows import StrideWindows, stretches, stride_windows
from walker import draw_walker


def as_table(windows: StrideWindows, n_frames: int) -> NDArray[np.float64]:
    """The weight of every frame in every stride, (S, T)."""
    table = np.zeros((len(windows.starts), n_frames))
    ends = [*windows.starts[1:], len(windows.frames)]
    for row, (start, end) in enumerate(zip(windows.starts, ends, strict=True)):
        table[row, windows.frames[start:end]] = windows.weights[start:end]
    return table


def by_hand(side: NDArray[np.float64], length: float | None) -> NDArray[np.float64]:
    """The same in tenths of frames: each belongs to one stride."""
    rows = []
    for first, stop in stretches(side):
        stride = length or stop - first
        count = int((stop - first) / stride)
        begin = first + (stop - first - count * stride) / 2
        for number in range(count):
            tenths = (np.arange(len(side) * 1000) + 0.5) / 1000
            inside = (tenths >= begin + number * stride) & (tenths < begin + (number + 1) * stride)
            rows.append(inside.reshape(len(side), 1000).mean(axis=1))
    return np.array(rows).reshape(-1, len(side))


@pytest.mark.parametrize("length", [None, 30.0, 33.25, 7.5])
def test_strides_lie_one_after_the_other_in_the_middle_of_each_stretch(length: float | None) -> None:
    side = np.repeat([0.0, 1.0, 0.0, -1.0, 1.0], [3, 100, 5, 71, 20])
    windows = stride_windows(side, length)
    np.testing.assert_allclose(as_table(windows, len(side)), by_hand(side, length), atol=2e-3)
    assert windows.weights.min() > 0
    assert windows.sides.tolist() == [side[windows.frames[start]] for start in windows.starts]


def test_sums_are_those_of_the_whole_table() -> None:
    random = np.random.default_rng(0)
    side = np.repeat([1.0, 0.0, -1.0], [140, 9, 151])
    windows, values = stride_windows(side, 31.4), random.normal(size=(300, 8))
    table = as_table(windows, 300)
    np.testing.assert_allclose(windows.sums(values.__getitem__), table @ values, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(windows.sums((values > 0).__getitem__), table @ (values > 0), rtol=1e-12)
    np.testing.assert_allclose(windows.lengths, table.sum(axis=1), rtol=1e-12)


def test_a_walk_without_strides_has_none() -> None:
    windows = stride_windows(np.repeat([1.0, 0.0], [20, 40]), 30.0)
    assert windows.sums(np.ones((60, 8)).__getitem__).shape == (0, 8)
    assert windows.lengths.shape == windows.sides.shape == (0,)


def test_measuring_a_long_walk_takes_memory_by_its_length_and_not_by_its_square() -> None:
    peaks = []
    for n_frames in (2_000, 8_000):
        poses = draw_walker(n_frames)
        tracemalloc.start()
        measure_posture(poses, 33.3)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 5 * peaks[0]
