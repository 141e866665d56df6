"""Pictures inside an HTML page, and how wide each must be shown so that its letters can be read."""

from __future__ import annotations

import base64
import math
from dataclasses import dataclass

from matplotlib.figure import Figure

from scoliogait.report.figures import DPI, SMALLEST_TEXT_PT, figure_png, smallest_text_pt

# In px of a page: what smaller letters are is hard to read on a phone.
_READABLE_PX = 9.0
_POINTS_PER_INCH = 72.0
# Where the width stands in the header of a PNG file, big-endian.
_PNG_WIDTH = slice(16, 20)


@dataclass(frozen=True)
class PagePicture:
    """A picture inside a page. source: its ``src``; least_px: the width from which on all its letters can be read.

    Where a page is narrower, the picture is scrolled sideways.
    """

    source: str
    least_px: int


def page_figure(figure: Figure) -> PagePicture:
    """A figure for a page."""
    png = figure_png(figure)  # first: labels of ticks are made when it is drawn
    return page_picture(png, smallest_text_pt(figure))


def page_picture(png: bytes, smallest_pt: float = SMALLEST_TEXT_PT) -> PagePicture:
    """From PNG bytes that ``figure_png`` gave. smallest_pt: size of its smallest letters."""
    width_in = int.from_bytes(png[_PNG_WIDTH], "big") / DPI
    least_px = math.ceil(width_in * _POINTS_PER_INCH * _READABLE_PX / smallest_pt)
    return PagePicture("data:image/png;base64," + base64.b64encode(png).decode("ascii"), least_px)
