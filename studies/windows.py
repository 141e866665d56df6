"""Does the answer depend on how long one films, and do intervals hold repeat recordings? Simulated walkers.

    python -m studies.windows --out windows --model builtin:demo

films people of whom the model has seen none, three times each, and scores the first 60, 120 and 300 frames of the same
recordings both ways: all frames at once, and in windows of the training length. Every frame passes the network once.
Writes ``windows.json`` and ``windows.md``; a stopped study goes on.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import torch
import typer
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import Progress

from scoliogait.checkpoints.bundle import Bundle, load_bundle
from scoliogait.checkpoints.model_folder import model_folder
from scoliogait.errors import DataError
from scoliogait.files import atomic_file, write_json
from scoliogait.models.windows import mean_logits
from scoliogait.representation.windows import Window, logits_of_windows, windows_of
from scoliogait.scores import WindowLogits
from scoliogait.simulation.cohort import WalkPlan, plan_cohort, simulate_walk
from scoliogait.simulation.config import CohortConfig
from studies.windows_table import Scored, figures_of, table_of

FILMED = (60, 120, 300)
WAYS = ("whole", "windows")


@dataclass(frozen=True)
class Plan:
    """Cohorts of ``n_walks`` walks of ``FILMED[-1]`` frames, on average ``walks_per_person`` of each person."""

    n_walks: int
    walks_per_person: float

    def cohort(self, seed: int) -> CohortConfig:
        return CohortConfig(
            n_walks=self.n_walks,
            n_frames=FILMED[-1],
            seed=seed,
            silhouettes=False,
            walks_per_subject=self.walks_per_person,
        )


def spans_of(way: str, n_frames: int, clip: int) -> list[Window]:
    """The windows of the first ``n_frames`` of a recording."""
    return [(0, n_frames)] if way == "whole" else windows_of(n_frames, clip)


def score(bundle: Bundle, config: CohortConfig, plan: WalkPlan) -> dict[str, NDArray[np.float32]]:
    """The logits of one recording by way and length, float32 (windows, 3) each."""
    clip = bundle.contract.training_frames
    if clip is None:
        raise DataError(f"{bundle.path}: its contract does not state the training length; train it again")
    inputs = bundle.contract.model_input(simulate_walk(config, plan).walk)
    if "pav" in inputs:
        inputs["pav"] = inputs["pav"].unsqueeze(0)
    wanted = {f"{way} {n}": spans_of(way, n, clip) for way in WAYS for n in FILMED}
    with torch.inference_mode():
        logits = mean_logits(bundle.module, inputs, [FILMED[-1]], [[s for spans in wanted.values() for s in spans]])
    ends = np.cumsum([len(spans) for spans in wanted.values()])
    return dict(zip(wanted, np.split(logits.numpy(), ends[:-1]), strict=True))


def scored_cohort(bundle: Bundle, plan: Plan, seed: int, folder: Path, console: Console) -> Scored:
    """All recordings of one seed; read where an earlier call has scored them."""
    file = folder / f"{bundle.digest[:12]}-{seed}-{plan.n_walks}.npz"
    config = plan.cohort(seed)
    plans = plan_cohort(config)
    if not file.is_file():
        with Progress(console=console) as bar:
            rows = [score(bundle, config, one) for one in bar.track(plans, description=f"seed {seed}")]
        with atomic_file(file) as temporary, temporary.open("wb") as stream:
            np.savez(stream, **{key: np.stack([row[key] for row in rows]) for key in rows[0]})
    with np.load(file) as kept:
        logits = {(way, n): _windows_of(kept[f"{way} {n}"], way, n, bundle) for way in WAYS for n in FILMED}
    people = tuple(f"{seed}-{one.subject_id}" for one in plans)
    return Scored(people, np.array([int(one.label) for one in plans]), logits)


def _windows_of(logits: NDArray[np.float32], way: str, n_frames: int, bundle: Bundle) -> WindowLogits:
    assert bundle.contract.training_frames is not None
    spans = spans_of(way, n_frames, bundle.contract.training_frames)
    return logits_of_windows(logits.reshape(-1, 3), [spans] * len(logits))


def main(
    out: Annotated[Path, typer.Option(help="Folder of the study; a study in it goes on.")],
    model: Annotated[list[str] | None, typer.Option(help="Bundle or run; repeatable.")] = None,
    seed: Annotated[list[int] | None, typer.Option(help="Of a cohort; repeatable.")] = None,
    walks: Annotated[int, typer.Option(help="Walks of a cohort.", min=30)] = 300,
    per_person: Annotated[float, typer.Option(help="Recordings of a person, on average.", min=1)] = 3.0,
) -> None:
    """Score every cohort with every model and print the tables."""
    console = Console()
    out.mkdir(parents=True, exist_ok=True)
    plan, seeds = Plan(walks, per_person), tuple(seed or (11, 12, 13))
    found = {}
    for name in model or ["builtin:demo"]:
        bundle = load_bundle(model_folder(name))
        cohorts = [scored_cohort(bundle, plan, one, out, console) for one in seeds]
        found[bundle.facts.name] = figures_of(bundle, cohorts)
    write_json(out / "windows.json", {"seeds": list(seeds), "walks": walks, "per_person": per_person, "models": found})
    text = "\n\n".join(f"**{name}**\n\n{table_of(figures)}" for name, figures in found.items())
    with atomic_file(out / "windows.md") as temporary:
        temporary.write_text(text + "\n", encoding="utf-8")
    console.print(text, markup=False, soft_wrap=True)


if __name__ == "__main__":
    typer.run(main)
