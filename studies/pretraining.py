"""What start weights from simulated walks are worth on other simulated walks: ``python -m studies.pretraining``.

Per seed another cohort, filmed three times: as usual, *shifted* (camera higher, keypoints noisier) and *beyond* what
the start weights have seen. The set network trains on more and more walks of the first two, once from random values and
once from the start weights, by the same recipe; validation walks choose, the test walks are opened once per model. A
stopped study goes on. Everything is simulated.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import torch
import typer
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import track

from scoliogait.checkpoints.bundle import Bundle, load_bundle
from scoliogait.checkpoints.model_folder import model_folder
from scoliogait.data.partition import OWN_PARTITION, Partition, read_partition, write_partition
from scoliogait.data.store import WalkStore
from scoliogait.evaluation.predictions import write_predictions
from scoliogait.files import read_json, write_json
from scoliogait.ledger import LEDGER_FILE, Ledger
from scoliogait.results.evaluate import evaluate_test_walks
from scoliogait.results.opening import open_test_set
from scoliogait.simulation.cohort_store import write_cohort
from scoliogait.simulation.config import CohortConfig
from scoliogait.training.fit import fit
from scoliogait.training.recipe_file import load_recipe, setting
from scoliogait.training.run_folder import RunFolder
from studies.comparison_plan import SHIFTED_CAMERA_HEIGHT_M, SHIFTED_NOISE

RECIPE = "small-pose-set"
# Far from the seeds that other cohorts of the package come from.
FIRST_COHORT = 2000
RATIO = "112"
FILMED: dict[str, dict[str, Any]] = {
    "usual": {},
    "shifted": {"camera_height_m": SHIFTED_CAMERA_HEIGHT_M, "noise_factor": SHIFTED_NOISE},
    "beyond": {"camera_height_m": 2.8, "camera_roll_deg": 14.0, "noise_factor": 3.0},
}
TRAINED_ON = ("usual", "shifted")
# Training walks; 0: the start weights as they are, None: all.
SIZES: tuple[int | None, ...] = (0, 50, 100, 300, None)
# The file that a finished job leaves.
RESULT = "result.json"
SCRATCH, PRETRAINED = "from random values", "from the start weights"


@dataclass(frozen=True)
class Job:
    """One model. n_walks: that it trains on, 0: none, None: all. trained_on: how these were filmed."""

    trained_on: str
    n_walks: int | None
    start: str
    seed: int

    @property
    def folder_name(self) -> str:
        walks = "all" if self.n_walks is None else self.n_walks
        words = "start" if self.n_walks == 0 else f"{self.trained_on}-{walks}-{self.start.replace(' ', '-')}"
        return f"{words}-{self.seed}"


@dataclass(frozen=True)
class Study:
    """Where everything lies, and the sizes. start: bundle or run whose weights are tried."""

    out: Path
    start: str
    n_walks: int
    n_frames: int
    seeds: tuple[int, ...]

    def cohort(self, filmed: str, seed: int) -> Path:
        return self.out / "cohorts" / f"{filmed}-{seed}"

    def folder(self, job: Job) -> Path:
        return self.out / "runs" / job.folder_name

    def jobs(self) -> Iterator[Job]:
        for seed in self.seeds:
            for start in (SCRATCH, PRETRAINED):
                for trained_on in TRAINED_ON:
                    for n_walks in SIZES:
                        if n_walks != 0 or (start == PRETRAINED and trained_on == TRAINED_ON[0]):
                            yield Job(trained_on, n_walks, start, seed)


def prepare_cohorts(study: Study) -> None:
    """Simulate what is not there yet: the same people and walks, filmed in every way."""
    for seed in study.seeds:
        for filmed, settings in FILMED.items():
            if not study.cohort(filmed, seed).exists():
                sizes = {"n_walks": study.n_walks, "n_frames": study.n_frames, "seed": FIRST_COHORT + seed}
                config = CohortConfig(**sizes, silhouettes=False, **settings)
                write_cohort(config, study.cohort(filmed, seed), ratio=RATIO)


def some_walks(store: WalkStore, ids: tuple[str, ...], n_walks: int, seed: int) -> tuple[str, ...]:
    """About ``n_walks`` of the ids, person by person, classes in their shares; fewer walks are a part of more."""
    indices = store.indices_of(ids)
    share = n_walks / len(ids)
    kept = [_of_class(store, indices[store.labels[indices] == label], share, seed) for label in range(3)]
    chosen = set(np.concatenate(kept).tolist())
    return tuple(name for name, index in zip(ids, indices.tolist(), strict=True) if index in chosen)


def _of_class(store: WalkStore, indices: NDArray[np.int64], share: float, seed: int) -> NDArray[np.int64]:
    people = np.array([store.subject_ids[index] for index in indices])
    order = np.random.default_rng([seed, 11]).permutation(np.unique(people))
    by_person = np.concatenate([indices[people == person] for person in order])
    return by_person[: max(4, round(share * len(indices)))]


def partition_of(study: Study, job: Job) -> Partition:
    """The split of the job's cohort; of its training walks those that the job may see."""
    folder = study.cohort(job.trained_on, job.seed)
    whole = read_partition(folder / OWN_PARTITION)
    if not job.n_walks:
        return whole
    train = some_walks(WalkStore.open(folder), whole.train, job.n_walks, job.seed)
    return Partition(f"{job.n_walks}-walks", train, whole.test)


def run_job(study: Study, job: Job, settings: dict[str, Any] | None = None) -> dict[str, Any]:
    """Train, choose by validation and test; what an earlier call finished is read. settings: further ones."""
    folder = study.folder(job)
    done = folder / RESULT
    if done.is_file():
        return dict(read_json(done))
    bundle, ledger, facts = _model(study, job, settings or {})
    for filmed in FILMED:
        store = WalkStore.open(study.cohort(filmed, job.seed))
        opening = open_test_set(
            ledger,
            store,
            read_partition(store.path / OWN_PARTITION),
            model_digest=bundle.digest,
            selection=bundle.facts.selection,
        )
        write_predictions(folder / f"{filmed}.parquet", evaluate_test_walks(opening, bundle, device="cpu"))
    write_json(done, facts)
    return facts


def _model(study: Study, job: Job, settings: dict[str, Any]) -> tuple[Bundle, Ledger, dict[str, Any]]:
    folder = study.folder(job)
    folder.mkdir(parents=True, exist_ok=True)
    if job.n_walks == 0:
        bundle = load_bundle(model_folder(study.start))
        return bundle, Ledger(folder / LEDGER_FILE), {"start": bundle.digest}
    partition = partition_of(study, job)
    write_partition(folder / "partition.json", partition)
    given = {
        "data.store": study.cohort(job.trained_on, job.seed).as_posix(),
        "data.partition": (folder / "partition.json").as_posix(),
        "seed": job.seed,
        "trainer.device": "cpu",
        "log.tensorboard": False,
    }
    if job.start == PRETRAINED:
        given["start.weights"] = study.start
    recipe = load_recipe(RECIPE, [setting(name, value) for name, value in (given | settings).items()])
    run = RunFolder(folder / "run")
    if not (run.facts_file.is_file() and run.finished):
        fit(recipe, run.path)
    facts = {
        name: run.facts()[name] for name in ("counts", "selection", "validation", "finetuning") if name in run.facts()
    }
    return load_bundle(run.model), run.ledger, facts


def main(
    out: Annotated[Path, typer.Option(help="Folder of the study; a study in it goes on.")],
    start: Annotated[str, typer.Option(help="Start weights: a bundle, a run, or builtin:NAME.")] = "builtin:pose-set",
    seeds: Annotated[int, typer.Option(help="Seeds, from 0; each has a cohort of its own.", min=1)] = 3,
    walks: Annotated[int, typer.Option(help="Walks of a cohort.", min=60)] = 1493,
    frames: Annotated[int, typer.Option(help="Frames of a walk, at 15 Hz.", min=30)] = 45,
) -> None:
    """Train and test everything, and print the table."""
    from studies.pretraining_table import write_report

    os.environ["OMP_NUM_THREADS"] = "1"
    torch.set_num_threads(1)
    console = Console()
    study = Study(out, start, walks, frames, tuple(range(seeds)))
    prepare_cohorts(study)
    for job in track(list(study.jobs()), "trainings", console=console):
        run_job(study, job)
    console.print(write_report(study, out), markup=False, soft_wrap=True)


if __name__ == "__main__":
    typer.run(main)
