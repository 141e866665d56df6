"""``scoliogait train``: from walks to a model bundle."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from scoliogait.cli.options import OverwriteRun, RecipeNameOrNone, Settings, TrainingPartition, TrainingStore
from scoliogait.errors import RecipeError


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
    if out is None:
        raise RecipeError("train: --out is missing; give the run folder to write")
    if resume and (recipe is not None or settings or overwrite):
        raise RecipeError("train: --resume takes its recipe from the run; leave out RECIPE, --set and --overwrite")
    if recipe is None and not resume:
        raise RecipeError("train: RECIPE is missing; see `scoliogait train --help`, or give --resume to go on")

    from scoliogait.training.cheap_checks import check_run
    from scoliogait.training.recipe_file import load_recipe, setting
    from scoliogait.training.run_folder import RunFolder

    if resume and RunFolder(out).finished:
        typer.echo(f"{out}: its run is finished; there is nothing to go on with. Model: {RunFolder(out).model}")
        return
    overrides = list(settings or [])
    overrides += [] if data is None else [setting("data.store", str(data))]
    overrides += [] if partition is None else [setting("data.partition", partition)]
    chosen = load_recipe(RunFolder(out).recipe_of_unfinished_run() if recipe is None else recipe, overrides)
    check_run(chosen, out, overwrite)

    from scoliogait.training.fit import fit

    console = Console(stderr=True)
    folder = fit(chosen, out, overwrite=overwrite, console=console)
    console.print(f"model: {folder.model}", highlight=False)
