"""What a run has measured so far, one row a step at which something was measured; kept as ``history.csv``."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from pathlib import Path

from scoliogait.errors import DataError
from scoliogait.files import atomic_file

COLUMNS: tuple[str, ...] = (
    "step",
    "learning_rate",
    "loss",
    "triplet",
    "cross_entropy",
    "batch_accuracy",
    "validation_macro_f1",
    "validation_accuracy",
    "validation_loss",
)
HistoryRow = dict[str, float]


class History:
    """Rows by step. Training figures are means since the row before; cells of what was not measured are empty."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.rows: dict[int, HistoryRow] = _read(path) if path.exists() else {}

    def add(self, step: int, values: Mapping[str, float]) -> None:
        """Add figures to a step's row and write the file. Floats are written so that they read back exactly."""
        unknown = set(values) - set(COLUMNS)
        if unknown:
            raise ValueError(f"history has no column {sorted(unknown)}")
        self.rows.setdefault(step, {}).update({name: float(value) for name, value in values.items()})
        self.write()

    def forget_after(self, step: int) -> None:
        """Drop rows of steps that a resumed run is going to do again."""
        self.rows = {s: row for s, row in self.rows.items() if s <= step}
        self.write()

    def validations(self, until: int | None = None) -> dict[int, HistoryRow]:
        """Rows of the steps at which validation ran, up to ``until``."""
        return {
            step: row
            for step, row in self.rows.items()
            if "validation_loss" in row and (until is None or step <= until)
        }

    def write(self) -> None:
        with atomic_file(self.path) as temporary, temporary.open("w", newline="", encoding="utf-8") as stream:
            writer = csv.writer(stream)
            writer.writerow(COLUMNS)
            for step in sorted(self.rows):
                cells = (self.rows[step].get(name) for name in COLUMNS[1:])
                writer.writerow([step, *("" if cell is None else repr(cell) for cell in cells)])


def _read(path: Path) -> dict[int, HistoryRow]:
    with path.open(newline="", encoding="utf-8") as stream:
        reader = csv.DictReader(stream)
        if reader.fieldnames is None or tuple(reader.fieldnames) != COLUMNS:
            raise DataError(f"{path}: columns {reader.fieldnames}; expected {list(COLUMNS)}; the file was edited")
        try:
            return {int(row.pop("step")): {k: float(v) for k, v in row.items() if v} for row in reader}
        except ValueError as error:
            raise DataError(f"{path}: {error}; expected numbers; the file was edited") from error


def ranked(validations: Mapping[int, HistoryRow], metric: str) -> list[int]:
    """Steps from best to worst by a validation metric; of equals the lower validation loss, then the earlier step."""
    column = f"validation_{metric}"
    return sorted(
        validations, key=lambda step: (-validations[step][column], validations[step]["validation_loss"], step)
    )


def best_steps(validations: Mapping[int, HistoryRow], metrics: Iterable[str], keep: int) -> set[int]:
    """The ``keep`` best steps of each metric."""
    return {step for metric in metrics for step in ranked(validations, metric)[:keep]}
