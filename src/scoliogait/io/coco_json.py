"""Results in one JSON file: lists as COCO's evaluation takes them, and AlphaPose's, also in its other two forms.

One entry is one person in one picture: ``image_id`` (a number, or in AlphaPose the name of a picture) and
``keypoints`` (x, y, confidence of each joint). What stands in ``idx``, AlphaPose's own tracks, is not used: people are
followed here as in every other format.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from scoliogait.errors import DataError
from scoliogait.io.frame_ids import frames_of_ids
from scoliogait.io.garbage_pause import no_garbage_collection
from scoliogait.io.json_text import json_head, load_json
from scoliogait.io.person_rows import by_frame, points_of_rows
from scoliogait.io.walk_of_people import Recording, walk_of_people
from scoliogait.walk import Walk

# AlphaPose's forms "open" and "cmu": a picture's people under its name. By whether "people" is in it.
_FORMS = {True: ("people", "pose_keypoints_2d"), False: ("bodies", "joints")}
_FIELDS_OF_PEOPLE = ("keypoints", *(field for _, field in _FORMS.values()))


def is_coco_results(path: Path) -> bool:
    """Whether the beginning of this file looks like a list of results, or AlphaPose's forms by picture."""
    head = json_head(path)
    if head.startswith(b"["):
        return b'"image_id"' in head and b'"keypoints"' in head
    return b'"AlphaPose' in head[:1_000] and any(
        f'"{people}"'.encode() in head[:1_000] for people, _ in _FORMS.values()
    )


def read_coco_results(
    path: str | Path, walk_id: str | None = None, person: int | None = None, layout: str | None = None
) -> Walk:
    """Read COCO results or AlphaPose output as the walk of its walker (see ``walk_of_people``).

    Frames come from ``image_id``; a frame between others that nobody is seen in is empty. Raises DataError naming the
    file when it is no such list, ids are no frames (``frames_of_ids``), or as ``walk_of_people`` does.
    """
    path = Path(path)
    return walk_of_people(coco_recording(path), path, walk_id, person, layout)


@no_garbage_collection()
def coco_recording(path: Path) -> Recording:
    """Everybody in such a file."""
    content = load_json(path, _FIELDS_OF_PEOPLE)
    field = "keypoints" if isinstance(content, list) else "joints of the people"
    try:
        ids, rows = _entries(content) if isinstance(content, list) else _by_picture(content)
    except (TypeError, KeyError, AttributeError) as error:
        raise DataError(
            f"{path}: an entry lacks a field ({error}); expected image_id and keypoints of each person"
        ) from error
    if not rows:
        raise DataError(f"{path}: no frame shows a person; record again, or check the pose estimator")
    frame, notes = frames_of_ids(ids, "image_id", str(path))
    points = points_of_rows(rows, field, str(path))
    frames = by_frame(points, frame, int(frame.max()) + 1, str(path))
    return Recording(frames, notes=notes)


def _entries(content: list[Any]) -> tuple[list[Any], list[Any]]:
    return [entry["image_id"] for entry in content], [entry["keypoints"] for entry in content]


def _by_picture(content: dict[str, Any]) -> tuple[list[Any], list[Any]]:
    ids, rows = [], []
    for picture, shown in content.items():
        people, field = _FORMS["people" in shown]
        ids += [picture] * len(shown[people])
        rows += [person[field] for person in shown[people]]
    return ids, rows
