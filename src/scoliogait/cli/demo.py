"""``scoliogait demo``: the main job from end to end on this machine, ending in a page to look at."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

import scoliogait as sg
from scoliogait.cli.console import Console
from scoliogait.cli.options import LedgerHome, Settings
from scoliogait.cli.printing import print_next
from scoliogait.cli.progress import progress_bar
from scoliogait.progress import Progress


def demo(
    out: Annotated[Path, typer.Option(help="Folder to write; an unfinished demo in it goes on.")] = Path("demo"),
    walks: Annotated[int, typer.Option(help="Simulated walks.", min=30)] = 1200,
    frames: Annotated[int, typer.Option(help="Frames of each simulated walk.", min=30)] = 60,
    seed: Annotated[int, typer.Option(help="Seed of the cohort and of the training.", min=0)] = 0,
    settings: Settings = None,
    ledger_home: LedgerHome = None,
) -> None:
    """Simulate a cohort, train a small model, test it, screen real walks, and write one page about it and two reports.

    Example: scoliogait demo --out demo
    """
    from scoliogait.results.ledger_home import use_ledger_home

    use_ledger_home(ledger_home)
    console = Console(highlight=False)

    @contextmanager
    def follow(what: str) -> Iterator[Progress]:
        with progress_bar(what, console=console) as bar:
            yield bar.reach

    made = sg.demo(
        out,
        walks=walks,
        frames=frames,
        seed=seed,
        settings=settings or (),
        workers=None,
        say=lambda step, detail: console.print(f"[bold]{step}[/]  {detail}"),
        follow=follow,
        console=console,
    )
    console.print(Text(made.summary_words().title), soft_wrap=True)
    reports = f"report of a real recording: {made.report}\nreport of a rendered walker: {made.rendered_report}"
    console.print(Text(f"page: {made.page}\n{reports}"), soft_wrap=True)
    console.print(
        Text(f"to open the page, give a browser this address: {made.page.resolve().as_uri()}"), soft_wrap=True
    )
    print_next(console, "verify", made.run.path)
