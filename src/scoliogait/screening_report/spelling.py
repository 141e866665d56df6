"""How a report spells a number: the same characters on every page and in every language."""

from __future__ import annotations

from collections.abc import Sequence

from scoliogait.screening_report.content import Unit
from scoliogait.screening_report.rounding import DIGITS, PROBABILITY_DIGITS, PROBABILITY_INTERVAL_DIGITS, SHARE_DIGITS

MINUS, THIN = "\N{MINUS SIGN}", "\N{NO-BREAK SPACE}"
_SUFFIX: dict[Unit, str] = {"deg": "°", "percent": f"{THIN}%"}


def signed(value: float, unit: Unit) -> str:
    """Such as ``+2.6°`` or ``−0.40 %``; 0 has no sign."""
    return f"{_sign(value)}{abs(value):.{DIGITS[unit]}f}{_SUFFIX[unit]}"


def unsigned(value: float, unit: Unit) -> str:
    """A size without a sign, such as ``2.1°``."""
    return f"{value:.{DIGITS[unit]}f}{_SUFFIX[unit]}"


def signed_range(ends: Sequence[float], unit: Unit, joined: str) -> str:
    """joined: with the places low and high, such as ``{low} to {high}``."""
    low, high = ends
    return joined.format(low=signed(low, unit), high=signed(high, unit))


def plain(value: float) -> str:
    """A number as it is, such as ``3.4`` or ``124``, with the sign of a minus."""
    return f"{MINUS if value < 0 else ''}{abs(value):g}"


def probability(value: float) -> str:
    return f"{value:.{PROBABILITY_DIGITS}f}"


def probability_range(ends: Sequence[float], joined: str) -> str:
    low, high = (f"{end:.{PROBABILITY_INTERVAL_DIGITS}f}" for end in ends)
    return joined.format(low=low, high=high)


def share(value: float) -> str:
    """Of walks of a test, such as ``0.900``."""
    return f"{value:.{SHARE_DIGITS}f}"


def _sign(value: float) -> str:
    return "+" if value > 0 else MINUS if value < 0 else ""
