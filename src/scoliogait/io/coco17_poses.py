"""From the numbers of a file to the poses of a Walk: cleaned, in the order of COCO-17, and looking like a person."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from scoliogait.errors import DataError
from scoliogait.io.clean_points import clean_points
from scoliogait.io.recognise_layout import check_plausible_poses, recognise_layout
from scoliogait.skeleton import N_JOINTS


def coco17_poses(
    points: ArrayLike, where: str, layout: str | None = None
) -> tuple[NDArray[np.float32], tuple[str, ...]]:
    """Poses float32 (T, 17, 3) of one person, and what a reader should know about them, one sentence each.

    points: (T, J, 3) = x px, y px, confidence. 17 joints are COCO-17 and are checked as such, other numbers are
    recognised; ``layout`` names the order of the joints instead. Raises DataError, beginning with ``where``, when the
    array has another shape or dtype or does not look like a person (``clean_points``, ``recognise_layout``).
    """
    shape = np.shape(points)
    if len(shape) != 3 or shape[-1] != 3 or not shape[1]:
        raise DataError(f"{where}: poses have shape {shape}; expected (frames, joints, 3), so {_axes_advice(shape)}")
    cleaned, notes = clean_points(points, where)
    if layout is None and shape[1] == N_JOINTS:
        check_plausible_poses(cleaned, where)
        return cleaned, notes
    chosen, about_layout = recognise_layout(cleaned, where, layout)
    poses = chosen.to_coco17(cleaned)
    return poses, (*notes, *about_layout)


def _axes_advice(shape: tuple[int, ...]) -> str:
    if len(shape) == 3 and 3 in shape:
        return "put the axes in this order" if all(shape) else "write poses that hold joints"
    if len(shape) == 4 and shape[-1] == 3:
        return "save the poses of one person, or keypoints (frames, people, joints, 2) and scores of everybody"
    return "add x, y and confidence of each joint as the last axis"
