"""Digits of each kind of number, in one place: a report holds what readers see, and nothing beyond it."""

from __future__ import annotations

from collections.abc import Sequence

from scoliogait.screening_report.content import Unit

DIGITS: dict[Unit, int] = {"deg": 1, "percent": 2}
PROBABILITY_DIGITS, PROBABILITY_INTERVAL_DIGITS = 3, 2  # as the console prints them
SHARE_DIGITS = 3  # of walks of a test


def rounded(value: float, digits: int) -> float:
    """Rounded half to even, as Python prints it; never -0.0."""
    return round(float(value), digits) + 0.0


def rounded_range(ends: Sequence[float], digits: int) -> tuple[float, float]:
    """Both ends of an interval."""
    low, high = ends
    return rounded(low, digits), rounded(high, digits)
