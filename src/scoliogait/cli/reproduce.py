"""``scoliogait reproduce``: the published tables on your own copy of the data, with one command."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

import scoliogait as sg
from scoliogait.cli.console import Console
from scoliogait.cli.options import AllowLeak, LedgerHome
from scoliogait.cli.printing import print_next, print_summary, print_written


def reproduce(
    data: Annotated[Path, typer.Argument(help="A store, or the folder that the released trees lie in.")],
    out: Annotated[Path, typer.Option(help="Folder to write; one of an earlier call goes on.")],
    rows: Annotated[
        list[str] | None,
        typer.Option(help="Rows by name or pattern, such as 'drf-*,sconet-mt-118'; repeatable. All without it."),
    ] = None,
    seeds: Annotated[int, typer.Option(help="Trainings of each row, with the seeds 0, 1, ...", min=1)] = 3,
    smoke: Annotated[
        bool, typer.Option("--smoke", help="Tiny networks and a few steps: shows that all of it runs, and no figure.")
    ] = False,
    jobs: Annotated[int, typer.Option(help="Trainings side by side on the CPU.", min=1)] = 1,
    devices: Annotated[
        str | None, typer.Option(help="One training on each of these at a time, such as cuda:0,cuda:1.")
    ] = None,
    allow_leak: AllowLeak = False,
    ledger_home: LedgerHome = None,
) -> None:
    """Train every row of the published tables, test it once, write ours with intervals beside the published figures.

    The same command goes on where it was stopped, and more rows or seeds can be added later.

    Example: scoliogait reproduce store --out reproduction --rows 'sconet-*,drf-*' --devices cuda:0,cuda:1
    """
    from scoliogait.results.ledger_home import use_ledger_home

    use_ledger_home(ledger_home)
    progress = Console(stderr=True, highlight=False)
    result = sg.reproduce(
        data,
        out,
        rows=rows or (),
        seeds=seeds,
        smoke=smoke,
        jobs=jobs,
        devices=[name.strip() for name in devices.split(",")] if devices is not None else (),
        allow_leak=allow_leak,
        say=lambda line: progress.print(Text(line), soft_wrap=True),
        console=progress,
    )
    from scoliogait.reproduction.report import PAGE, TABLE

    console = Console(highlight=False)
    print_summary(result.summary_words(), console)
    print_written(console, out / TABLE, out / PAGE)
    if result.report.failures:
        raise typer.Exit(1)
    if smoke:
        print_next(console, "reproduce", data, "--out", "OTHER", note="the figures; a smoke run has none")
