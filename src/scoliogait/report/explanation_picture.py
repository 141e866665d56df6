"""Which pairs of joints moved a model's scores, on the skeleton, and when, as a strip of time with its strides."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from scoliogait.measurement.body import seen
from scoliogait.measurement.stride import find_strides
from scoliogait.measurement.stride_windows import stride_windows, view_of_frames
from scoliogait.provenance import WalkOrigin
from scoliogait.report.figures import GRID, INK, SHARES, SOFT_INK, new_figure, plain_axes
from scoliogait.report.walk_pictures import ORIGIN_NOTES, frames_of_a_stride, largest_extent, no_frame
from scoliogait.side_colours import LEFT_COLOUR, RIGHT_COLOUR, colour_of_joint
from scoliogait.skeleton import LIMBS, PAIR_NAMES, PAIRS, SHOULDER_LINE

_LEGEND = tuple(
    Line2D([], [], color=colour, marker="o", linestyle="", markersize=8, label=f"walker's {side}")
    for side, colour in (("left", LEFT_COLOUR), ("right", RIGHT_COLOUR))
)
# Less than one log unit (a factor of 2.7 in the odds) never fills the scale: where nothing matters, all is pale.
_FULL = 1.0
_LARGEST_POINTS = 24.0
_SMALLEST_POINTS = 3.0


def explanation_figure(
    poses: NDArray[np.float32],
    frame_rate_hz: float | None,
    pairs: Sequence[int],
    windows: Sequence[tuple[int, int]],
    importance: NDArray[np.float64],
    training_walks: WalkOrigin = "recorded",
) -> Figure:
    """Left: one pose, the joints of a pair the larger the more it matters. Right: the same by window of the walk.

    poses: (T, 17, 3) in px. pairs: rows of ``PAIR_NAMES``, those that the model is fed. windows: (start, stop) frames.
    importance: (W, P), log units, not negative. training_walks: where the model learned from.
    """
    figure = new_figure(9.6, 4.6)
    body, strip = figure.subplots(1, 2, width_ratios=(1.0, 2.2))
    _draw_body(body, poses[frames_of_a_stride(poses, frame_rate_hz, 3)[1]], pairs, importance.mean(axis=0))
    _draw_strip(
        strip,
        poses,
        frame_rate_hz,
        pairs,
        _by_frame(len(poses), windows, importance),
        ORIGIN_NOTES.get(training_walks, ""),
    )
    figure.legend(handles=_LEGEND, loc="outside lower left", ncols=2, frameon=False, fontsize=9.5, labelcolor=INK)
    figure.text(0.99, 0.02, "Research software, not a medical device", ha="right", fontsize=9, color=SOFT_INK)
    return figure


def _draw_body(axes: Axes, pose: NDArray[np.float32], pairs: Sequence[int], means: NDArray[np.float64]) -> None:
    visible = seen(pose[None])[0]
    for first, second in (*LIMBS, SHOULDER_LINE):
        if visible[first] and visible[second]:
            ends = pose[[first, second]]
            axes.plot(ends[:, 0], ends[:, 1], color=GRID, linewidth=2.6, solid_capstyle="round", zorder=1)
    share = means / max(float(means.max()), _FULL)
    # The small joints lie above the large ones, so that none is hidden.
    for place in np.argsort(-share):
        size = _SMALLEST_POINTS + (_LARGEST_POINTS - _SMALLEST_POINTS) * float(share[place])
        for joint in PAIRS[pairs[int(place)]]:
            if visible[joint]:
                axes.plot(
                    *pose[joint, :2],
                    "o",
                    markersize=size,
                    color=colour_of_joint(joint),
                    alpha=0.8,
                    markeredgecolor="white",
                    markeredgewidth=0.6,
                    zorder=2,
                )
    if visible.any():
        half_width, half_height = largest_extent(pose[None])
        centre = (pose[visible, :2].min(axis=0) + pose[visible, :2].max(axis=0)) / 2
        axes.set_xlim(centre[0] - 1.25 * half_width, centre[0] + 1.25 * half_width)
        axes.set_ylim(centre[1] + 1.1 * half_height, centre[1] - 1.1 * half_height)
    axes.set_aspect("equal")
    axes.set_title("which pairs", fontsize=11, color=INK, loc="left", fontweight="bold")
    no_frame(axes)


def _by_frame(
    n_frames: int, windows: Sequence[tuple[int, int]], importance: NDArray[np.float64]
) -> NDArray[np.float64]:
    """(T, P): the mean over the windows that hold each frame; NaN where none does."""
    inside = np.array([[start <= frame < stop for start, stop in windows] for frame in range(n_frames)], dtype=float)
    count = inside.sum(axis=1, keepdims=True)
    return np.divide(inside @ importance, count, out=np.full((n_frames, importance.shape[1]), np.nan), where=count > 0)


def _draw_strip(
    axes: Axes,
    poses: NDArray[np.float32],
    frame_rate_hz: float | None,
    pairs: Sequence[int],
    by_frame: NDArray[np.float64],
    note: str,
) -> None:
    rate = 1.0 if frame_rate_hz is None else frame_rate_hz
    extent = (0.0, len(poses) / rate, len(pairs) - 0.5, -0.5)
    top = max(float(np.nanmax(by_frame)), _FULL)
    drawn = axes.imshow(
        by_frame.T, aspect="auto", cmap=SHARES, vmin=0.0, vmax=top, extent=extent, interpolation="nearest"
    )
    axes.set_yticks(range(len(pairs)), [PAIR_NAMES[row] for row in pairs])
    stride_frames = find_strides(poses, frame_rate_hz).stride_frames
    begins: list[int] = []
    if stride_frames is not None:
        windows = stride_windows(view_of_frames(poses)[0], stride_frames)
        begins = windows.frames[windows.starts].tolist()
    for frame in begins:
        axes.axvline(frame / rate, color=INK, linewidth=0.8, alpha=0.5, linestyle=":")
    unit = "frame" if frame_rate_hz is None else "s"
    marks = "; dotted: a stride begins" if begins else ""
    plain_axes(axes, "when, by the windows the model takes", f"{unit}{marks}{note}", "")
    bar = axes.figure.colorbar(drawn, ax=axes, fraction=0.04, pad=0.02)
    bar.set_label("how far the scores move, log units", fontsize=10, color=SOFT_INK)
    bar.ax.tick_params(labelsize=9, colors=SOFT_INK)
    bar.outline.set_visible(False)
