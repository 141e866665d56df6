"""``scoliogait explain``: which pairs of joints moved a model's scores on one walk, and when."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

import scoliogait as sg
from scoliogait.api.places import DEFAULT_MODEL
from scoliogait.cli import options
from scoliogait.cli.completion import complete_model
from scoliogait.cli.console import Console
from scoliogait.cli.printing import print_summary, print_written
from scoliogait.cli.progress import progress_bar


def explain(
    path: Annotated[Path, typer.Argument(help="A walk of any known format.", metavar="WALK")],
    out: Annotated[Path, typer.Option(help="Folder to write the picture and its numbers to.")],
    model: Annotated[
        str,
        typer.Argument(
            help="Run or bundle folder, or a model of the package, builtin:NAME.", autocompletion=complete_model
        ),
    ] = DEFAULT_MODEL,
    verify: Annotated[
        bool,
        typer.Option("--verify", help="Verify explanations of this model now, on simulated walkers (minutes at most)."),
    ] = False,
    overwrite: Annotated[bool, options.overwrite("an older explanation")] = False,
    frame_rate_hz: options.FrameRate = None,
    joints: options.Joints = None,
) -> None:
    """Show which joints moved the scores of a walk, and when.

    A picture is drawn only where explanations of the model were verified: on simulated walkers with one planted change
    the planted pair must be among the first two in 80 of 100 walks. Else the reason is said and written.

    Example: scoliogait explain walk.npz --out explained
    """
    from scoliogait.checkpoints.model_folder import model_folder
    from scoliogait.report.output_folders import EXPLAINED, EXPLAINED_PICTURE, FEATURE_MAPS, refuse_existing_explanation

    console = Console(highlight=False)
    refuse_existing_explanation(out, overwrite)
    model_folder(model)  # refused before the walk is read
    walk = sg.read_walk(path, layout=joints, frame_rate_hz=frame_rate_hz)
    with progress_bar("verifying") as bar:
        explanation = sg.explain(walk, model, verify=verify, progress=bar.reach)
    explanation.write(out, overwrite)
    print_summary(explanation.summary_words(), console)
    print_written(
        console, *(out / name for name in (EXPLAINED_PICTURE, FEATURE_MAPS, EXPLAINED) if (out / name).exists())
    )
