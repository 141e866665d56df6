"""Picture of a programme's drift: each figure of each site with its interval, and what moved in another colour."""

from __future__ import annotations

import math
from collections.abc import Mapping

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from scoliogait.evaluation.drift import Shift
from scoliogait.evaluation.site_tally import FIGURES
from scoliogait.report.figures import INK, SOFT_INK, new_figure, plain_axes
from scoliogait.side_colours import RIGHT_COLOUR


def drift_figure(sites: Mapping[str, Mapping[str, Shift]]) -> Figure:
    """sites: by name, each with every one of FIGURES; values 0 to 1, with their 95 % intervals."""
    figure = new_figure(9.6, 1.5 + 0.3 * len(sites))
    for place, (name, axes) in enumerate(zip(FIGURES, figure.subplots(1, len(FIGURES), sharey=True), strict=True)):
        for row, shifts in enumerate(sites.values()):
            _draw(axes, row, shifts[name])
        axes.set_title(name, fontsize=9)
        axes.set_xlim(-0.03, 1.03)
        axes.set_xticks([0, 0.5, 1], ["0", "0.5", "1"])
        plain_axes(axes, x_label="")
        if place == 0:
            axes.set_yticks(range(len(sites)), list(sites))
            axes.set_ylim(len(sites) - 0.5, -0.5)
    return figure


def _draw(axes: Axes, row: int, shift: Shift) -> None:
    if math.isnan(shift.value):
        return
    if not math.isnan(shift.interval[0]):
        axes.plot(shift.interval, [row, row], color=SOFT_INK, zorder=0)
    colour = RIGHT_COLOUR if shift.moved else INK
    axes.plot(shift.value, row, "D" if shift.moved else "o", color=colour, markersize=5)
