"""`scoliogait simulate`: a cohort of simulated walkers as a store, with its partition and its ground truth."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.text import Text

from scoliogait.cli import options
from scoliogait.cli.progress import progress_bar
from scoliogait.errors import DataError

if TYPE_CHECKING:
    from scoliogait.data.store import WalkStore
    from scoliogait.simulation.config import CohortConfig
    from scoliogait.walk import Walk


def simulate(
    out: Annotated[Path | None, typer.Option(help="Folder of the new store; left out, --check keeps nothing.")] = None,
    walks: Annotated[int, typer.Option(help="Walks in all.", min=6)] = 1493,
    frames: Annotated[int, typer.Option(help="Frames of a walk, at 15 Hz.", min=1)] = 300,
    subjects: Annotated[int | None, typer.Option(help="People; 1050 for 1493 walks unless given.", min=3)] = None,
    seed: Annotated[int, typer.Option(help="The same seed gives the same walks.", min=0)] = 0,
    ratio: Annotated[str, typer.Option(help="Partition: 112, 114, 118, 1116 (as released), or half.")] = "118",
    captured_share: Annotated[
        float, typer.Option(help="Share of walks that move as captured people do.", min=0.0, max=1.0)
    ] = 0.3,
    noise: Annotated[float, typer.Option(help="Keypoint noise relative to the calibrated level.", min=0.0)] = 1.0,
    camera_height: Annotated[float, typer.Option(help="Mean height of the cameras in m.", min=0.4, max=3.9)] = 1.4,
    silhouettes: Annotated[bool, typer.Option(help="Draw silhouettes too.")] = True,
    workers: Annotated[int | None, typer.Option(help="Processes; all cores unless given.", min=1)] = None,
    check: Annotated[bool, typer.Option("--check", help="Compare with the published statistics.")] = False,
    report: Annotated[Path | None, typer.Option(help="Write that comparison to this Markdown file.")] = None,
    overwrite: Annotated[bool, options.overwrite("an existing store")] = False,
) -> None:
    """Simulate a cohort of walkers with known truth: poses, silhouettes, classes, a partition and the ground truth.

    Example: scoliogait simulate --walks 300 --frames 120 --ratio half --out cohort
    """
    from scoliogait.data.store import is_store, refuse_existing
    from scoliogait.simulation.config import CohortConfig
    from scoliogait.simulation.split import train_shares

    if out is None and not (check or report):
        raise DataError("simulate: --out is missing; name the folder of the new store, or give --check")
    if subjects is not None and subjects > walks:
        raise DataError(f"simulate: {subjects} subjects cannot share {walks} walks; give --subjects {walks} or fewer")
    train_shares(ratio)
    if out is not None:
        refuse_existing(out, is_store, "a store", overwrite)
    config = CohortConfig(
        n_walks=walks,
        n_frames=frames,
        seed=seed,
        captured_share=captured_share,
        noise_factor=noise,
        camera_height_m=camera_height,
        silhouettes=silhouettes,
        walks_per_subject=walks / subjects if subjects else CohortConfig().walks_per_subject,
    )
    console = Console()
    with ExitStack() as stack:
        target = out or Path(stack.enter_context(TemporaryDirectory())) / "cohort"
        store = write_cohort(config, target, ratio=ratio, workers=workers, overwrite=overwrite, console=console)
        if out is not None:
            console.print(f"{out}: {len(store)} walks of {len(set(store.subject_ids))} simulated people")
        if check or report:
            _check(target, out is not None, report, console)


def write_cohort(
    config: CohortConfig,
    out: Path,
    *,
    ratio: str = "118",
    workers: int | None = None,
    overwrite: bool = False,
    console: Console | None = None,
) -> WalkStore:
    """Simulate a cohort into a store folder that also holds ``partition.json`` and ``truth.parquet``; atomic.

    Raises DataError for an unknown ratio, an existing output without ``overwrite``, or a full disk.
    """
    from scoliogait.data.partition import OWN_PARTITION, Partition, write_partition
    from scoliogait.data.store import WalkStore, is_store, refuse_existing
    from scoliogait.data.store_writer import write_store_files
    from scoliogait.files import atomic_folder
    from scoliogait.simulation.cohort import plan_cohort, simulate_cohort
    from scoliogait.simulation.split import split_by_subject
    from scoliogait.simulation.truth import TRUTH_FILE, write_truth

    refuse_existing(out, is_store, "a store", overwrite)
    train, test = split_by_subject(plan_cohort(config), ratio, config.seed)
    truth: list[dict[str, Any]] = []
    origin = {"simulated": "yes", "settings": config.model_dump_json()}

    def keep_truth() -> Iterator[Walk]:
        for simulated in simulate_cohort(config, workers or os.cpu_count() or 1):
            truth.append(simulated.truth)
            bar.advance()
            yield simulated.walk

    with (
        atomic_folder(out) as folder,
        progress_bar("simulating walks", config.n_walks, console or Console(quiet=True)) as bar,
    ):
        write_store_files(folder, keep_truth(), origin)
        write_partition(folder / OWN_PARTITION, Partition(f"simulated-{ratio}", train, test))
        write_truth(folder / TRUTH_FILE, truth)
    return WalkStore.open(out)


def _check(folder: Path, kept: bool, report: Path | None, console: Console) -> None:
    from scoliogait.cli.cohort_table import rich_table
    from scoliogait.files import atomic_file
    from scoliogait.survey.cohort_check import check_cohort, markdown_table

    with console.status("comparing with the published statistics"):
        rows = check_cohort(folder)
    console.print(rich_table(rows))
    if report is not None:
        with atomic_file(report) as temporary:
            temporary.write_text(markdown_table(rows), encoding="utf-8")
    missed = sum(not row.met for row in rows)
    if missed:
        where = f"the store was written all the same: {folder}" if kept else "no store was kept"
        console.print(Text(f"{missed} of {len(rows)} statistics are missed; {where}", style="bold red"), soft_wrap=True)
        raise typer.Exit(1)
