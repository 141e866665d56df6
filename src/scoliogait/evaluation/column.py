"""A column beside the walks (site, sex, age, date) as strata: categories as they are, numbers and dates in groups."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from scoliogait.errors import DataError
from scoliogait.evaluation.metrics import FloatArray
from scoliogait.evaluation.resampling import group_numbers

ColumnKind = Literal["categories", "numbers", "dates"]

# Up to so many different numbers or dates are categories: a site or a camera may be written as a number.
_MOST_CODES = 10
# A column of more words than this is no grouping that anything can be counted in.
MOST_CATEGORIES = 50
# Numbers and dates are divided into so many groups of about as many walks.
_N_GROUPS = 4


@dataclass(frozen=True)
class Column:
    """Values of some walks. kind: what they are. strata: names, in order; codes: int64 (walks,), the stratum of each.

    numbers: float64 (walks,), the values themselves (of dates: days), None for categories.
    """

    name: str
    kind: ColumnKind
    strata: tuple[str, ...]
    codes: NDArray[np.int64]
    numbers: FloatArray | None = None


def parse_column(name: str, texts: Sequence[str], people: Sequence[str | None]) -> Column:
    """The values of walks, none of them empty, as a column. people: the person of each walk, None where unknown.

    Numbers, and dates written as 2026-05-01, are taken as such when there are more than 10 different ones; strata are
    then four groups of about as many walks. All else is categories. Raises DataError for no value or one value alone,
    and for a column of words that names each person by itself or has more than 50 different words.
    """
    different = sorted(set(texts))
    if not different:
        raise DataError(f"column {name}: has no value for any of these walks; nothing can be compared")
    if len(different) == 1:
        raise DataError(
            f"column {name}: has one value, {different[0]!r}, for all {len(texts)} walks; nothing can be compared"
        )
    if len(different) > _MOST_CODES:
        for kind, parse in (("numbers", _number), ("dates", _day)):
            values = [parse(text) for text in texts]
            if None not in values:
                return _grouped(name, kind, texts, np.array(values, dtype=np.float64))  # type: ignore[arg-type]
    n_people = int(group_numbers(people, len(texts)).max()) + 1
    if len(different) > max(2, n_people / 2):
        raise DataError(
            f"column {name}: has {len(different)} different values for {n_people} people, so it names people and not "
            "groups of them; give a column that many people share"
        )
    if len(different) > MOST_CATEGORIES:
        raise DataError(
            f"column {name}: has {len(different)} different words, such as {different[0]!r}; at most {MOST_CATEGORIES} "
            "are compared; write dates as 2026-05-01, numbers without units"
        )
    return Column(name, "categories", tuple(different), np.searchsorted(different, texts).astype(np.int64))


def _grouped(name: str, kind: ColumnKind, texts: Sequence[str], values: FloatArray) -> Column:
    edges = np.unique(np.quantile(values, np.arange(1, _N_GROUPS) / _N_GROUPS, method="lower"))
    raw = np.searchsorted(edges, values, side="left")
    codes = np.unique(raw, return_inverse=True)[1].astype(np.int64)
    strata = []
    for code in range(int(codes.max()) + 1):
        rows = np.flatnonzero(codes == code)
        first, last = (texts[int(rows[order])] for order in (values[rows].argmin(), values[rows].argmax()))
        strata.append(first if first == last else f"{first} to {last}")
    return Column(name, kind, tuple(strata), codes, values)


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _day(text: str) -> float | None:
    try:
        return float(date.fromisoformat(text[:10]).toordinal()) if len(text) >= len("2026-05-01") else None
    except ValueError:
        return None
