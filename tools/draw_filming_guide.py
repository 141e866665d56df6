"""Draw the pictures of docs/filming.md, and those of the filming guide of ``scoliogait serve``.

    python tools/draw_filming_guide.py docs src/scoliogait/serve/static

filming-place.png: camera and way from the side, filming-way.png: from above, filming-picture.png: what should be in the
picture, filming-clothes.png: what no network can see. The walker is the package's own; left and right have the colours
of all its pictures. Letters stay above 9 px where a picture is shown 360 px wide. The pictures of ``serve`` are single
and without words, which stand below each in the language of the page.
"""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle, Ellipse, Polygon, Rectangle

from scoliogait.report.figures import ACCENT_COLOUR, GRID, INK, SOFT_INK, new_figure, save_figure
from scoliogait.side_colours import colour_of_joint, colour_of_limb
from scoliogait.simulation.body import average_body
from scoliogait.simulation.gait import symmetric_walker
from scoliogait.skeleton import JOINT, SHOULDER_LINE, limbs_of

BODY, SHADE, PAPER, WRONG = "#C3CCD6", "#8C97A3", "#F4F6F9", "#B00020"
WIDTH_IN, TILE_IN = 5.2, 2.45
FONT = 11.5
# Half of the width of limbs and trunk in metres.
_THICK_M = {"hip": 0.085, "knee": 0.065, "shoulder": 0.05, "elbow": 0.042}
Pose = np.ndarray
Draw = Callable[[Axes], None]


def main(docs: Path, static: Path) -> None:
    (docs / "images").mkdir(parents=True, exist_ok=True)
    for name, figure in (("place", place()), ("way", way()), ("picture", picture()), ("clothes", clothes())):
        save_figure(figure, docs / "images" / f"filming-{name}.png")
    static.mkdir(parents=True, exist_ok=True)
    for name, figure in wordless().items():
        save_figure(figure, static / f"filming-{name}.png")


def person(view: str, phase: float = 0.12) -> Pose:
    """Joints (17, 2) in metres, x to the right and y up, of a walker who is seen from the front, back or side.

    ``side``: walks to the right; ``other side``: to the left.
    """
    joints = symmetric_walker(average_body("female", 14.0), np.array([phase]))[0]
    left, up, forward = joints.T
    across = {"front": left, "back": -left, "side": forward, "other side": -forward}[view]
    return np.stack([across, up], axis=-1)


def draw_person(
    axes: Axes, pose: Pose, at: tuple[float, float], size: float = 1.0, body: str = BODY, alpha: float = 1.0
) -> None:
    """A body of one colour with its skeleton, ``size`` times as large, the feet here."""
    pose = pose * size + np.asarray(at)
    middle = {part: pose[[JOINT[f"left_{part}"], JOINT[f"right_{part}"]]].mean(axis=0) for part in ("ear", "shoulder")}
    head = middle["ear"] + [0, 0.03 * size]
    trunk = pose[[JOINT[name] for name in ("left_shoulder", "right_shoulder", "right_hip", "left_hip")]]
    look = {"facecolor": body, "edgecolor": body, "alpha": alpha, "joinstyle": "round"}
    axes.add_patch(Polygon(trunk, linewidth=width_pt(axes, 0.16 * size), **look))
    line(axes, np.array([middle["shoulder"], head]), 0.09 * size, body, alpha)
    axes.add_patch(Ellipse(tuple(head), 0.18 * size, 0.25 * size, color=body, alpha=alpha, linewidth=0))
    for first, part in (("hip", "knee"), ("knee", "ankle"), ("shoulder", "elbow"), ("elbow", "wrist")):
        for side in ("left", "right"):
            ends = pose[[JOINT[f"{side}_{first}"], JOINT[f"{side}_{part}"]]]
            line(axes, ends, 2 * _THICK_M[first] * size, body, alpha)
    for side in ("left", "right"):
        foot = pose[JOINT[f"{side}_ankle"]] - [0, 0.045 * size]
        line(axes, np.array([foot, foot]), 0.1 * size, body, alpha)
    for a, b in (*limbs_of("body-only"), SHOULDER_LINE):
        line(axes, pose[[a, b]], 0.026 * size, colour_of_limb(a, b), alpha)
    for joint in range(5, len(pose)):
        look = {"color": colour_of_joint(joint), "alpha": alpha, "linewidth": 0, "zorder": 3}
        axes.add_patch(Circle(tuple(pose[joint]), 0.026 * size, **look))


def line(axes: Axes, ends: np.ndarray, width_m: float, colour: str, alpha: float = 1.0) -> None:
    axes.plot(*ends.T, color=colour, linewidth=width_pt(axes, width_m), alpha=alpha, solid_capstyle="round")


def width_pt(axes: Axes, width_m: float) -> float:
    """Points on paper of a length in the units of the axes."""
    low, high = axes.get_xlim()
    return width_m * 72 * axes.figure.get_figwidth() * axes.get_position().width / abs(high - low)


def empty(height_in: float, width_in: float = WIDTH_IN) -> Figure:
    """A figure whose axes stay where they are put."""
    figure = new_figure(width_in, height_in)
    figure.set_layout_engine("none")
    return figure


def scene(height_in: float, x: tuple[float, float], bottom: float) -> tuple[Figure, Axes]:
    """A figure in metres, equal along both axes."""
    figure = empty(height_in)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_xlim(*x)
    axes.set_ylim(bottom, bottom + (x[1] - x[0]) * height_in / WIDTH_IN)
    axes.axis("off")
    return figure, axes


def words(
    axes: Axes, x: float, y: float, text: str, colour: str = INK, bold: bool = False, where: str = "center"
) -> None:
    weight = "bold" if bold else "normal"
    axes.text(x, y, text, fontsize=FONT, color=colour, ha=where, va="center", weight=weight, linespacing=1.25)


def arrow(axes: Axes, start: tuple[float, float], end: tuple[float, float], colour: str, both: bool = False) -> None:
    look = {"arrowstyle": "<|-|>" if both else "-|>", "color": colour, "linewidth": 2.2, "mutation_scale": 16}
    axes.annotate("", end, start, arrowprops={**look, "shrinkA": 0, "shrinkB": 0})


def tick(axes: Axes, x: float, y: float, size: float, right: bool) -> None:
    """A hook or a cross: its shape says it, its colour only helps."""
    strokes = (
        [[(-1, 0.1), (-0.3, -0.7), (1, 0.9)]] if right else [[(-0.8, -0.8), (0.8, 0.8)], [(-0.8, 0.8), (0.8, -0.8)]]
    )
    for stroke in strokes:
        ends = np.array(stroke) * size + [x, y]
        axes.plot(*ends.T, color=ACCENT_COLOUR if right else WRONG, linewidth=4, solid_capstyle="round")


def place() -> Figure:
    """Camera and way from the side."""
    figure, axes = scene(2.3, (-0.9, 9.9), -1.5)
    axes.plot([-0.7, 9.7], [0, 0], color=SHADE, linewidth=2)
    axes.add_patch(Polygon([(0.1, 1.2), (9.4, 3.1), (9.4, -0.0), (1.2 / 0.3, 0.0)], color="#E4F2EC", zorder=0))
    axes.plot([0, 9.4], [1.2, 1.2], color=ACCENT_COLOUR, linewidth=1.4, linestyle=(0, (5, 3)))
    for foot in (-0.35, 0.0, 0.35):
        axes.plot([0, foot], [1.1, 0], color=INK, linewidth=2.5)
    axes.add_patch(Rectangle((-0.09, 0.98), 0.18, 0.44, color=INK))
    draw_person(axes, person("other side"), (8.4, 0))
    draw_person(axes, person("side"), (4.5, 0))
    words(
        axes,
        -0.7,
        2.4,
        "lens level, at the height\nof the chest: 1.0 to 1.3 m;\nstill, best on a tripod",
        INK,
        where="left",
    )
    words(axes, 6.5, 2.2, "the whole body in the\npicture all the time", INK)
    arrow(axes, (8.3, -0.3), (4.3, -0.3), INK)
    arrow(axes, (4.3, -0.6), (8.3, -0.6), INK)
    words(axes, 2.15, -0.45, "towards, and away", INK, bold=True)
    for first, last, text in ((0.0, 4.2, "turn here, 3 to 4 m"), (4.4, 8.4, "4 m or more, to and fro")):
        ends = {"arrowstyle": "|-|,widthA=0.3,widthB=0.3", "color": SOFT_INK, "shrinkA": 0, "shrinkB": 0}
        axes.annotate("", (last, -0.9), (first, -0.9), arrowprops=ends)
        words(axes, (first + last) / 2, -1.22, text, SOFT_INK)
    return figure


def way() -> Figure:
    """The same from above: which way to walk."""
    figure, axes = scene(2.5, (-1.2, 9.6), -2.55)
    axes.add_patch(Polygon([(0, 0), (9.2, 2.45), (9.2, -2.45)], color="#E4F2EC", zorder=0))
    axes.add_patch(Rectangle((-0.35, -0.22), 0.35, 0.44, color=INK))
    axes.add_patch(Rectangle((0.0, -0.1), 0.14, 0.2, color=INK))
    words(axes, -0.2, -0.75, "camera", INK)
    arrow(axes, (3.4, 0), (8.9, 0), ACCENT_COLOUR, both=True)
    tick(axes, 6.1, 0.45, 0.24, right=True)
    words(axes, 6.1, -0.42, "straight to the lens and back", INK, bold=True)
    arrow(axes, (8.8, 2.2), (4.4, 1.15), WRONG)
    tick(axes, 5.4, 1.95, 0.2, right=False)
    words(axes, 5.15, 2.05, "at an angle", WRONG, where="right")
    arrow(axes, (3.0, -2.3), (3.0, 2.3), WRONG)
    tick(axes, 2.6, -1.7, 0.2, right=False)
    words(axes, 2.3, -1.75, "across the\npicture", WRONG, where="right")
    words(axes, 6.3, -1.75, "one person only,\nnobody crosses", INK)
    return figure


def panels(height_in: float, rows: int, kinds: Sequence[tuple[str, bool, Draw]]) -> Figure:
    """Pictures in two columns, each with a hook or a cross and its words below."""
    figure = empty(height_in)
    step, caption = 1 / rows, 0.34 / height_in
    for number, (text, right, draw) in enumerate(kinds):
        row, column = divmod(number, 2)
        below = 1 - (row + 1) * step
        shape = (0.015 + 0.5 * column, below + caption, 0.47, step - caption - 0.06 / height_in)
        frame(figure.add_axes(shape), shape[3] * height_in / (shape[2] * WIDTH_IN), draw)
        strip = figure.add_axes((shape[0], below, shape[2], caption))
        strip.axis("off")
        strip.set(xlim=(0, 3.2), ylim=(0, 3.2 * caption * height_in / (shape[2] * WIDTH_IN)))
        tick(strip, 0.16, 0.22, 0.11, right)
        words(strip, 0.38, 0.22, text, INK, where="left")
    return figure


def frame(axes: Axes, height: float, draw: Draw) -> None:
    """What a camera sees, 3.2 m wide. height: as a share of the width."""
    axes.set(xlim=(0, 3.2), ylim=(0, 3.2 * height), xticks=[], yticks=[], facecolor=PAPER)
    for spine in axes.spines.values():
        spine.set(color=SHADE, linewidth=2)
    draw(axes)
    axes.set(xlim=(0, 3.2), ylim=(0, 3.2 * height))


def wordless() -> dict[str, Figure]:
    """Each picture by itself, by its name in ``scoliogait.serve.filming``."""
    scenes = {"place": place(), "way": way()}
    for figure in scenes.values():
        for text in list(figure.axes[0].texts):
            if text.get_text():  # an arrow is a text without words
                text.remove()
    return scenes | {name: tile(draw) for name, draw in TILES.items()}


def tile(draw: Draw) -> Figure:
    figure = empty(1.45, TILE_IN)
    axes = figure.add_axes((0.01, 0.014, 0.98, 0.972))
    frame(axes, 0.972 * 1.45 / (0.98 * TILE_IN), draw)
    return figure


def floor(axes: Axes, y: float = 0.12) -> None:
    axes.plot([-2, 6], [y, y], color=GRID, linewidth=2)


def picture() -> Figure:
    """Eight pictures: one as it should be."""
    return panels(
        7.2,
        4,
        [
            ("whole body, one person", True, whole),
            ("feet below the edge", False, cut_off),
            ("camera tilted", False, tilted),
            ("too far away, too small", False, small),
            ("a second person", False, several),
            ("dark, window behind", False, dark),
            ("moved, out of focus", False, blurred),
            ("seen from the side", False, sideways),
        ],
    )


def whole(axes: Axes) -> None:
    floor(axes)
    draw_person(axes, person("front"), (1.6, 0.12))


def cut_off(axes: Axes) -> None:
    draw_person(axes, person("front"), (1.6, -0.75), size=1.35)


def tilted(axes: Axes) -> None:
    turn = np.deg2rad(-13)
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    ends = np.array([[-2.5, 0.0], [2.5, 0.0]]) @ rotation.T + [1.5, 0.15]
    axes.plot(*ends.T, color=GRID, linewidth=2)
    draw_person(axes, person("front") @ rotation.T, (1.5, 0.15))


def small(axes: Axes) -> None:
    floor(axes, 0.6)
    draw_person(axes, person("front"), (1.6, 0.6), size=0.36)


def several(axes: Axes) -> None:
    floor(axes)
    draw_person(axes, person("front"), (1.15, 0.12))
    draw_person(axes, person("front", 0.6), (2.15, 0.12))


def dark(axes: Axes) -> None:
    axes.set_facecolor("#2A3038")
    axes.add_patch(Rectangle((0.75, 0.55), 1.7, 1.45, color="#FFFFFF", linewidth=0))
    draw_person(axes, person("front"), (1.6, 0.12), body="#1D2228")


def blurred(axes: Axes) -> None:
    floor(axes)
    for shift in np.linspace(-0.16, 0.16, 7):
        draw_person(axes, person("front"), (1.6 + shift, 0.12), alpha=0.16)


def sideways(axes: Axes) -> None:
    floor(axes)
    draw_person(axes, person("side"), (1.5, 0.12))
    arrow(axes, (2.15, 1.0), (2.95, 1.0), INK)


def clothes() -> Figure:
    """What hides a body, and what holds it."""
    return panels(
        3.6,
        2,
        [
            ("shoulders and hips show", True, whole),
            ("coat or dress hides hips", False, dressed),
            ("hair hides shoulders", False, long_hair),
            ("stick, rail, wheelchair", False, with_stick),
        ],
    )


def dressed(axes: Axes) -> None:
    whole(axes)
    outline = [(1.42, 1.42), (1.78, 1.42), (2.02, 0.42), (1.18, 0.42)]
    axes.add_patch(Polygon(outline, facecolor=SHADE, edgecolor=SHADE, linewidth=6, joinstyle="round", zorder=5))


def long_hair(axes: Axes) -> None:
    floor(axes)
    draw_person(axes, person("back"), (1.6, 0.12))
    axes.add_patch(Ellipse((1.6, 1.4), 0.48, 0.72, color=SHADE, linewidth=0, zorder=5))


def with_stick(axes: Axes) -> None:
    whole(axes)
    hand = person("front")[JOINT["left_wrist"]] + [1.6, 0.12]
    axes.plot([hand[0], hand[0] + 0.1], [hand[1] + 0.04, 0.12], color=INK, linewidth=5, zorder=5)
    axes.plot([hand[0] - 0.1, hand[0] + 0.06], [hand[1] + 0.04] * 2, color=INK, linewidth=5, zorder=5)


TILES: dict[str, Draw] = {
    "whole": whole,
    "cut": cut_off,
    "tilted": tilted,
    "small": small,
    "several": several,
    "dark": dark,
    "blurred": blurred,
    "sideways": sideways,
    "dressed": dressed,
    "hair": long_hair,
    "stick": with_stick,
}


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
