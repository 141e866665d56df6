"""Pictures of walks: the colours tell left from right, and what is not there is not drawn."""

import numpy as np
import pytest
from matplotlib.colors import to_hex

from scoliogait.errors import DataError
from scoliogait.measurement.posture import measure_posture
from scoliogait.report.walk_pictures import asymmetry_figure, map_montage_figure, skeleton_figure
from scoliogait.side_colours import LEFT_COLOUR, RIGHT_COLOUR
from scoliogait.skeleton import JOINT, PAIR_NAMES
from scoliogait.walk import Walk
from walker import draw_walker


def dots_of(axes) -> list:
    return [line for line in axes.lines if line.get_marker() == "o"]


def limbs_of(axes) -> list:
    return [line for line in axes.lines if line.get_marker() != "o"]


@pytest.mark.parametrize("from_the_front", [True, False])
def test_the_walkers_left_has_its_colour_in_every_view(from_the_front: bool) -> None:
    poses = draw_walker(90, from_the_front=from_the_front)
    axes = skeleton_figure(Walk(poses=poses, frame_rate_hz=30.0), n_frames=1).axes[0]
    left_x = [dot.get_xdata()[0] for dot in dots_of(axes) if to_hex(dot.get_color()) == LEFT_COLOUR.lower()]
    right_x = [dot.get_xdata()[0] for dot in dots_of(axes) if to_hex(dot.get_color()) == RIGHT_COLOUR.lower()]
    assert len(left_x) == len(right_x) == 8
    assert (min(left_x) > max(right_x)) == from_the_front


def test_the_picture_is_not_upside_down() -> None:
    axes = skeleton_figure(Walk(poses=draw_walker(90)), n_frames=1).axes[0]
    bottom, top = axes.get_ylim()
    assert bottom > top


def test_joints_that_are_not_seen_are_not_drawn() -> None:
    poses = draw_walker(60)
    poses[:, JOINT["left_wrist"], 2] = 0.1
    axes = skeleton_figure(Walk(poses=poses), n_frames=1).axes[0]
    assert len(dots_of(axes)) == 16
    # 17 limbs and the shoulder line, less the forearm.
    assert len(limbs_of(axes)) == 17


def test_silhouettes_of_the_same_frames_are_drawn_below() -> None:
    silhouettes = np.arange(60, dtype=np.uint8)[:, None, None] * np.ones((1, 8, 6), np.uint8)
    walk = Walk(poses=draw_walker(60), silhouettes=silhouettes, frame_rate_hz=30.0)
    figure = skeleton_figure(walk, n_frames=3)
    assert len(figure.axes) == 6
    for above, below in zip(figure.axes[:3], figure.axes[3:], strict=True):
        seconds = float(above.get_title().removesuffix(" s"))
        assert below.images[0].get_array()[0, 0] == pytest.approx(30 * seconds, abs=0.2)


def test_silhouettes_that_do_not_belong_to_the_poses_are_left_out() -> None:
    walk = Walk(poses=draw_walker(60), silhouettes=np.ones((59, 8, 6), np.uint8))
    assert len(skeleton_figure(walk, n_frames=3).axes) == 3


def test_a_walk_without_poses_has_no_skeleton() -> None:
    with pytest.raises(DataError, match="holds no poses"):
        skeleton_figure(Walk(silhouettes=np.ones((5, 8, 6), np.uint8)))


def test_the_montage_shows_the_named_frames() -> None:
    maps = np.random.default_rng(0).integers(0, 256, (20, 2, 16, 16), dtype=np.uint8)
    figure = map_montage_figure(maps, [3, 11])
    shown = [axes.images[0].get_array() for axes in figure.axes]
    for panel, expected in zip(shown, (maps[3, 0], maps[11, 0], maps[3, 1], maps[11, 1]), strict=True):
        np.testing.assert_array_equal(panel, expected)
    assert len(map_montage_figure(maps[:3]).axes) == 6
    with pytest.raises(DataError, match="skeleton maps have shape"):
        map_montage_figure(maps[0])


def test_bars_have_the_measured_length_and_side() -> None:
    posture = measure_posture(draw_walker(120, shoulder_tilt_deg=-3), stride_frames=33.3)
    axes = asymmetry_figure(posture).axes[1]
    bars = {PAIR_NAMES[round(bar.get_y() + bar.get_height() / 2)]: bar for bar in axes.patches}
    assert set(bars) == {"eyes", "ears", "shoulders", "hips"}
    assert bars["shoulders"].get_width() == pytest.approx(-3, abs=1e-3)
    assert to_hex(bars["shoulders"].get_facecolor()) == RIGHT_COLOUR.lower()
    assert axes.get_xlim()[0] == -axes.get_xlim()[1]


def test_a_pair_that_was_not_measured_has_no_bar() -> None:
    poses = draw_walker(60)
    poses[:, JOINT["right_eye"], 2] = 0
    axes = asymmetry_figure(measure_posture(poses)).axes[0]
    assert len(axes.patches) == len(PAIR_NAMES) - 1
