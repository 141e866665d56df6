"""The files of many screenings: a CSV table, the same as JSON Lines, and JSON with everything."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from scoliogait.errors import DataError
from scoliogait.files import fill_with_json, streamed_file
from scoliogait.json_file import Format, has_format
from scoliogait.report.row_files import (
    AddRow,
    begins_like_csv,
    begins_like_json_lines,
    csv_file,
    json_lines_file,
    refuse_output_file,
)
from scoliogait.report.screening_table import COLUMNS, Cell

SCREENINGS = Format("scoliogait.screenings", 3, "a result of 'scoliogait screen'", "screen the walks again")
SESSION = Format("scoliogait.session", 2, "a result of 'scoliogait screen --session'", "screen the session again")
# How the heading of every such table began, whatever columns came or come later.
_FIRST_COLUMNS = COLUMNS[:3]


@dataclass(frozen=True)
class ScreeningFiles:
    """Where to write; None where nothing is asked for."""

    csv: Path | None = None
    json_lines: Path | None = None
    json: Path | None = None

    @property
    def paths(self) -> tuple[Path, ...]:
        return tuple(path for path in (self.csv, self.json_lines, self.json) if path is not None)

    def refuse(self, overwrite: bool) -> None:
        """DataError when one of them is a folder, another one too, no older file of its kind, or exists at all
        without ``overwrite``."""
        if len({path.absolute() for path in self.paths}) < len(self.paths):
            raise DataError(f"{self.paths[0]}: is given for two kinds of file; choose another name for one of them")
        if self.csv is not None:
            refuse_output_file(self.csv, overwrite, begins_like_csv(_FIRST_COLUMNS), "a table of 'scoliogait screen'")
        if self.json_lines is not None:
            recognises = begins_like_json_lines(_FIRST_COLUMNS)
            refuse_output_file(self.json_lines, overwrite, recognises, "a JSON Lines file of 'scoliogait screen'")
        if self.json is not None:
            refuse_output_file(self.json, overwrite, lambda path: has_format(path, SCREENINGS), SCREENINGS.what)

    @contextmanager
    def open(self) -> Iterator[OpenScreeningFiles]:
        """The files beside their places, to which they move when the block ends well.

        Raises DataError at once where one cannot be written. Rows are written as they come; JSON needs all of them.
        """
        with ExitStack() as stack:
            json = None if self.json is None else stack.enter_context(streamed_file(self.json))
            rows = [] if self.csv is None else [stack.enter_context(csv_file(self.csv, COLUMNS))]
            rows += [] if self.json_lines is None else [stack.enter_context(json_lines_file(self.json_lines, COLUMNS))]
            yield OpenScreeningFiles(tuple(rows), json)


@dataclass(frozen=True)
class OpenScreeningFiles:
    """Takes each screening as it comes."""

    _rows: tuple[AddRow, ...]
    _json: Path | None
    _entries: list[Mapping[str, Any]] = field(default_factory=list)

    def add(self, row: Mapping[str, Cell], entry: Mapping[str, Any]) -> None:
        """row: for the tables. entry: for the JSON file; kept only where there is one."""
        for add_row in self._rows:
            add_row(row)
        if self._json is not None:
            self._entries.append(entry)

    def finish(self, model: Mapping[str, str], finished: bool) -> None:
        """Write the JSON file. model: which one it was. finished: whether all inputs are in."""
        if self._json is not None:
            content = {**SCREENINGS.mark, "model": dict(model), "finished": finished, "walks": self._entries}
            fill_with_json(self._json, content)
