"""`scoliogait simulate`: a cohort of simulated walkers as a store, with its partition and its ground truth."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

import scoliogait as sg
from scoliogait.cli import options
from scoliogait.cli.console import Console
from scoliogait.cli.printing import print_next
from scoliogait.cli.progress import progress_bar
from scoliogait.errors import DataError

if TYPE_CHECKING:
    from scoliogait.api.simulate import SimulatedCohort


_RANGE = "VALUE|LOW:HIGH"


def simulate(
    out: Annotated[Path | None, typer.Option(help="Folder of the new store; left out, --check keeps nothing.")] = None,
    walks: Annotated[int, typer.Option(help="Walks in all.", min=6)] = 1493,
    frames: Annotated[int, typer.Option(help="Frames of a walk, at 15 Hz.", min=1)] = 300,
    subjects: Annotated[int | None, typer.Option(help="People; about 1050 for 1493 walks unless given.", min=3)] = None,
    seed: Annotated[int, typer.Option(help="The same seed gives the same walks.", min=0)] = 0,
    ratio: Annotated[str, typer.Option(help="Partition: 112, 114, 118, 1116 (as released), half, or most.")] = "118",
    captured_share: Annotated[
        float, typer.Option(help="Share of walks that move as captured people do.", min=0.0, max=1.0)
    ] = 0.3,
    noise: Annotated[
        str, typer.Option(metavar=_RANGE, help="Keypoint noise relative to the calibrated level; a range: per walk.")
    ] = "1",
    camera_height: Annotated[
        str, typer.Option(metavar=_RANGE, help="Mean height of the cameras in m; a range: per walk.")
    ] = "1.4",
    camera_roll: Annotated[
        str, typer.Option(metavar=_RANGE, help="Mean roll in degrees, content turned clockwise; a range: per walk.")
    ] = "0",
    camera_pitch: Annotated[
        str | None, typer.Option(metavar=_RANGE, help="Degrees that cameras look down; what the height asks for.")
    ] = None,
    camera_distance: Annotated[
        str, typer.Option(metavar=_RANGE, help="Mean m from the camera to the nearest point of the way.")
    ] = "3.6",
    silhouettes: Annotated[bool, typer.Option(help="Draw silhouettes too.")] = True,
    workers: Annotated[int | None, typer.Option(help="Processes; all cores unless given.", min=1)] = None,
    check: Annotated[bool, typer.Option("--check", help="Compare with the published statistics.")] = False,
    report: Annotated[Path | None, typer.Option(help="Write that comparison to this Markdown file.")] = None,
    overwrite: Annotated[bool, options.overwrite("an existing store")] = False,
) -> None:
    """Simulate a cohort of walkers with known truth: poses, silhouettes, classes, a partition and the ground truth.

    Example: scoliogait simulate --walks 300 --frames 120 --ratio half --out cohort

    Example: scoliogait simulate --camera-height 1.0:2.2 --camera-roll=-8:8 --noise 0.7:2 --out mixed
    """
    if out is None and not (check or report):
        raise DataError("simulate: --out is missing; name the folder of the new store, or give --check")
    console = Console()
    with progress_bar("simulating walks", walks, console) as bar:
        cohort = sg.simulate(
            out,
            walks=walks,
            frames=frames,
            subjects=subjects,
            seed=seed,
            ratio=ratio,
            captured_share=captured_share,
            noise=noise,
            camera_height=camera_height,
            camera_roll=camera_roll,
            camera_pitch=camera_pitch,
            camera_distance=camera_distance,
            silhouettes=silhouettes,
            workers=workers,
            overwrite=overwrite,
            progress=bar.reach,
        )
    if out is not None:
        people = len(set(cohort.store.subject_ids))
        console.print(Text(f"{out}: {len(cohort.store)} walks of {people} simulated people"), soft_wrap=True)
    if check or report:
        _check(cohort, out is not None, report, console)
    if out is not None:
        print_next(console, "train", "small-ske", "--data", out, "--out", "runs/first")


def _check(cohort: SimulatedCohort, kept: bool, report: Path | None, console: Console) -> None:
    from scoliogait.cli.cohort_table import rich_table
    from scoliogait.files import atomic_file
    from scoliogait.survey.cohort_check import markdown_table

    with console.status("comparing with the published statistics"):
        rows = cohort.check()
    console.print(rich_table(rows))
    if report is not None:
        with atomic_file(report) as temporary:
            temporary.write_text(markdown_table(rows), encoding="utf-8")
    missed = sum(not row.met for row in rows)
    if missed:
        where = f"the store was written all the same: {cohort.path}" if kept else "no store was kept"
        console.print(Text(f"{missed} of {len(rows)} statistics are missed; {where}", style="bold red"), soft_wrap=True)
        raise typer.Exit(1)
