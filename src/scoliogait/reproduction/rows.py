"""Rows of a reproduction: figures of ours over seeds beside published ones, and whether these lie in our interval."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from scoliogait.errors import DataError
from scoliogait.evaluation.headline import PRINTED_METRICS
from scoliogait.evaluation.json_values import number, pair
from scoliogait.evaluation.predictions import Predictions, read_predictions
from scoliogait.evaluation.resampling import group_numbers
from scoliogait.evaluation.seeds import SeedFigure, figures_over_seeds
from scoliogait.labels import CLASS_NAMES
from scoliogait.reproduction.folder import ReproductionFolder
from scoliogait.reproduction.plan import Row
from scoliogait.reproduction.published import PublishedFigure

SMOKE = "smoke run: networks, steps and frames are cut to almost nothing, so that these figures mean nothing"
SIMULATED = "simulated walks: the published figures are of children"

Position = Literal["inside", "above", "below"]


@dataclass(frozen=True)
class Beside:
    """A published result beside a row. not_comparable: why the two cannot be held against each other, else empty.

    places: where the published figure lies relative to our interval, by metric; only when they are comparable.
    """

    figure: PublishedFigure
    not_comparable: str
    places: dict[str, Position]


@dataclass(frozen=True)
class RowResult:
    """A finished row. split: which walks train; partition: its name. n_class_walks: test walks by class id.

    figures: by metric name, values in 0..1. seeds: those that are finished. selections: how the models were chosen.
    """

    name: str
    model: str
    split: str
    common_test: bool
    partition: str
    seeds: tuple[int, ...]
    selections: tuple[str, ...]
    n_walks: int
    n_people: int
    people_known: bool
    n_class_walks: tuple[int, ...]
    figures: dict[str, SeedFigure]
    beside: tuple[Beside, ...]

    @property
    def majority_share(self) -> float:
        """Accuracy (0..1) of always answering the class that most test walks have."""
        return max(self.n_class_walks) / self.n_walks


def row_result(
    name: str,
    model: str,
    split: str,
    common_test: bool,
    runs: Sequence[tuple[int, Predictions]],
    published: Sequence[PublishedFigure],
    smoke: bool,
) -> RowResult:
    """The row from the test predictions of each finished seed. Raises DataError as ``figures_over_seeds`` does."""
    figures = figures_over_seeds([predictions for _, predictions in runs], PRINTED_METRICS)
    first = runs[0][1].labelled()
    return RowResult(
        name,
        model,
        split,
        common_test,
        first.about.data.partition,
        tuple(seed for seed, _ in runs),
        tuple(sorted({predictions.about.model.selection.value for _, predictions in runs})),
        len(first),
        int(group_numbers(first.subject_ids, len(first)).max()) + 1,
        None not in first.subject_ids,
        tuple(np.bincount(first.labels, minlength=len(CLASS_NAMES)).tolist()),
        figures,
        tuple(beside(figure, figures, smoke, first.simulated) for figure in published),
    )


def beside(figure: PublishedFigure, ours: dict[str, SeedFigure], smoke: bool, simulated: bool) -> Beside:
    """The published result placed relative to our intervals, unless something forbids the comparison."""
    reason = SMOKE.split(":")[0] if smoke else SIMULATED.split(":")[0] if simulated else figure.not_comparable
    places = {} if reason else {m: p for m in PRINTED_METRICS if (p := _place(figure.figure(m), ours[m])) is not None}
    return Beside(figure, reason, places)


def _place(published_percent: float | None, ours: SeedFigure) -> Position | None:
    low, high = ours.interval
    if published_percent is None or math.isnan(low):
        return None
    share = published_percent / 100
    return "below" if share < low else "above" if share > high else "inside"


def row_json(row: RowResult) -> dict[str, Any]:
    """Plain JSON values of a row; ours in 0..1, published figures in percent as printed."""
    return {
        "name": row.name,
        "model": row.model,
        "split": row.split,
        "common_test": row.common_test,
        "partition": row.partition,
        "seeds": list(row.seeds),
        "selection": list(row.selections),
        "n_test_walks": row.n_walks,
        "n_test_people": row.n_people if row.people_known else None,
        "n_test_walks_of_class": dict(zip(CLASS_NAMES, row.n_class_walks, strict=True)),
        "majority_share": row.majority_share,
        "ours": {
            metric: {
                "mean": number(figure.mean),
                "spread_between_seeds": figure.spread,
                "interval": pair(figure.interval),
                "seeds": [number(value) for value in figure.values],
            }
            for metric, figure in row.figures.items()
        },
        "published": [
            {
                "key": entry.figure.key,
                "what": entry.figure.what,
                "source": entry.figure.source,
                "selection": entry.figure.selection,
                "remark": entry.figure.remark,
                "not_comparable": entry.not_comparable,
                "percent": {metric: entry.figure.figure(metric) for metric in PRINTED_METRICS},
                "relative_to_our_interval": entry.places,
            }
            for entry in row.beside
        ],
    }


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
