"""Pictures of an evaluation and of a training: the confusion matrix and the learning curve."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray

from scoliogait.errors import DataError
from scoliogait.labels import CLASS_NAMES
from scoliogait.report.figures import ACCENT_COLOUR, GRID, INK, SHARES, SOFT_INK, new_figure, plain_axes
from scoliogait.side_colours import LEFT_COLOUR, RIGHT_COLOUR

# From this share on the cell is so dark that its text must be light.
_LIGHT_TEXT_SHARE = 0.5


def confusion_matrix_figure(table: ArrayLike, title: str = "Confusion matrix", note: str = "") -> Figure:
    """Counts (3, 3), rows truth, columns prediction, drawn with the share of each row. note: a line below it.

    Raises DataError for another shape or negative counts.
    """
    counts = np.asarray(table)
    n_classes = len(CLASS_NAMES)
    if counts.shape != (n_classes, n_classes) or (counts < 0).any():
        raise DataError(
            f"confusion matrix has shape {counts.shape} or negative counts; expected ({n_classes}, {n_classes})"
        )
    totals = counts.sum(axis=1, keepdims=True)
    shares = np.divide(counts, totals, out=np.zeros(counts.shape), where=totals > 0)
    figure = new_figure(5.4, 5.0)
    axes = figure.add_subplot()
    axes.imshow(shares, cmap=SHARES, vmin=0, vmax=1)
    for row, column in np.ndindex(counts.shape):
        colour = "white" if shares[row, column] >= _LIGHT_TEXT_SHARE else INK
        percent = f"{shares[row, column]:.0%} of row" if totals[row, 0] else "no such walk"
        axes.text(column, row - 0.06, f"{counts[row, column]}", ha="center", va="center", fontsize=17, color=colour)
        axes.text(column, row + 0.22, percent, ha="center", va="center", fontsize=10, color=colour)
    axes.set_xticks(range(n_classes), CLASS_NAMES)
    rows = [f"{name}\n({total})" for name, total in zip(CLASS_NAMES, totals[:, 0], strict=True)]
    axes.set_yticks(range(n_classes), rows)
    plain_axes(axes, title, "predicted class" + (f"\n\n{note}" if note else ""), "true class (walks)")
    axes.tick_params(labelsize=10.5, length=0)
    axes.spines[:].set_visible(False)
    axes.set_xticks(np.arange(0.5, n_classes - 1), minor=True)
    axes.set_yticks(np.arange(0.5, n_classes - 1), minor=True)
    axes.grid(which="minor", color="white", linewidth=3)
    axes.tick_params(which="minor", length=0)
    return figure


@dataclass(frozen=True)
class LearningCurve:
    """What a training left behind: the loss at its steps, macro-F1 (0..1) of the validation walks when evaluated."""

    loss_steps: Sequence[int]
    loss: Sequence[float]
    validation_steps: Sequence[int]
    validation_macro_f1: Sequence[float]
    selected_step: int | None = None


def learning_curve_figure(curve: LearningCurve, title: str = "Learning curve") -> Figure:
    """Training loss above, validation macro-F1 below, with a mark on the checkpoint that validation selected.

    Raises DataError when steps and values differ in number, or when there is nothing to draw.
    """
    _check_curve(curve)
    figure = new_figure(5.4, 5.0)
    above, below = figure.subplots(2, 1, sharex=True)
    above.plot(curve.loss_steps, curve.loss, color=LEFT_COLOUR, linewidth=1, alpha=0.35)
    above.plot(curve.loss_steps, _smooth(curve.loss), color=LEFT_COLOUR, linewidth=2, label="training loss, smoothed")
    plain_axes(above, title, "", "training loss")
    above.grid(axis="y", color=GRID, linewidth=0.8)
    above.legend(frameon=False, fontsize=10, labelcolor=SOFT_INK)
    below.plot(
        curve.validation_steps, curve.validation_macro_f1, color=ACCENT_COLOUR, linewidth=2, marker="o", markersize=4
    )
    if curve.selected_step is not None:
        _mark_selection(below, curve, curve.selected_step)
    below.set_ylim(0, 1.02)
    plain_axes(below, "", "training step", "macro-F1, validation walks")
    below.grid(axis="y", color=GRID, linewidth=0.8)
    for axes in (above, below):
        axes.tick_params(labelsize=10)
    return figure


def _mark_selection(axes: Axes, curve: LearningCurve, step: int) -> None:
    value = dict(zip(curve.validation_steps, curve.validation_macro_f1, strict=True))[step]
    axes.axvline(step, color=RIGHT_COLOUR, linewidth=1, linestyle="--")
    axes.plot([step], [value], marker="D", markersize=9, color=RIGHT_COLOUR)
    # The text goes to the side where there is room.
    right_half = step > np.mean([min(curve.validation_steps), max(curve.validation_steps)])
    axes.annotate(
        f"selected: step {step}, macro-F1 {value:.2f}",
        (step, 0.04),
        xytext=(-8 if right_half else 8, 0),
        textcoords="offset points",
        ha="right" if right_half else "left",
        fontsize=10,
        color=RIGHT_COLOUR,
        bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.85, "pad": 1},
    )


def _smooth(values: Sequence[float]) -> NDArray[np.float64]:
    """Centred running mean over a twentieth of the run; at the ends over what there is."""
    array = np.asarray(values, dtype=np.float64)
    half = max(0, len(array) // 40)
    total = np.concatenate([[0.0], array.cumsum()])
    start = np.maximum(np.arange(len(array)) - half, 0)
    stop = np.minimum(np.arange(len(array)) + half + 1, len(array))
    return (total[stop] - total[start]) / (stop - start)


def _check_curve(curve: LearningCurve) -> None:
    lengths = (len(curve.loss_steps), len(curve.loss), len(curve.validation_steps), len(curve.validation_macro_f1))
    if lengths[0] != lengths[1] or lengths[2] != lengths[3] or 0 in lengths:
        raise DataError(
            f"learning curve: {lengths} steps and values; expected as many values as steps, and some of each"
        )
    if curve.selected_step is not None and curve.selected_step not in set(curve.validation_steps):
        raise DataError(f"learning curve: selected step {curve.selected_step} is none of the validated steps")
