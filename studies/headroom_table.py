"""Figures of the study of headroom: areas and gains over the set network with intervals, ceilings, a picture."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.metrics import balanced_accuracy_score, roc_auc_score

from scoliogait.evaluation.curves import roc_area_interval, roc_area_statistic
from scoliogait.evaluation.resampling import Resampled, bca_interval, group_numbers, resample
from scoliogait.files import atomic_file
from scoliogait.simulation.ceiling import chances_from_truth, labels_of, names_of
from studies.headroom_cohort import CLOTHES_MM, TRUE_GROUPS, Cohort, clothed, simple
from studies.headroom_fusion import Array, Walks, out_of_fold

LEVEL = 0.95
N_RESAMPLES = 1000
WANTED_GAIN = 0.02
BASELINE = "set network"
TASKS = {"abnormal": "not negative against negative", "positive": "positive against neutral"}
_SIMPLE = simple("outline")
Groups = tuple[str, ...]
ALONE: dict[str, Groups] = {f"{_SIMPLE} alone": (_SIMPLE,), "stride alone": ("stride",)}
# What could be added to the network, from simple to complicated.
ADDED: dict[str, Groups] = {
    f"+ {_SIMPLE}": (_SIMPLE,),
    "+ turned parts": ("turned parts",),
    "+ stride": ("stride",),
    f"+ {_SIMPLE}, stride": (_SIMPLE, "stride"),
    "+ outline": ("outline",),
    "+ outline, also in the stride": ("outline", "outline in the stride"),
}
# Added as well, to understand the rest: outlines under clothes, and what would be known without an error.
CHECKS: dict[str, Groups] = {
    f"+ {name}": (name,)
    for name in (*(simple(clothed(size)) for size in CLOTHES_MM), clothed(CLOTHES_MM[-1]), *TRUE_GROUPS)
}
ROWS: dict[str, Groups] = {BASELINE: ()} | ALONE | ADDED | CHECKS
CEILINGS: dict[str, tuple[str, ...]] = {
    "posture": ("posture",),
    "unevenness": ("unevenness",),
    "movement": ("movement",),
    "posture, unevenness, movement": ("posture", "unevenness", "movement"),
    "torsion": ("torsion",),
    "shape": ("shape",),
    "shape, torsion": ("shape", "torsion"),
    "build": ("build",),
    "all": ("posture", "unevenness", "movement", "torsion", "shape", "build"),
}


def figures_of(cohort: Cohort) -> dict[str, Any]:
    """Per task and row: area, interval, and gain over the set network with its interval, as JSON values."""
    found: dict[str, Any] = {}
    for task in TASKS:
        scores = {
            name: out_of_fold(cohort.walks, task, None if name in ALONE else cohort.network, cohort.columns(groups))
            for name, groups in ROWS.items()
        }
        found[task] = {name: area_and_gain(cohort.walks, task, one, scores[BASELINE]) for name, one in scores.items()}
    return found


def area_and_gain(walks: Walks, task: str, score: Array, baseline: Array) -> dict[str, Any]:
    """ROC area of scores (n,) and what it is more than that of the baseline, with 95 % intervals over people."""
    counts, truth = walks.task(task)
    people = group_numbers([str(number) for number in walks.people[counts]], int(counts.sum()))
    truth = truth[counts]
    areas = [roc_area_statistic(one[counts], truth, people) for one in (score, baseline)]

    def area_then_gain(weights: Array) -> Array:
        area, other = (statistic(weights) for statistic in areas)
        return np.stack([area, area - other], axis=1)

    both = resample(area_then_gain, int(people.max()) + 1, N_RESAMPLES, 0)
    of_area, of_gain = (Resampled(both.value[i], both.draws[:, i], both.left_out[:, i]) for i in range(2))
    sides = (len(set(people[truth].tolist())), len(set(people[~truth].tolist())))
    return {
        "area": float(of_area.value),
        "interval": list(roc_area_interval(of_area, sides, LEVEL)),
        "gain": float(of_gain.value),
        "gain_interval": list(bca_interval(of_gain, LEVEL)),
    }


def ceilings_of(cohort: Cohort) -> dict[str, dict[str, float]]:
    """What a strong classifier makes of the true traits of each group; the walks are those of the networks."""
    labels = labels_of(cohort.truth)
    found = {}
    for name, families in CEILINGS.items():
        negative, neutral, positive = chances_from_truth(cohort.truth, names_of(*families)).T
        called = np.argmax([negative, neutral, positive], axis=0)
        curved = labels > 0
        found[name] = {
            "abnormal": float(roc_auc_score(curved, 1 - negative)),
            "positive": float(roc_auc_score(labels[curved] == 2, (positive / (neutral + positive))[curved])),
            "balanced_accuracy": float(balanced_accuracy_score(labels, called)),
        }
    return found


def kept(figures: Sequence[dict[str, Any]]) -> str | None:
    """The first addition, from simple to complicated, that gains enough on every cohort; None where none does."""
    enough = (name for name in ADDED if all(one["abnormal"][name]["gain"] >= WANTED_GAIN for one in figures))
    return next(enough, None)


def table_of(figures: Sequence[dict[str, Any]], rows: Collection[str] | None = None) -> str:
    """Markdown: areas and gains of these rows, by default all of the study, one column a cohort."""
    parts = []
    for task, words in TASKS.items():
        columns = " | ".join(f"cohort {number + 1}" for number in range(len(figures)))
        parts.append(f"**ROC AUC, {words}**\n\n| | {columns} | gain |\n|---|{'---|' * len(figures)}---|")
        for name in ROWS if rows is None else rows:
            cells = [one[task][name] for one in figures]
            areas = " | ".join(f"{cell['area']:.3f} ({_pair(cell['interval'])})" for cell in cells)
            gains = "–" if name == BASELINE else ", ".join(f"{cell['gain']:+.3f}" for cell in cells).replace("-", "−")
            parts[-1] += f"\n| {name} | {areas} | {gains} |"
    return "\n\n".join(parts)


def ceiling_table(ceilings: Sequence[dict[str, dict[str, float]]]) -> str:
    """Markdown: the mean over cohorts of every group, and the single ones of the first figure."""
    lines = [
        "| known without error | AUC, not negative | by cohort | AUC, positive against neutral | balanced accuracy |",
        "|---|---|---|---|---|",
    ]
    for name in CEILINGS:
        cells = [one[name] for one in ceilings]
        mean = {figure: np.mean([cell[figure] for cell in cells]) for figure in cells[0]}
        single = ", ".join(f"{cell['abnormal']:.3f}" for cell in cells)
        lines.append(
            f"| {name} | {mean['abnormal']:.3f} | {single} | {mean['positive']:.3f} | {mean['balanced_accuracy']:.2f} |"
        )
    return "\n".join(lines)


def _pair(interval: Sequence[float]) -> str:
    return "–".join(f"{bound:.3f}" for bound in interval)


def draw(figures: Sequence[dict[str, Any]], file: Path) -> None:
    """What every row gains over the set network, with intervals, one mark a cohort."""
    from matplotlib.figure import Figure

    names = [name for name in ROWS if name != BASELINE]
    figure = Figure(figsize=(11, 4.6), layout="constrained")
    axes = figure.subplots(1, len(TASKS), sharey=True)
    for panel, (task, words) in zip(axes, TASKS.items(), strict=True):
        panel.axvline(0, color="0.5", linewidth=0.8)
        panel.axvline(WANTED_GAIN, color="0.5", linewidth=0.8, linestyle="--")
        for number, one in enumerate(figures):
            cells = [one[task][name] for name in names]
            places = np.arange(len(names)) + 0.22 * (number - (len(figures) - 1) / 2)
            gains = np.array([cell["gain"] for cell in cells])
            bounds = np.array([cell["gain_interval"] for cell in cells]).T
            panel.errorbar(
                gains, places, xerr=[gains - bounds[0], bounds[1] - gains], fmt="o", markersize=4, linewidth=1,
                label=f"cohort {number + 1}",
            )  # fmt: skip
        panel.set_title(words, fontsize=10)
        panel.set_xlabel("gain of ROC AUC over the set network")
        panel.locator_params(axis="x", nbins=5)
        panel.grid(axis="x", alpha=0.3)
    axes[0].set_yticks(range(len(names)), names)
    axes[0].invert_yaxis()
    axes[0].legend(fontsize=8)
    with atomic_file(file) as temporary:
        figure.savefig(temporary, format="png", dpi=110)
