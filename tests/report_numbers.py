"""Every number that a report prints, as its pages spell it, found from the JSON alone: no code of the pages is used.

Whoever writes a report in another form adds it to ``test_same_numbers.py`` and compares with these.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from scoliogait.screening_report.content import Report
from scoliogait.screening_report.report_file import report_json

DIGITS = {"deg": 1, "percent": 2}
END = {"deg": "°", "percent": "\u00a0%"}


def printed_numbers(report: Report) -> dict[str, str]:
    """By the place in the JSON file, such as ``asymmetries[0].value``: the characters on the page."""
    return dict(_numbers(json.loads(report_json(report))))


def _numbers(content: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for place, one in enumerate(content["probabilities"]):
        yield f"probabilities[{place}].value", f"{one['value']:.3f}"
        for end, value in zip(("low", "high"), one["interval"] or (), strict=False):
            yield f"probabilities[{place}].{end}", f"{value:.2f}"
    if content["threshold"] is not None:
        yield "threshold", f"{content['threshold']['value']:.3f}"
    for place, one in enumerate(content["asymmetries"]):
        where, unit = f"asymmetries[{place}]", one["unit"]
        yield f"{where}.value", signed(one["value"], unit)
        for end, value in zip(("low", "high"), one["interval"] or (), strict=False):
            yield f"{where}.{end}", signed(value, unit)
        for name in ("sd_of_pass", "mdc95"):
            if one[name] is not None:
                yield f"{where}.{name}", size(one[name], unit)
    roll = content["camera_roll"]
    if roll is not None:
        yield "camera_roll.value", signed(roll["value"], "deg")
        yield "camera_roll.low", signed(roll["interval"][0], "deg")
        yield "camera_roll.high", signed(roll["interval"][1], "deg")
    for one in content["passes"]:
        where = f"passes[{one['number']}]"
        if one["strides"] is not None:
            yield f"{where}.strides", short(one["strides"])
        for name in ("shoulder_tilt", "hip_tilt", "shoulders_minus_hips"):
            if one[name] is not None:
                yield f"{where}.{name}", signed(one[name], "deg")
        if one["top_probability"] is not None:
            yield f"{where}.top_probability", f"{one['top_probability']:.3f}"
    for one in content["checks"]:
        if one["measured"] is not None:
            yield f"checks.{one['name']}.measured", short(one["measured"])
        if one["limit"] is not None:
            yield f"checks.{one['name']}.limit", short(one["limit"])
    for place, one in enumerate((content["earlier"] or {"changes": []})["changes"]):
        for name in ("earlier", "now", "change"):
            yield f"earlier.changes[{place}].{name}", signed(one[name], one["unit"])
        if one["mdc95"] is not None:
            yield f"earlier.changes[{place}].mdc95", size(one["mdc95"], one["unit"])
    hundred = content["of_hundred"]
    if hundred is not None:
        for name, value in zip(("affected", "low", "high"), (hundred["affected"], *hundred["interval"]), strict=True):
            yield f"of_hundred.{name}", str(value)
        yield "of_hundred.prevalence", short(1000 * hundred["prevalence"])
    test = (content["model"] or {}).get("test")
    if test is not None:
        yield "model.test.n_walks", str(test["n_walks"])
        yield "model.test.n_people", str(test["n_people"])
        for name in ("sensitivity", "specificity"):
            yield f"model.test.{name}", f"{test[name]['value']:.3f}"
            yield f"model.test.{name}.low", f"{test[name]['interval'][0]:.3f}"
            yield f"model.test.{name}.high", f"{test[name]['interval'][1]:.3f}"


def signed(value: float, unit: str) -> str:
    sign = "+" if value > 0 else "\N{MINUS SIGN}" if value < 0 else ""
    return f"{sign}{size(abs(value), unit)}"


def size(value: float, unit: str) -> str:
    """From the digits that the file holds, so that a page that rounds again differs."""
    text = Decimal(repr(float(value)))
    assert -text.as_tuple().exponent <= DIGITS[unit], f"{value} has more digits than a page shows"
    return f"{text:.{DIGITS[unit]}f}{END[unit]}"


def short(value: float) -> str:
    sign = "\N{MINUS SIGN}" if value < 0 else ""
    return f"{sign}{abs(value):.10g}"
