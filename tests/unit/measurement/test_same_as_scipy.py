"""Small numerics of our own, which spare an import of scipy, against scipy and numpy."""

import numpy as np
import pytest
from scipy.ndimage import median_filter
from scipy.signal import periodogram
from scipy.special import ndtri, stdtrit

from scoliogait.io.plausible_poses import _medians
from scoliogait.measurement.body import median, running_median
from scoliogait.measurement.side_paths import _smallest, _spread
from scoliogait.measurement.stride import _periodogram
from scoliogait.measurement.student_t import t_quantile


@pytest.mark.parametrize("n", [1, 2, 5, 9, 40, 121])
def test_the_running_median_is_that_of_scipy(n: int) -> None:
    values = np.random.default_rng(n).normal(size=n)
    np.testing.assert_array_equal(running_median(values, 9), median_filter(values, size=9, mode="nearest"))


@pytest.mark.parametrize("n", [1, 2, 3, 4, 5, 60, 121])
def test_the_median_is_that_of_numpy_to_the_bit(n: int) -> None:
    for values in np.random.default_rng(n).normal(size=(20, n)):
        assert median(values) == np.median(values)


@pytest.mark.parametrize("n", [10, 60, 61])
def test_the_periodogram_is_that_of_scipy_but_for_its_unit(n: int) -> None:
    signal = np.random.default_rng(n).normal(size=n)
    frequency, power = periodogram(signal, 1.0, window="hann", nfft=8 * n, detrend=False)
    ours, our_power = _periodogram(signal, 8 * n)
    np.testing.assert_allclose(ours, frequency, rtol=1e-15)
    np.testing.assert_allclose(our_power / our_power.sum(), power / power.sum(), atol=1e-14)


@pytest.mark.parametrize("n", [1, 4, 5, 30, 31])
def test_medians_of_columns_leave_out_what_too_few_rows_know(n: int) -> None:
    values = np.random.default_rng(n).normal(size=(n, 6))
    values[:, 3] = np.nan
    values[: n // 2, 4] = np.nan
    values[1:, 5] = np.nan
    medians = _medians(values)
    known = np.isfinite(values).sum(axis=0)
    enough = known >= max(min(5, n), 0.1 * n)
    np.testing.assert_array_equal(np.isnan(medians), ~enough)
    np.testing.assert_array_equal(medians[enough], np.nanmedian(values[:, enough], axis=0))


def test_the_spread_of_a_pair_is_a_quantile_of_its_smallest_bends() -> None:
    bends = np.abs(np.random.default_rng(0).normal(size=(2, 2, 4, 30)))
    bends[..., 1, 4:20] = np.nan
    bends[..., 2, :] = np.nan
    bends[..., 3, :] *= 1e-6
    smallest = bends.min(axis=(0, 1))
    expected = [np.nanquantile(smallest[0], 0.75), np.nanquantile(smallest[1], 0.75), 1.0, 0.005]
    np.testing.assert_allclose(_spread(_smallest(bends)), expected, rtol=1e-14)


@pytest.mark.parametrize("probability", [0.5, 0.6, 0.975, 0.99])
def test_the_quantile_of_t_is_that_of_scipy(probability: float) -> None:
    freedom = np.concatenate([np.linspace(1, 4, 60), np.geomspace(4, 1e7, 200), [999.9, 1000.0]])
    np.testing.assert_allclose(t_quantile(freedom, probability), stdtrit(freedom, probability), rtol=1e-11, atol=1e-15)
    assert t_quantile(np.inf, probability) == pytest.approx(float(ndtri(probability)), rel=1e-15, abs=1e-15)
    assert np.isnan(t_quantile([[np.nan]], probability)).tolist() == [[True]]


@pytest.mark.parametrize(("freedom", "probability"), [(0.9, 0.975), (5.0, 0.4), (5.0, 0.999)])
def test_a_quantile_of_t_out_of_reach_is_refused(freedom: float, probability: float) -> None:
    with pytest.raises(ValueError, match=r"expected 0\.5 to 0\.99 and 1 or more"):
        t_quantile(freedom, probability)
