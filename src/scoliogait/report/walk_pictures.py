"""Pictures of one walk: its skeleton and silhouette, what a model is fed of it, its measured asymmetries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import ArrayLike, NDArray

from scoliogait.errors import DataError
from scoliogait.measurement.body import height_px, seen
from scoliogait.measurement.posture import Measurement, PairPosture
from scoliogait.measurement.stride import find_strides
from scoliogait.report.figures import GRID, INK, SOFT_INK, new_figure, plain_axes
from scoliogait.side_colours import LEFT_COLOUR, RIGHT_COLOUR, colour_of_joint, colour_of_limb
from scoliogait.skeleton import JOINT, LIMBS, N_JOINTS, PAIR_NAMES, SHOULDER_LINE, TRUNK_AND_LEG_JOINTS
from scoliogait.walk import Walk

# Below what a model said, by where it learned from; nothing where it learned from recorded walks.
ORIGIN_NOTES = {"simulated": "\nof a model trained on simulated walkers", "unknown": "\nof a model of unknown origin"}
_LEGEND = (
    Line2D([], [], color=LEFT_COLOUR, linewidth=3, label="walker's left"),
    Line2D([], [], color=RIGHT_COLOUR, linewidth=3, label="walker's right"),
)
# The tilt of a pair that swings with every step is mostly the step.
_STEADY_PAIRS = ("eyes", "ears", "shoulders", "hips")


def skeleton_figure(walk: Walk, n_frames: int = 4, title: str = "") -> Figure:
    """Skeletons of ``n_frames`` frames spread over one stride, and below them the silhouettes of the same frames.

    Silhouettes are drawn where the walk holds one for each pose. Joints with a confidence below 0.3 are left out, the
    colours distinguish the walker's left from right. Raises DataError for a walk without poses.
    """
    if walk.poses is None:
        raise DataError(f"{walk.source}: walk {walk.walk_id!r} holds no poses; there is no skeleton to draw")
    frames = frames_of_a_stride(walk.poses, walk.frame_rate_hz, n_frames)
    silhouettes = walk.silhouettes if walk.silhouettes is not None and len(walk.silhouettes) == walk.n_frames else None
    figure = new_figure(1.9 * len(frames) + 0.4, 5.6 if silhouettes is not None else 3.6)
    panels = figure.subplots(1 if silhouettes is None else 2, len(frames), squeeze=False)
    half_width, half_height = largest_extent(walk.poses[frames])
    for column, frame in enumerate(frames):
        draw_skeleton(panels[0, column], walk.poses[frame], half_width, half_height)
        panels[0, column].set_title(_time_label(frame, walk.frame_rate_hz), fontsize=9, color=SOFT_INK)
        if silhouettes is not None:
            panels[1, column].imshow(silhouettes[frame], cmap="gray_r", vmin=0, vmax=400)
            no_frame(panels[1, column])
    figure.legend(handles=_LEGEND, loc="outside lower center", ncols=2, frameon=False, fontsize=9.5, labelcolor=INK)
    if title:
        figure.suptitle(title, fontsize=11, color=INK, fontweight="bold")
    return figure


def map_montage_figure(maps: ArrayLike, frame_indices: Sequence[int] | None = None, title: str = "") -> Figure:
    """Skeleton maps uint8 (T, 2, S, S) or model input float (T, 2, H, W): limbs above, joints below, a column a frame.

    Draws the frames named, else eight spread over the walk. Raises DataError for another shape.
    """
    array = np.asarray(maps)
    if array.ndim != 4 or array.shape[1] != 2 or not len(array):
        raise DataError(f"skeleton maps have shape {array.shape}; expected (frames, 2, height, width)")
    frames = list(frame_indices) if frame_indices is not None else _spread(0, len(array), 8)
    top = 255 if array.dtype == np.uint8 else 1.0
    aspect = array.shape[2] / array.shape[3]
    figure = new_figure(1.05 * len(frames) + 0.7, 2.1 * aspect + 0.7)
    panels = figure.subplots(2, len(frames), squeeze=False)
    for column, frame in enumerate(frames):
        for channel, name in enumerate(("limbs", "joints")):
            axes = panels[channel, column]
            axes.imshow(array[frame, channel], cmap="magma", vmin=0, vmax=top, interpolation="nearest")
            no_frame(axes)
            if column == 0:
                axes.set_ylabel(name, fontsize=10, color=SOFT_INK)
        panels[0, column].set_title(f"frame {frame}", fontsize=8.5, color=SOFT_INK)
    if title:
        figure.suptitle(title, fontsize=11, color=INK, fontweight="bold")
    return figure


def coordinates_figure(coordinates: ArrayLike) -> Figure:
    """Joints (T, 17, 3) as a model is fed them: all frames above each other. Raises DataError for another shape."""
    array = np.asarray(coordinates)
    if array.ndim != 3 or array.shape[1:] != (N_JOINTS, 3) or not len(array):
        raise DataError(f"coordinates have shape {array.shape}; expected (frames, {N_JOINTS}, 3)")
    figure = new_figure(3.4, 4.6)
    draw_coordinates(figure.subplots(), array)
    return figure


def draw_coordinates(axes: Axes, coordinates: NDArray[np.float32]) -> None:
    """Every seen joint of every frame (T, 17, 3), x and y in body heights from the hips, in the colour of its side."""
    for joint in range(N_JOINTS):
        places = coordinates[coordinates[:, joint, 2] > 0, joint]
        axes.plot(places[:, 0], places[:, 1], ".", markersize=3, alpha=0.5, color=colour_of_joint(joint))
    axes.plot(0, 0, "+", color=INK, markersize=9)
    axes.set_aspect("equal")
    axes.invert_yaxis()
    axes.grid(color=GRID, linewidth=0.6)
    plain_axes(axes, "", "body heights from the hips", "")


def asymmetry_figure(posture: Mapping[str, PairPosture], title: str = "Measured asymmetries") -> Figure:
    """Signed bars for each left/right pair: height difference, tilt, midline offset, with 95 % intervals where known.

    Tilts are drawn for eyes, ears, shoulders and hips; those of arms and legs are mostly the step.
    """
    columns = {
        "height difference\n% of body height": {name: pair.height_difference_percent for name, pair in posture.items()},
        "tilt\ndegrees": {name: pair.tilt_deg for name, pair in posture.items() if name in _STEADY_PAIRS},
        "midline offset\n% of body height": {name: pair.midline_offset_percent for name, pair in posture.items()},
    }
    figure = new_figure(8.6, 3.9)
    panels = figure.subplots(1, len(columns), sharey=True)
    for axes, (label, measurements) in zip(panels, columns.items(), strict=True):
        draw_signed_bars(axes, measurements)
        plain_axes(axes, "", label, "")
        axes.grid(axis="x", color=GRID, linewidth=0.8)
        axes.set_axisbelow(True)
    panels[0].set_yticks(range(len(PAIR_NAMES)), PAIR_NAMES)
    panels[0].set_ylim(len(PAIR_NAMES) - 0.4, -0.6)
    handles = (
        Line2D([], [], color=LEFT_COLOUR, linewidth=6, label="left side higher, or towards the walker's left"),
        Line2D([], [], color=RIGHT_COLOUR, linewidth=6, label="right side higher, or towards the walker's right"),
    )
    figure.legend(handles=handles, loc="outside lower center", ncols=2, frameon=False, fontsize=9, labelcolor=INK)
    figure.suptitle(title, fontsize=11, color=INK, fontweight="bold")
    return figure


def draw_signed_bars(axes: Axes, measurements: Mapping[str, Measurement | None]) -> None:
    """One horizontal bar a pair, in the order of ``PAIR_NAMES``, with its 95 % interval; pale where none is known."""
    axes.axvline(0, color=SOFT_INK, linewidth=1)
    reach = 1.0
    for name, measured in measurements.items():
        if measured is None:
            continue
        row = PAIR_NAMES.index(name)
        half = 0.0 if measured.interval is None else measured.interval[1] - measured.value
        colour, alpha = LEFT_COLOUR if measured.value >= 0 else RIGHT_COLOUR, 1.0 if half else 0.35
        axes.barh(row, measured.value, height=0.58, color=colour, alpha=alpha)
        if half:
            axes.errorbar(measured.value, row, xerr=half, color=INK, linewidth=1.3, capsize=3)
        reach = max(reach, abs(measured.value) + half)
    axes.set_xlim(-1.08 * reach, 1.08 * reach)


def draw_skeleton(axes: Axes, pose: NDArray[np.float32], half_width: float, half_height: float) -> None:
    """One pose (17, 3) in image axes, left and right in their colours; joints not seen are left out."""
    visible = seen(pose[None])[0]
    for first, second in (*LIMBS, SHOULDER_LINE):
        if visible[first] and visible[second]:
            ends = pose[[first, second]]
            axes.plot(
                ends[:, 0], ends[:, 1], color=colour_of_limb(first, second), linewidth=2.6, solid_capstyle="round"
            )
    for joint in np.flatnonzero(visible):
        axes.plot(
            pose[joint, 0],
            pose[joint, 1],
            "o",
            markersize=4,
            color=colour_of_joint(int(joint)),
            markeredgecolor="white",
            markeredgewidth=0.6,
        )
    if visible.any():
        centre = (pose[visible, :2].min(axis=0) + pose[visible, :2].max(axis=0)) / 2
        axes.set_xlim(centre[0] - half_width, centre[0] + half_width)
        axes.set_ylim(centre[1] + half_height, centre[1] - half_height)
    axes.set_aspect("equal")
    no_frame(axes)


def largest_extent(poses: NDArray[np.float32]) -> tuple[float, float]:
    """Half width and half height, in px, of a window that holds every one of the poses (T, 17, 3)."""
    visible = seen(poses)[..., None]
    low = np.where(visible, poses[..., :2], np.inf).min(axis=1)
    high = np.where(visible, poses[..., :2], -np.inf).max(axis=1)
    extent = (high - low)[np.isfinite(high - low).all(axis=1)]
    width, height = extent.max(axis=0) if len(extent) else (1.0, 1.0)
    return 0.62 * max(float(width), 0.42 * float(height)), 0.56 * float(height)


def frames_of_a_stride(poses: NDArray[np.float32], rate_hz: float | None, n_frames: int) -> list[int]:
    """Frames spread over one stride: of those with trunk and legs in clear view, the one with the largest steps."""
    stride = find_strides(poses, rate_hz).stride_frames
    length = min(len(poses), max(n_frames, round(stride or len(poses))))
    confidence = poses[:, list(TRUNK_AND_LEG_JOINTS), 2].min(axis=1)
    ankles = poses[:, JOINT["left_ankle"], 1] - poses[:, JOINT["right_ankle"], 1]
    clarity = sliding_window_view(confidence, length).mean(axis=1)
    swing = sliding_window_view(ankles, length).std(axis=1) / sliding_window_view(height_px(poses), length).max(axis=1)
    start = int(np.where(clarity >= 0.9 * clarity.max(), swing, -1.0).argmax())
    return _spread(start, start + length, n_frames)


def _spread(start: int, stop: int, n_wanted: int) -> list[int]:
    """At most ``n_wanted`` different frames of [start, stop), evenly spread."""
    n_given = min(n_wanted, stop - start)
    return [start + (stop - start) * step // n_given for step in range(n_given)]


def _time_label(frame: int, rate_hz: float | None) -> str:
    return f"frame {frame}" if rate_hz is None else f"{frame / rate_hz:.2f} s"


def no_frame(axes: Axes) -> None:
    """A picture without ticks and border."""
    axes.set_xticks([])
    axes.set_yticks([])
    axes.spines[:].set_visible(False)
