"""What kind of column a table has, and which walks it puts together."""

import numpy as np
import pytest

from scoliogait.errors import DataError
from scoliogait.evaluation.column import parse_column


def people(n: int) -> list[str]:
    return [f"p{k}" for k in range(n)]


def test_words_are_categories_in_order() -> None:
    column = parse_column("site", ["b", "a", "b", "c", "a", "c"], people(6))
    assert (column.kind, column.strata, column.codes.tolist()) == ("categories", ("a", "b", "c"), [1, 0, 1, 2, 0, 2])
    assert column.numbers is None


def test_a_few_numbers_are_codes_and_many_are_numbers() -> None:
    codes = parse_column("camera", ["1", "2"] * 10, people(20))
    assert (codes.kind, codes.strata) == ("categories", ("1", "2"))
    ages = [f"{8 + k / 4}" for k in range(40)]
    column = parse_column("age", ages, people(40))
    assert column.kind == "numbers"
    assert column.numbers is not None
    assert column.numbers.tolist() == [float(age) for age in ages]
    assert np.bincount(column.codes).tolist() == [10, 10, 10, 10]
    assert column.strata[0] == "8.0 to 10.25"


def test_dates_are_ordered_by_day() -> None:
    days = [f"2026-{month:02}-{day:02}" for month in (11, 2) for day in range(1, 11)]
    column = parse_column("date", days, people(20))
    assert column.kind == "dates"
    assert column.strata[0].startswith("2026-02-01 to ")
    assert column.strata[-1].endswith("2026-11-10")


def test_equal_numbers_stay_in_one_group() -> None:
    column = parse_column("n_frames", ["300"] * 60 + [str(k) for k in range(11)], people(71))
    values = np.array([float(text) for text in ["300"] * 60 + [str(k) for k in range(11)]])
    assert len(set(column.codes[values == 300].tolist())) == 1


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        ([], "has no value"),
        (["A"] * 6, "has one value, 'A', for all 6 walks"),
        (people(6), "names people and not groups"),
        ([f"word {k // 4}" for k in range(240)], "at most 50 are compared"),
    ],
)
def test_columns_that_say_nothing_are_refused(texts: list[str], said: str) -> None:
    with pytest.raises(DataError, match=said) as caught:
        parse_column("x", texts, people(len(texts)))
    assert str(caught.value).startswith("column x: ")
    assert "\n" not in str(caught.value)


def test_two_people_may_be_two_values() -> None:
    assert parse_column("site", ["a", "a", "b", "b"], ["x", "x", "y", "y"]).strata == ("a", "b")
