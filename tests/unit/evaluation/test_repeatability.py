"""Intraclass correlations against published values, a simulation with known variances, and statsmodels."""

import numpy as np
import pytest
from statsmodels.regression.linear_model import OLS

from scoliogait.errors import DataError
from scoliogait.evaluation.repeatability import NAMES, intraclass_correlations, repeatability

# Shrout and Fleiss (1979), table 2: six targets, four judges.
JUDGES = np.array([[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]])


def test_the_published_example() -> None:
    """Values: table 4 of Shrout and Fleiss. Intervals: psych 2.x of R, function ICC, which prints two digits."""
    forms = intraclass_correlations(JUDGES)
    assert [form.shrout_fleiss for form in forms] == list(NAMES)
    assert [form.mcgraw_wong for form in forms] == ["ICC(1)", "ICC(A,1)", "ICC(C,1)", "ICC(k)", "ICC(A,k)", "ICC(C,k)"]
    assert [round(form.value, 2) for form in forms] == [0.17, 0.29, 0.71, 0.44, 0.62, 0.91]
    single = [[round(end, 2) for end in form.interval] for form in forms[:3]]
    assert single == [[-0.13, 0.72], [0.02, 0.76], [0.34, 0.95]]


def test_the_one_way_form_is_the_same_by_groups_and_by_table() -> None:
    by_table, by_groups = intraclass_correlations(JUDGES)[0], repeatability(list(JUDGES)).icc
    assert by_groups.value == pytest.approx(by_table.value)
    assert by_groups.interval == pytest.approx(by_table.interval)


def test_unequal_groups_against_the_analysis_of_variance_of_statsmodels() -> None:
    rng = np.random.default_rng(0)
    groups = [rng.normal(rng.normal(0, 2), 1, size) for size in (2, 9, 8, 2, 20)]
    people = np.repeat(np.arange(5), [len(group) for group in groups])
    design = (people[:, None] == np.arange(5)).astype(float)
    squares = OLS(np.concatenate(groups), design, hasconst=True).fit()
    found = repeatability([*groups, np.array([5.0])])
    assert found.sem == pytest.approx(np.sqrt(squares.mse_resid))
    assert found.mdc95 == pytest.approx(1.96 * np.sqrt(2) * found.sem, rel=1e-4)
    assert (found.n_people, found.n_values) == (5, 41)
    size = (41 - (2**2 + 9**2 + 8**2 + 2**2 + 20**2) / 41) / 4
    between = (squares.mse_model - squares.mse_resid) / size
    assert found.icc.value == pytest.approx(between / (between + squares.mse_resid))


def test_intervals_hold_the_truth_as_often_as_they_say() -> None:
    rng = np.random.default_rng(1)
    held = []
    for _ in range(400):
        people = rng.normal(0, np.sqrt(3), (12, 1)) + rng.normal(0, 1, (12, 3))
        found = repeatability(list(people))
        icc, sem = found.icc.interval, found.sem_interval
        agreement = intraclass_correlations(people)[1].interval
        held.append([low < truth < high for (low, high), truth in ((icc, 0.75), (sem, 1.0), (agreement, 0.75))])
    assert np.abs(np.mean(held, axis=0) - 0.95).max() < 0.03


def test_identical_repeats_are_perfect_and_identical_people_undefined() -> None:
    for form in intraclass_correlations([[1.0, 1.0], [2.0, 2.0], [4.0, 4.0]]):
        assert form.value == pytest.approx(1)
        assert form.interval == pytest.approx((1, 1))
    assert np.isnan(intraclass_correlations(np.ones((3, 2)))[0].value)


@pytest.mark.parametrize("people", [[[1.0, 2.0]], [[1.0], [2.0], [3.0]], [[1.0, 2.0], [np.nan, 1.0]]])
def test_what_shows_no_repeats_is_refused(people: list[list[float]]) -> None:
    with pytest.raises(DataError, match="repeatability"):
        repeatability(people)


def test_a_table_with_gaps_is_refused() -> None:
    with pytest.raises(DataError, match="shape"):
        intraclass_correlations([[1.0, np.nan], [1.0, 2.0]])
