"""Figures and tables of the study of windows: what a film length changes, and how often intervals hold a repeat."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scoliogait.checkpoints.bundle import Bundle
from scoliogait.evaluation.metrics import screening_metrics
from scoliogait.evaluation.predictions import Predictions
from scoliogait.evaluation.summary import summarise
from scoliogait.labels import CLASS_NAMES
from scoliogait.repeat_interval import repeat_interval
from scoliogait.scores import WindowLogits

FIGURES = ("macro_f1", "sensitivity_abnormal", "specificity_abnormal")
Key = tuple[str, int]


@dataclass(frozen=True, eq=False)
class Scored:
    """Recordings of one cohort. people, labels: of each. logits: by way of scoring and number of frames."""

    people: tuple[str, ...]
    labels: NDArray[np.int64]
    logits: Mapping[Key, WindowLogits]

    def chances(self, bundle: Bundle, key: Key) -> NDArray[np.float64]:
        return np.asarray(bundle.probabilities(bundle.scores(self.logits[key])))


def figures_of(bundle: Bundle, cohorts: Sequence[Scored]) -> dict[str, Any]:
    """Everything that the tables show, as plain values."""
    scored = {f"{way} {n}": _scored(bundle, cohorts, (way, n)) for way, n in cohorts[0].logits}
    lengths = sorted({n for _, n in cohorts[0].logits})
    return {
        "digest": bundle.digest,
        "window_spread": bundle.window_spread,
        "n_walks": sum(len(one.labels) for one in cohorts),
        "n_people": len({person for one in cohorts for person in one.people}),
        "scored": scored,
        "shift": {way: _shift(bundle, cohorts, way, lengths) for way in ("whole", "windows")},
        "coverage": {str(n): _coverage(bundle, cohorts, n) for n in lengths if bundle.window_spread is not None},
    }


def _scored(bundle: Bundle, cohorts: Sequence[Scored], key: Key) -> dict[str, Any]:
    scores = np.concatenate([bundle.scores(one.logits[key]) for one in cohorts])
    people = [person for one in cohorts for person in one.people]
    together = Predictions(
        walk_ids=tuple(f"w{row}" for row in range(len(people))),
        subject_ids=tuple(people),
        labels=np.concatenate([one.labels for one in cohorts]),
        mean_logits=scores,
        probabilities=np.asarray(bundle.probabilities(scores)),
    )
    summary = summarise(together)
    by_seed = [screening_metrics(bundle.scores(one.logits[key]), one.labels) for one in cohorts]
    figures = {name: summary["metrics"][name] | {"seeds": [float(one[name]) for one in by_seed]} for name in FIGURES}
    figures["roc_auc"] = summary["ranking"]["abnormal"]["roc_auc"]
    return figures


def _shift(bundle: Bundle, cohorts: Sequence[Scored], way: str, lengths: Sequence[int]) -> dict[str, Any]:
    """Mean probability of each class at each length, and the largest difference between two lengths."""
    means = {n: np.concatenate([one.chances(bundle, (way, n)) for one in cohorts]).mean(axis=0) for n in lengths}
    table = np.stack(list(means.values()))
    return {
        "means": {str(n): dict(zip(CLASS_NAMES, row.tolist(), strict=True)) for n, row in means.items()},
        "largest": float((table.max(axis=0) - table.min(axis=0)).max()),
    }


def _coverage(bundle: Bundle, cohorts: Sequence[Scored], n_frames: int) -> dict[str, Any]:
    """How often a recording's interval holds the probability of another recording of the same person."""
    assert bundle.window_spread is not None
    held: list[NDArray[np.bool_]] = []
    widths: list[NDArray[np.float64]] = []
    for one in cohorts:
        windows = one.logits["windows", n_frames]
        of_windows = np.asarray(bundle.probabilities(windows.logits.astype(np.float64)))
        chances = one.chances(bundle, ("windows", n_frames))
        for row, of_walk in enumerate(np.split(of_windows, np.cumsum(windows.counts)[:-1])):
            low, high = repeat_interval(of_walk, float(windows.n_independent[row]), bundle.window_spread).T
            widths.append(high - low)
            again = [other for other, person in enumerate(one.people) if person == one.people[row] and other != row]
            held += [(low <= chances[other]) & (chances[other] <= high) for other in again]
    inside = np.array(held)
    return {
        "n_pairs": len(inside),
        "share": float(inside.mean()),
        "by_class": dict(zip(CLASS_NAMES, inside.mean(axis=0).tolist(), strict=True)),
        "mean_width": float(np.mean(widths)),
    }


def table_of(figures: Mapping[str, Any]) -> str:
    """Three Markdown tables: figures by length and way, mean probabilities, coverage."""
    lines = [
        f"{figures['n_walks']} walks of {figures['n_people']} people.",
        "",
        "| frames | scored | macro-F1 | sensitivity | specificity | ROC AUC | macro-F1 by seed |",
        "|---|---|---|---|---|---|---|",
    ]
    for key, row in figures["scored"].items():
        way, n_frames = key.split()
        cells = [_with_interval(row[name]) for name in (*FIGURES, "roc_auc")]
        seeds = ", ".join(f"{value:.3f}" for value in row["macro_f1"]["seeds"])
        lines.append(f"| {n_frames} | {way} | {' | '.join(cells)} | {seeds} |")
    lines += ["", "| scored | frames | mean P(negative) | mean P(neutral) | mean P(positive) | largest shift |"]
    lines += ["|---|---|---|---|---|---|"]
    for way, shift in figures["shift"].items():
        for n_frames, means in shift["means"].items():
            cells = [f"{means[name]:.3f}" for name in CLASS_NAMES]
            lines.append(f"| {way} | {n_frames} | {' | '.join(cells)} | {shift['largest']:.3f} |")
    lines += ["", "| frames | pairs | interval holds the repeat | negative | neutral | positive | mean width |"]
    lines += ["|---|---|---|---|---|---|---|"]
    for n_frames, found in figures["coverage"].items():
        cells = [f"{found['by_class'][name]:.3f}" for name in CLASS_NAMES]
        held = " | ".join([f"{found['share']:.3f}", *cells])
        lines.append(f"| {n_frames} | {found['n_pairs']} | {held} | {found['mean_width']:.2f} |")
    return "\n".join(lines)


def _with_interval(entry: Mapping[str, Any]) -> str:
    if entry["interval"] is None:
        return f"{entry['value']:.3f}"
    low, high = entry["interval"]
    return f"{entry['value']:.3f} ({low:.3f}–{high:.3f})"
