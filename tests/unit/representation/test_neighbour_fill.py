"""The fill of missing coordinates against scikit-learn's KNNImputer, to the bit."""

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.impute import KNNImputer

from scoliogait.representation.neighbour_fill import fill_from_neighbours


def by_scikit_learn(values: NDArray[np.floating], missing: NDArray[np.bool_]) -> NDArray[np.floating]:
    return KNNImputer(n_neighbors=4, weights="distance").fit_transform(np.where(missing, np.nan, values))


def paths(n_frames: int, n_columns: int, seed: int) -> NDArray[np.float64]:
    random = np.random.default_rng(seed)
    return random.normal(size=(n_frames, n_columns)).cumsum(axis=0) * 5 + random.uniform(100, 1500, size=n_columns)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("share", [0.01, 0.3, 0.9])
@pytest.mark.parametrize(("n_frames", "n_columns"), [(3, 34), (60, 34), (301, 34), (720, 6)])
def test_the_fill_is_that_of_scikit_learn(n_frames: int, n_columns: int, share: float, dtype: type) -> None:
    values = paths(n_frames, n_columns, n_frames).astype(dtype)
    missing = np.random.default_rng(1).random(values.shape) < share
    missing[0] = False
    missing[1, 0] = True
    filled = fill_from_neighbours(values, missing, 4)
    assert filled.dtype == dtype
    np.testing.assert_array_equal(filled, by_scikit_learn(values, missing))
    np.testing.assert_array_equal(filled[~missing], values[~missing])


def test_equal_frames_count_alone() -> None:
    values = np.round(paths(90, 8, 3) / 200) * 200  # many distances are 0, many are alike
    missing = np.random.default_rng(2).random(values.shape) < 0.2
    np.testing.assert_array_equal(fill_from_neighbours(values, missing, 4), by_scikit_learn(values, missing))


def test_a_frame_without_anything_is_given_the_means_of_the_walk() -> None:
    values = paths(40, 34, 4).astype(np.float32)
    missing = np.zeros(values.shape, dtype=bool)
    missing[7] = missing[20:23] = missing[5, :4] = True
    filled = fill_from_neighbours(values, missing, 4)
    np.testing.assert_array_equal(filled, by_scikit_learn(values, missing))
    np.testing.assert_array_equal(filled[7], filled[20])


def test_a_long_walk_in_pieces_is_that_of_one_piece() -> None:
    values = paths(2500, 34, 5).astype(np.float32)
    missing = np.random.default_rng(3).random(values.shape) < 0.05
    np.testing.assert_array_equal(fill_from_neighbours(values, missing, 4), by_scikit_learn(values, missing))


def test_the_first_rows_are_the_same_where_later_ones_are_not_wanted() -> None:
    values = paths(2500, 34, 6).astype(np.float32)
    missing = np.random.default_rng(4).random(values.shape) < 0.05
    all_rows, first_rows = (fill_from_neighbours(values, missing, 4, n_rows) for n_rows in (None, 300))
    np.testing.assert_array_equal(first_rows, all_rows[:300])
