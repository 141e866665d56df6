"""``scoliogait screen``: recorded walks in; class probabilities, measured asymmetries and quality out."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

import scoliogait as sg
from scoliogait.cli import options
from scoliogait.cli.completion import complete_model
from scoliogait.cli.console import Console
from scoliogait.cli.printing import print_next, print_written
from scoliogait.errors import DataError, ScoliogaitError
from scoliogait.files import read_json, refuse_existing, write_json

if TYPE_CHECKING:
    from scoliogait.screening import Screener, Screening
    from scoliogait.walk import Walk

FORMAT = "scoliogait.screenings"
_BAR_CELLS = 24


def screen(
    files: Annotated[list[Path], typer.Argument(help="Walk files or folders of any known format.", metavar="FILE...")],
    model: Annotated[
        str, typer.Option(help="Run or bundle folder, or the model in the package.", autocompletion=complete_model)
    ] = "builtin:demo",
    json_out: Annotated[Path | None, typer.Option("--json", help="Write everything to this JSON file too.")] = None,
    overwrite: Annotated[bool, options.overwrite("an older JSON file of this command")] = False,
    person: Annotated[
        int | None, typer.Option(min=1, help="Which person of a recording, counted from the left.", metavar="N")
    ] = None,
    frame_rate_hz: Annotated[
        float | None, typer.Option(help="Frames per second, for walks that do not state it.")
    ] = None,
    joints: Annotated[
        str | None,
        typer.Option(help="Order of the joints, such as BODY_25B; recognised when left out.", metavar="LAYOUT"),
    ] = None,
) -> None:
    """Screen recorded walks.

    A walk that cannot be screened is named with its reason, the others go on, and the exit code is then 2.

    Example: scoliogait screen walk.npz other_walk/ --json result.json
    """
    from scoliogait.checkpoints.config_file import CONFIG, read_config
    from scoliogait.checkpoints.model_folder import model_folder

    console = Console(highlight=False)
    if json_out is not None:
        refuse_existing(json_out, overwrite, _is_result, "a result of 'scoliogait screen'")
    config, _ = read_config(model_folder(model) / CONFIG)
    reading = partial(
        sg.read_walk, person=person, layout=joints, frame_rate_hz=frame_rate_hz, modalities=config.contract.looked_at
    )

    @cache
    def screener() -> Screener:
        """Loaded for the first walk that can be read: a wrong path needs no model."""
        return sg.load_model(model)

    outcomes = [_screen_file(screener, path, console, reading) for path in files]
    if any(outcome["outcome"] != "unreadable" for outcome in outcomes):
        for statement in ("", *screener().statements):
            console.print(Text(statement, style="yellow"))
    if json_out is not None:
        write_json(json_out, {"format": FORMAT, "version": 1, "model": screener().facts, "walks": outcomes})
        print_written(console, json_out)
    else:
        print_next(console, "screen", "FILE...", "--json", "result.json", note="keeps every number")
    if any(outcome["outcome"] != "result" for outcome in outcomes):
        raise typer.Exit(2)


def _screen_file(
    screener: Callable[[], Screener], path: Path, console: Console, reading: Callable[[Path], Walk]
) -> dict[str, Any]:
    """Screen one file, print its result or the reason why there is none, and give both back as plain values."""
    try:
        walk = reading(path)
    except ScoliogaitError as error:
        return _without_result(path, "unreadable", error, console)

    from scoliogait.screening import WalkRefusedError, asymmetry_values

    try:
        result = sg.screen(walk, screener())
    except WalkRefusedError as error:
        seen = {"quality": error.quality.to_dict(), "asymmetry": asymmetry_values(error.asymmetry)}
        return _without_result(path, "refused", error, console) | seen
    except DataError as error:
        return _without_result(path, "refused", error, console)
    _print_screening(result.screening, console)
    return {"file": str(path)} | result.to_dict()


def _without_result(path: Path, outcome: str, error: ScoliogaitError, console: Console) -> dict[str, Any]:
    reason = " ".join(str(error).split())
    console.print(Text.assemble((f"{outcome}: ", "bold red"), reason), soft_wrap=True)
    return {"file": str(path), "outcome": outcome, "reason": reason}


def _print_screening(screening: Screening, console: Console) -> None:
    from scoliogait.api.screen import quality_line

    verdict = "inconclusive" if screening.inconclusive else screening.predicted
    heading = Text.assemble((f"\n{screening.walk_id}: {verdict}", "bold"), f"  ({screening.source})")
    console.print(heading, soft_wrap=True)
    console.print(_probability_table(screening))
    if screening.asymmetry:
        console.print(_asymmetry_table(screening))
    console.print(Text(f"quality: {quality_line(screening)}", style="dim"), soft_wrap=True)
    for reason in screening.reasons:
        console.print(Text(f"inconclusive: {reason}", style="yellow"), soft_wrap=True)
    for note in screening.quality.notes:
        console.print(Text(note, style="dim"), soft_wrap=True)


def _probability_table(screening: Screening) -> Table:
    table = Table(box=None, show_header=False, padding=(0, 1))
    for name, probability in screening.probabilities.items():
        bar = "█" * round(_BAR_CELLS * probability)
        style = "bold" if name == screening.predicted else ""
        table.add_row(Text(name, style), Text(f"{probability:.3f}", style), Text(bar, "cyan"))
    return table


def _asymmetry_table(screening: Screening) -> Table:
    from scoliogait.api.screen import ASYMMETRY_NOTE, measured_words

    table = Table(box=None, padding=(0, 1), title=ASYMMETRY_NOTE, title_justify="left", title_style="dim")
    table.add_column("pair")
    for heading in ("height difference %", "tilt deg", "midline offset %"):
        table.add_column(heading, justify="right")
    for pair, posture in screening.asymmetry.items():
        measured = (posture.height_difference_percent, posture.tilt_deg, posture.midline_offset_percent)
        table.add_row(pair, *(measured_words(value) for value in measured))
    return table


def _is_result(path: Path) -> bool:
    content = read_json(path) if path.is_file() else None
    return isinstance(content, dict) and content.get("format") == FORMAT
