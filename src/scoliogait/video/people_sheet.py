"""A dozen whole pictures with everybody's number: what to look at before the walker is chosen by hand."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from scoliogait.errors import DataError
from scoliogait.progress import Progress, no_progress
from scoliogait.video.marks import View, draw_others
from scoliogait.video.numbers import NumberedPerson, draw_numbers, numbered_boxes, numbers_in_words
from scoliogait.video.overlay import pictures_again, resized
from scoliogait.video.overlay_file import PNG, check_ending, check_other_file
from scoliogait.video.panel import NUMBER_MARKS
from scoliogait.video.sheet_page import N_PICTURES, Shown, spread, write_page
from scoliogait.video.watch import Seen

# Every picture fits into this.
_WIDE_PX, _HIGH_PX = 630, 420
_FONT_PX = 22


def write_people_sheet(
    path: str | Path,
    out: str | Path,
    seen: Seen,
    people: Sequence[NumberedPerson],
    notes: Sequence[str] | None = None,
    show_faces: bool = False,
    progress: Progress = no_progress,
) -> None:
    """Write a PNG with up to 12 whole pictures, each person in one of them at least as far as there is room.

    Arguments as for ``write_overlay``. Raises DataError as there, and where nobody has a number.
    """
    path, out = Path(path), Path(out)
    check_ending(out, (PNG,))
    check_other_file(path, out)
    if not people:
        raise DataError(f"{path}: shows nobody; there is nothing to put on a sheet")
    boxes = numbered_boxes(people, seen)
    chosen = _chosen(people)
    scale = min(_WIDE_PX / seen.size_px[0], _HIGH_PX / seen.size_px[1])
    width, height = (max(2, round(scale * side)) for side in seen.size_px)
    shown: list[Shown] = []
    for frame, picture in enumerate(pictures_again(path, seen, show_faces)):
        if frame in chosen:
            canvas = resized(picture.rgb, width, height).copy()
            draw_others(canvas, View(scale=scale), np.concatenate([seen.boxes_px[frame], seen.jointless_px[frame]]))
            draw_numbers(canvas, View(scale=scale), boxes[frame], _FONT_PX)
            shown.append(Shown(frame, picture.time_s, canvas, numbers_in_words(boxes[frame])))
        progress(frame + 1, len(seen.times_s))
    what = f"Everybody with a number, in {len(shown)} of {len(seen.times_s)} frames"
    write_page(out, shown, path.name, what, seen.notes if notes is None else notes, show_faces, NUMBER_MARKS)


def _chosen(people: Sequence[NumberedPerson]) -> set[int]:
    """The middle picture of each person, those who are seen longest first, and more between them, evenly spread."""
    longest = sorted(people, key=lambda person: (-len(person.frames), person.number))[:N_PICTURES]
    chosen = {int(person.frames[len(person.frames) // 2]) for person in longest}
    frames = np.unique(np.concatenate([person.frames for person in people]))
    for n_more in range(N_PICTURES, 0, -1):
        more = chosen | set(spread(frames, n_more))
        if len(more) <= N_PICTURES:
            return more
    return chosen
