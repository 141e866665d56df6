"""``scoliogait train``: from walks to a model bundle."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

import scoliogait as sg
from scoliogait.cli.console import Console
from scoliogait.cli.options import OverwriteRun, RecipeNameOrNone, Settings, TrainingPartition, TrainingStore
from scoliogait.cli.printing import print_trained


def train(
    recipe: RecipeNameOrNone = None,
    data: TrainingStore = None,
    partition: TrainingPartition = None,
    out: Annotated[Path | None, typer.Option(help="Run folder to write.")] = None,
    settings: Settings = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the unfinished run in --out.")] = False,
    overwrite: OverwriteRun = False,
) -> None:
    """Train a model and write a run folder: bundle, curves, checkpoints, validation predictions.

    The same command on an unfinished run goes on where it was killed. Test walks are never looked at.

    Example: scoliogait train small-ske --data cohort --partition cohort/partition.json --out runs/first
    """
    from scoliogait.training.run_folder import RunFolder

    console = Console(stderr=True)
    goes_on = resume and out is not None and not (recipe or settings or overwrite)
    was_finished = goes_on and RunFolder(Path(out or "")).finished
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
    if was_finished:
        typer.echo(f"{out}: its run is finished; there is nothing to go on with. Model: {run.model}")
    else:
        print_trained(run, console)
