"""What "missing" and "certain" mean in the numbers of other programs: every reader of poses passes through here.

NaN, -1, -1 as a place, a residual of -1 and exactly 0, 0 all mean that a joint was not seen, and so does any other
place far from the body at which several joints, or one that the program does not trust, stand again and again, such as
9999, 9999 (see ``marked_places``). Confidences below 0 become 0 and those above 1 become 1. What was changed is said in
sentences that the walk carries (``Walk.notes``).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from scoliogait.errors import DataError
from scoliogait.io.marked_places import marked_places
from scoliogait.walk import DOUBT

Points = NDArray[np.float32]

# Peaks of heatmaps run a little above 1, and some decoders give scores of several. Percentages and pixels are neither.
_MOST_CONFIDENT = 10.0
# Beyond these a score is of another scale than 0..1, and 0.3 of it no longer means that a joint was seen.
_LOWEST_SCORE, _HIGHEST_SCORE = -1.0, 2.0
_MARK = -1.0


def clean_points(points: ArrayLike, where: str) -> tuple[Points, tuple[str, ...]]:
    """Float32 copy of points (..., J, 3) = x, y, confidence in the form of Walk, and a sentence for each change.

    A missing joint becomes 0, 0, confidence 0; coordinates with confidence 0 stay. Raises DataError, beginning with
    ``where``, for a dtype or shape that is none of this, infinite values, and confidences of another scale.
    """
    array = np.asarray(points)
    if array.dtype.kind not in "fiu" or array.ndim < 2 or array.shape[-1] != 3:
        raise DataError(
            f"{where}: poses have shape {array.shape}, dtype {array.dtype}; expected numbers, the last axis x, y, "
            "confidence"
        )
    with np.errstate(over="ignore"):  # too large for float32: infinite, and refused below
        cleaned = array.astype(np.float32)
    if np.isinf(cleaned).any():
        row, joint = [0, *np.argwhere(np.isinf(cleaned))[0].tolist()][-3:-1]
        raise DataError(
            f"{where}: poses hold infinite values, first at frame {row}, joint {joint}; write a missing joint as 0, 0, "
            "confidence 0"
        )
    notes = [*_clear_missing(cleaned), *_clip_confidences(cleaned, where)]
    return cleaned, tuple(notes)


def _clear_missing(points: Points) -> list[str]:
    """Zero the joints that are marked as missing, in place."""
    x, y, confidence = np.moveaxis(points, -1, 0)
    marked = np.isnan(points).any(axis=-1) | ((x == _MARK) & (y == _MARK)) | (confidence == _MARK)
    nowhere = (x == 0) & (y == 0) & (confidence > 0)
    points[marked | nowhere] = 0
    notes = []
    for place in marked_places(points):
        there = (points[..., :2] == place).all(axis=-1)
        points[there] = 0
        notes.append(
            f"{_count(there, 'joint')} at exactly {place[0]:g}, {place[1]:g}, far from the body, {_were(there)} taken "
            "as missing."
        )
    if marked.any():
        notes.append(f"{_count(marked, 'joint')} marked with NaN or -1 {_were(marked)} taken as missing.")
    if nowhere.any():
        notes.append(f"{_count(nowhere, 'joint')} at exactly 0, 0 {_were(nowhere)} taken as missing.")
    return notes


def _clip_confidences(points: Points, where: str) -> list[str]:
    """Bring confidences into 0..1, in place."""
    confidence = points[..., 2]
    low, high = confidence < 0, confidence > 1
    notes = []
    if low.any():
        notes.append(f"{_count(low, 'confidence')} below 0 (down to {confidence.min():.3g}) {_were(low)} set to 0.")
    if high.any():
        top = float(confidence.max())
        notes.append(f"{_count(high, 'confidence')} above 1 (up to {top:.3g}) {_were(high)} set to 1.")
    doubts = scale_doubts(float(confidence.min(initial=0.0)), float(confidence.max(initial=0.0)), where)
    np.clip(confidence, 0, 1, out=confidence)
    return [*notes, *doubts]


def scale_doubts(lowest: float, highest: float, where: str) -> list[str]:
    """What must be said where confidences range so far that 0.3 no longer means that a joint was seen.

    Raises DataError, beginning with ``where``, for percentages and pixels.
    """
    if highest > _MOST_CONFIDENT:
        raise DataError(
            f"{where}: confidences reach {highest:.3g}; expected x, y, confidence 0..1 on the last axis, so divide "
            f"{'percentages by 100' if highest <= 100 else 'them by their highest possible value'}"
        )
    if lowest >= _LOWEST_SCORE and highest <= _HIGHEST_SCORE:
        return []
    return [
        f"{DOUBT}Confidences range from {lowest:.3g} to {highest:.3g}, another scale than 0..1, and were cut: "
        "guessed joints may count as seen; give confidences from 0 to 1."
    ]


def _count(which: NDArray[np.bool_], noun: str) -> str:
    n = int(which.sum())
    return f"{n} {noun}{'' if n == 1 else 's'}"


def _were(which: NDArray[np.bool_]) -> str:
    return "was" if which.sum() == 1 else "were"
