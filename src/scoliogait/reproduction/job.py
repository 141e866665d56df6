"""One job of a reproduction: train or go on, test once, keep the predictions. Also a process of its own."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich.console import Console

from scoliogait.checkpoints.bundle import load_bundle
from scoliogait.data.partition import read_partition
from scoliogait.data.store import WalkStore
from scoliogait.errors import DataError, ScoliogaitError
from scoliogait.evaluation.predictions import Predictions, write_predictions
from scoliogait.evaluation.summary import summarise
from scoliogait.files import sole_writer, write_json
from scoliogait.ledger import RESULT
from scoliogait.reproduction.folder import Job, ReproductionFolder
from scoliogait.reproduction.plan import ROWS
from scoliogait.results.opening import tell_card
from scoliogait.results.test_run import open_and_judge
from scoliogait.training.fit import fit
from scoliogait.training.recipe import Recipe
from scoliogait.training.recipe_file import setting


def run_job(folder: ReproductionFolder, job: Job, console: Console | None = None, allow_leak: bool = False) -> None:
    """Bring a job to its end from wherever it stands; one that is finished stays as it is.

    The test set is opened once, after training, and the opening noted in the run's ledger; again only when a kill came
    before its result was noted. console: as ``fit`` takes it. allow_leak: as ``open_and_judge`` takes it. Raises what
    training and evaluation raise, and DataError when the row it starts from is not finished, when what an earlier call
    left is damaged, or when another process is at this job.
    """
    with sole_writer(job.path, "job"):
        if (damage := job.damage) is not None:
            raise DataError(damage)
        if job.finished:
            return
        facts = folder.facts()
        if not (job.run.facts_file.is_file() and job.run.finished):
            fit(job_recipe(folder, job), job.run.path, console=console)
        if not any(entry["event"] == RESULT for entry in job.run.ledger.entries()):
            _test(job, facts["store"], facts["partitions"][job.row.name], allow_leak)
        write_json(job.done_file, {"row": job.row.name, "seed": job.seed, "smoke": facts["smoke"]})


def job_recipe(folder: ReproductionFolder, job: Job) -> Recipe:
    """The row's recipe with the job's seed, walks and start. Raises DataError when its start is not there."""
    facts = folder.facts()
    given: dict[str, object] = {
        "name": job.row.name,  # a recipe may stand in for several rows
        "seed": job.seed,
        "data.store": facts["store"],
        "data.partition": facts["partitions"][job.row.name],
    }
    if job.row.start is not None:
        before = folder.job(ROWS[job.row.start], job.seed)
        if not before.finished:
            raise DataError(f"{before.name}: is not finished, and {job.name} starts from it; run that row too")
        given["start.weights"] = str(before.run.model.resolve())
    return job.row.load(*(setting(key, value) for key, value in given.items()), smoke=facts["smoke"])


def _test(job: Job, store_path: str, partition_name: str, allow_leak: bool) -> None:
    def write(predictions: Predictions) -> tuple[Path, Mapping[str, Any]]:
        return write_predictions(job.predictions_file, predictions), summarise(predictions)

    bundle = load_bundle(job.run.model)
    store, partition = WalkStore.open(store_path), read_partition(partition_name)
    open_and_judge(bundle, store, partition, job.run.ledger, write, allow_leak=allow_leak)
    tell_card(job.run.model, job.run.ledger, bundle.digest)


def main() -> None:
    """``python -m scoliogait.reproduction.job FOLDER ROW SEED``; exit code 2 and one line for bad input."""
    parser = argparse.ArgumentParser(description="One job of a reproduction that was started before.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("row", choices=list(ROWS))
    parser.add_argument("seed", type=int)
    parser.add_argument("--allow-leak", action="store_true")
    given = parser.parse_args()
    folder = ReproductionFolder(given.folder)
    try:
        run_job(folder, folder.job(ROWS[given.row], given.seed), allow_leak=given.allow_leak)
    except ScoliogaitError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(2)


if __name__ == "__main__":
    main()
