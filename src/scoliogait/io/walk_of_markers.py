"""From the markers of a motion-capture file to a walk seen from the front: the same for every 3-D format."""

from __future__ import annotations

from pathlib import Path

from scoliogait.io.front_camera import front_view
from scoliogait.io.joint_centres import Markers, joints_of_markers
from scoliogait.io.tree_path import place_in_tree
from scoliogait.walk import Walk


def walk_of_markers(markers: Markers, path: Path, walk_id: str | None, notes: tuple[str, ...] = ()) -> Walk:
    """The walk of the joint centres that a file names, drawn by the camera of ``front_view``.

    Id, class and view come from the place of the file in an OpenGait tree; ``Walk.notes`` and ``origin`` say what the
    camera is. Raises DataError naming the file as ``joints_of_markers`` and ``front_view`` do.
    """
    view = front_view(joints_of_markers(markers, str(path)), str(path))
    place = place_in_tree(path.parent)
    return Walk(
        walk_id=walk_id or (place.id if place else path.stem),
        poses=view.poses,
        label=place.label if place else None,
        view=place.view if place else None,
        frame_rate_hz=markers.frame_rate_hz,
        frame_size_px=view.frame_size_px,
        source=str(path),
        origin={"camera": view.camera},
        notes=(view.camera, *notes),
    )
