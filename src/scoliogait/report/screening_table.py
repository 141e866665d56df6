"""The table of many screenings: one row an input, whatever came of it, and always the same columns."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from scoliogait.labels import CLASS_NAMES
from scoliogait.skeleton import PAIR_NAMES
from scoliogait.walk import PeopleSeen

MEASURED = ("height_difference_percent", "tilt_deg", "midline_offset_percent")
_OF_THE_INPUT = ("file", "walk_id", "outcome", "predicted", "headline")
_PROBABILITIES = tuple(f"probability_{name}" for name in CLASS_NAMES)
_INTERVALS = tuple((f"{column}_low", f"{column}_high") for column in _PROBABILITIES)
# Of WalkQuality, under its names there.
_QUALITY = (
    *(
        "n_frames",
        "frame_rate_hz",
        "duration_s",
        "view",
        "usable_share",
        "mean_confidence",
        "frontal_width",
        "height_px",
        "height_wanted_px",
        "camera_height",
    ),
    *("walking_share", "rhythm", "swing_percent", "stride_frames", "n_strides", "n_frames_exchanged"),
)
_PEOPLE = ("n_people", "n_frames_together", "walker")
_ASYMMETRY = tuple((pair, measured, f"{pair}_{measured}") for pair in PAIR_NAMES for measured in MEASURED)
# What follows a measured column, with its name before it.
_INTERVAL_COLUMNS = ("low", "high")
_ERROR_COLUMNS = ("error", *_INTERVAL_COLUMNS, "mdc95")
# Every measured column and what follows it; those of the whole person are called as their entries are.
_MEASURED_COLUMNS = {column: _ERROR_COLUMNS for _, _, column in _ASYMMETRY} | {
    "camera_roll_deg": _INTERVAL_COLUMNS,
    "shoulders_minus_hips_deg": _ERROR_COLUMNS,
}
_MODEL = ("model", "model_digest", "training_walks", "statements")

COLUMNS: tuple[str, ...] = (
    *_OF_THE_INPUT,
    *_PROBABILITIES,
    *(end for ends in _INTERVALS for end in ends),
    *("reason", "notes"),
    *_QUALITY,
    "joints_never_seen",
    *_PEOPLE,
    *(
        name
        for column, parts in _MEASURED_COLUMNS.items()
        for name in (column, *(f"{column}_{part}" for part in parts))
    ),
    "source",
    *_MODEL,
)

Cell = str | int | float | None


def screening_row(
    entry: Mapping[str, Any], model: Mapping[str, str], source: str | None, people: PeopleSeen | None
) -> dict[str, Cell]:
    """One row: a value for each of ``COLUMNS``, None where nothing is known.

    entry: what ``scoliogait screen --json`` holds of one input. model: name, digest and training_walks. outcome is
    one of the words of ``result_states``; reason says why it is not ``screened``. ``*_error``,
    ``*_low``, ``*_high`` and ``*_mdc95`` are the standard error, the 95 % interval and the minimal detectable change of
    the measured column before them. statements is what must be said along with a result. Numbers that are not finite
    become None.
    """
    quality = entry.get("quality") or {}
    row: dict[str, Any] = dict.fromkeys(COLUMNS)
    row |= {name: entry.get(name) for name in _OF_THE_INPUT}
    chances = entry.get("probabilities") or {}
    row |= {column: chances.get(name) for column, name in zip(_PROBABILITIES, CLASS_NAMES, strict=True)}
    intervals = entry.get("probability_intervals") or {}
    for ends, name in zip(_INTERVALS, CLASS_NAMES, strict=True):
        row |= zip(ends, intervals.get(name, (None, None)), strict=True)
    row["reason"] = entry.get("reason") or " ".join(entry.get("reasons", ())) or None
    row["notes"] = " ".join([*entry.get("model_notes", ()), *quality.get("notes", ())]) or None
    row |= {name: quality.get(name) for name in _QUALITY}
    row["joints_never_seen"] = " ".join(quality.get("joints_never_seen", ())) or None
    row |= {name: getattr(people, name, None) for name in _PEOPLE}
    asymmetry = entry.get("asymmetry") or {}
    for pair, measured, column in _ASYMMETRY:
        row |= _measured(column, asymmetry.get(pair, {}).get(measured) or {})
    for column in ("camera_roll_deg", "shoulders_minus_hips_deg"):
        row |= _measured(column, entry.get(column) or {})
    row["source"] = source
    row |= {"model": model["name"], "model_digest": model["digest"], "training_walks": model["training_walks"]}
    row["statements"] = " ".join(entry.get("statements", ())) or None
    return {column: _finite(value) for column, value in row.items()}


def _measured(column: str, values: Mapping[str, Any]) -> dict[str, Any]:
    low, high = values.get("interval") or (None, None)
    known = {"error": values.get("standard_error"), "low": low, "high": high, "mdc95": values.get("mdc95")}
    return {column: values.get("value")} | {f"{column}_{part}": known[part] for part in _MEASURED_COLUMNS[column]}


def _finite(value: Cell) -> Cell:
    return None if isinstance(value, float) and not math.isfinite(value) else value
