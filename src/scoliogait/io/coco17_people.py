"""From everybody whom a recording shows, frame by frame in the layout of a file, to COCO-17 poses."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from scoliogait.errors import DataError
from scoliogait.io.clean_points import clean_points
from scoliogait.io.recognise_layout import recognise_layout
from scoliogait.skeleton import N_JOINTS

Poses = NDArray[np.float32]


def coco17_people(
    frames: Sequence[NDArray[np.floating]], where: str, layout: str | None = None
) -> tuple[list[Poses], tuple[str, ...]]:
    """Poses float32 (P, 17, 3) of the people of each frame, and what a reader should know, one sentence each.

    frames: (P, J, 3) = x px, y px, confidence; P differs and may be 0, J is one for all frames that show somebody.
    ``layout`` names the order of the joints; without it all people of all frames together decide. Raises DataError,
    beginning with ``where``, for frames of different J and as ``clean_points`` and ``recognise_layout`` do.
    """
    counts = [len(frame) for frame in frames]
    shown = [frame for frame in frames if len(frame)]
    if not shown:
        return [np.zeros((0, N_JOINTS, 3), dtype=np.float32) for _ in frames], ()
    n_joints = sorted({frame.shape[1] for frame in shown})
    if len(n_joints) > 1:
        raise DataError(
            f"{where}: people have {' and '.join(map(str, n_joints))} joints; one recording has one layout, so run one "
            "pose estimator over all of it"
        )
    points, notes = clean_points(np.concatenate(shown), where)
    chosen, about_layout = recognise_layout(points, where, layout)
    return np.split(chosen.to_coco17(points), np.cumsum(counts)[:-1]), (*notes, *about_layout)
