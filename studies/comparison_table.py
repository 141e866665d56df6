"""The comparison's results as a Markdown table and a picture; every figure comes from the predictions on disk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from scoliogait.evaluation.curves import roc_area_statistic
from scoliogait.evaluation.intervals import tables_per_person, weighted_metrics
from scoliogait.evaluation.metrics import METRIC_NAMES, group_score, in_group
from scoliogait.evaluation.predictions import Predictions, read_predictions
from scoliogait.evaluation.resampling import FloatArray, Resampled, group_numbers, resample
from scoliogait.files import atomic_file
from scoliogait.report.figures import ACCENT_COLOUR, GRID, new_figure, plain_axes, save_figure
from scoliogait.side_colours import LEFT_COLOUR, RIGHT_COLOUR
from studies.comparison_jobs import TESTS
from studies.comparison_plan import CONDITIONS, PROBES, Condition, Job, Study

MACRO_F1, AREA = "macro_f1", "roc_auc_abnormal"
# The area first: after few steps, and with few neutral walks, macro-F1 says more about biases than about learning.
HEADINGS = {
    AREA: "ROC AUC abnormal",
    MACRO_F1: "macro-F1",
    "sensitivity_abnormal": "sensitivity abnormal",
    "specificity_abnormal": "specificity abnormal",
}
SHIFTED = (AREA, MACRO_F1)
_N_RESAMPLES = 2000
# Colour and label of a test.
_LOOKS = {
    "test": (LEFT_COLOUR, "test walks"),
    "shifted": (RIGHT_COLOUR, "the same people, higher camera, noisier keypoints"),
}


@dataclass(frozen=True)
class Cell:
    """A metric over seeds: each value, mean, standard deviation over seeds, and the interval of the mean.

    The interval draws the people of every seed's test set again; it does not know how much training varies.
    """

    mean: float
    spread: float
    low: float
    high: float
    values: tuple[float, ...]

    @property
    def n_seeds(self) -> int:
        return len(self.values)


@cache
def cells_of(study: Study, condition: Condition, model: str, test: str) -> dict[str, Cell]:
    """Every metric of one model under one condition; empty when no seed has finished."""
    resampled = []
    for seed in study.seeds:
        path = study.out / "runs" / Job(condition, model, seed).folder_name / f"{test}.parquet"
        if path.is_file():
            resampled.append(resampled_figures(read_predictions(path), seed))
    cells = {}
    for column, metric in enumerate(HEADINGS if resampled else ()):
        values = np.array([one.value[column] for one in resampled])
        low, high = np.nanquantile(np.mean([one.draws[:, column] for one in resampled], axis=0), [0.025, 0.975])
        spread = float(values.std(ddof=1)) if len(values) > 1 else float("nan")
        cells[metric] = Cell(float(values.mean()), spread, float(low), float(high), tuple(values.tolist()))
    return cells


def resampled_figures(predictions: Predictions, seed: int) -> Resampled:
    """The table's metrics, in the order of HEADINGS, with the people drawn again."""
    people = group_numbers(predictions.subject_ids, len(predictions))
    tables = tables_per_person(predictions.mean_logits, predictions.labels, predictions.subject_ids)
    truth = in_group(predictions.labels, "abnormal")
    area = roc_area_statistic(group_score(predictions.probabilities, "abnormal"), truth, people)

    def metrics(weights: FloatArray) -> FloatArray:
        named = dict(zip(METRIC_NAMES, weighted_metrics(weights, tables).T, strict=True)) | {AREA: area(weights)}
        return np.stack([named[metric] for metric in HEADINGS], axis=-1)

    return resample(metrics, len(tables), _N_RESAMPLES, seed)


def markdown(study: Study, models: Sequence[str]) -> str:
    """One table per condition, with what has finished; the best mean of each macro-F1 and area is bold."""
    columns = [("test", metric) for metric in HEADINGS] + [("shifted", metric) for metric in SHIFTED]
    headings = [HEADINGS[metric] + (", shifted" if test == "shifted" else "") for test, metric in columns]
    lines = []
    for condition in CONDITIONS:
        found = {m: {t: cells_of(study, condition, m, t) for t in TESTS} for m in (*PROBES, *models)}
        found = {model: tests for model, tests in found.items() if all(tests.values())}
        if not found:
            continue
        lines += [f"### Trained on {condition.name}", ""]
        lines += [f"| model | seeds | {' | '.join(headings)} |", "|---" * (len(headings) + 2) + "|"]
        best = {(t, m): max(tests[t][m].mean for tests in found.values()) for t, m in columns if m in SHIFTED}
        for model, tests in found.items():
            cells = [_text(tests[t][m], tests[t][m].mean == best.get((t, m))) for t, m in columns]
            lines.append(f"| {model} | {tests['test'][MACRO_F1].n_seeds} | {' | '.join(cells)} |")
        lines.append("")
    return "\n".join(lines)


def _text(cell: Cell, is_best: bool) -> str:
    spread = f" ± {cell.spread:.3f}" if cell.n_seeds > 1 else ""
    mean = f"**{cell.mean:.3f}**" if is_best else f"{cell.mean:.3f}"
    return f"{mean}{spread} ({cell.low:.3f}-{cell.high:.3f})"


def picture(study: Study, models: Sequence[str]) -> Figure:
    """Area and macro-F1 of every model, mean with interval and each seed, a column per condition that has begun."""
    names = [*PROBES, *models]
    begun = [c for c in CONDITIONS if any(cells_of(study, c, name, "test") for name in names)]
    figure = new_figure(4.0 * len(begun) + 1.5, 2 * (0.36 * len(names) + 1.0))
    panels = figure.subplots(len(SHIFTED), len(begun), sharey=True, sharex="row", squeeze=False)
    for metric, row in zip(SHIFTED, panels, strict=True):
        for condition, axes in zip(begun, row, strict=True):
            _draw_cells(axes, {name: {t: cells_of(study, condition, name, t) for t in TESTS} for name in names}, metric)
            axes.grid(axis="x", color=GRID, linewidth=0.6)
            plain_axes(axes, f"Trained on {condition.name}", HEADINGS[metric])
    panels[0, 0].set_yticks(range(len(names)), names)
    panels[0, 0].invert_yaxis()
    handles = [panels[0, 0].plot([], [], "o-", color=colour, label=label)[0] for colour, label in _LOOKS.values()]
    figure.legend(handles=handles, loc="outside lower center", ncols=2, frameon=False, fontsize=9)
    title = "Simulated walkers. Dots: mean over seeds, with its 95 % interval over people; ticks: seeds"
    figure.suptitle(title, fontsize=10, color=ACCENT_COLOUR)
    return figure


def _draw_cells(axes: Axes, found: Mapping[str, Mapping[str, Mapping[str, Cell]]], metric: str) -> None:
    """One line a model, its usual test above its shifted one."""
    for line, tests in enumerate(found.values()):
        for (test, (colour, _)), offset in zip(_LOOKS.items(), (-0.14, 0.14), strict=True):
            if tests[test]:
                cell = tests[test][metric]
                axes.plot([cell.low, cell.high], [line + offset] * 2, color=colour, linewidth=1.6)
                axes.plot(cell.values, [line + offset] * cell.n_seeds, "|", color=colour, markersize=7)
                axes.plot(cell.mean, line + offset, "o", color=colour, markersize=5)


def write_report(study: Study, models: Sequence[str], folder: Path) -> str:
    """Write table.md and comparison.png into ``folder``; gives the table."""
    table = markdown(study, models)
    with atomic_file(folder / "table.md") as temporary:
        temporary.write_text(table + "\n", encoding="utf-8")
    save_figure(picture(study, models), folder / "comparison.png")
    return table
