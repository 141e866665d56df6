"""A page of pictures with words below each, a title above and the legend at its foot, as a PNG file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from scoliogait.files import atomic_file
from scoliogait.video.lettering import BOLD, LINE_SPACING, in_lines, shortened, write_text
from scoliogait.video.marks import Canvas
from scoliogait.video.overlay_file import marked_png
from scoliogait.video.panel import DOUBT_INK, INK, PAPER, SOFT_INK, Panel

N_PICTURES = 12
GAP_PX = 14
FONT_PX = 17
PAGE_PX = 1950
_NARROWEST_PX = 1560
_TITLE_PX = 24
_WORD_LINES = 4


@dataclass(frozen=True)
class Shown:
    """One picture of a page: its frame in the video, its time, the picture with its marks (H, W, 3), and words."""

    frame: int
    time_s: float
    canvas: Canvas
    facts: str
    doubts: str = ""


def spread(frames: NDArray[np.int64], n_pictures: int = N_PICTURES) -> list[int]:
    """At most so many of the frames, the first and the last among them, evenly spread."""
    places = np.linspace(0, len(frames) - 1, min(n_pictures, len(frames)))
    return [int(frames[place]) for place in np.rint(places).astype(int)]


def write_page(
    out: Path, shown: Sequence[Shown], name: str, what: str, notes: Sequence[str], show_faces: bool, marks: str
) -> None:
    """Pictures of one size in rows under the name of the video and a line that says ``what`` they are."""
    height, width = shown[0].canvas.shape[:2]
    n_columns = _columns(len(shown), width)
    step = round(LINE_SPACING * FONT_PX)
    words_px = _WORD_LINES * step + GAP_PX
    title_px = 2 * _TITLE_PX + step + GAP_PX
    n_rows = -(-len(shown) // n_columns)
    page_px = max(GAP_PX + n_columns * (width + GAP_PX), _NARROWEST_PX)
    panel = Panel.of(page_px, FONT_PX, "", notes, show_faces, n_changing=0, marks=marks)
    page = np.full((title_px + n_rows * (height + words_px) + len(panel.blank), page_px, 3), PAPER, np.uint8)
    write_text(page, shortened(name, page_px - 2 * GAP_PX, _TITLE_PX, BOLD), GAP_PX, 36, _TITLE_PX, INK, BOLD)
    write_text(page, what, GAP_PX, 36 + step + 6, FONT_PX, SOFT_INK)
    for place, one in enumerate(shown):
        x = GAP_PX + place % n_columns * (width + GAP_PX)
        y = title_px + place // n_columns * (height + words_px)
        page[y : y + height, x : x + width] = one.canvas
        _write_words(page, one, x, y + height + step, width)
    page[-len(panel.blank) :] = panel.blank
    _write_png(out, page)


def _columns(n_pictures: int, width: int) -> int:
    """As many as fit on the page, and so that no row is much shorter than the others."""
    most = max(1, (PAGE_PX - GAP_PX) // (width + GAP_PX))
    n_rows = -(-n_pictures // most)
    return -(-n_pictures // n_rows)


def _write_words(page: Canvas, one: Shown, x: int, foot: int, width: int) -> None:
    """Number and time, facts, and the doubts, in lines from ``foot`` down."""
    step = round(LINE_SPACING * FONT_PX)
    write_text(page, f"frame {one.frame}  ·  {one.time_s:.2f} s", x, foot, FONT_PX, INK, BOLD)
    write_text(page, shortened(one.facts, width, FONT_PX), x, foot + step, FONT_PX, SOFT_INK)
    lines = in_lines(one.doubts, width, FONT_PX)
    free = _WORD_LINES - 2
    for row, line in enumerate(lines[:free], 2):
        is_cut = row == free + 1 and len(lines) > free
        text = shortened(f"{line} …", width, FONT_PX) if is_cut else line
        write_text(page, text, x, foot + row * step, FONT_PX, DOUBT_INK)


def _write_png(out: Path, page: NDArray[np.uint8]) -> None:
    import cv2

    _, content = cv2.imencode(".png", np.ascontiguousarray(page[..., ::-1]))
    with atomic_file(out) as temporary:
        temporary.write_bytes(marked_png(content.tobytes()))
