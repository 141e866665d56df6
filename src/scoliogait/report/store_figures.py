"""Pictures of a whole store: confidence and missing joints, asymmetries by class, how far the classes lie apart."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import ArrayLike, NDArray

from scoliogait.errors import DataError
from scoliogait.labels import CLASS_NAMES
from scoliogait.report.figures import ACCENT_COLOUR, GRID, INK, SHARES, SOFT_INK, new_figure, plain_axes
from scoliogait.representation.asymmetry import PAV_METRICS
from scoliogait.side_colours import LEFT_COLOUR, RIGHT_COLOUR
from scoliogait.skeleton import JOINT_NAMES, PAIR_NAMES
from scoliogait.survey.asymmetry_tests import ENTRY_NAMES, EntryTest

# Of the same set as the other colours (Okabe & Ito, 2008), but not those of left and right.
CLASS_COLOURS: tuple[str, ...] = (ACCENT_COLOUR, "#E69F00", "#CC79A7")
# Confidences of a usable detector lie above; the colours spread over the rest.
_PALEST_CONFIDENCE = 0.5
_DIFFERENCES = LinearSegmentedColormap.from_list("differences", [LEFT_COLOUR, "#FFFFFF", RIGHT_COLOUR])
_UNITS = {"vertical": "of 128 units of body height", "midline": "of 128 units of body height", "angular": "rad"}
# From this effect on the cell is so dark that its text must be light.
_LIGHT_TEXT_DELTA = 0.75
_SHOWN_PERCENTILES = (5, 95)


def joint_table_figure(values: ArrayLike, classes: Sequence[str], title: str, percent: bool) -> Figure:
    """A coloured table, classes (rows) by joints (columns); values (classes, 17), 0..1, written in each cell."""
    table = np.asarray(values, dtype=np.float64)
    if table.shape != (len(classes), len(JOINT_NAMES)):
        raise DataError(f"joint table has shape {table.shape}; expected ({len(classes)}, {len(JOINT_NAMES)})")
    figure = new_figure(11.0, 1.9 + 0.42 * len(classes))
    axes = figure.add_subplot()
    top = max(float(np.nanmax(table)), 0.01) if percent else 1.0
    bottom = 0.0 if percent else _PALEST_CONFIDENCE
    axes.imshow(table, cmap=SHARES, vmin=bottom, vmax=top, aspect="auto")
    for row, column in np.ndindex(table.shape):
        text = f"{100 * table[row, column]:.1f}" if percent else f"{table[row, column]:.2f}"
        colour = "white" if table[row, column] - bottom > 0.55 * (top - bottom) else INK
        axes.text(column, row, text, ha="center", va="center", fontsize=9, color=colour)
    axes.set_yticks(range(len(classes)), classes)
    axes.set_xticks(range(len(JOINT_NAMES)), [name.replace("_", "\n") for name in JOINT_NAMES])
    plain_axes(axes, title)
    axes.tick_params(labelsize=8.5, length=0)
    axes.spines[:].set_visible(False)
    return figure


def asymmetry_by_class_figure(values: NDArray[np.float64], labels: ArrayLike, title: str) -> Figure:
    """Median, quartiles and the range from the 5th to the 95th percentile of each PAV entry, a mark a class.

    values (walks, 24), NaN where not measured; labels (walks,) class ids.
    """
    classes = np.asarray(labels)
    figure = new_figure(11.0, 4.6)
    panels = figure.subplots(1, len(PAV_METRICS), sharey=True)
    for column, (axes, metric) in enumerate(zip(panels, PAV_METRICS, strict=True)):
        for class_, colour in enumerate(CLASS_COLOURS):
            for row in range(len(PAIR_NAMES)):
                entry = values[classes == class_, row * len(PAV_METRICS) + column]
                _draw_spread(axes, entry[np.isfinite(entry)], row + 0.24 * (class_ - 1), colour)
        plain_axes(axes, metric, _UNITS[metric])
        axes.set_yticks(range(len(PAIR_NAMES)), PAIR_NAMES)
        axes.grid(axis="x", color=GRID, linewidth=0.8)
        axes.set_axisbelow(True)
    panels[0].set_ylim(len(PAIR_NAMES) - 0.4, -0.6)
    handles = [
        Line2D([], [], color=colour, marker="o", linewidth=3, label=name)
        for name, colour in zip(CLASS_NAMES, CLASS_COLOURS, strict=True)
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=3, frameon=False, fontsize=9.5, labelcolor=INK)
    figure.suptitle(title, fontsize=11, color=INK, fontweight="bold")
    return figure


def _draw_spread(axes: Axes, values: NDArray[np.float64], height: float, colour: str) -> None:
    if not len(values):
        return
    low, high = np.percentile(values, _SHOWN_PERCENTILES)
    first, median, third = np.percentile(values, [25, 50, 75])
    axes.plot([low, high], [height] * 2, color=colour, linewidth=1, alpha=0.7)
    axes.plot([first, third], [height] * 2, color=colour, linewidth=3.5, solid_capstyle="butt", alpha=0.8)
    axes.plot([median], [height], "o", markersize=4, color=colour, markeredgecolor="white", markeredgewidth=0.7)


def effect_figure(tests: Sequence[EntryTest], level: float, title: str) -> Figure:
    """Cliff's delta of each two classes for each PAV entry; a star where the adjusted p-value is below ``level``."""
    labels = {
        pair.classes: f"{CLASS_NAMES[pair.classes[0]]} – {CLASS_NAMES[pair.classes[1]]}"
        for t in tests
        for pair in t.pairs
    }
    columns = sorted(labels)
    figure = new_figure(11.0, 4.4)
    panels = figure.subplots(1, len(PAV_METRICS), sharey=True)
    by_name = {test.name: test for test in tests}
    for place, (axes, metric) in enumerate(zip(panels, PAV_METRICS, strict=True)):
        table = np.full((len(PAIR_NAMES), len(columns)), np.nan)
        for row in range(len(PAIR_NAMES)):
            test = by_name.get(ENTRY_NAMES[row * len(PAV_METRICS) + place])
            for pair in test.pairs if test else ():
                column = columns.index(pair.classes)
                table[row, column] = pair.cliffs_delta
                text = f"{pair.cliffs_delta:+.2f}" + (" *" if pair.p_adjusted < level else "")
                colour = "white" if abs(pair.cliffs_delta) > _LIGHT_TEXT_DELTA else INK
                axes.text(column, row, text, ha="center", va="center", fontsize=9, color=colour)
        axes.imshow(table, cmap=_DIFFERENCES, vmin=-1, vmax=1, aspect="auto")
        axes.set_xticks(range(len(columns)), [labels[c].replace(" – ", " –\n") for c in columns])
        axes.set_yticks(range(len(PAIR_NAMES)), PAIR_NAMES)
        plain_axes(axes, metric)
        axes.tick_params(length=0, labelsize=9, colors=SOFT_INK)
        axes.spines[:].set_visible(False)
    figure.suptitle(title, fontsize=11, color=INK, fontweight="bold")
    return figure
