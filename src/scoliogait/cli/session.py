"""``scoliogait screen --session``: the passes of one person in; one result out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rich.text import Text

import scoliogait as sg
from scoliogait.class_words import CLASS_NOTE
from scoliogait.cli.console import Console
from scoliogait.cli.posture_text import print_posture, probability_table
from scoliogait.cli.printing import print_banner, print_written
from scoliogait.errors import DataError
from scoliogait.files import refuse_existing, write_json
from scoliogait.json_file import has_format
from scoliogait.report.screening_files import SESSION

if TYPE_CHECKING:
    from scoliogait.walk import Walk


@dataclass(frozen=True)
class SessionFiles:
    """Where the user wants results: of a session, only JSON holds one."""

    csv: Path | None
    json_lines: Path | None
    json: Path | None
    overwrite: bool

    def checked(self) -> Path | None:
        """The JSON file. Raises DataError for a table, and for a file that exists and must not be replaced."""
        if self.csv is not None or self.json_lines is not None:
            option = "--csv" if self.csv is not None else "--jsonl"
            raise DataError(f"{option}: holds one row a walk, and a session is one result; give --json FILE instead")
        if self.json is not None:
            refuse_existing(self.json, self.overwrite, lambda path: has_format(path, SESSION), SESSION.what)
        return self.json


def screen_session(walks: Sequence[Walk], model: str, json_out: Path | None, console: Console) -> None:
    """Screen the passes of one person, print the result of all, and write it where a file is given.

    Raises DataError when one cannot be screened or they are no passes of one person: then there is no result at all.
    """
    session = sg.Session.screen(walks, model)
    _print_session(session, console)
    if json_out is not None:
        content = {**SESSION.mark, "model": dict(session.passes[0].screening.model)}
        write_json(json_out, content | session.to_dict())
        print_written(console, json_out)


def _print_session(session: sg.Session, console: Console) -> None:
    from scoliogait.api.screen import quality_line

    n_passes = len(session.passes)
    heading = f"session of {n_passes} {'pass' if n_passes == 1 else 'passes'}: {session.headline}"
    print_banner(session.banner, console)
    console.print(Text(f"\n{heading}", "bold"), soft_wrap=True)
    console.print(probability_table(session.probabilities, session.predicted, session.probability_intervals))
    console.print(Text(session.interval_note, style="dim"), soft_wrap=True)
    print_posture(session.asymmetry, console)
    for number, screened in enumerate(session.passes, start=1):
        found = screened.screening
        line = f"pass {number}: {quality_line(found)}; highest probability: {found.predicted}  ({found.source})"
        console.print(Text(line, style="dim"), soft_wrap=True)
    for reason in session.reasons:
        console.print(Text(f"inconclusive: {reason}", style="yellow"), soft_wrap=True)
    for note in (*session.notes, *session.pass_notes):
        console.print(Text(note, style="dim"), soft_wrap=True)
    for statement in ("", CLASS_NOTE, *session.statements):
        console.print(Text(statement, style="yellow"))
