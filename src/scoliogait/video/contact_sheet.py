"""A dozen pictures of a walk on one page, the walker large enough to judge every joint."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from scoliogait.errors import DataError
from scoliogait.progress import Progress, no_progress
from scoliogait.video.caption import confidence_of, doubts_of
from scoliogait.video.marks import Canvas, View, Walker, draw_others, draw_walker, walker_of
from scoliogait.video.numbers import NumberedPerson, draw_numbers, numbered_boxes
from scoliogait.video.overlay import pictures_again
from scoliogait.video.overlay_file import PNG, check_ending, check_other_file
from scoliogait.video.panel import marks_of
from scoliogait.video.sheet_page import FONT_PX, Shown, spread, write_page
from scoliogait.video.watch import Seen

_HEIGHT_PX = 520
# Width over height of each picture: that of the walkers' boxes, within these.
_NARROW, _WIDE = 0.5, 1.0
# The walker's box takes this share of the height or width of their picture.
_SHARE = 0.86
_OUTSIDE = (226, 230, 235)


def write_contact_sheet(
    path: str | Path,
    out: str | Path,
    seen: Seen,
    poses: NDArray[np.float32],
    notes: Sequence[str] | None = None,
    show_faces: bool = False,
    progress: Progress = no_progress,
    people: Sequence[NumberedPerson] = (),
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
    chosen = {frame: walker_of(seen, frame, poses[frame]) for frame in spread(visible)}
    numbers = numbered_boxes(people, seen)
    width = _width_px([walker for walker, _ in chosen.values() if walker is not None])
    shown: list[Shown] = []
    for frame, picture in enumerate(pictures_again(path, seen, show_faces)):
        walker, others = chosen.get(frame, (None, None))
        if walker is not None and others is not None:
            canvas, view = _cropped(picture.rgb, walker, others, width)
            draw_numbers(canvas, view, numbers[frame], FONT_PX)
            facts = f"confidence {confidence_of(walker):.2f}  ·  box {walker.box_height_px:.0f} px"
            shown.append(Shown(frame, picture.time_s, canvas, facts, doubts_of(walker, seen.size_px)))
        progress(frame + 1, len(seen.times_s))
    times = f"{shown[0].time_s:.2f} s to {shown[-1].time_s:.2f} s"
    what = f"The walker in {len(shown)} of {len(visible)} frames, {times}"
    write_page(out, shown, path.name, what, seen.notes if notes is None else notes, show_faces, marks_of(people))


def _width_px(walkers: list[Walker]) -> int:
    """Of each picture: as wide as most walkers need."""
    shapes = [(walker.box[2] - walker.box[0]) / max(walker.box_height_px, 1.0) for walker in walkers]
    return 2 * round(_HEIGHT_PX * float(np.clip(np.quantile(shapes, 0.75), _NARROW, _WIDE)) / 2)


def _cropped(rgb: NDArray[np.uint8], walker: Walker, others: NDArray[np.float64], width: int) -> tuple[Canvas, View]:
    """The walker and what is around them, (height, width, 3), with marks, and which part of the picture it is.

    It is grey outside of the picture.
    """
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
    return canvas, view
