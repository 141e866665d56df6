"""HTML pages that stand alone: one file, pictures inside, nothing loaded from elsewhere."""

from __future__ import annotations

import base64
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from scoliogait.files import atomic_file
from scoliogait.report.figures import DPI, SMALLEST_TEXT_PT

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


def page_picture(png: bytes) -> PagePicture:
    """From PNG bytes that ``figure_png`` gave, so of ``DPI`` and without letters below ``SMALLEST_TEXT_PT``."""
    width_in = int.from_bytes(png[_PNG_WIDTH], "big") / DPI
    least_px = math.ceil(width_in * _POINTS_PER_INCH * _READABLE_PX / SMALLEST_TEXT_PT)
    return PagePicture("data:image/png;base64," + base64.b64encode(png).decode("ascii"), least_px)


def filled(template: str, **content: Any) -> str:
    """The text of ``templates/<template>`` with this content. All of it is escaped; a missing name is an error."""
    environment = Environment(
        loader=PackageLoader("scoliogait.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(template).render(**content)


def write_page(path: Path, template: str, **content: Any) -> None:
    """Fill ``templates/<template>`` and write it atomically. All content is escaped; a missing name is an error."""
    with atomic_file(path) as temporary:
        temporary.write_text(filled(template, **content), encoding="utf-8")
