"""What every command prints alike: a result, where it was written, and what to do next."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from scoliogait.cli.console import Console

if TYPE_CHECKING:
    from scoliogait.api.shown import Summary
    from scoliogait.api.train import TrainedRun


def print_summary(summary: Summary, console: Console) -> None:
    """The same words as ``str`` of a result, as a table with colours."""
    for words in summary.first:
        print_banner(words, console)
    table = Table(title=summary.title, title_justify="left", title_style="bold", show_header=bool(summary.headings))
    for place, heading in enumerate(summary.headings or summary.rows[0]):
        numbers = place > 1
        table.add_column(heading, overflow="fold", justify="right" if numbers else "left", no_wrap=numbers)
    for row in summary.rows:
        table.add_row(*map(Text, row))
    console.print(table)
    for note in summary.notes:
        console.print(Text(note), soft_wrap=True)
    for statement in summary.statements:
        console.print(Text(statement, style="yellow"))


def print_banner(banner: str, console: Console) -> None:
    """What must be read before all that follows; nothing where there is none."""
    if banner:
        console.print(Text(banner, "bold yellow"), soft_wrap=True)


def print_written(console: Console, *paths: Path) -> None:
    """Where the result lies."""
    console.print(Text(f"written: {', '.join(map(str, paths))}", style="dim"), soft_wrap=True)


def print_next(console: Console, *command: object, note: str = "") -> None:
    """The command that comes next, as it can be typed. note: what it does, where its name does not say it."""
    words = shlex.join(["scoliogait", *map(str, command)])
    console.print(Text(f"next: {words}{f'  # {note}' if note else ''}", style="dim"), soft_wrap=True)


def print_trained(run: TrainedRun, console: Console) -> None:
    """What came of start weights, where the new model lies, and that its validation walks can be looked at.

    Of several processes of a run the first says it for all.
    """
    from scoliogait.training.processes import is_first_process

    if not is_first_process():
        return
    if "finetuning" in run.facts:
        worse = run.facts["selection"]["step"] == 0
        console.print(Text(run.facts["finetuning"], style="bold yellow" if worse else ""), soft_wrap=True)
    if run.validation_words is not None:
        console.print(Text(run.validation_words), soft_wrap=True)
    console.print(Text(f"model: {run.model}"), soft_wrap=True)
    print_next(console, "evaluate", run.path)
