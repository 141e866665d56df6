"""Pictures of a column beside the classes, and of a result divided by a column."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from scoliogait.labels import CLASS_NAMES
from scoliogait.report.figures import ACCENT_COLOUR, INK, SOFT_INK, new_figure, plain_axes
from scoliogait.side_colours import LEFT_COLOUR, RIGHT_COLOUR

_CLASS_COLOURS = dict(zip(CLASS_NAMES, (LEFT_COLOUR, ACCENT_COLOUR, RIGHT_COLOUR), strict=True))


def class_shares_figure(content: Mapping[str, Any]) -> Figure:
    """Share of each class among the walks of each value of a column, one bar a value."""
    strata = content["strata"]
    figure = new_figure(6.4, 1.4 + 0.35 * len(strata))
    axes = figure.subplots()
    left = np.zeros(len(strata))
    for name in CLASS_NAMES:
        shares = np.array([one["classes"][name] / one["n_walks"] for one in strata])
        axes.barh(range(len(strata)), shares, left=left, color=_CLASS_COLOURS[name], label=name)
        left += shares
    axes.set_yticks(range(len(strata)), [f"{one['name']} ({one['n_walks']})" for one in strata])
    axes.invert_yaxis()
    axes.set_xlim(0, 1)
    plain_axes(axes, x_label="share of the walks", y_label=content["column"])
    axes.legend(ncols=3, loc="lower center", bbox_to_anchor=(0.5, 1), frameon=False)
    return figure


def strata_figure(content: Mapping[str, Any], group: str = "abnormal") -> Figure:
    """ROC areas of a result with their intervals: pooled, within strata, and inside each stratum; chance is dashed."""
    divided = content["groups"][group]
    rows = [("all walks", divided["pooled"]), (f"within {content['column']}", divided["within"])]
    rows += [(f"{one['name']} ({one['n_walks']})", one["groups"][group]["roc_auc"]) for one in content["strata"]]
    figure = new_figure(6.4, 1.4 + 0.32 * len(rows))
    axes = figure.subplots()
    for place, (_, area) in enumerate(rows):
        if area["value"] is None:
            axes.text(0.5, place, "undefined", va="center", ha="center", fontsize=8.5)
            continue
        axes.plot(area["value"], place, "o", color=INK if place < 2 else LEFT_COLOUR)
        if area["interval"]:
            axes.plot(area["interval"], [place, place], color=SOFT_INK, zorder=0)
    axes.axvline(0.5, color=SOFT_INK, linestyle="--", linewidth=1)
    axes.set_yticks(range(len(rows)), [name for name, _ in rows])
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.set_xlim(-0.02, 1.02)
    plain_axes(axes, x_label=f"ROC AUC, {group} against the others")
    return figure
