"""The comparison's results as a Markdown table and a picture; every figure comes from the predictions on disk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from scoliogait.evaluation.intervals import group_numbers
from scoliogait.evaluation.metrics import metrics_of_tables
from scoliogait.evaluation.predictions import Predictions, read_predictions
from scoliogait.report.figures import ACCENT_COLOUR, LEFT_COLOUR, RIGHT_COLOUR, new_figure, plain_axes
from studies.comparison_jobs import TESTS
from studies.comparison_plan import CONDITIONS, PROBES, Condition, Job, Study

METRICS = ("macro_f1", "accuracy", "sensitivity_abnormal", "specificity_abnormal")
_N_RESAMPLES = 2000


@dataclass(frozen=True)
class Cell:
    """A metric over seeds: each value, mean, standard deviation over seeds, and the interval of the mean.

    The interval draws the people of every seed's test set anew; it does not know how much training varies.
    """

    mean: float
    spread: float
    low: float
    high: float
    values: tuple[float, ...]

    @property
    def n_seeds(self) -> int:
        return len(self.values)


def cells_of(study: Study, condition: Condition, model: str, test: str) -> dict[str, Cell]:
    """Every metric of one model under one condition; empty when no seed has finished."""
    tables = []
    for seed in study.seeds:
        path = study.out / "runs" / Job(condition, model, seed).folder_name / f"{test}.parquet"
        if path.is_file():
            tables.append(_tables_of_people(read_predictions(path)))
    if not tables:
        return {}
    whole = metrics_of_tables(np.stack([table.sum(axis=0) for table in tables]))
    generator = np.random.default_rng(0)
    resampled = [metrics_of_tables(_resampled(table, generator)) for table in tables]
    cells = {}
    for metric in METRICS:
        means = np.mean([one[metric] for one in resampled], axis=0)
        low, high = np.nanquantile(means, [0.025, 0.975])
        values = whole[metric]
        spread = float(values.std(ddof=1)) if len(values) > 1 else float("nan")
        cells[metric] = Cell(float(values.mean()), spread, float(low), float(high), tuple(values.tolist()))
    return cells


def _tables_of_people(predictions: Predictions) -> NDArray[np.int64]:
    """Confusion table of each person, (people, 3, 3)."""
    people = group_numbers(predictions.subject_ids, len(predictions))
    tables = np.zeros((people.max() + 1, 3, 3), dtype=np.int64)
    np.add.at(tables, (people, predictions.labels, predictions.predicted), 1)
    return tables


def _resampled(tables: NDArray[np.int64], generator: np.random.Generator) -> NDArray[np.int64]:
    n = len(tables)
    draws = generator.multinomial(n, np.full(n, 1 / n), _N_RESAMPLES)
    # Counts are exact in floating point, whose product is a hundred times as fast.
    counts = draws.astype(np.float64) @ tables.reshape(n, -1).astype(np.float64)
    return counts.reshape(_N_RESAMPLES, 3, 3).astype(np.int64)


def markdown(study: Study, models: Sequence[str]) -> str:
    """One table per condition, with what has finished; the best mean macro-F1 of each column is bold."""
    lines = []
    for condition in CONDITIONS:
        found = {m: {t: cells_of(study, condition, m, t) for t in TESTS} for m in (*PROBES, *models)}
        found = {model: tests for model, tests in found.items() if tests["test"]}
        if not found:
            continue
        lines += [
            f"### Trained on {condition.name}",
            "",
            "| model | seeds | macro-F1 | accuracy | sensitivity abnormal | specificity abnormal | macro-F1, shifted |",
            "|---|---|---|---|---|---|---|",
        ]
        best = {test: max(tests[test]["macro_f1"].mean for tests in found.values()) for test in TESTS}
        for model, tests in found.items():
            told = [_text(tests["test"][metric]) for metric in METRICS] + [_text(tests["shifted"]["macro_f1"])]
            for column, test in ((0, "test"), (4, "shifted")):
                if tests[test]["macro_f1"].mean == best[test]:
                    told[column] = f"**{told[column]}**"
            n_seeds = tests["test"]["macro_f1"].n_seeds
            lines.append(f"| {model} | {n_seeds} | {' | '.join(told)} |")
        lines.append("")
    return "\n".join(lines)


def _text(cell: Cell) -> str:
    spread = f" ± {cell.spread:.3f}" if cell.n_seeds > 1 else ""
    return f"{cell.mean:.3f}{spread} ({cell.low:.3f}-{cell.high:.3f})"


def picture(study: Study, models: Sequence[str]) -> Figure:
    """Macro-F1 of every model, mean with interval and each seed; a panel per condition: usual and shifted test."""
    names = [*PROBES, *models]
    figure = new_figure(4.0 * len(CONDITIONS) + 1.5, 0.42 * len(names) + 1.4)
    panels = figure.subplots(1, len(CONDITIONS), sharey=True, sharex=True)
    for axes, condition in zip(panels, CONDITIONS, strict=True):
        for row, model in enumerate(names):
            for test, colour, offset in (("test", LEFT_COLOUR, -0.13), ("shifted", RIGHT_COLOUR, 0.13)):
                cells = cells_of(study, condition, model, test)
                if not cells:
                    continue
                cell = cells["macro_f1"]
                axes.plot([cell.low, cell.high], [row + offset] * 2, color=colour, linewidth=1.6)
                axes.plot(cell.values, [row + offset] * cell.n_seeds, "|", color=colour, markersize=7)
                axes.plot(cell.mean, row + offset, "o", color=colour, markersize=5)
        axes.grid(axis="x", color="#E6EAEF", linewidth=0.6)
        plain_axes(axes, f"Trained on {condition.name}", "macro-F1")
    panels[0].set_yticks(range(len(names)), names)
    panels[0].invert_yaxis()
    handles = [
        panels[0].plot([], [], "o-", color=colour, label=label)[0]
        for colour, label in (
            (LEFT_COLOUR, "test walks"),
            (RIGHT_COLOUR, "the same people, higher camera, noisier keypoints"),
        )
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=2, frameon=False, fontsize=9)
    title = "Simulated walkers. Dots: mean over seeds, with its 95 % interval over people; ticks: seeds"
    figure.suptitle(title, fontsize=10, color=ACCENT_COLOUR)
    return figure


def write_report(study: Study, models: Sequence[str], folder: Path) -> str:
    """Write table.md and comparison.png into ``folder``; gives the table."""
    from scoliogait.files import atomic_file
    from scoliogait.report.figures import save_figure

    table = markdown(study, models)
    with atomic_file(folder / "table.md") as temporary:
        temporary.write_text(table + "\n", encoding="utf-8")
    save_figure(picture(study, models), folder / "comparison.png")
    return table
