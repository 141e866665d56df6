"""One picture of a whole screening: what was recorded, what the model was fed, what was measured, what came out."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure, SubFigure
from numpy.typing import ArrayLike, NDArray

from scoliogait.errors import DataError
from scoliogait.measurement.posture import PairPosture
from scoliogait.report.figures import ACCENT_COLOUR, GRID, INK, SOFT_INK, new_figure, plain_axes
from scoliogait.report.walk_pictures import (
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


def result_picture(walk: Walk, maps: ArrayLike, screening: Screening) -> Figure:
    """Four panels from left to right: skeletons of one stride, skeleton maps, asymmetries, class probabilities.

    maps: model input (T, 2, H, W) of the same walk, frame for frame. Raises DataError for a walk without poses.
    """
    if walk.poses is None:
        raise DataError(f"{walk.source}: walk {walk.walk_id!r} holds no poses; there is no skeleton to draw")
    frames = frames_of_a_stride(walk.poses, walk.frame_rate_hz, _N_FRAMES)
    figure = new_figure(14.5, 4.2)
    panels: list[SubFigure] = list(figure.subfigures(1, 4, width_ratios=(3.6, 3.2, 3.6, 3.4), wspace=0.02))  # type: ignore[arg-type]
    _draw_recorded(panels[0], walk, frames)
    _draw_maps(panels[1], np.asarray(maps), frames)
    _draw_asymmetry(panels[2], screening.asymmetry)
    _draw_probabilities(panels[3], screening)
    return figure


def _heading(panel: SubFigure, text: str) -> None:
    panel.suptitle(text, fontsize=12, color=INK, fontweight="bold", x=0.04, ha="left")


def _draw_recorded(panel: SubFigure, walk: Walk, frames: list[int]) -> None:
    _heading(panel, "a walk goes in")
    poses = walk.poses
    assert poses is not None
    silhouettes = walk.silhouettes if walk.silhouettes is not None and len(walk.silhouettes) == len(poses) else None
    rows = 1 if silhouettes is None else 2
    axes = panel.subplots(rows, len(frames), squeeze=False, height_ratios=(1.35, 1.0)[:rows])
    half_width, half_height = largest_extent(poses[frames])
    for column, frame in enumerate(frames):
        draw_skeleton(axes[0, column], poses[frame], half_width, half_height)
        if silhouettes is not None:
            axes[1, column].imshow(silhouettes[frame], cmap="gray_r", vmin=0, vmax=400)
            no_frame(axes[1, column])


def _draw_maps(panel: SubFigure, maps: NDArray[np.float32], frames: list[int]) -> None:
    _heading(panel, "skeleton maps")
    axes = panel.subplots(2, len(frames), squeeze=False)
    for column, frame in enumerate(frames):
        for channel in range(2):
            axes[channel, column].imshow(maps[min(frame, len(maps) - 1), channel], cmap="magma", vmin=0, vmax=1)
            no_frame(axes[channel, column])
    for channel, name in enumerate(("limbs", "joints")):
        axes[channel, 0].set_ylabel(name, fontsize=10, color=SOFT_INK)


def _draw_asymmetry(panel: SubFigure, asymmetry: Mapping[str, PairPosture]) -> None:
    _heading(panel, "measured asymmetry")
    axes = panel.subplots()
    draw_signed_bars(axes, {name: pair.height_difference_percent for name, pair in asymmetry.items()})
    axes.set_yticks(range(len(PAIR_NAMES)), PAIR_NAMES)
    axes.set_ylim(len(PAIR_NAMES) - 0.4, -0.6)
    plain_axes(axes, "", "left higher than right, % of body height", "")
    axes.grid(axis="x", color=GRID, linewidth=0.8)
    axes.set_axisbelow(True)


def _draw_probabilities(panel: SubFigure, screening: Screening) -> None:
    _heading(panel, "a result comes out")
    axes = panel.subplots()
    names = list(screening.probabilities)
    chances = list(screening.probabilities.values())
    axes.barh(names, chances, height=0.55, color=[ACCENT_COLOUR if n == screening.predicted else GRID for n in names])
    for row, chance in enumerate(chances):
        axes.text(chance + 0.02, row, f"{chance:.0%}", va="center", fontsize=10, color=INK)
    axes.set_xlim(0, 1.15)
    axes.set_ylim(len(names) - 0.4, -0.6)
    notes = {"simulated": "\nof a model trained on simulated walkers", "unknown": "\nof a model of unknown origin"}
    note = notes.get(screening.training_walks, "")
    plain_axes(axes, "", f"probability{note}", "")
