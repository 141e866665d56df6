"""Cost against size of the rows of ``kernels``: one panel a workload; cost is logarithmic where it spans decades."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.ticker import StrMethodFormatter

if TYPE_CHECKING:
    from benchmarks.kernels import Row

_CURVES = {
    "original_s": ("original", "tab:red", "s-"),
    "plain_s": ("plain re-writing", "tab:orange", "^-"),
    "ours_s": ("here", "tab:blue", "o-"),
    "floor_s": ("floor of this machine", "0.4", "_--"),
}


def plot(rows: list[Row], path: Path) -> None:
    """Draw the rows, in order of their workloads, into an image file."""
    panels = [(name, list(of)) for name, of in groupby(rows, key=lambda row: row.workload)]
    n_columns = min(3, len(panels))
    n_rows = -(-len(panels) // n_columns)
    figure, axes = plt.subplots(n_rows, n_columns, figsize=(4.2 * n_columns, 3.4 * n_rows), squeeze=False)
    for (name, of), panel in zip(panels, axes.flat, strict=False):
        _draw(panel, name, of)
    for panel in axes.flat[len(panels) :]:
        panel.set_axis_off()
    handles = {
        label: line for panel in axes.flat for line, label in zip(*panel.get_legend_handles_labels(), strict=True)
    }
    figure.legend(handles.values(), handles.keys(), loc="lower center", ncols=len(handles), frameon=False)
    figure.tight_layout(rect=(0, 0.07 / n_rows + 0.02, 1, 1))
    figure.savefig(path)
    plt.close(figure)


def _draw(panel: Axes, name: str, rows: list[Row]) -> None:
    for field, (label, colour, style) in _CURVES.items():
        points = [(row.size, 1e6 * getattr(row, field)) for row in rows if getattr(row, field) is not None]
        if points:
            panel.plot(*zip(*points, strict=True), style, color=colour, label=label, markersize=4)
    panel.set_xscale("log")
    sizes = [row.size for row in rows]
    panel.set_xticks(sizes, [str(size) for size in sizes])
    panel.minorticks_off()
    lowest, highest = panel.get_ylim()
    if highest > 10 * max(lowest, min(row.ours_s for row in rows) * 1e6):
        panel.set_yscale("log")
    else:
        panel.set_ylim(bottom=0)
    panel.yaxis.set_major_formatter(StrMethodFormatter("{x:,g}"))
    panel.set_title(name, fontsize=10)
    panel.set_xlabel(rows[0].size_name, fontsize=9)
    panel.set_ylabel("CPU µs a frame", fontsize=9)
    panel.grid(visible=True, alpha=0.3)
