"""The figures of the study of start weights, as far as it has finished: Markdown tables and a picture."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from scoliogait.evaluation.predictions import read_predictions
from scoliogait.evaluation.resampling import Resampled
from scoliogait.files import atomic_file
from scoliogait.report.figures import ACCENT_COLOUR, GRID, new_figure, plain_axes, save_figure
from scoliogait.side_colours import LEFT_COLOUR, MIDDLE_COLOUR, RIGHT_COLOUR
from studies.comparison_table import AREA, HEADINGS, MACRO_F1, resampled_figures
from studies.pretraining import FILMED, PRETRAINED, RESULT, SCRATCH, SIZES, TRAINED_ON, Job, Study

METRICS = (AREA, MACRO_F1)
_COLUMNS = [list(HEADINGS).index(metric) for metric in METRICS]
_LOOKS = {SCRATCH: LEFT_COLOUR, PRETRAINED: RIGHT_COLOUR}


@cache
def _of_seed(file: Path, seed: int) -> Resampled:
    return resampled_figures(read_predictions(file), seed)


def found(study: Study, trained_on: str, n_walks: int | None, start: str, test: str) -> list[Resampled]:
    """One for each seed, people of the test set drawn again; the same draws for every model of a seed.

    Empty unless all seeds have finished.
    """
    jobs = [Job(trained_on, n_walks, start, seed) for seed in study.seeds]
    if not all((study.folder(job) / RESULT).is_file() for job in jobs):
        return []
    return [_of_seed(study.folder(job) / f"{test}.parquet", job.seed) for job in jobs]


def values(of_seeds: Sequence[Resampled]) -> NDArray[np.float64]:
    """(seeds, metrics)."""
    return np.array([one.value[_COLUMNS] for one in of_seeds]).reshape(-1, len(METRICS))


def gain(scratch: Sequence[Resampled], pretrained: Sequence[Resampled]) -> tuple[NDArray[np.float64], ...]:
    """Mean gain over the seeds and both ends of its 95 % interval over people, (metrics,) each."""
    draws = np.mean([b.draws - a.draws for a, b in zip(scratch, pretrained, strict=True)], axis=0)[:, _COLUMNS]
    low, high = np.nanquantile(draws, [0.025, 0.975], axis=0)
    return (values(pretrained) - values(scratch)).mean(axis=0), low, high


def size_words(n_walks: int | None) -> str:
    return {None: "all", 0: "none"}.get(n_walks, str(n_walks))


def markdown(study: Study) -> str:
    """Per condition of training: both starts by number of walks, and the gain on walks filmed as in training."""
    return "\n".join(line for trained_on in TRAINED_ON for line in _table(study, trained_on))


def _table(study: Study, trained_on: str) -> Iterator[str]:
    heads = [f"{HEADINGS[metric]}, {test}" for metric in METRICS for test in FILMED]
    yield f"### Trained on {trained_on} walks"
    yield ""
    yield f"| walks | start | {' | '.join(heads)} | gain, {trained_on}: ROC AUC, macro-F1 |"
    yield "|---" * (len(heads) + 3) + "|"
    for n_walks in SIZES:
        for start in (PRETRAINED,) if n_walks == 0 else (SCRATCH, PRETRAINED):
            tests = {test: values(_found_or_start(study, trained_on, n_walks, start, test)) for test in FILMED}
            if not all(map(len, tests.values())):
                continue
            cells = [_cell(tests[test][:, column]) for column in range(len(METRICS)) for test in FILMED]
            last = _gain_words(study, trained_on, n_walks) if start == PRETRAINED and n_walks != 0 else ""
            yield f"| {size_words(n_walks)} | {start} | {' | '.join(cells)} | {last} |"
    yield ""


def _found_or_start(study: Study, trained_on: str, n_walks: int | None, start: str, test: str) -> list[Resampled]:
    """Without training it is one model, whatever it would be trained on."""
    return found(study, TRAINED_ON[0] if n_walks == 0 else trained_on, n_walks, start, test)


def _cell(of_seeds: NDArray[np.float64]) -> str:
    spread = f" ± {of_seeds.std(ddof=1):.3f}" if len(of_seeds) > 1 else ""
    return f"{of_seeds.mean():.3f}{spread}"


def _gain_words(study: Study, trained_on: str, n_walks: int | None) -> str:
    scratch, pretrained = (found(study, trained_on, n_walks, start, trained_on) for start in (SCRATCH, PRETRAINED))
    if not scratch:
        return ""
    mean, low, high = gain(scratch, pretrained)
    return ", ".join(f"{m:+.3f} ({a:+.3f} to {b:+.3f})" for m, a, b in zip(mean, low, high, strict=True))


def picture(study: Study) -> Figure:
    """ROC AUC by number of training walks: a row per condition of training, a column per condition of test."""
    figure = new_figure(10.5, 6.0)
    panels = figure.subplots(len(TRAINED_ON), len(FILMED), sharex=True, sharey=True)
    for trained_on, row in zip(TRAINED_ON, panels, strict=True):
        for test, axes in zip(FILMED, row, strict=True):
            _draw(axes, study, trained_on, test)
            plain_axes(axes, f"{trained_on} → {test}")
        row[0].set_ylabel("ROC AUC, abnormal", fontsize=10)
    for axes in panels[-1]:
        axes.set_xticks(range(len(SIZES)), [size_words(n_walks) for n_walks in SIZES])
        axes.set_xlabel("training walks", fontsize=10)
    handles = [panels[0, 0].plot([], [], "o-", color=colour, label=start)[0] for start, colour in _LOOKS.items()]
    handles.append(panels[0, 0].plot([], [], "o", color=MIDDLE_COLOUR, label="the start weights as they are")[0])
    figure.legend(handles=handles, loc="outside lower center", ncols=3, frameon=False, fontsize=9)
    title = "Simulated walkers. Trained on → tested on; lines: mean over seeds, ticks: seeds"
    figure.suptitle(title, fontsize=10, color=ACCENT_COLOUR)
    return figure


def _draw(axes: Axes, study: Study, trained_on: str, test: str) -> None:
    for start, colour in _LOOKS.items():
        every = {place: found(study, trained_on, n, start, test) for place, n in enumerate(SIZES) if n != 0}
        places = [place for place, of_seeds in every.items() if of_seeds]
        areas = [values(every[place])[:, 0] for place in places]
        axes.plot(places, [one.mean() for one in areas], "o-", color=colour, markersize=5)
        for place, one in zip(places, areas, strict=True):
            axes.plot([place] * len(one), one, "_", color=colour, markersize=9)
    as_it_is = values(_found_or_start(study, trained_on, 0, PRETRAINED, test))[:, 0]
    axes.plot([0] * len(as_it_is), as_it_is, "_", color=MIDDLE_COLOUR, markersize=9)
    axes.plot(0, as_it_is.mean(), "o", color=MIDDLE_COLOUR, markersize=5)
    axes.grid(axis="y", color=GRID, linewidth=0.6)


def write_report(study: Study, folder: Path) -> str:
    """Write table.md and pretraining.png into ``folder``; gives the table."""
    table = markdown(study)
    with atomic_file(folder / "table.md") as temporary:
        temporary.write_text(table + "\n", encoding="utf-8")
    save_figure(picture(study), folder / "pretraining.png")
    return table
