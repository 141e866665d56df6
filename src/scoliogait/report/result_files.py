"""Results that ``scoliogait screen`` wrote, read back one by one: JSON, a session, JSON Lines and CSV."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from scoliogait.errors import DataError
from scoliogait.files import read_json
from scoliogait.incoming import parse_json
from scoliogait.labels import CLASS_NAMES
from scoliogait.limits import MAX_TABLE_ROWS, MAX_TEXT_CHARACTERS
from scoliogait.report.screening_files import SCREENINGS, SESSION
from scoliogait.report.screening_table import COLUMNS, MEASURED
from scoliogait.result_states import ResultState
from scoliogait.skeleton import PAIR_NAMES

_TEXTS = frozenset(
    {"file", "walk_id", "outcome", "predicted", "headline", "reason", "notes", "view", "joints_never_seen", "source"}
    | {"walker", "model", "model_digest", "training_walks", "statements"}
)
_SEEN = COLUMNS[COLUMNS.index("n_frames") : COLUMNS.index("n_people")]
_NUMBERS_SEEN = frozenset(_SEEN) - _TEXTS
# 1.96 standard deviations of a difference of two.
_CHANGE = float(2**0.5 * 1.959963984540054)


@dataclass(frozen=True)
class StoredResult:
    """One result of a file. entry: as ``Screening.to_dict`` or ``Session.to_dict`` gives it; model: facts of it."""

    name: str
    entry: Mapping[str, Any]
    model: Mapping[str, Any] | None


def reader_of_results(path: Path) -> Callable[[], Iterator[StoredResult]] | None:
    """What reads the results of a file, one after the other; None where it is no file of results.

    The reader raises DataError in one line, naming file and place, for another version and for a damaged file.
    """
    if not path.is_file():
        return None
    kind = path.suffix.lower()
    if kind == ".csv" and _first_line(path).startswith(",".join(COLUMNS[:3]) + ","):
        return lambda: _of_csv(path)
    if kind in (".jsonl", ".ndjson") and _first_line(path).startswith(f'{{"{COLUMNS[0]}": '):
        return lambda: _of_json_lines(path)
    if kind != ".json":
        return None
    try:
        content = read_json(path)
    except DataError:
        return None  # whoever reads it as a walk says what is wrong
    if SCREENINGS.is_in(content):
        return lambda: _of_screenings(content, path)
    return (lambda: _of_session(content, path)) if SESSION.is_in(content) else None


def _of_screenings(content: Mapping[str, Any], path: Path) -> Iterator[StoredResult]:
    SCREENINGS.check(content, path)
    walks, model = content.get("walks"), content.get("model")
    if not isinstance(walks, list) or not isinstance(model, dict):
        raise DataError(f"{path}: lacks its walks or its model; {SCREENINGS.remedy}")
    for number, entry in enumerate(walks, start=1):
        if not isinstance(entry, dict):
            raise DataError(f"{path}: result {number} is no table of keys and values; {SCREENINGS.remedy}")
        yield StoredResult(_name(entry, number), _checked(entry, f"{path}: result {number}"), model)


def _of_session(content: Mapping[str, Any], path: Path) -> Iterator[StoredResult]:
    SESSION.check(content, path)
    if not isinstance(content.get("passes"), list) or not content["passes"]:
        raise DataError(f"{path}: holds no passes; {SESSION.remedy}")
    yield StoredResult(path.stem, _checked(content, str(path)), content.get("model"))


def _of_json_lines(path: Path) -> Iterator[StoredResult]:
    with path.open(encoding="utf-8", errors="replace") as stream:
        for number, line in enumerate(stream, start=1):
            row = parse_json(line.encode(), f"{path}: line {number}") if line.strip() else None
            if row is not None:
                yield _of_row(row, number, f"{path}: line {number}")


def _of_csv(path: Path) -> Iterator[StoredResult]:
    csv.field_size_limit(MAX_TEXT_CHARACTERS)
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as stream:
        try:
            for number, cells in enumerate(csv.DictReader(stream), start=2):
                where = f"{path}: row {number}"
                row = {key: _cell(key, cells[key], where) for key in COLUMNS if key in cells}
                yield _of_row(row, number, where)
        except csv.Error as error:
            raise DataError(f"{path}: is no CSV table ({error}); {SCREENINGS.remedy}") from error


def _cell(key: str, cell: str | None, where: str) -> Any:
    if cell is None or cell == "":
        return None
    if key in _TEXTS:
        return cell
    try:
        return float(cell)
    except ValueError as error:
        raise DataError(f"{where}: {key} is {cell[:40]!r}; expected a number; {SCREENINGS.remedy}") from error


def _of_row(row: Any, number: int, where: str) -> StoredResult:
    if number > MAX_TABLE_ROWS:
        raise DataError(f"{where}: more than {MAX_TABLE_ROWS} rows; give a shorter table")
    if not isinstance(row, dict) or not set(COLUMNS) <= set(row):
        lacking = sorted(set(COLUMNS) - set(row)) if isinstance(row, dict) else ["all"]
        raise DataError(f"{where}: lacks the columns {', '.join(lacking[:3])}; {SCREENINGS.remedy}")
    model = {"name": row["model"], "digest": row["model_digest"], "training_walks": row["training_walks"]}
    entry = _checked(row_entry(row), where)
    return StoredResult(_name(entry, number), entry, model)


def _checked(entry: Mapping[str, Any], where: str) -> Mapping[str, Any]:
    """The entry. Raises DataError for one whose outcome is none of those that there are, or whose numbers are none."""
    if entry.get("outcome") not in get_args(ResultState):
        listed = ", ".join(get_args(ResultState))
        raise DataError(f"{where}: outcome is {entry.get('outcome')!r}; expected one of {listed}; {SCREENINGS.remedy}")
    for part in ("probabilities", "quality"):
        values = entry.get(part) or {}
        if not isinstance(values, Mapping):
            raise DataError(f"{where}: {part} is no table of keys and values; {SCREENINGS.remedy}")
        for key, value in values.items():
            if (part == "probabilities" or key in _NUMBERS_SEEN) and not isinstance(value, int | float | None):
                raise DataError(f"{where}: {part}.{key} is {str(value)[:40]!r}; expected a number; {SCREENINGS.remedy}")
    return entry


def row_entry(row: Mapping[str, Any]) -> dict[str, Any]:
    """What a row of the table says of one input, as ``screening_row`` took it; a row does not hold everything."""
    entry: dict[str, Any] = {name: row[name] for name in ("file", "walk_id", "outcome", "source")}
    entry["quality"] = {name: row[name] for name in _SEEN} if row["n_frames"] is not None else {}
    entry["asymmetry"] = {
        pair: {measured: _measured(row, f"{pair}_{measured}") for measured in MEASURED} for pair in PAIR_NAMES
    }
    entry["shoulders_minus_hips_deg"] = _measured(row, "shoulders_minus_hips_deg")
    roll = _measured(row, "camera_roll_deg")
    if roll is not None:
        entry["camera_roll_deg"] = roll | {"from_both_directions": None}
    if row["probability_negative"] is None:
        return entry | {"reason": row["reason"]}
    return entry | {
        "probabilities": {name: row[f"probability_{name}"] for name in CLASS_NAMES},
        "probability_intervals": _intervals(row),
        "predicted": row["predicted"],
        "reasons": [] if row["reason"] is None else [row["reason"]],
        "notes": [] if row["notes"] is None else [row["notes"]],
        "statements": [] if row["statements"] is None else [row["statements"]],
        "training_walks": row["training_walks"],
    }


def _intervals(row: Mapping[str, Any]) -> dict[str, list[Any]] | None:
    ends = {name: [row[f"probability_{name}_{end}"] for end in ("low", "high")] for name in CLASS_NAMES}
    return None if any(end is None for pair in ends.values() for end in pair) else ends


def _measured(row: Mapping[str, Any], column: str) -> dict[str, Any] | None:
    if row[column] is None:
        return None
    low, mdc95 = row[f"{column}_low"], row.get(f"{column}_mdc95")
    return {
        "value": row[column],
        "interval": None if low is None else [low, row[f"{column}_high"]],
        "mdc95": mdc95,
        "sd_of_pass": None if mdc95 is None else mdc95 / _CHANGE,
        "n_strides": None,
    }


def _name(entry: Mapping[str, Any], number: int) -> str:
    """What the files of its report are called after."""
    place = str(entry.get("walk_id") or Path(str(entry.get("file") or "")).stem)
    return place or f"result {number}"


def _first_line(path: Path) -> str:
    with path.open("rb") as stream:
        return stream.read(4096).decode("utf-8-sig", "replace")
