"""From everybody whom a pose estimator found, frame by frame, to the walk of the walker: the same for every format."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from scoliogait.io.choose_walker import choose_walker
from scoliogait.io.coco17_people import coco17_people
from scoliogait.io.follow import follow
from scoliogait.io.layouts import COCO_17, columns_of_names, take_columns
from scoliogait.io.people import people_of_frames
from scoliogait.io.tree_path import place_in_tree
from scoliogait.walk import Walk

Points = NDArray[np.floating]


@dataclass(frozen=True, eq=False)
class Recording:
    """What a file holds. frames: (P, J, 3) = x px, y px, confidence of everybody in each frame, J one for all frames.

    names: the J joints as the file declares them, None where it declares none. notes: what its reader changed.
    """

    frames: Sequence[Points]
    names: Sequence[str] | None = None
    frame_rate_hz: float | None = None
    frame_size_px: tuple[int, int] | None = None
    notes: tuple[str, ...] = ()


def walk_of_people(
    recording: Recording,
    path: Path,
    walk_id: str | None = None,
    person: int | None = None,
    layout: str | None = None,
) -> Walk:
    """The walk of the walker of a recording, or of the ``person`` of that number, counted from the left.

    The order of joints is that of ``layout`` or, without it, what the names of the file say, else the poses decide. A
    frame without the walker is all zeros. ``path``, file or folder, is the source; id, class and view come from its
    place in an OpenGait tree. Raises DataError naming it as ``coco17_people`` and ``choose_walker`` do.
    """
    frames, layout = in_order_of_names(recording, str(path), layout)
    poses17, notes = coco17_people(frames, str(path), layout)
    poses, seen = choose_walker(follow(people_of_frames(poses17, str(path))), str(path), person)
    is_folder = path.is_dir()
    place = place_in_tree(path if is_folder else path.parent)
    return Walk(
        walk_id=walk_id or (place.id if place else path.name if is_folder else path.stem),
        poses=poses,
        label=place.label if place else None,
        view=place.view if place else None,
        frame_rate_hz=recording.frame_rate_hz,
        frame_size_px=recording.frame_size_px,
        source=str(path),
        people=seen,
        notes=(*recording.notes, *notes),
    )


def in_order_of_names(
    recording: Recording, where: str, layout: str | None = None
) -> tuple[Sequence[Points], str | None]:
    """Frames, and the layout that they stand in: COCO-17 where the file declares its joints and nobody states another.

    None where the poses must decide. Raises DataError as ``columns_of_names`` does.
    """
    if layout is not None or recording.names is None:
        return recording.frames, layout
    columns = columns_of_names(recording.names, where)
    return [take_columns(frame, columns) for frame in recording.frames], COCO_17.name
