"""What was seen of the walker, drawn on a picture: outline, box, skeleton. Left and right have their own colours."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scoliogait.measurement.body import MIN_CONFIDENCE
from scoliogait.side_colours import colour_of_joint, colour_of_limb
from scoliogait.skeleton import FACE_JOINTS, SHOULDER_LINE, limbs_of
from scoliogait.video.detect import Boxes
from scoliogait.video.lettering import Colour, rgb_of
from scoliogait.video.packed_outline import PackedOutline
from scoliogait.video.watch import Seen

WALKER_COLOUR: Colour = (0, 200, 146)
OTHERS_COLOUR: Colour = (150, 150, 150)
_CASING: Colour = (20, 24, 30)
_TINT = 0.18
# The head hangs on no line: its joints are points, so that the place of a hidden face is seen.
_LIMBS = (*limbs_of("body-only"), SHOULDER_LINE)
# Lines of a person this tall are one px wide; they grow with the person.
_PX_PER_WIDTH = 130.0
_WIDEST = 6
# Poses are one person's where their joints lie no farther apart, on average, in heights of the person.
_SAME_POSE = 0.15
# OpenCV takes places in parts of a pixel.
_SHIFT = 4

Canvas = NDArray[np.uint8]


@dataclass(frozen=True)
class View:
    """Which part of a picture a canvas shows: from (left, top) in px of the picture on, ``scale`` times as large."""

    left: float = 0.0
    top: float = 0.0
    scale: float = 1.0

    def __call__(self, places: NDArray[np.floating]) -> NDArray[np.float64]:
        """Places (..., 2) of the picture, where 0 is the edge of its first pixel, as OpenCV counts on the canvas."""
        shown: NDArray[np.float64] = (places.astype(np.float64) - [self.left, self.top]) * self.scale - 0.5
        return shown


@dataclass(frozen=True, eq=False)
class Walker:
    """The walker in one picture. pose: float32 (17, 3); box: (4,) in px; outline: None where their box is not known."""

    pose: NDArray[np.float32]
    box: NDArray[np.float64]
    outline: PackedOutline | None = None

    @property
    def box_height_px(self) -> float:
        """Of the box, which is no body height: it has room around the body, or cuts it off."""
        return float(self.box[3] - self.box[1])


def walker_of(seen: Seen, frame: int, pose: NDArray[np.float32]) -> tuple[Walker | None, Boxes]:
    """Who of the people of a picture has this pose (17, 3), and the boxes (N, 4) of all others.

    None where no joint is seen. Where all are far the walker has the box of their joints, and no outline.
    """
    boxes, jointless = seen.boxes_px[frame], seen.jointless_px[frame]
    known = pose[:, 2] > 0
    if not known.any():
        return None, np.concatenate([boxes, jointless])
    place = pose[known, :2].astype(np.float64)
    around = np.concatenate([place.min(axis=0), place.max(axis=0)])
    row, away_px = seen.nearest_to(frame, pose)
    if away_px > _SAME_POSE * (around[3] - around[1]):
        return Walker(pose, around), np.concatenate([boxes, jointless])
    others = np.concatenate([np.delete(boxes, row, axis=0), jointless])
    return Walker(pose, boxes[row], seen.outlines[frame][row]), others


def draw_walker(canvas: Canvas, view: View, walker: Walker, weight: float = 1.0) -> None:
    """Tint, box and skeleton on the canvas (H, W, 3), in place. weight: how strong the lines are."""
    width = max(1, round(weight * min(_WIDEST, max(1.0, walker.box_height_px * view.scale / _PX_PER_WIDTH))))
    if walker.outline is not None:
        _tint(canvas, view, walker.outline)
    _rectangle(canvas, view, walker.box, WALKER_COLOUR, 2)
    _skeleton(canvas, view, walker.pose, width)


def draw_others(canvas: Canvas, view: View, boxes: Boxes) -> None:
    """Grey boxes of people who are not the walker."""
    for box in boxes:
        _rectangle(canvas, view, box, OTHERS_COLOUR, 2)


def _tint(canvas: Canvas, view: View, outline: PackedOutline) -> None:
    """The inside of the outline gets some of its colour, and a thin line around it."""
    import cv2

    left, top, side = outline.square_px
    ends = view(np.array([[left, top], [left + side, top + side]]))
    (first_x, first_y), (last_x, last_y) = np.clip(np.rint(ends), 0, None).astype(int).tolist()
    part = canvas[first_y : last_y + 1, first_x : last_x + 1]
    if not part.size:
        return
    # From the middles of the pixels of the outline to those of this part of the canvas.
    scale = side / outline.n_side
    x, y = view(np.array([left + scale / 2, top + scale / 2])) - [first_x, first_y]
    to_part = np.array([[scale * view.scale, 0, x], [0, scale * view.scale, y]])
    mask = cv2.warpAffine(outline.mask(), to_part, part.shape[1::-1], flags=cv2.INTER_LINEAR)
    inside = mask > 127
    colour = np.array(WALKER_COLOUR, dtype=np.float32)
    part[inside] = ((1 - _TINT) * part[inside] + _TINT * colour).astype(np.uint8)
    lines, _ = cv2.findContours(inside.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    offset = (first_x, first_y)
    cv2.drawContours(canvas, lines, -1, WALKER_COLOUR, 1, cv2.LINE_AA, offset=offset)


def _rectangle(canvas: Canvas, view: View, box: NDArray[np.floating], colour: Colour, width: int) -> None:
    import cv2

    first, second = _fixed(view(box.reshape(2, 2)))
    cv2.rectangle(canvas, first, second, colour, width, cv2.LINE_AA, _SHIFT)


def _skeleton(canvas: Canvas, view: View, pose: NDArray[np.float32], width: int) -> None:
    """Limbs with a dark rim, then joints; a joint below the least confidence is hollow, and its limbs are thin."""
    import cv2

    there, sure = pose[:, 2] > 0, pose[:, 2] >= MIN_CONFIDENCE
    places = _fixed(view(pose[:, :2]))
    drawn = [(a, b) for a, b in _LIMBS if there[a] and there[b]]
    thin = max(1, width // 3)
    for rim in (2, 0):
        for a, b in drawn:
            colour = _CASING if rim else rgb_of(colour_of_limb(a, b))
            wide = (width if sure[a] and sure[b] else thin) + rim
            cv2.line(canvas, places[a], places[b], colour, wide, cv2.LINE_AA, _SHIFT)
    for joint in np.flatnonzero(there).tolist():
        radius = (width if joint in FACE_JOINTS else 1.5 * width) + 1
        _dot(canvas, places[joint], radius, rgb_of(colour_of_joint(joint)), bool(sure[joint]))


def _dot(canvas: Canvas, place: tuple[int, int], radius: float, colour: Colour, is_filled: bool) -> None:
    import cv2

    fixed = round(radius * (1 << _SHIFT))
    if is_filled:
        cv2.circle(canvas, place, fixed + (1 << _SHIFT), (255, 255, 255), -1, cv2.LINE_AA, _SHIFT)
        cv2.circle(canvas, place, fixed, colour, -1, cv2.LINE_AA, _SHIFT)
    else:
        cv2.circle(canvas, place, fixed, (255, 255, 255), 2, cv2.LINE_AA, _SHIFT)
        cv2.circle(canvas, place, fixed, colour, 1, cv2.LINE_AA, _SHIFT)


def _fixed(places: NDArray[np.float64]) -> list[tuple[int, int]]:
    """Places as OpenCV takes them; far outside of any picture they are drawn as at its edge."""
    scaled = np.rint(np.clip(places, -8192, 24576) * (1 << _SHIFT)).astype(int)
    return [(x, y) for x, y in scaled.tolist()]
