"""Picture of what screening would deliver: selective risk against coverage, and where the answered walks lie."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from scoliogait.evaluation.delivered import DeliveredWalk
from scoliogait.evaluation.predictions import Predictions
from scoliogait.evaluation.risk_coverage import risk_coverage_curve
from scoliogait.labels import UNKNOWN_LABEL
from scoliogait.report.figures import ACCENT_COLOUR, GRID, INK, SOFT_INK, new_figure, plain_axes, save_figure
from scoliogait.result_states import NOT_USABLE, SCREENED
from scoliogait.side_colours import LEFT_COLOUR


def risk_coverage_figure(
    predictions: Predictions, walks: Sequence[DeliveredWalk], summary: Mapping[str, Any], note: str = ""
) -> Figure:
    """The curve with the interval at each tenth, the risk of all walks as a line, and the answered walks as a point.

    walks, summary: of these predictions (see ``summarise_delivered``); some walk was usable.
    """
    rows = [
        (max(walk.probabilities), int(np.argmax(walk.probabilities)) != label)
        for walk, label in zip(walks, predictions.labels.tolist(), strict=True)
        if walk.probabilities is not None and label != UNKNOWN_LABEL
    ]
    confidence, wrong = np.array([row[0] for row in rows]), np.array([row[1] for row in rows])
    curve, part = risk_coverage_curve(confidence, wrong), summary["risk_coverage"]
    figure = new_figure(6.4, 5.2)
    axes = figure.add_subplot()
    axes.axhline(part["risk_of_all"], color=SOFT_INK, linewidth=1, linestyle=":", label="any order: risk of all")
    axes.plot(
        *curve.T, color=LEFT_COLOUR, linewidth=1.8, drawstyle="steps-pre", label=f"risk, area {_value(part['area'])}"
    )
    for point in part["risk"]:
        if point["interval"] is not None:
            axes.plot([point["coverage"]] * 2, point["interval"], color=LEFT_COLOUR, linewidth=4, alpha=0.3)
    _mark_answered(axes, summary, len(rows))
    unusable = summary["outcomes"][NOT_USABLE]
    below = f"{unusable['n_right']} of {unusable['n']} walks were {NOT_USABLE} and have no place here"
    x_label = "coverage: share of the scored walks, the highest probability first"
    plain_axes(
        axes,
        "Risk against coverage",
        "\n".join([x_label, "", below, *([note] if note else [])]),
        "share answered wrongly",
    )
    axes.set_xlim(0, 1.02)
    axes.set_ylim(0, 1.02)
    axes.grid(color=GRID, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.legend(frameon=False, fontsize=9, labelcolor=INK, loc="upper right")
    return figure


def write_risk_coverage(
    path: Path, predictions: Predictions, walks: Sequence[DeliveredWalk], summary: Mapping[str, Any]
) -> None:
    """Save the picture. Raises DataError when it cannot be written."""
    note = "simulated walks" if predictions.simulated else ""
    save_figure(risk_coverage_figure(predictions, walks, summary, note), path)


def _mark_answered(axes: Any, summary: Mapping[str, Any], n_scored: int) -> None:
    answered, accuracy = summary["outcomes"][SCREENED], summary["among_answered"]["accuracy"]
    if accuracy["value"] is None:
        return
    place = (answered["n_right"] / n_scored, 1 - accuracy["value"])
    label = f"answered: {answered['n_right']} of {answered['n']} walks"
    axes.plot(*place, marker="D", markersize=8, linestyle="", color=ACCENT_COLOUR, label=label)


def _value(entry: Mapping[str, Any]) -> str:
    ends = entry["interval"]
    return f"{entry['value']:.3f}" + (f" ({ends[0]:.3f} to {ends[1]:.3f})" if ends else "")
