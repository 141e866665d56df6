"""Everybody's number on the pictures: who is who, for somebody who chooses the walker by hand."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scoliogait.video.lettering import BOLD, Colour, width_of, write_text
from scoliogait.video.marks import Canvas, View
from scoliogait.video.watch import Seen

_PAPER: Colour = (255, 255, 255)
_INK: Colour = (28, 36, 48)
# Room around a number, in heights of its digits.
_ROOM = 0.25


@dataclass(frozen=True, eq=False)
class NumberedPerson:
    """A person under the number that lines name, 1 for the one farthest to the left.

    frames: int64 (n,), the pictures that show them. poses: float32 (n, 17, 3), their joints there.
    """

    number: int
    frames: NDArray[np.int64]
    poses: NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class NumberedBox:
    """Where a person of this number is in one picture: left, top, right, bottom in px."""

    number: int
    box: NDArray[np.float64]


def numbered_boxes(people: Iterable[NumberedPerson], seen: Seen) -> list[list[NumberedBox]]:
    """Of each picture the people in it, by number."""
    found: list[list[NumberedBox]] = [[] for _ in seen.times_s]
    for person in sorted(people, key=lambda one: one.number):
        for frame, pose in zip(person.frames.tolist(), person.poses, strict=True):
            row, _ = seen.nearest_to(frame, pose)
            if row >= 0:
                found[frame].append(NumberedBox(person.number, seen.boxes_px[frame][row]))
    return found


def numbers_in_words(boxes: Sequence[NumberedBox]) -> str:
    """Such as ``persons 1, 3``."""
    if not boxes:
        return "nobody with a number"
    numbers = ", ".join(str(one.number) for one in boxes)
    return f"{'person' if len(boxes) == 1 else 'persons'} {numbers}"


def draw_numbers(canvas: Canvas, view: View, boxes: Iterable[NumberedBox], font_px: int) -> None:
    """Each number in a white field at the upper left corner of its box, in place, on the canvas (H, W, 3).

    It is moved inside where the corner is cut off; a box of which the canvas shows nothing has none.
    """
    import cv2

    room = max(2, round(_ROOM * font_px))
    size = np.array(canvas.shape[1::-1])
    for one in boxes:
        first, last = view(one.box.reshape(2, 2))
        if (last <= 0).any() or (first >= size).any():
            continue
        text = str(one.number)
        wide, high = width_of(text, font_px, BOLD) + 2 * room, font_px + 2 * room
        corner = np.clip(np.rint(first), 0, size - [wide + 1, high + 1])
        x, y = np.maximum(corner, 0).astype(int).tolist()
        cv2.rectangle(canvas, (x, y), (x + wide, y + high), _PAPER, -1)
        cv2.rectangle(canvas, (x, y), (x + wide, y + high), _INK, 1)
        write_text(canvas, text, x + room, y + high - 2 * room + room // 2, font_px, _INK, BOLD)
