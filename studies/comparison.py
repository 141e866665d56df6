"""All models on simulated walkers at equal training time: ``python -m studies.comparison --out FOLDER``.

Per seed another cohort; per model as many training steps as fit into the same CPU time on one thread (timed once, kept
in ``steps.json``). Checkpoints are chosen by validation; the test walks are opened once per training. A stopped study
goes on where it was. Everything is simulated.
"""

from __future__ import annotations

import os
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path
from typing import Annotated

import torch
import typer
from rich.console import Console
from rich.progress import Progress

from scoliogait.files import read_json, write_json
from studies.comparison_cohorts import prepare_cohorts
from studies.comparison_jobs import cpu_seconds_per_step, run_job
from studies.comparison_plan import CONDITIONS, MODELS, Study
from studies.comparison_table import write_report


def main(
    out: Annotated[Path, typer.Option(help="Folder of the study; a study in it goes on.")],
    seeds: Annotated[int, typer.Option(help="Seeds, from 0; each has a cohort of its own.", min=1)] = 3,
    walks: Annotated[int, typer.Option(help="Walks of a cohort.", min=60)] = 1493,
    frames: Annotated[int, typer.Option(help="Frames of a walk, at 15 Hz.", min=20)] = 45,
    budget: Annotated[float, typer.Option(help="CPU seconds of a training.", min=1)] = 120.0,
    most_steps: Annotated[int, typer.Option(help="No model trains longer than this.", min=8)] = 1000,
    processes: Annotated[int, typer.Option(help="Trainings at the same time, one thread each.", min=1)] = 2,
    model: Annotated[list[str] | None, typer.Option(help="Only these models; repeatable.")] = None,
) -> None:
    """Train and test every model under every condition and print the table."""
    console = Console()
    chosen = tuple(model or MODELS)
    study = Study(out, walks, frames, tuple(range(seeds)), budget, most_steps)
    prepare_cohorts(study, console)
    # The workers inherit this: one thread each, so that CPU time means the same for every model.
    os.environ["OMP_NUM_THREADS"] = "1"
    torch.set_num_threads(1)
    steps = steps_within_budget(study, chosen, console)
    jobs = [job for job in study.jobs(chosen) if not study.result(job).is_file()]
    with Progress(console=console) as bar, ProcessPoolExecutor(processes, get_context("spawn")) as pool:
        task = bar.add_task("trainings", total=len(jobs))
        waiting = {pool.submit(run_job, study, job, steps.get(job.model, 0)): job for job in jobs}
        for finished in as_completed(waiting):
            finished.result()
            bar.advance(task)
    console.print(write_report(study, chosen, out), markup=False)


def steps_within_budget(study: Study, models: tuple[str, ...], console: Console) -> dict[str, int]:
    """Steps of each model, timed on this machine where no earlier call did."""
    path = study.out / "steps.json"
    known: dict[str, int] = dict(read_json(path)) if path.is_file() else {}
    for name in models:
        if name not in known:
            with console.status(f"timing {name}"):
                seconds = cpu_seconds_per_step(study, CONDITIONS[0], name)
            known[name] = max(8, min(study.most_steps, int(study.budget_s / seconds)))
            write_json(path, known)
    for name in models:
        console.print(f"{name}: {known[name]} steps", highlight=False)
    return known


if __name__ == "__main__":
    typer.run(main)
