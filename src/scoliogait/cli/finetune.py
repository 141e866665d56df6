"""``scoliogait finetune``: training that starts from the weights of another model."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from scoliogait.cli.options import OverwriteRun, RecipeName, Settings, TrainingPartition, TrainingStore


def finetune(
    recipe: RecipeName,
    source: Annotated[
        str, typer.Option("--from", help="Run or model bundle folder, builtin:demo, or an OpenGait checkpoint (.pt).")
    ],
    out: Annotated[Path, typer.Option(help="Run folder to write.")],
    data: TrainingStore = None,
    partition: TrainingPartition = None,
    label_order: Annotated[
        str | None,
        typer.Option(help="Classes in the order of a checkpoint's logits, such as negative,positive,neutral."),
    ] = None,
    freeze: Annotated[
        list[str] | None,
        typer.Option(metavar="PATTERN", help="Parameters to hold still, such as 'backbone.*'; repeatable."),
    ] = None,
    unfreeze_step: Annotated[
        int | None, typer.Option(help="Step from which all is trained; without it they are held to the end.")
    ] = None,
    allow_leak: Annotated[
        bool, typer.Option("--allow-leak", help="Go on although the source was trained on test walks; it is recorded.")
    ] = False,
    settings: Settings = None,
    overwrite: OverwriteRun = False,
) -> None:
    """Train from the weights of another model: what fits is taken, the rest starts from random values.

    A table says which is which before training starts. The model card says what the model was started from. The same
    command on an unfinished run goes on; the start weights are not needed for that.

    Example: scoliogait finetune drf-warm-112 --from runs/baseline/model --data store --out runs/drf
    """
    from scoliogait.training.cheap_checks import check_run
    from scoliogait.training.recipe_file import load_recipe, setting

    given: dict[str, Any] = {
        "start.weights": source,
        "start.label_order": None if label_order is None else [name.strip() for name in label_order.split(",")],
        "start.freeze": freeze or None,
        "start.unfreeze_step": unfreeze_step,
        "start.allow_leak": allow_leak or None,
        "data.store": None if data is None else str(data),
        "data.partition": partition,
    }
    overrides = [setting(key, value) for key, value in given.items() if value is not None]
    chosen = load_recipe(recipe, [*(settings or []), *overrides])
    check_run(chosen, out, overwrite)

    from scoliogait.training.fit import fit

    console = Console(stderr=True)
    folder = fit(chosen, out, overwrite=overwrite, console=console)
    console.print(f"model: {folder.model}", highlight=False)
