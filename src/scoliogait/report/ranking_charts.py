"""Pictures of what the probabilities of an evaluation are worth: ranking, truth, and what a threshold would do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from scoliogait.evaluation.curves import RankingCurves, ranking_curves
from scoliogait.evaluation.metrics import GROUPS, group_score, in_group
from scoliogait.evaluation.predictions import Predictions
from scoliogait.evaluation.reliability import TOP_LABEL
from scoliogait.report.figures import ACCENT_COLOUR, GRID, INK, SOFT_INK, new_figure, plain_axes
from scoliogait.side_colours import LEFT_COLOUR, MIDDLE_COLOUR, RIGHT_COLOUR

# The group that this package means by "sensitivity" is drawn strongest.
_GROUP_STYLES = {
    "abnormal": (LEFT_COLOUR, 2.6, "-"),
    "positive": (RIGHT_COLOUR, 1.8, "-"),
    "neutral": (ACCENT_COLOUR, 1.5, "--"),
    "negative": (MIDDLE_COLOUR, 1.5, ":"),
}
_GROUP_NAMES = {"abnormal": "abnormal (neutral or positive)"} | {
    name: f"{name} alone" for name in GROUPS if name != "abnormal"
}
_EVENT_NAMES = {TOP_LABEL: "the called class", **_GROUP_NAMES}


def roc_figure(predictions: Predictions, ranking: Mapping[str, Any], note: str = "") -> Figure:
    """ROC curve of each group, with area and interval. ranking: that part of the summary. A group that has no walks, or
    all of them, is named as undefined."""
    figure = new_figure(5.6, 6.8)
    axes = figure.add_subplot()
    axes.plot([0, 1], [0, 1], color=GRID, linewidth=1.2, zorder=0)
    for group in GROUPS:
        curves = ranking_curves(predictions, group)
        _curve(axes, group, None if curves is None else curves.roc, ranking[group]["roc_auc"])
    _unit_square(axes, "ROC curves", "1 - specificity", "sensitivity to the group named", note)
    _legend_below(figure, axes, "area under the curve, with its interval")
    return figure


def precision_recall_figure(predictions: Predictions, ranking: Mapping[str, Any], note: str = "") -> Figure:
    """Precision-recall curve of each group, with average precision and interval; short marks at the right show the
    precision of calling everybody, which is the share of the group among these walks."""
    figure = new_figure(5.6, 6.9)
    axes = figure.add_subplot()
    for group in GROUPS:
        curves: RankingCurves | None = ranking_curves(predictions, group)
        # At recall 0 the precision is a convention, not a finding.
        points = None if curves is None else curves.precision_recall[curves.precision_recall[:, 0] > 0]
        _curve(axes, group, points, ranking[group]["average_precision"], step=True)
        if curves is not None:
            axes.plot([1.0, 1.03], [curves.share] * 2, color=_GROUP_STYLES[group][0], linewidth=3, clip_on=False)
    note = "marks at the right edge: precision of calling everybody" + (f"\n{note}" if note else "")
    _unit_square(axes, "Precision-recall curves", "recall (sensitivity) of the group named", "precision", note)
    _legend_below(figure, axes, "average precision, with its interval")
    return figure


def reliability_figure(calibration: Mapping[str, Any], note: str = "") -> Figure:
    """Observed share against probability, one panel an event, Wilson intervals as bars, the walks of each bin below."""
    figure = new_figure(3.6 * len(calibration), 4.9)
    panels = figure.subplots(2, len(calibration), sharex=True, squeeze=False, height_ratios=[4, 1])
    for column, (event, table) in enumerate(calibration.items()):
        above, below = panels[:, column]
        above.plot([0, 1], [0, 1], color=SOFT_INK, linewidth=1, linestyle="--", zorder=0)
        filled = [row for row in table["bins"] if row["n"]]
        for row in filled:
            above.plot([row["mean_probability"]] * 2, row["wilson"], color=LEFT_COLOUR, linewidth=1.6, alpha=0.6)
        above.plot(
            [row["mean_probability"] for row in filled],
            [row["observed"] for row in filled],
            color=LEFT_COLOUR,
            marker="o",
            markersize=5,
            linewidth=1.2,
        )
        above.set_ylim(-0.02, 1.02)
        above.text(0.03, 0.95, f"ECE {_value(table['ece'])}", transform=above.transAxes, fontsize=9.5, color=INK)
        plain_axes(above, _EVENT_NAMES[event], "", "observed share" if column == 0 else "")
        above.grid(color=GRID, linewidth=0.8)
        middles = [(row["low"] + row["high"]) / 2 for row in table["bins"]]
        below.bar(middles, [row["n"] for row in table["bins"]], width=0.09, color=LEFT_COLOUR, alpha=0.5)
        plain_axes(below, "", "probability", "walks" if column == 0 else "")
    if note:
        figure.supxlabel(note, fontsize=9.5, color=SOFT_INK)
    return figure


def operating_point_figure(
    predictions: Predictions, validation: Predictions, point: Mapping[str, Any], note: str = ""
) -> Figure:
    """Sensitivity and specificity over the threshold: of the walks judged (solid) and of the validation walks (dashed),
    with the threshold that validation chose and what it does. point: that part of the summary."""
    figure = new_figure(6.6, 5.4)
    axes = figure.add_subplot()
    thresholds = np.linspace(0, 1, 501)
    for walks, style, name in ((predictions, "-", "these walks"), (validation, "--", "validation")):
        known = walks.labelled()
        score, truth = group_score(known.probabilities, "abnormal"), in_group(known.labels, "abnormal")
        for side, colour, word in (
            (score[truth], LEFT_COLOUR, "sensitivity"),
            (score[~truth], RIGHT_COLOUR, "specificity"),
        ):
            if len(side):
                called = (side[None, :] >= thresholds[:, None]).mean(axis=1)
                share = called if word == "sensitivity" else 1 - called
                axes.plot(thresholds, share, color=colour, linestyle=style, linewidth=1.8, label=f"{word}, {name}")
    axes.axvline(point["threshold"], color=INK, linewidth=1)
    axes.axhline(point["wanted_sensitivity"], color=SOFT_INK, linewidth=0.8, linestyle=":")
    for word, colour in (("sensitivity", LEFT_COLOUR), ("specificity", RIGHT_COLOUR)):
        entry = point[word]
        if entry["value"] is not None:
            axes.plot([point["threshold"]] * 2, entry["interval"], color=colour, linewidth=3.5, alpha=0.5)
            axes.plot([point["threshold"]], [entry["value"]], marker="o", markersize=8, color=colour)
    words = "   ".join(f"{word} {_value(point[word])}" for word in ("sensitivity", "specificity"))
    title = f"Threshold {point['threshold']:.3f}, for a sensitivity of {point['wanted_sensitivity']:.2f} in validation"
    lines = [f"threshold on P(abnormal)\n\n{words}", *([note] if note else [])]
    plain_axes(axes, title, "\n".join(lines), "share")
    axes.set_xlim(0, 1)
    axes.set_ylim(-0.02, 1.02)
    axes.grid(color=GRID, linewidth=0.8)
    _legend_below(figure, axes, n_columns=2)
    return figure


def _legend_below(figure: Figure, axes: Axes, title: str = "", n_columns: int = 1) -> None:
    handles, labels = axes.get_legend_handles_labels()
    legend = figure.legend(
        handles, labels, title=title, loc="outside lower center", ncols=n_columns, frameon=False, fontsize=9
    )
    legend.get_title().set(fontsize=9.5, color=SOFT_INK)


def _curve(axes: Axes, group: str, points: np.ndarray | None, area: Mapping[str, Any], step: bool = False) -> None:
    colour, width, style = _GROUP_STYLES[group]
    label = f"{_GROUP_NAMES[group]}: {_value(area)}"
    # An undefined curve still has its line in the legend.
    shown = np.empty((0, 2)) if points is None else points
    drawstyle = "steps-post" if step else "default"
    axes.plot(
        shown[:, 0], shown[:, 1], color=colour, linewidth=width, linestyle=style, label=label, drawstyle=drawstyle
    )


def _unit_square(axes: Axes, title: str, x_label: str, y_label: str, note: str) -> None:
    plain_axes(axes, title, x_label + (f"\n\n{note}" if note else ""), y_label)
    axes.set_xlim(-0.01, 1.01)
    axes.set_ylim(-0.01, 1.01)
    axes.grid(color=GRID, linewidth=0.8)
    axes.set_axisbelow(True)


def _value(entry: Mapping[str, Any]) -> str:
    if entry["value"] is None:
        return "undefined"
    interval = entry["interval"]
    return f"{entry['value']:.3f}" + (f" ({interval[0]:.3f} to {interval[1]:.3f})" if interval else "")
