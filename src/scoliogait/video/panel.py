"""The strip below the pictures of an overlay: their words, what the colours mean, and what must be said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from scoliogait.measurement.body import MIN_CONFIDENCE
from scoliogait.side_colours import LEFT_COLOUR, RIGHT_COLOUR
from scoliogait.video.lettering import (
    BOLD,
    LINE_SPACING,
    REGULAR,
    Colour,
    in_lines,
    rgb_of,
    shortened,
    width_of,
    write_text,
)
from scoliogait.video.marks import WALKER_COLOUR, Canvas

_WHAT_IT_IS = "Research software, not a medical device."
PAPER: Colour = (255, 255, 255)
INK: Colour = (28, 36, 48)
SOFT_INK: Colour = (90, 102, 117)
DOUBT_INK: Colour = (176, 0, 32)
_KEYS: tuple[tuple[Colour, str], ...] = (
    (rgb_of(LEFT_COLOUR), "walker's left"),
    (rgb_of(RIGHT_COLOUR), "walker's right"),
    (WALKER_COLOUR, "outline, box"),
)
_GUESS = f"thin and hollow: a guess (confidence below {MIN_CONFIDENCE:g})"
_NUMBER = "number: the N of --person N"
_MARKS = f"{_GUESS}; grey box: somebody else"
# Where nobody is the walker yet.
NUMBER_MARKS = f"grey box: somebody; {_NUMBER}"
_FACES = {False: "Faces of all who were found are hidden.", True: "Faces are shown."}
_MOST_NOTE_LINES = 6


@dataclass(frozen=True, eq=False)
class Panel:
    """A strip (H, W, 3) with all that does not change from picture to picture, H even. font_px: size of its letters."""

    blank: Canvas
    font_px: int

    @classmethod
    def of(
        cls,
        width: int,
        font_px: int,
        name: str,
        notes: Sequence[str],
        show_faces: bool,
        n_changing: int = 2,
        marks: str = _MARKS,
    ) -> Panel:
        """Of this width for the file ``name``; ``n_changing`` lines are left free above the legend.

        marks: what the boxes and lines mean beside their colours; where it is ``NUMBER_MARKS`` there are no colours.
        """
        room = width - 2 * font_px
        soft = [*in_lines(marks, room, font_px), *note_lines(notes, room, font_px)]
        last = _end_lines(f"{_FACES[show_faces]} {_WHAT_IT_IS}", name, room, font_px)
        panel = cls(_paper(width, n_changing + 1 + len(soft) + len(last), font_px), font_px)
        if marks != NUMBER_MARKS:
            panel._write_keys(n_changing)
        lines = [*((line, SOFT_INK) for line in soft), *((line, INK) for line in last)]
        for row, (line, colour) in enumerate(lines, n_changing + 1):
            panel._write(panel.blank, row, line, colour)
        return panel

    def with_words(self, facts: str, doubts: str) -> Canvas:
        """The strip for one picture."""
        strip = self.blank.copy()
        self._write(strip, 0, facts, INK, BOLD)
        self._write(strip, 1, doubts, DOUBT_INK)
        return strip

    def _write(self, strip: Canvas, row: int, text: str, colour: Colour, weight: int = REGULAR) -> None:
        room = strip.shape[1] - 2 * self.font_px
        short = shortened(text, room, self.font_px, weight)
        write_text(strip, short, self.font_px, self._foot(row), self.font_px, colour, weight)

    def _write_keys(self, row: int) -> None:
        import cv2

        x, foot, side = self.font_px, self._foot(row), round(0.75 * self.font_px)
        for colour, words in _KEYS:
            cv2.rectangle(self.blank, (x, foot - side), (x + side, foot), colour, -1)
            x = write_text(self.blank, words, x + side + self.font_px // 2, foot, self.font_px, INK, BOLD)
            x += self.font_px

    def _foot(self, row: int) -> int:
        return round(self.font_px * (1.4 + LINE_SPACING * row))


def marks_of(people: Sequence[object]) -> str:
    """What the marks around a walker mean, where so many people have a number."""
    return f"{_MARKS}; {_NUMBER}" if people else _MARKS


def _paper(width: int, n_lines: int, font_px: int) -> Canvas:
    height = round((LINE_SPACING * n_lines + 0.8) * font_px)
    return np.full((height + height % 2, width, 3), PAPER, dtype=np.uint8)


def _end_lines(end: str, name: str, room: int, font_px: int) -> list[str]:
    """The last words with the name of the file behind them, or above where it finds no room."""
    one = f"{end}   {name}".rstrip()
    return [one] if width_of(one, font_px) <= room else [name, end]


def note_lines(notes: Sequence[str], width_px: int, font_px: int) -> list[str]:
    """Notes in lines of this width; where they are many, the last line says how many are left out."""
    lines = [line for note in notes for line in in_lines(note, width_px, font_px)]
    if len(lines) <= _MOST_NOTE_LINES:
        return lines
    kept = lines[: _MOST_NOTE_LINES - 1]
    return [*kept, f"… and {len(lines) - len(kept)} more lines of notes, which stand in the result."]
