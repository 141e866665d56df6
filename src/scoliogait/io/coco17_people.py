"""From everybody whom a recording shows, frame by frame in the layout of a file, to COCO-17 poses."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from scoliogait.io.clean_points import clean_points
from scoliogait.io.recognise_layout import recognise_layout
from scoliogait.skeleton import N_JOINTS

Poses = NDArray[np.float32]


def coco17_people(
    frames: Sequence[NDArray[np.floating]], where: str, layout: str | None = None
) -> tuple[list[Poses], tuple[str, ...]]:
    """Poses float32 (P, 17, 3) of the people of each frame, and what a reader should know, one sentence each.

    frames: (P, J, 3) = x px, y px, confidence; P may be 0. ``layout`` names the order of the joints; without it all
    people of all frames with the same J decide together. Raises DataError, beginning with ``where``, as
    ``clean_points`` and ``recognise_layout`` do.
    """
    poses = [np.zeros((0, N_JOINTS, 3), dtype=np.float32) for _ in frames]
    notes: list[str] = []
    for n_joints in sorted({frame.shape[1] for frame in frames if len(frame)}):
        which = [index for index, frame in enumerate(frames) if len(frame) and frame.shape[1] == n_joints]
        points, about_points = clean_points(np.concatenate([frames[index] for index in which]), where)
        chosen, about_layout = recognise_layout(points, where, layout)
        ends = np.cumsum([len(frames[index]) for index in which])
        for index, people in zip(which, np.split(chosen.to_coco17(points), ends[:-1]), strict=True):
            poses[index] = people
        notes += [*about_points, *about_layout]
    return poses, tuple(notes)
