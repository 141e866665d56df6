"""``scoliogait reproduce``: the published tables on your own copy of the data, with one command."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

import scoliogait as sg
from scoliogait.cli.console import Console
from scoliogait.cli.many_options import share_of
from scoliogait.cli.options import AllowLeak, LedgerHome
from scoliogait.cli.printing import print_next, print_summary, print_written
from scoliogait.cli.slurm import submit_script
from scoliogait.district.slurm import checked_options, write_script
from scoliogait.errors import DataError

_SCRIPT = "reproduce.sbatch"


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
    workers: Annotated[
        int,
        typer.Option(help="Trainings side by side, each on a GPU of its own; without GPUs on the cores.", min=1),
    ] = 1,
    devices: Annotated[
        str | None, typer.Option(help="One training on each of these at a time: cuda:0,cuda:1, or UUIDs of GPUs.")
    ] = None,
    shard: Annotated[
        str | None, typer.Option(help="Do the K-th of N shares alone; others may run elsewhere.", metavar="K/N")
    ] = None,
    slurm: Annotated[
        str | None, typer.Option(help="Submit a SLURM array with these options of sbatch.", metavar="OPTIONS")
    ] = None,
    tasks: Annotated[
        int | None, typer.Option(min=1, help="With --slurm: how many tasks; one a training unless given.", metavar="N")
    ] = None,
    allow_leak: AllowLeak = False,
    ledger_home: LedgerHome = None,
) -> None:
    """Train every row of the published tables, test it once, write ours with intervals beside the published figures.

    The same command goes on where it was stopped, and more rows or seeds can be added later.

    Example: scoliogait reproduce store --out reproduction --rows 'sconet-*,drf-*' --devices cuda:0,cuda:1
    """
    from scoliogait.results.ledger_home import use_ledger_home

    if slurm is not None:
        if shard is not None or workers != 1 or devices is not None:
            raise DataError("--slurm gives each of its tasks its --shard; leave --shard, --workers and --devices out")
        given = _Given(data, out, tuple(rows or ()), seeds, smoke, allow_leak, ledger_home)
        _give_to_slurm(given, checked_options(slurm), tasks)
        return
    if tasks is not None:
        raise DataError("--tasks is how many tasks SLURM gets; give --slurm too")
    share = None if shard is None else share_of(shard)
    use_ledger_home(ledger_home)
    progress = Console(stderr=True, highlight=False)
    result = sg.reproduce(
        data,
        out,
        rows=rows or (),
        seeds=seeds,
        smoke=smoke,
        workers=workers,
        devices=[name.strip() for name in devices.split(",")] if devices is not None else (),
        share=share,
        allow_leak=allow_leak,
        say=lambda line: progress.print(Text(line), soft_wrap=True),
        console=progress,
    )
    from scoliogait.reproduction.report import PAGE, TABLE

    console = Console(highlight=False)
    print_summary(result.summary_words(), console)
    print_written(console, out / TABLE, out / PAGE)
    if result.failed:
        raise typer.Exit(1)
    if smoke:
        print_next(console, "reproduce", data, "--out", "OTHER", note="the figures; a smoke run has none")


@dataclass(frozen=True)
class _Given:
    """What a task of SLURM must be told again."""

    data: Path
    out: Path
    rows: tuple[str, ...]
    seeds: int
    smoke: bool
    allow_leak: bool
    ledger_home: Path | None

    def words(self) -> list[str]:
        words = [sys.executable, "-m", "scoliogait", "reproduce", str(self.data.absolute())]
        words += ["--out", str(self.out.absolute()), "--seeds", str(self.seeds)]
        words += [word for pattern in self.rows for word in ("--rows", pattern)]
        words += ["--smoke"] if self.smoke else []
        words += ["--allow-leak"] if self.allow_leak else []
        return words + ([] if self.ledger_home is None else ["--ledger-home", str(self.ledger_home.absolute())])


def _give_to_slurm(given: _Given, options: tuple[str, ...], tasks: int | None) -> None:
    from scoliogait.api.reproduce import prepare_reproduction

    n_shares = prepare_reproduction(
        *(given.data, given.out), rows=given.rows, seeds=given.seeds, smoke=given.smoke, allow_leak=given.allow_leak
    )
    n_tasks = min(tasks or n_shares, n_shares)
    script = write_script(given.out / _SCRIPT, options, given.words(), n_tasks, one_process=True)
    submit_script(script, given.words(), Console(highlight=False))
