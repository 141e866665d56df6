"""Figures as JSON can hold them: NaN and infinity, which mean "undefined" here, become None."""

from __future__ import annotations

import math
from typing import Any


def number(value: Any) -> float | None:
    """A float, or None where it is not finite."""
    return float(value) if math.isfinite(value) else None


def pair(interval: tuple[float, float]) -> list[float] | None:
    """The two bounds, or None when one of them is not finite."""
    return [float(bound) for bound in interval] if all(math.isfinite(bound) for bound in interval) else None
