"""MMPose output: ``instances`` with ``keypoints`` and ``keypoint_scores`` of each frame, one file a recording.

The demo scripts write ``{"meta_info": ..., "instance_info": [{"frame_id": ..., "instances": [...]}]}``, the inferencer
the list alone. Frames count from 1 in the one and from 0 in the other; each frame has an entry.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from scoliogait.errors import DataError
from scoliogait.io.frame_ids import frames_of_ids
from scoliogait.io.garbage_pause import no_garbage_collection
from scoliogait.io.json_text import json_head, load_json
from scoliogait.io.person_rows import by_frame, points_of_pairs
from scoliogait.io.walk_of_people import Recording, walk_of_people
from scoliogait.walk import Walk

_FIELDS = ("keypoints", "keypoint_scores")


def is_mmpose_output(path: Path) -> bool:
    """Whether the beginning of this file looks like MMPose's output for a recording."""
    head = json_head(path)
    if head.startswith(b"{"):
        return b'"meta_info"' in head or b'"instance_info"' in head
    return b'"frame_id"' in head and b'"instances"' in head


def read_mmpose(
    path: str | Path, walk_id: str | None = None, person: int | None = None, layout: str | None = None
) -> Walk:
    """Read MMPose output as the walk of its walker (see ``walk_of_people``); joints by the names in ``meta_info``.

    Raises DataError naming the file when it is no such output, shows a single picture, or as ``walk_of_people`` does.
    """
    path = Path(path)
    return walk_of_people(mmpose_recording(path), path, walk_id, person, layout)


@no_garbage_collection()
def mmpose_recording(path: Path) -> Recording:
    """Everybody in such a file."""
    content = load_json(path, _FIELDS[:1])
    try:
        meta = content.get("meta_info") if isinstance(content, dict) else None
        entries = content["instance_info"] if isinstance(content, dict) else content
        ids = [entry["frame_id"] for entry in entries]
        people = [(number, person) for number, entry in enumerate(entries) for person in entry["instances"]]
        places, scores = ([person[field] for _, person in people] for field in _FIELDS)
    except (TypeError, KeyError, AttributeError) as error:
        raise DataError(
            f"{path}: an entry lacks a field ({error}); expected frame_id and instances with keypoints and "
            "keypoint_scores, of a video and not of a picture"
        ) from error
    if not people:
        raise DataError(f"{path}: no frame shows a person; record again, or check the pose estimator")
    frame_of_entry, notes = frames_of_ids(ids, "frame_id", str(path))
    points = points_of_pairs(places, scores, _FIELDS, str(path))
    frame = frame_of_entry[[number for number, _ in people]]
    frames = by_frame(points, frame, int(frame_of_entry.max()) + 1, str(path))
    return Recording(frames, _names(meta, points.shape[1], path), notes=notes)


def _names(meta: Any, n_joints: int, path: Path) -> list[str] | None:
    """The names of the joints that ``meta_info`` declares; None without it."""
    stated = meta.get("keypoint_id2name") if isinstance(meta, dict) else None
    if stated is None:
        return None
    numbers = [str(number) for number in range(n_joints)]
    if not isinstance(stated, dict) or len(stated) != n_joints or not all(number in stated for number in numbers):
        raise DataError(
            f"{path}: keypoint_id2name of meta_info does not name the {n_joints} joints that the people have; run "
            "MMPose again"
        )
    return [str(stated[number]) for number in numbers]
