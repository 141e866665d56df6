"""``scoliogait train``: from walks to a model bundle."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

import scoliogait as sg
from scoliogait.cli.completion import complete_partition, complete_recipe
from scoliogait.cli.printing import print_trained


def train(
    recipe: Annotated[
        str | None,
        typer.Argument(help="Name of a recipe that comes with the package, or a file.", autocompletion=complete_recipe),
    ] = None,
    data: Annotated[Path | None, typer.Option(help="Store to train on.")] = None,
    partition: Annotated[
        str | None,
        typer.Option(
            help="112, 114, 118, 1116 or a file; default: the recipe's, else STORE/partition.json.",
            autocompletion=complete_partition,
        ),
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Run folder to write.")] = None,
    settings: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Change a value of the recipe; repeatable.")
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the unfinished run in --out.")] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace the run in --out.")] = False,
) -> None:
    """Train a model and write a run folder: bundle, curves, checkpoints, validation predictions.

    The same command on an unfinished run goes on where it was killed. Test walks are never looked at.

    Example: scoliogait train small-ske --data cohort --partition cohort/partition.json --out runs/first
    """
    console = Console(stderr=True)
    run = sg.train(
        recipe,
        data,
        out,
        partition=partition,
        settings=settings or (),
        resume=resume,
        overwrite=overwrite,
        console=console,
    )
    print_trained(run, console)
