"""``scoliogait compare``: predictions of several models on the same walks in; a verdict with its uncertainty out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

import scoliogait as sg
from scoliogait.cli.completion import complete_run
from scoliogait.cli.console import Console
from scoliogait.cli.options import AllowLeak, BootstrapSeed, Resamples
from scoliogait.cli.printing import print_next, print_summary, print_written


def compare(
    models: Annotated[
        list[str],
        typer.Argument(
            help="Two or more models: each a tested run, an evaluation folder or its predictions.parquet; seeds of "
            "one model joined with commas, or a pattern in quotes. The others are compared with the first.",
            autocompletion=complete_run,
        ),
    ],
    out: Annotated[Path | None, typer.Option(help="Folder to write: compare.json and a picture.")] = None,
    resamples: Resamples = 2000,
    seed: BootstrapSeed = 0,
    allow_leak: AllowLeak = False,
) -> None:
    """Compare models on the same walks: paired differences with intervals, McNemar's test, and a verdict in words.

    Example: scoliogait compare 'runs/sconet-*/test' 'runs/drf-*/test' --out comparison
    """
    first, *others = models
    comparison = sg.compare(first, *others, out=out, resamples=resamples, seed=seed, allow_leak=allow_leak)
    console = Console(highlight=False)
    print_summary(comparison.summary_words(), console)
    if out is not None:
        print_written(console, out)
    print_next(console, "promote", "--help", note="keeps a model only where it beats the best one")
