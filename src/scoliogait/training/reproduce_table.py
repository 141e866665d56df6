"""The rows of a reproduction's table, from the test predictions on disk."""

from __future__ import annotations

from collections.abc import Sequence

from scoliogait.errors import DataError
from scoliogait.evaluation.predictions import read_predictions
from scoliogait.evaluation.reproduction import RowResult, row_result
from scoliogait.training.reproduce_folder import ReproductionFolder
from scoliogait.training.reproduce_plan import Row


def finished_rows(folder: ReproductionFolder, rows: Sequence[Row], n_seeds: int) -> list[RowResult]:
    """Rows of which at least one seed is finished. Raises DataError naming the row whose predictions do not fit."""
    smoke = bool(folder.facts()["smoke"])
    results = []
    for row in rows:
        jobs = [job for job in (folder.job(row, seed) for seed in range(n_seeds)) if job.finished]
        if not jobs:
            continue
        runs = [(job.seed, read_predictions(job.predictions_file)) for job in jobs]
        try:
            results.append(row_result(row.name, row.model, row.split, row.common_test, runs, row.figures, smoke))
        except DataError as error:
            raise DataError(f"{jobs[0].path.parent}: {error}") from error
    return results
