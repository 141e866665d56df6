"""Folders of JSON in OpenPose's form: one file a frame, in any layout that is known (``layouts.py``).

OpenPose itself, Pose2Sim and Sports2D, AlphaPose (``sep-json``) and converters of other estimators write it, under
names of their own; OpenPose's end in ``_keypoints.json``.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scoliogait.errors import DataError
from scoliogait.io.garbage_pause import no_garbage_collection
from scoliogait.io.json_folder import is_named_by_openpose, json_files, json_frame_files
from scoliogait.io.json_text import json_head, load_frame_json
from scoliogait.io.layouts import LAYOUTS, layouts_of
from scoliogait.io.walk_of_people import Recording, walk_of_people
from scoliogait.walk import Walk

Points = NDArray[np.float32]

# Numbers are converted together, which is many times faster, but not all at once, which would need much more memory.
_PEOPLE_AT_ONCE = 1_000
_FIELD = "pose_keypoints_2d"
_LOOKED_INTO = 3
# Of a frame whose number is missing between others.
_NOBODY = np.zeros((0, 0, 3), dtype=np.float32)


def read_openpose_folder(
    folder: str | Path, walk_id: str | None = None, person: int | None = None, layout: str | None = None
) -> Walk:
    """Read a folder of OpenPose files as the walk of its walker.

    People are followed from frame to frame (see ``follow``); who walks, and is seen largest for longest, is the walker,
    or the ``person`` of that number, counted from the left (see ``choose_walker``). A frame without the walker is all
    zeros; ``Walk.people`` says who else was seen, and what is doubtful. The numbers in the file names say which frame
    a file holds (see ``frame_files``). ``layout`` names the order of the joints; without it the poses decide.
    ``Walk.notes`` says what was changed and what is unusual. Raises DataError naming the file that is not OpenPose
    output, holds normalised coordinates or too many people, or the folder when its names are not those of one
    recording, the layout is unclear, no frame shows a person, or the walker cannot be told.
    """
    folder = Path(folder)
    return walk_of_people(openpose_recording(folder), folder, walk_id, person, layout)


def openpose_recording(folder: Path) -> Recording:
    """Everybody in such a folder."""
    files = json_frame_files(folder)
    return Recording(files.spread(read_people(files.paths), _NOBODY), notes=files.notes)


def is_openpose_folder(path: Path) -> bool:
    """Whether a folder holds JSON files of which one of the first begins like OpenPose's."""
    if not path.is_dir():
        return False
    files = json_files(path)
    by_name = bool(files) and is_named_by_openpose(files[0])
    return by_name or any(b'"people"' in json_head(file) for file in files[:_LOOKED_INTO])


@no_garbage_collection()
def read_people(paths: Sequence[Path]) -> list[Points]:
    """The numbers (P, J, 3) = x, y, confidence of everybody in each file, in the layout of the file."""
    points: list[Points] = []
    files: list[list[Any]] = []
    n_people = 0
    for path in paths:
        files.append(_rows(path))
        n_people += len(files[-1])
        if n_people >= _PEOPLE_AT_ONCE:
            points += _converted(paths[len(points) :], files)
            files, n_people = [], 0
    return points + _converted(paths[len(points) :], files)


def _converted(paths: Sequence[Path], files: Sequence[list[Any]]) -> list[Points]:
    """The numbers of everybody in each of these files, the first ones of ``paths``."""
    try:
        points = _to_points([row for rows in files for row in rows])
    except (_WrongRowError, TypeError, ValueError, OverflowError):
        return _file_by_file(paths, files)
    ends = list(accumulate(map(len, files)))
    return [points[end - len(rows) : end] for end, rows in zip(ends, files, strict=True)]


class _WrongRowError(Exception):
    """What is wrong with the numbers of a person."""


def _file_by_file(paths: Sequence[Path], files: Sequence[list[Any]]) -> list[Points]:
    """The same conversion, slower, so that the error can name the file."""
    points = []
    for path, rows in zip(paths, files, strict=False):
        try:
            points.append(_to_points(rows))
        except _WrongRowError as error:
            raise DataError(f"{path}: {error}") from error
        except (TypeError, ValueError, OverflowError) as error:
            raise DataError(f"{path}: {_FIELD} is not a list of numbers ({error}); run OpenPose again") from error
    return points


def _rows(path: Path) -> list[Any]:
    """What stands in ``pose_keypoints_2d`` of everybody in one file."""
    content = load_frame_json(path, _FIELD)
    try:
        return [person[_FIELD] for person in content["people"]]
    except KeyError as error:
        raise DataError(f"{path}: has no field {error}; expected OpenPose output with people[].{_FIELD}") from error
    except TypeError as error:
        raise DataError(
            f"{path}: people is not a list of people; expected OpenPose output, people[].{_FIELD}"
        ) from error


def _to_points(rows: list[Any]) -> Points:
    """float32 (P, J, 3) of people's numbers; raises _WrongRowError, TypeError, ValueError or OverflowError."""
    if not all(isinstance(row, list) for row in rows):
        raise _WrongRowError(f"{_FIELD} is not a list of numbers; run OpenPose again")
    lengths = sorted({len(row) for row in rows})
    for length in lengths:
        if length % 3 or not layouts_of(length // 3):
            raise _WrongRowError(f"{_FIELD} has {length} values; expected {_known_lengths()}, x, y, confidence each")
    if len(lengths) > 1:
        raise _WrongRowError(f"{_FIELD} has {lengths[0]} and {lengths[-1]} values; one frame has one layout")
    with np.errstate(over="ignore"):  # too large for float32: infinite, and refused below
        values = np.array(rows, dtype=np.float32)
    points = values.reshape(len(rows), lengths[0] // 3 if lengths else 0, 3)
    if np.isinf(points).any():
        raise _WrongRowError(f"{_FIELD} holds infinite values; run OpenPose again")
    seen = (points[..., 2] > 0).any(axis=1)
    if seen.any() and (np.abs(points[seen, :, :2]).max(axis=(1, 2)) <= 2).any():
        raise _WrongRowError("coordinates are not pixels; run OpenPose with --keypoint_scale 0")
    return points


def _known_lengths() -> str:
    names: dict[int, list[str]] = {}
    for layout in LAYOUTS.values():
        names.setdefault(3 * len(layout.joints), []).append(layout.name)
    return ", ".join(f"{length} ({' or '.join(of_length)})" for length, of_length in sorted(names.items()))
