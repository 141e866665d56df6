"""From the measured posture of a screening to the lines of a report: steady pairs only, each with its reading.

Arms, knees and ankles swing with every step, and heads turn: their tilts are mostly the step, so a report leaves them
to the result file.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from scoliogait.screening_report.content import CameraRoll, Change, Measure, Measured, Range, Reading, Unit
from scoliogait.screening_report.rounding import DIGITS, rounded, rounded_range

# Pair and entry of a result -> name in the report.
_OF_PAIRS: tuple[tuple[str, str, Measure, Unit], ...] = (
    ("shoulders", "tilt_deg", "shoulder_tilt", "deg"),
    ("hips", "tilt_deg", "hip_tilt", "deg"),
    ("shoulders", "height_difference_percent", "shoulder_height", "percent"),
    ("hips", "height_difference_percent", "hip_height", "percent"),
    ("shoulders", "midline_offset_percent", "shoulder_midline", "percent"),
    ("hips", "midline_offset_percent", "hip_midline", "percent"),
)
ORDER: tuple[Measure, ...] = (
    *("shoulder_tilt", "hip_tilt", "shoulders_minus_hips", "shoulder_height", "hip_height"),
    *("shoulder_midline", "hip_midline"),
)
ON_FIRST_PAGE: tuple[Measure, ...] = ("shoulder_tilt", "hip_tilt", "shoulders_minus_hips")


def measured_values(entry: Mapping[str, Any]) -> tuple[Measured, ...]:
    """Of a result as ``Screening.to_dict`` gives it, in the order of ``ORDER``; what was not measured is left out."""
    found = {one.measure: one for one in _measured(entry)}
    return tuple(found[name] for name in ORDER if name in found)


def camera_roll(entry: Mapping[str, Any]) -> CameraRoll | None:
    """The roll of the camera in a result; None where no stride showed it."""
    roll = entry.get("camera_roll_deg")
    if not roll or roll.get("interval") is None:
        return None
    return CameraRoll(
        value=rounded(roll["value"], DIGITS["deg"]),
        interval=rounded_range(roll["interval"], DIGITS["deg"]),
        from_both_directions=roll["from_both_directions"],
    )


def reading_of(interval: Range | None) -> Reading:
    """Whether the interval leaves 0 out; at 0 itself it does not."""
    if interval is None:
        return "not_judged"
    low, high = interval
    return "beyond_error" if low > 0 or high < 0 else "within_error"


def changes_between(earlier: Sequence[Measured], now: Sequence[Measured]) -> tuple[Change, ...]:
    """Of each measure that both sessions have; mdc95 is 1.96 times the error of the difference of these two."""
    before = {one.measure: one for one in earlier}
    return tuple(_change(before[one.measure], one) for one in now if one.measure in before)


def _change(earlier: Measured, now: Measured) -> Change:
    digits = DIGITS[now.unit]
    difference = rounded(now.value - earlier.value, digits)
    mdc95 = None
    if earlier.mdc95 is not None and now.mdc95 is not None:
        # Each is 1.96 * sqrt(2) * SD of its session, and the difference has the variance of both.
        mdc95 = rounded(math.sqrt((earlier.mdc95**2 + now.mdc95**2) / 2), digits)
    reading: Reading = "not_judged" if mdc95 is None else "beyond_error" if abs(difference) > mdc95 else "within_error"
    return Change(
        measure=now.measure,
        unit=now.unit,
        earlier=earlier.value,
        now=now.value,
        change=difference,
        mdc95=mdc95,
        reading=reading,
    )


def _measured(entry: Mapping[str, Any]) -> Iterator[Measured]:
    asymmetry = entry.get("asymmetry") or {}
    for pair, kind, name, unit in _OF_PAIRS:
        values = (asymmetry.get(pair) or {}).get(kind)
        if values:
            yield _one(name, unit, values)
    difference = entry.get("shoulders_minus_hips_deg")
    if difference:
        yield _one("shoulders_minus_hips", "deg", difference)


def _one(name: Measure, unit: Unit, values: Mapping[str, Any]) -> Measured:
    digits = DIGITS[unit]
    known = values.get("interval") is not None
    interval = rounded_range(values["interval"], digits) if known else None
    sd, mdc95 = (values.get(key) for key in ("sd_of_pass", "mdc95"))
    return Measured(
        measure=name,
        unit=unit,
        value=rounded(values["value"], digits),
        interval=interval,
        sd_of_pass=None if sd is None else rounded(sd, digits),
        mdc95=None if mdc95 is None else rounded(mdc95, digits),
        n_strides=values.get("n_strides"),
        reading=reading_of(interval),
    )
