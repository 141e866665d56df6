"""A dozen pictures of a walk on one page, the walker large enough to judge every joint."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from scoliogait.errors import DataError
from scoliogait.files import atomic_file
from scoliogait.progress import Progress, no_progress
from scoliogait.video.caption import confidence_of, doubts_of
from scoliogait.video.lettering import BOLD, LINE_SPACING, in_lines, shortened, write_text
from scoliogait.video.marks import Canvas, View, Walker, draw_others, draw_walker, walker_of
from scoliogait.video.overlay import pictures_again
from scoliogait.video.overlay_file import PNG, check_ending, check_other_file, marked_png
from scoliogait.video.panel import DOUBT_INK, INK, PAPER, SOFT_INK, Panel
from scoliogait.video.watch import Seen

N_PICTURES = 12
_HEIGHT_PX = 520
# Width over height of each picture: that of the walkers' boxes, within these.
_NARROW, _WIDE = 0.5, 1.0
# The walker's box takes this share of the height or width of their picture.
_SHARE = 0.86
_PAGE_PX = 1950
_GAP_PX = 14
_FONT_PX = 17
_TITLE_PX = 24
_OUTSIDE = (226, 230, 235)
_WORD_LINES = 4


@dataclass(frozen=True)
class _Shown:
    """One picture of the sheet: its frame in the video, its time, and the walker in it."""

    frame: int
    time_s: float
    walker: Walker
    canvas: Canvas


def write_contact_sheet(
    path: str | Path,
    out: str | Path,
    seen: Seen,
    poses: NDArray[np.float32],
    notes: Sequence[str] | None = None,
    show_faces: bool = False,
    progress: Progress = no_progress,
) -> None:
    """Write a PNG with up to 12 pictures of the walker, evenly spread over the walk, marked as by ``write_overlay``.

    Arguments as there; ``out`` ends with .png. Raises DataError as there, and where no picture shows the walker.
    """
    path, out = Path(path), Path(out)
    check_ending(out, (PNG,))
    check_other_file(path, out)
    visible = np.flatnonzero((poses[..., 2] > 0).any(axis=1))
    if not len(visible):
        raise DataError(f"{path}: no picture shows the walker; there is nothing to put on a sheet")
    people = {frame: walker_of(seen, frame, poses[frame]) for frame in _spread(visible)}
    width = _width_px([walker for walker, _ in people.values() if walker is not None])
    shown: list[_Shown] = []
    for frame, picture in enumerate(pictures_again(path, seen, show_faces)):
        walker, others = people.get(frame, (None, None))
        if walker is not None and others is not None:
            canvas = _cropped(picture.rgb, walker, others, width)
            shown.append(_Shown(frame, picture.time_s, walker, canvas))
        progress(frame + 1, len(seen.times_s))
    sheet = _page(shown, path.name, len(visible), seen, seen.notes if notes is None else notes, show_faces)
    _write_png(out, sheet)


def _spread(frames: NDArray[np.int64]) -> list[int]:
    """At most 12 of the frames, the first and the last among them, evenly spread."""
    places = np.linspace(0, len(frames) - 1, min(N_PICTURES, len(frames)))
    return [int(frames[place]) for place in np.rint(places).astype(int)]


def _width_px(walkers: list[Walker]) -> int:
    """Of each picture: as wide as most walkers need."""
    shapes = [(walker.box[2] - walker.box[0]) / max(walker.height_px, 1.0) for walker in walkers]
    return 2 * round(_HEIGHT_PX * float(np.clip(np.quantile(shapes, 0.75), _NARROW, _WIDE)) / 2)


def _cropped(rgb: NDArray[np.uint8], walker: Walker, others: NDArray[np.float64], width: int) -> Canvas:
    """The walker and what is around them, (height, width, 3), with marks; grey outside of the picture."""
    import cv2

    left, top, right, bottom = walker.box.tolist()
    scale = _SHARE * min(_HEIGHT_PX / max(bottom - top, 1.0), width / max(right - left, 1.0))
    view = View((left + right - width / scale) / 2, (top + bottom - _HEIGHT_PX / scale) / 2, scale)
    if scale < 1:  # a mean of pixels, not one of them
        small = cv2.resize(rgb, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        ratio = small.shape[1] / rgb.shape[1], small.shape[0] / rgb.shape[0]
    else:
        small, ratio = rgb, (1.0, 1.0)
    x, y = view(np.array([0.5 / ratio[0], 0.5 / ratio[1]]))
    to_canvas = np.array([[scale / ratio[0], 0, x], [0, scale / ratio[1], y]])
    canvas: Canvas = cv2.warpAffine(  # type: ignore[assignment]
        small, to_canvas, (width, _HEIGHT_PX), flags=cv2.INTER_CUBIC, borderValue=_OUTSIDE
    )
    draw_others(canvas, view, others)
    draw_walker(canvas, view, walker)
    return canvas


def _page(
    shown: list[_Shown], name: str, n_seen: int, seen: Seen, notes: Sequence[str], show_faces: bool
) -> NDArray[np.uint8]:
    """Title, rows of pictures with their words below, legend and notes."""
    width = shown[0].canvas.shape[1]
    n_columns = _columns(len(shown), width)
    step = round(LINE_SPACING * _FONT_PX)
    words_px = _WORD_LINES * step + _GAP_PX
    title_px = 2 * _TITLE_PX + step + _GAP_PX
    n_rows = -(-len(shown) // n_columns)
    page_px = max(_GAP_PX + n_columns * (width + _GAP_PX), 3 * _HEIGHT_PX)
    panel = Panel.of(page_px, _FONT_PX, "", notes, show_faces, n_changing=0)
    page = np.full((title_px + n_rows * (_HEIGHT_PX + words_px) + len(panel.blank), page_px, 3), PAPER, np.uint8)
    write_text(page, shortened(name, page_px - 2 * _GAP_PX, _TITLE_PX, BOLD), _GAP_PX, 36, _TITLE_PX, INK, BOLD)
    span = f"The walker in {len(shown)} of {n_seen} frames, {shown[0].time_s:.2f} s to {shown[-1].time_s:.2f} s"
    write_text(page, span, _GAP_PX, 36 + step + 6, _FONT_PX, SOFT_INK)
    for place, one in enumerate(shown):
        x = _GAP_PX + place % n_columns * (width + _GAP_PX)
        y = title_px + place // n_columns * (_HEIGHT_PX + words_px)
        page[y : y + _HEIGHT_PX, x : x + width] = one.canvas
        _write_words(page, one, x, y + _HEIGHT_PX + step, width, seen.size_px)
    page[-len(panel.blank) :] = panel.blank
    return page


def _columns(n_pictures: int, width: int) -> int:
    """As many as fit on the page, and so that no row is much shorter than the others."""
    most = max(1, (_PAGE_PX - _GAP_PX) // (width + _GAP_PX))
    n_rows = -(-n_pictures // most)
    return -(-n_pictures // n_rows)


def _write_words(page: Canvas, one: _Shown, x: int, foot: int, width: int, size_px: tuple[int, int]) -> None:
    """Number and time, confidence and height, and the doubts, in lines from ``foot`` down."""
    step = round(LINE_SPACING * _FONT_PX)
    write_text(page, f"frame {one.frame}  ·  {one.time_s:.2f} s", x, foot, _FONT_PX, INK, BOLD)
    numbers = f"confidence {confidence_of(one.walker):.2f}  ·  box {one.walker.height_px:.0f} px"
    write_text(page, shortened(numbers, width, _FONT_PX), x, foot + step, _FONT_PX, SOFT_INK)
    lines = in_lines(doubts_of(one.walker, size_px), width, _FONT_PX)
    free = _WORD_LINES - 2
    for row, line in enumerate(lines[:free], 2):
        is_cut = row == free + 1 and len(lines) > free
        text = shortened(f"{line} …", width, _FONT_PX) if is_cut else line
        write_text(page, text, x, foot + row * step, _FONT_PX, DOUBT_INK)


def _write_png(out: Path, page: NDArray[np.uint8]) -> None:
    import cv2

    _, content = cv2.imencode(".png", np.ascontiguousarray(page[..., ::-1]))
    with atomic_file(out) as temporary:
        temporary.write_bytes(marked_png(content.tobytes()))
