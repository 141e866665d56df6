"""How every picture of the package looks, and how it becomes a PNG: matplotlib's objects, no window, no state."""

from __future__ import annotations

import io
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.text import Text

from scoliogait.files import atomic_file

# Of the same set as those of the sides (``side_colours``).
ACCENT_COLOUR = "#009E73"
INK = "#1C2430"
SOFT_INK = "#5A6675"
GRID = "#D9DFE7"
# From light to dark; text on the dark half must be light.
SHARES = LinearSegmentedColormap.from_list("shares", ["#F5F8FB", "#56A3CF", "#08306B"])
DPI = 150
# No letter in any picture is smaller, in points.
SMALLEST_TEXT_PT = 8.5


class Picture(Figure):
    """A figure that a notebook shows as it is, without pyplot."""

    def _repr_png_(self) -> bytes:
        return figure_png(self)


def new_figure(width_in: float, height_in: float) -> Figure:
    """An empty white figure with its own canvas; the layout keeps labels from overlapping."""
    figure = Picture(figsize=(width_in, height_in), layout="constrained", facecolor="white")
    FigureCanvasAgg(figure)
    return figure


def plain_axes(axes: Axes, title: str = "", x_label: str = "", y_label: str = "") -> None:
    """Quiet frame, readable labels."""
    if title:
        axes.set_title(title, fontsize=11, color=INK, loc="left", fontweight="bold")
    axes.set_xlabel(x_label, fontsize=10, color=SOFT_INK)
    axes.set_ylabel(y_label, fontsize=10, color=SOFT_INK)
    axes.tick_params(colors=SOFT_INK, labelsize=9)
    for name, spine in axes.spines.items():
        spine.set_visible(name in ("left", "bottom"))
        spine.set_color(GRID)


def smallest_text_pt(figure: Figure) -> float:
    """The size of the smallest letters of a figure, in points."""
    shown = (text for text in figure.findobj(Text) if text.get_visible() and text.get_text().strip())
    return min((float(text.get_fontsize()) for text in shown), default=SMALLEST_TEXT_PT)


def figure_png(figure: Figure) -> bytes:
    """The figure as PNG bytes. The same figure gives the same bytes."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=DPI, metadata={"Software": "scoliogait"})
    return buffer.getvalue()


def save_figure(figure: Figure, path: str | Path) -> None:
    """Write the figure as a PNG file, atomically. Raises DataError when it cannot be written."""
    content = figure_png(figure)
    with atomic_file(path) as temporary:
        temporary.write_bytes(content)
