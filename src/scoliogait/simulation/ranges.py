"""Settings of a cohort that are one value for all walks, or a range from which each walk draws its own."""

from __future__ import annotations

from collections.abc import Callable
from math import isfinite
from numbers import Real
from typing import Any

from pydantic import ValidationInfo

# One value for every walk, or the least and the greatest of values drawn uniformly, one a walk.
Setting = float | tuple[float, float]
_RANGE = "a number, or LOW:HIGH with LOW at most HIGH"


def between(low: float, high: float | None = None) -> Callable[[Any, ValidationInfo], Setting]:
    """The reader of a setting for pydantic: a number, a pair, or text such as ``1.4`` and ``1.2:2.0``.

    low, high: limits that every value keeps, both included; high None: none. A range of one value is that value.
    """

    def read(given: Any, field: ValidationInfo) -> Setting:
        values = _numbers(given)
        expected = _RANGE if values is None else _missed(values, low, high)
        if values is None or expected is not None:
            raise ValueError(f"{field.field_name} is {given!r}; expected {expected}")
        return values[0] if values[0] == values[-1] else (values[0], values[-1])

    return read


def _numbers(given: Any) -> list[float] | None:
    """The one or two numbers of a setting as it was given; None where it is something else."""
    parts = given.split(":") if isinstance(given, str) else given if isinstance(given, tuple | list) else [given]
    if len(parts) not in (1, 2) or any(isinstance(p, bool) or not isinstance(p, Real | str) for p in parts):
        return None
    try:
        return [float(part) for part in parts]
    except ValueError:
        return None


def _missed(values: list[float], low: float, high: float | None) -> str | None:
    """What was expected of these numbers; None where they are as expected."""
    if not all(map(isfinite, values)):
        return "a finite number"
    if values[0] > values[-1]:
        return _RANGE
    if values[0] < low:
        return f"{low:g} or more"
    return f"{high:g} or less" if high is not None and values[-1] > high else None


def ends(setting: Setting) -> tuple[float, float]:
    """The least and the greatest value of a setting; twice the same for a fixed one."""
    return setting if isinstance(setting, tuple) else (setting, setting)


def value_at(setting: Setting, share: float) -> float:
    """The value that lies this share (0..1) of the way from the least to the greatest; a fixed one as it is."""
    low, high = ends(setting)
    return low if low == high else low + (high - low) * share
