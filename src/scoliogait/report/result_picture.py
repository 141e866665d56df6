"""One picture of a whole screening: what was recorded, what the model was fed, what was measured, what came out."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from matplotlib.figure import Figure, SubFigure
from numpy.typing import ArrayLike, NDArray

from scoliogait.measurement.posture import Posture
from scoliogait.report.figures import ACCENT_COLOUR, GRID, INK, SOFT_INK, new_figure, plain_axes
from scoliogait.report.walk_pictures import (
    ORIGIN_NOTES,
    draw_coordinates,
    draw_signed_bars,
    draw_skeleton,
    frames_of_a_stride,
    largest_extent,
    no_frame,
)
from scoliogait.screening import Screening
from scoliogait.skeleton import PAIR_NAMES
from scoliogait.walk import Walk

_N_FRAMES = 3


def result_picture(
    walk: Walk, maps: ArrayLike | None, screening: Screening, coordinates: ArrayLike | None = None
) -> Figure:
    """Panels from left to right: the recording over one stride, what the model is fed, asymmetries, probabilities.

    maps: skeleton maps (T, 2, H, W), 0..1, and coordinates: (T, 17, 3), x and y in body heights from the hips and
    confidence, of the same walk, frame for frame; None for a model that is fed none. A walk without poses has no
    asymmetries to draw.
    """
    frames = _chosen_frames(walk)
    drawn: list[tuple[float, Callable[[SubFigure], None]]] = []
    if walk.poses is not None or walk.silhouettes is not None:
        drawn.append((3.6, lambda panel: _draw_recorded(panel, walk, frames)))
    if maps is not None:
        drawn.append((3.2, lambda panel: _draw_maps(panel, np.asarray(maps), frames)))
    if coordinates is not None:
        drawn.append((2.4, lambda panel: _draw_coordinates(panel, np.asarray(coordinates))))
    if screening.asymmetry:
        drawn.append((3.6, lambda panel: _draw_asymmetry(panel, screening.asymmetry)))
    drawn.append((3.4, lambda panel: _draw_probabilities(panel, screening)))
    widths = [width for width, _ in drawn]
    figure = new_figure(1.05 * sum(widths), 4.2)
    panels = figure.subfigures(1, len(drawn), squeeze=False, width_ratios=widths, wspace=0.02)[0]
    for panel, (_, draw) in zip(panels, drawn, strict=True):
        draw(panel)
    return figure


def _chosen_frames(walk: Walk) -> list[int]:
    """Of one stride where there are poses, else spread over the walk."""
    if walk.poses is not None:
        return frames_of_a_stride(walk.poses, walk.frame_rate_hz, _N_FRAMES)
    return np.linspace(0, walk.n_frames, _N_FRAMES, endpoint=False).astype(int).tolist()


def _heading(panel: SubFigure, text: str) -> None:
    panel.suptitle(text, fontsize=12, color=INK, fontweight="bold", x=0.04, ha="left")


def _draw_recorded(panel: SubFigure, walk: Walk, frames: list[int]) -> None:
    """Skeletons above, silhouettes below, whichever of them there are frame for frame."""
    _heading(panel, "a walk goes in")
    poses = walk.poses
    silhouettes = walk.silhouettes if walk.silhouettes is not None and len(walk.silhouettes) == walk.n_frames else None
    heights = ([] if poses is None else [1.35]) + ([] if silhouettes is None else [1.0])
    axes = panel.subplots(len(heights), len(frames), squeeze=False, height_ratios=heights)
    for column, frame in enumerate(frames):
        if poses is not None:
            draw_skeleton(axes[0, column], poses[frame], *largest_extent(poses[frames]))
        if silhouettes is not None:
            axes[-1, column].imshow(silhouettes[frame], cmap="gray_r", vmin=0, vmax=400)
            no_frame(axes[-1, column])


def _draw_maps(panel: SubFigure, maps: NDArray[np.float32], frames: list[int]) -> None:
    _heading(panel, "skeleton maps")
    axes = panel.subplots(2, len(frames), squeeze=False)
    for column, frame in enumerate(frames):
        for channel in range(2):
            axes[channel, column].imshow(maps[min(frame, len(maps) - 1), channel], cmap="magma", vmin=0, vmax=1)
            no_frame(axes[channel, column])
    for channel, name in enumerate(("limbs", "joints")):
        axes[channel, 0].set_ylabel(name, fontsize=10, color=SOFT_INK)


def _draw_coordinates(panel: SubFigure, coordinates: NDArray[np.float32]) -> None:
    _heading(panel, "coordinates")
    axes = panel.subplots()
    draw_coordinates(axes, coordinates)


def _draw_asymmetry(panel: SubFigure, asymmetry: Posture) -> None:
    _heading(panel, "measured asymmetry")
    axes = panel.subplots()
    draw_signed_bars(axes, {name: pair.height_difference_percent for name, pair in asymmetry.items()})
    axes.set_yticks(range(len(PAIR_NAMES)), PAIR_NAMES)
    axes.set_ylim(len(PAIR_NAMES) - 0.4, -0.6)
    pale = "\npale: too few strides to know the error" if asymmetry.lacks_intervals else ""
    plain_axes(axes, "", f"left higher than right, % of body height{pale}", "")
    axes.grid(axis="x", color=GRID, linewidth=0.8)
    axes.set_axisbelow(True)


def _draw_probabilities(panel: SubFigure, screening: Screening) -> None:
    result = "a result comes out" if screening.training_walks == "recorded" else "what was computed"
    _heading(panel, result + (": inconclusive" if screening.inconclusive else ""))
    axes = panel.subplots()
    names = list(screening.probabilities)
    chances = list(screening.probabilities.values())
    called = screening.predicted if screening.headline == screening.predicted else None
    axes.barh(names, chances, height=0.55, color=[ACCENT_COLOUR if n == called else GRID for n in names])
    for row, (name, chance) in enumerate(zip(names, chances, strict=True)):
        low, high = (screening.probability_intervals or {}).get(name, (chance, chance))
        axes.hlines(row, low, high, color=SOFT_INK, linewidth=1.5)
        axes.text(high + 0.02, row, f"{chance:.0%}", va="center", fontsize=10, color=INK)
    axes.set_xlim(0, 1.15)
    axes.set_ylim(len(names) - 0.4, -0.6)
    note = ORIGIN_NOTES.get(screening.training_walks, "")
    if screening.probability_intervals is not None:
        note += "\nline: 95 of 100 repeat recordings"
    plain_axes(axes, "", f"probability{note}", "")
