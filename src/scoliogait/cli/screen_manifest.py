"""``scoliogait screen --manifest``: the walks of a table on many workers; progress, counts and where the rows lie."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING, Any

import typer
from rich.text import Text

import scoliogait as sg
from scoliogait.api.screen_workers import begin_workers
from scoliogait.class_words import CLASS_NOTE, banner
from scoliogait.cli.console import Console
from scoliogait.cli.interrupts import INTERRUPTED, terminations_as_interrupts
from scoliogait.cli.many_options import ManyOptions
from scoliogait.cli.printing import print_banner, print_written
from scoliogait.cli.progress import progress_bar
from scoliogait.cli.slurm import submit_script
from scoliogait.district.address import scheduler_address
from scoliogait.district.cores import usable_cores
from scoliogait.district.processes import Processes
from scoliogait.district.slurm import DEFAULT_TASKS, checked_options, write_script
from scoliogait.district.tries import SECONDS_PER_WALK
from scoliogait.errors import DataError
from scoliogait.report.screening_table import COLUMNS

if TYPE_CHECKING:
    from scoliogait.api.screen_manifest import ManifestProgress, ManifestScreening
    from scoliogait.district.engine import Engine
    from scoliogait.provenance import WalkOrigin
    from scoliogait.report.screening_files import ScreeningFiles

# Where nobody looks at a bar, a line now and then.
_SECONDS_BETWEEN_LINES = 30.0
_SCRIPT = "screen.sbatch"
# What is read of a row that is only counted.
_COUNTED = ("file", "outcome", "predicted", "reason", "training_walks", "statements")


def screen_manifest(
    many: ManyOptions, model: str, reading: dict[str, Any], files_out: ScreeningFiles, overwrite: bool
) -> None:
    """reading: person, frame_rate_hz, layout and backend. files_out: the merged table in further forms."""
    many.refuse_combinations()
    slurm_options = None if many.slurm is None else checked_options(many.slurm)
    if many.cluster not in (None, "local"):
        scheduler_address(str(many.cluster), many.certificates, many.trust_network)
    if many.shard is not None and files_out.paths:
        raise DataError(f"{files_out.paths[0]}: one share makes no table of all; leave it out beside --shard")
    files_out.refuse(overwrite)
    if many.cluster is None and many.slurm is None:
        begin_workers()
    console = Console(highlight=False)
    limit_s = many.seconds_per_walk or SECONDS_PER_WALK
    run = sg.screen_manifest(
        *(str(many.manifest), str(many.out), model),
        root=many.root,
        share=many.share,
        seconds_per_walk=limit_s,
        **reading,
    )
    if slurm_options is not None:
        _give_to_slurm(run, many, slurm_options, console)
        return
    done = _run(run, many, console)
    if many.shard is not None:
        console.print(Text(f"share {many.shard}: {done.n_done} walks done, {done.n_refused} of them refused", "bold"))
        return
    if not _merge(run, files_out, console):
        raise typer.Exit(2)


def _run(run: ManifestScreening, many: ManyOptions, console: Console) -> ManifestProgress:
    if run.manifest.n_doubles:
        n_doubles = run.manifest.n_doubles
        console.print(Text(f"{n_doubles} inputs hold the same as another: column same_as of the manifest", "dim"))
    with _engine(many) as engine, _progress_of(console) as say:
        if engine.link is not None:
            console.print(Text(f"live page of the workers: {engine.link}"), soft_wrap=True)
        try:
            with terminations_as_interrupts():
                return run.run(engine, say)
        except KeyboardInterrupt:
            console.print(Text("interrupted: what is finished is kept; run the same again to go on", "bold red"))
            raise typer.Exit(INTERRUPTED) from None


@contextmanager
def _engine(many: ManyOptions) -> Iterator[Engine]:
    n_workers = many.workers or usable_cores()
    if many.cluster is None:
        yield Processes(n_workers)
        return
    from scoliogait.district.on_dask import dask_at, local_dask

    if many.cluster == "local":
        with local_dask(n_workers) as on_dask:
            yield on_dask
    else:
        with dask_at(scheduler_address(many.cluster, many.certificates, many.trust_network)) as on_dask:
            yield on_dask


@contextmanager
def _progress_of(console: Console) -> Iterator[Any]:
    """A bar where somebody looks, and else a line every half minute, for logs."""
    began = said = time.monotonic()

    def line(now: ManifestProgress) -> None:
        nonlocal said
        if time.monotonic() - said < _SECONDS_BETWEEN_LINES:
            return
        said = time.monotonic()
        print(now.words(said - began), file=sys.stderr, flush=True)

    if not console.is_terminal:
        yield line
        return
    with progress_bar("screening", console=console) as bar:
        yield lambda now: bar.reach(now.n_done, now.n_walks, f"{now.n_refused} refused")


def _merge(run: ManifestScreening, files_out: ScreeningFiles, console: Console) -> bool:
    """One table of all; whether each walk was screened."""
    from scoliogait.report.screening_counts import ScreeningCounts

    counts = ScreeningCounts()
    statements: dict[str, None] = {}
    origins: dict[WalkOrigin, None] = {}
    with files_out.open() if files_out.paths else nullcontext() as opened:

        def take(row: dict[str, Any]) -> None:
            counts.add(row)
            origins[row["training_walks"]] = None
            if row["statements"]:
                statements[row["statements"]] = None
            if opened is not None:
                opened.add(row, {})

        written = run.merge(take, _COUNTED if opened is None else COLUMNS)
    print_banner(banner(next(iter(origins))), console)
    for said in (CLASS_NOTE, *statements) if counts.any_read else ():
        console.print(Text(said, style="yellow"), soft_wrap=True)
    for reason in counts.reasons():
        console.print(Text(reason), soft_wrap=True)
    console.print(Text(counts.words(), "bold"), soft_wrap=True)
    print_written(console, written, *files_out.paths)
    return counts.all_screened


def _give_to_slurm(run: ManifestScreening, many: ManyOptions, options: tuple[str, ...], console: Console) -> None:
    command = [sys.executable, "-m", "scoliogait", "screen", "--manifest", str(run.manifest.path.absolute())]
    command += ["--out", str(run.folder.path.absolute()), "--root", str(run.manifest.root), "--model", run.facts.model]
    command += [
        word
        for name, value in run.facts.options.items()
        if value is not None
        for word in (f"--{'joints' if name == 'layout' else name.replace('_', '-')}", str(value))
    ]
    command += ["--backend", run.facts.backend] if run.facts.backend is not None else []
    command += ["--seconds-per-walk", f"{run.seconds_per_walk:g}"]
    script = write_script(run.folder.path / _SCRIPT, options, command, many.tasks or DEFAULT_TASKS)
    submit_script(script, command, console)
