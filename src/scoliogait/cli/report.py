"""``scoliogait report``: walks or results in; a page for the family and one for the examiner out."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.text import Text

import scoliogait as sg
from scoliogait.api.places import DEFAULT_MODEL
from scoliogait.cli import options
from scoliogait.cli.completion import complete_model
from scoliogait.cli.console import Console
from scoliogait.errors import DataError

if TYPE_CHECKING:
    from scoliogait.api.report import ReportOutcome

# Of fewer inputs each file that was written is named.
_MOST_IN_FULL = 5


def report(
    paths: Annotated[
        list[Path],
        typer.Argument(
            help="Videos, walks, folders of them, and results of `scoliogait screen` (.json, .jsonl, .csv).",
            metavar="PATH...",
        ),
    ],
    out: Annotated[
        Path, typer.Option("--out", help="Folder for the reports: .html, .pdf, .json and .fhir.json of each.")
    ],
    session: Annotated[
        bool, typer.Option("--session", help="The walks are the passes of one person on one day: one report.")
    ] = False,
    person_code: Annotated[
        str | None, typer.Option("--person-code", help="An id of the person, such as K-0173; no name.")
    ] = None,
    code_from_name: Annotated[
        bool, typer.Option("--code-from-name", help="The name of each walk is the code of its person.")
    ] = False,
    walk_date: Annotated[
        datetime | None, typer.Option("--walk-date", help="Day of the recording.", formats=["%Y-%m-%d"])
    ] = None,
    earlier: Annotated[
        Path | None, typer.Option("--earlier", help="Report (.json) of an earlier session of this person.")
    ] = None,
    language: Annotated[str, typer.Option("--language", help="Language of the pages: en or zh.")] = "en",
    test: Annotated[
        Path | None,
        typer.Option("--test", help="metrics.json of a test of the model on recorded walks: how often it is right."),
    ] = None,
    prevalence: Annotated[
        float, typer.Option("--prevalence", help="Share of people with the condition where the screening is done.")
    ] = 0.025,
    model: Annotated[
        str,
        typer.Option(
            help="Run, run/model or bundle folder; builtin:NAME for one of ours.", autocompletion=complete_model
        ),
    ] = DEFAULT_MODEL,
    fonts: Annotated[
        Path | None, typer.Option("--fonts", help="Folder of more fonts for the PDF, where a script has none here.")
    ] = None,
    person: Annotated[
        int | None, typer.Option(help="Which person of the recording, 1 for the one farthest to the left.", min=1)
    ] = None,
    frame_rate_hz: options.FrameRate = None,
    joints: options.Joints = None,
    overwrite: Annotated[bool, options.overwrite("older reports of the same names")] = False,
) -> None:
    """Write reports of walks: a page for the family and one for the examiner.

    A recording that cannot be used gets a report that says why and what to do. A file that cannot be read is named with
    its reason, and the others go on. Without typst (the extra `report`) there is no PDF, and the HTML can be printed.

    Exit code: 0 when all have a report, 2 otherwise.

    Example: scoliogait report walk.mp4 --out reports --person-code K-0173
    """
    console = Console(highlight=False)
    facts = sg.ReportFacts(
        person_code=person_code,
        code_from_name=code_from_name,
        walk_date=None if walk_date is None else walk_date.date(),
        test=test,
        prevalence=prevalence,
        earlier=earlier,
    )
    pages: dict[str, Any] = {"model": model, "language": language, "fonts": fonts, "overwrite": overwrite}
    if session:
        walks = [sg.read_walk(path, person=person, layout=joints, frame_rate_hz=frame_rate_hz) for path in paths]
        found: Iterator[ReportOutcome] = iter([sg.write_session_report(walks, out, facts, **pages)])
    else:
        _refuse_one_person_for_many(paths, facts)
        reading: dict[str, Any] = {"person": person, "layout": joints, "frame_rate_hz": frame_rate_hz}
        found = sg.write_reports(paths, out, facts, **pages, **reading)
    if not _printed(found, out, len(paths), console):
        raise typer.Exit(2)


def _refuse_one_person_for_many(paths: list[Path], facts: sg.ReportFacts) -> None:
    named = "--person-code" if facts.person_code is not None else "--earlier" if facts.earlier is not None else None
    if named is not None and (len(paths) > 1 or paths[0].is_dir()):
        raise DataError(
            f"{named}: is of one person, and several walks are given; give --session for passes of one person, or one "
            "walk"
        )


def _printed(found: Iterator[ReportOutcome], out: Path, n_paths: int, console: Console) -> bool:
    """Print what came of each; whether all have a report. A reason that comes again and again is printed once."""
    n_reports = n_bad = 0
    told: set[str] = set()
    for outcome in found:
        if outcome.written is None:
            n_bad += 1
            console.print(Text(f"no report: {outcome.error}", style="red"), soft_wrap=True)
            continue
        n_reports += 1
        if n_paths <= _MOST_IN_FULL:
            files = ", ".join(str(path) for path in outcome.written.paths)
            state = "" if outcome.report is None else f"{outcome.report.result.state}: "
            console.print(Text(f"{state}{files}"), soft_wrap=True)
        reason = outcome.written.no_pdf
        if reason is not None and reason not in told:
            told.add(reason)
            console.print(Text(f"no PDF: {reason}", style="yellow"), soft_wrap=True)
    words = f"{n_reports} report{'' if n_reports == 1 else 's'} in {out}"
    console.print(Text(f"{words}{f', {n_bad} without one' if n_bad else ''}", "bold"), soft_wrap=True)
    return n_reports > 0 and not n_bad
