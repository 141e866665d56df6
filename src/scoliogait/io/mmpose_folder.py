"""MMPose output for pictures: a folder of one JSON file a picture, each the list of its people.

The inferencer writes that for pictures and folders of pictures (for videos one file, see ``mmpose_json``). The numbers
in the names of the pictures are those of the frames; a picture without people is an empty list.
"""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import numpy as np

from scoliogait.errors import DataError
from scoliogait.io.garbage_pause import no_garbage_collection
from scoliogait.io.json_folder import json_files, json_frame_files
from scoliogait.io.json_text import json_head, load_frame_json
from scoliogait.io.person_rows import Points, points_of_pairs
from scoliogait.io.walk_of_people import Recording, walk_of_people
from scoliogait.walk import Walk

_FIELDS = ("keypoints", "keypoint_scores")
_LOOKED_INTO = 3
_NO_PEOPLE = b"[]"
_NOBODY = np.zeros((0, 0, 3), dtype=np.float32)


def is_mmpose_folder(path: Path) -> bool:
    """Whether a folder holds JSON files of which one of the first with people is a list of MMPose's instances."""
    if not path.is_dir():
        return False
    heads = map(json_head, json_files(path))
    with_people = (head for head in heads if not head.startswith(_NO_PEOPLE))
    return any(_is_list_of_people(head) for head in islice(with_people, _LOOKED_INTO))


def _is_list_of_people(head: bytes) -> bool:
    return head.startswith(b"[") and b'"keypoints"' in head and b'"image_id"' not in head and b'"frame_id"' not in head


def read_mmpose_folder(
    folder: str | Path, walk_id: str | None = None, person: int | None = None, layout: str | None = None
) -> Walk:
    """Read such a folder as the walk of its walker (see ``walk_of_people``).

    Raises DataError naming the file that is no list of people with these fields, the folder when its names are not
    those of one recording (see ``frame_files``), or as ``walk_of_people`` does.
    """
    folder = Path(folder)
    return walk_of_people(mmpose_folder_recording(folder), folder, walk_id, person, layout)


@no_garbage_collection()
def mmpose_folder_recording(folder: Path) -> Recording:
    """Everybody in such a folder."""
    files = json_frame_files(folder)
    return Recording(files.spread([_people(path) for path in files.paths], _NOBODY), notes=files.notes)


def _people(path: Path) -> Points:
    content = load_frame_json(path, _FIELDS[0])
    try:
        places, scores = ([person[field] for person in content] for field in _FIELDS)
    except (TypeError, KeyError) as error:
        raise DataError(
            f"{path}: a person lacks a field ({error}); expected a list of people with keypoints and keypoint_scores"
        ) from error
    return points_of_pairs(places, scores, _FIELDS, str(path))
