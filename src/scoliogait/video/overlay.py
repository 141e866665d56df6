"""A video with what was seen drawn into it, and with faces hidden: people look before they trust.

The video is decoded a second time and nothing of it is held, so memory does not grow with its length.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from scoliogait.errors import DataError
from scoliogait.progress import Progress, no_progress
from scoliogait.skeleton import N_JOINTS
from scoliogait.video.caption import doubts_of, facts_of
from scoliogait.video.decode import open_video
from scoliogait.video.encode import video_file
from scoliogait.video.heads import heads_of
from scoliogait.video.hide_faces import hide_faces
from scoliogait.video.marks import Canvas, View, draw_others, draw_walker, walker_of
from scoliogait.video.numbers import NumberedPerson, draw_numbers, numbered_boxes, numbers_in_words
from scoliogait.video.overlay_file import VIDEO_ENDINGS, check_ending, check_other_file
from scoliogait.video.panel import NUMBER_MARKS, PAPER, Panel, marks_of
from scoliogait.video.pictures import Picture
from scoliogait.video.watch import Seen

# Small pictures are enlarged until their shorter side is this long, large ones reduced until their longer side is.
_SHORT_PX, _LONG_PX = 720, 1920
_NARROWEST_PX = 640
# Letters are this share of the shorter side of the picture.
_FONT_SHARE = 1 / 36
_SAME_TIME_S = 1e-6


def write_overlay(
    path: str | Path,
    out: str | Path,
    seen: Seen,
    poses: NDArray[np.float32] | None,
    notes: Sequence[str] | None = None,
    show_faces: bool = False,
    progress: Progress = no_progress,
    people: Sequence[NumberedPerson] = (),
) -> None:
    """Write the video at ``path`` again, with box, outline and skeleton of its walker and words below every picture.

    out: ends with .webm (VP9) or .mp4 (MPEG-4 part 2); it has the times of the video, and neither its sound nor what it
    says of place and camera. seen: what ``watch`` found in this video. poses: float32 (T, 17, 3), the walker in each of
    its T pictures, all zeros where they are not seen; None where nobody was chosen. people: whose number is drawn at
    their box. notes: sentences to show below; None takes those of the video.

    The heads of everybody who was found are hidden, unless ``show_faces``. Whoever the detector never finds is not
    hidden: look at the result before it is passed on. Raises DataError as ``open_video`` and ``video_file`` do, for an
    ``out`` that is the video itself, for poses of another number of pictures, and for a video that has changed since.
    """
    path, out = Path(path), Path(out)
    check_ending(out, VIDEO_ENDINGS)
    check_other_file(path, out)
    width, height = size_of(seen.size_px)
    scale = height / seen.size_px[1]
    font_px = round(_FONT_SHARE * min(width, height))
    wide = max(width, _NARROWEST_PX)
    marks = NUMBER_MARKS if poses is None else marks_of(people)
    panel = Panel.of(wide, font_px, path.name, seen.notes if notes is None else notes, show_faces, marks=marks)
    numbers = numbered_boxes(people, seen)
    canvas = np.full((height + len(panel.blank), wide, 3), PAPER, dtype=np.uint8)
    left, nobody = (wide - width) // 2, np.zeros((N_JOINTS, 3), np.float32)
    with video_file(out, (wide, len(canvas)), rate_of(seen)) as file:
        for frame, picture in enumerate(pictures_again(path, seen, show_faces)):
            shown = canvas[:height, left : left + width]
            shown[...] = resized(picture.rgb, width, height)
            walker, others = walker_of(seen, frame, nobody if poses is None else poses[frame])
            draw_others(shown, View(scale=scale), others)
            if walker is not None:
                draw_walker(shown, View(scale=scale), walker)
            draw_numbers(shown, View(scale=scale), numbers[frame], font_px)
            facts = facts_of(walker, picture.time_s, frame, len(seen.times_s))
            if poses is None:
                canvas[height:] = panel.with_words(f"{facts}  ·  {numbers_in_words(numbers[frame])}", "")
            else:
                canvas[height:] = panel.with_words(facts, doubts_of(walker, seen.size_px))
            file.add(picture.time_s, canvas)
            progress(frame + 1, len(seen.times_s))


def pictures_again(path: Path, seen: Seen, show_faces: bool) -> Iterator[Picture]:
    """The pictures of a video that were looked at before, one at a time, with faces hidden unless they are to be shown.

    Raises DataError where there are other pictures than those that were seen.
    """
    heads = [] if show_faces else heads_of(seen)
    n_pictures = 0
    with open_video(path) as video:
        for picture in video:
            if n_pictures == len(seen.times_s) or abs(picture.time_s - seen.times_s[n_pictures]) > _SAME_TIME_S:
                raise _has_changed(path)
            rgb = picture.rgb if show_faces else hide_faces(picture.rgb, heads[n_pictures])
            yield Picture(picture.time_s, rgb)
            n_pictures += 1
    if n_pictures != len(seen.times_s):
        raise _has_changed(path)


def _has_changed(path: Path) -> DataError:
    return DataError(f"{path}: holds other pictures than when it was looked at; let nothing write it and run again")


def size_of(size_px: tuple[int, int]) -> tuple[int, int]:
    """Width and height of the pictures of an overlay, both even, for a video of this width and height."""
    scale = min(max(1.0, _SHORT_PX / min(size_px)), _LONG_PX / max(size_px))
    width, height = (max(2, 2 * round(scale * side / 2)) for side in size_px)
    return width, height


def rate_of(seen: Seen) -> float:
    """About how many pictures a second there are."""
    last_s = float(seen.times_s[-1]) if len(seen.times_s) else 0.0
    return (len(seen.times_s) - 1) / last_s if last_s > 0 else 1.0


def resized(rgb: NDArray[np.uint8], width: int, height: int) -> Canvas:
    """A picture (H, W, 3) of this width and height."""
    import cv2

    if rgb.shape[:2] == (height, width):
        return rgb
    kernel = cv2.INTER_AREA if width < rgb.shape[1] else cv2.INTER_CUBIC
    return cv2.resize(rgb, (width, height), interpolation=kernel)  # type: ignore[return-value]
