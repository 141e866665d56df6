"""``scoliogait finetune``: training that starts from the weights of another model."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

import scoliogait as sg
from scoliogait.cli.completion import complete_model
from scoliogait.cli.console import Console
from scoliogait.cli.options import OverwriteRun, RecipeName, Settings, TrainingPartition, TrainingStore
from scoliogait.cli.printing import print_trained


def finetune(
    recipe: RecipeName,
    source: Annotated[
        str,
        typer.Option(
            "--from",
            help="Run or model bundle folder, builtin:pose-set, or an OpenGait checkpoint (.pt).",
            autocompletion=complete_model,
        ),
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
    console = Console(stderr=True)
    run = sg.finetune(
        recipe,
        source,
        data,
        out,
        partition=partition,
        label_order=None if label_order is None else [name.strip() for name in label_order.split(",")],
        freeze=freeze or (),
        unfreeze_step=unfreeze_step,
        allow_leak=allow_leak,
        settings=settings or (),
        overwrite=overwrite,
        console=console,
    )
    print_trained(run, console)
