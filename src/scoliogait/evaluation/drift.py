"""Drift: are the results of one site unlike those of all others, or of an earlier period of the same programme?

No truth is needed, and none is looked at: what moves without a cause in the children is the camera, the room, the staff
or the model. Counted are refusals, doubts, the classes that came out most probable, and how sure the model was.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from scipy.special import ndtri

from scoliogait.errors import DataError
from scoliogait.evaluation.intervals import wilson_interval
from scoliogait.evaluation.resampling import NO_WIDTH, Interval
from scoliogait.evaluation.site_tally import CONFIDENCE, FIGURES, MIN_INPUTS, Tally, joined

LEVEL = 0.95


@dataclass(frozen=True)
class Shift:
    """One figure of a site beside the reference.

    value, interval: 0 to 1, with 95 % (Wilson; normal for the confidence). difference: to the reference, with an
    interval that is wide enough for all sites and figures looked at together; None where there is nothing to compare.
    moved: that interval leaves out 0; None where either side has fewer than MIN_INPUTS.
    """

    figure: str
    value: float
    interval: Interval
    difference: float | None
    difference_interval: Interval | None
    moved: bool | None

    @property
    def size(self) -> float:
        """The difference in units of its interval's half width; 0 where there is none."""
        if self.difference is None or self.difference_interval is None:
            return 0.0
        low, high = self.difference_interval
        return abs(self.difference) / max((high - low) / 2, NO_WIDTH)

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON; what is not a number is None."""
        return {
            "value": _finite(self.value),
            "interval": [_finite(end) for end in self.interval],
            "difference": None if self.difference is None else _finite(self.difference),
            "difference_interval": None
            if self.difference_interval is None
            else [_finite(end) for end in self.difference_interval],
            "moved": self.moved,
        }


def shifts(site: Tally, reference: Tally | None, n_sites: int) -> dict[str, Shift]:
    """Each of FIGURES of a site against the reference.

    n_sites: how many sites are looked at. The level of each difference is 1 - 0.05 / (sites x figures) (Bonferroni):
    where nothing differs at most 5 of 100 such tables show anything moved. Walks count as independent: several of one
    person make the intervals too narrow. Differences of shares: Newcombe, Statistics in Medicine 17, 1998, method 10;
    of means: Welch's with the normal quantile. Raises DataError for fewer than 1 site.
    """
    if n_sites < 1:
        raise DataError(f"n_sites is {n_sites}; expected at least 1")
    return {figure: _shift(site, reference, figure, n_sites) for figure in FIGURES}


def shifts_between(sites: Mapping[str, Tally]) -> dict[str, dict[str, Shift]]:
    """Each of FIGURES of each site against the others that are alike, by name of the site.

    One bad site among three would make the two good ones unlike "the others". So, figure by figure, the site that is
    farthest from the rest is set apart and the rest is compared again, until nothing in it moves; what was set apart is
    shown against what is left. Where two sites are left and differ, either may be the cause, and both are set apart.
    """
    found: dict[str, dict[str, Shift]] = {name: {} for name in sites}
    for figure in FIGURES:
        for name, shift in _set_apart(sites, figure).items():
            found[name][figure] = shift
    return found


def _set_apart(sites: Mapping[str, Tally], figure: str) -> dict[str, Shift]:
    alike = list(sites)

    def against_rest(name: str) -> Shift:
        others = [sites[other] for other in alike if other != name]
        return _shift(sites[name], joined(others) if others else None, figure, len(sites))

    while len(alike) > 2:
        moved = {name: shift for name in alike if (shift := against_rest(name)).moved}
        if not moved:
            break
        alike.remove(max(moved, key=lambda name: moved[name].size))
    return {name: against_rest(name) for name in sites}


def _shift(site: Tally, reference: Tally | None, figure: str, n_sites: int) -> Shift:
    value, interval = _figure(site, figure, LEVEL)
    if reference is None:
        return Shift(figure, value, interval, None, None, None)
    level = 1 - (1 - LEVEL) / (n_sites * len(FIGURES))
    difference, (low, high) = _difference(site, reference, figure, level)
    judged = min(site.n, reference.n) >= MIN_INPUTS and not math.isnan(low)
    return Shift(
        figure, value, interval, difference, (low, high), (low > NO_WIDTH or high < -NO_WIDTH) if judged else None
    )


def _figure(one: Tally, figure: str, level: float) -> tuple[float, Interval]:
    if figure == CONFIDENCE:
        mean, error = _mean(one)
        half = float(ndtri((1 + level) / 2)) * error
        return mean, (mean - half, mean + half)
    right, total = one.counted(figure)
    return right / total if total else math.nan, wilson_interval(right, total, level)


def _difference(one: Tally, other: Tally, figure: str, level: float) -> tuple[float, Interval]:
    value, (low, high) = _figure(one, figure, level)
    base, (base_low, base_high) = _figure(other, figure, level)
    difference = value - base
    return difference, (
        difference - math.hypot(value - low, base_high - base),
        difference + math.hypot(high - value, base - base_low),
    )


def _mean(one: Tally) -> tuple[float, float]:
    """Mean probability of the top class and its standard error; NaN where there are fewer than two."""
    n = one.answered
    if n < 2:
        return (one.confidence / n if n else math.nan), math.nan
    mean = one.confidence / n
    variance = max(0.0, one.squares / n - mean**2) * n / (n - 1)
    return mean, math.sqrt(variance / n)


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
