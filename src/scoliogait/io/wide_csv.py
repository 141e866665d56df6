"""Tables with one column for each coordinate of each joint, as people write MediaPipe's landmarks and others' joints.

``NOSE_x``, ``nose_X``, ``x_nose``, ``x0``, ``x_0``, ``0_x``, ``landmark_0_x`` and the like; v, visibility, score,
likelihood, confidence are the confidence, z and presence are not used. One row is one person in one frame.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from scoliogait.errors import DataError
from scoliogait.io.blazepose_points import BLAZEPOSE, NO_CONFIDENCE, in_pixels
from scoliogait.io.frame_ids import frames_of_ids
from scoliogait.io.person_rows import by_frame
from scoliogait.io.text_table import number_in, read_rows, text_head
from scoliogait.io.walk_of_people import Recording, walk_of_people
from scoliogait.walk import DOUBT, Walk

_AXES = {"x": "x", "y": "y", "z": "z", "presence": "presence"} | dict.fromkeys(
    ("v", "c", "visibility", "vis", "confidence", "conf", "score", "likelihood"), "confidence"
)
_LETTER_AND_NUMBER = re.compile(r"(x|y|z|v|c)(\d+)")
# What pandas makes of a name that stands twice: nose_x, nose_x.1.
_NUMBERED_BY_PANDAS = re.compile(r"(?<=.)\.\d+$")
_FRAMES = ("frame", "frame_id", "frame_number", "frame_idx", "frame_index", "image_id", "image")
# Columns of rows' numbers, as pandas writes them: without a name, or as it reads them again.
_INDEX = ("", "index", "unnamed_0")
_TIMES = re.compile(r"(time|timestamps?)(_(s|sec|seconds|ms|us|ns))?|t|seconds|milliseconds")
# A step from row to row that is so many times as long as the usual one leaves a frame out.
_MISSING_FRAME = 1.5
_SIZES = (("frame_width", "frame_height"), ("image_width", "image_height"), ("width", "height"))
_RATES = ("fps", "frame_rate_hz")
_FEWEST_JOINTS = 12


@dataclass(frozen=True)
class _Columns:
    """Where x, y and confidence of each joint stand in a row: names in the order of the file, columns (J,)."""

    joints: tuple[str, ...]
    x: tuple[int, ...]
    y: tuple[int, ...]
    confidence: tuple[int, ...]
    has_depth: bool
    others: dict[str, int]
    repeated: tuple[str, ...]


def is_wide_csv(path: Path) -> bool:
    """Whether the first line of this text file names x and y of many joints."""
    head = text_head(path)
    first = head.splitlines()[0] if head else ""
    columns = _columns(next(csv.reader([first], delimiter=_delimiter(first)), []))
    return len(columns.joints) >= _FEWEST_JOINTS and len(columns.x) == len(columns.y) == len(columns.joints)


def read_wide_csv(
    path: str | Path, walk_id: str | None = None, person: int | None = None, layout: str | None = None
) -> Walk:
    """Read such a table as the walk of its walker (see ``walk_of_people``).

    Joints are taken by name; numbered ones in the order of their numbers, as the layout with so many joints. An empty
    cell is a missing joint. Shares of the picture need its size in columns ``frame_width`` and ``frame_height``.
    Raises DataError naming the file for cells that are no numbers, and as ``in_pixels`` and ``walk_of_people`` do.
    """
    path = Path(path)
    return walk_of_people(wide_csv_recording(path), path, walk_id, person, layout)


def wide_csv_recording(path: Path) -> Recording:
    """Everybody in such a table."""
    delimiter = _delimiter(text_head(path).splitlines()[0])
    names, *rows = read_rows(path, delimiter)
    columns = _columns(names)
    if columns.repeated:
        raise DataError(
            f"{path}: names the same coordinate twice ({columns.repeated[0]!r}); keep one column of each, "
            "and write one row for each person in a frame"
        )
    if not rows:
        raise DataError(f"{path}: holds no row below its header; record again, or check the pose estimator")
    numbers, joints = _in_order(columns.joints)
    if columns.has_depth and not columns.confidence and len(numbers) != len(BLAZEPOSE.joints):
        raise DataError(
            f"{path}: holds x, y and z without confidences, so it may be places in a room and not in a picture; give a "
            "TRC file of those, or x and y in px alone"
        )
    stated, notes = _points(rows, columns, numbers, path)
    points = in_pixels(stated, _frame_size(rows, columns, path), _ADVICE, str(path))
    frame, about_frames = _frames(rows, columns, path)
    rate_hz = _constant(rows, columns, _RATES, path)
    return Recording(
        by_frame(points.astype(np.float32), frame, int(frame.max()) + 1, str(path)),
        joints,
        rate_hz,
        _frame_size(rows, columns, path),
        (*notes, *about_frames),
    )


_ADVICE = "add columns frame_width and frame_height in px, or multiply them"


def _delimiter(line: str) -> str:
    return max((",", ";", "\t"), key=line.count)


def _columns(names: Sequence[str]) -> _Columns:
    places: dict[str, dict[str, int]] = {}
    others = {}
    repeated = []
    for column, name in enumerate(names):
        joint, axis = _joint_and_axis(name)
        original = _NUMBERED_BY_PANDAS.sub("", name)
        again = original if original in names else name
        if _joint_and_axis(again)[1] in ("x", "y") and (again != name or axis in places.get(joint, {})):
            repeated.append(name)
        if axis:
            places.setdefault(joint, {}).setdefault(axis, column)
        else:
            others[joint] = column
    joints = tuple(joint for joint, axes in places.items() if "x" in axes and "y" in axes)
    x, y, confidence = (
        tuple(places[joint][axis] for joint in joints if axis in places[joint]) for axis in ("x", "y", "confidence")
    )
    has_depth = any("z" in axes for axes in places.values())
    return _Columns(joints, x, y, confidence, has_depth, others, tuple(repeated))


def _joint_and_axis(name: str) -> tuple[str, str]:
    """("nose", "x") of "NOSE_x"; ("frame", "") of a column that is no coordinate."""
    words = [word for word in re.split(r"[\W_]+", name.strip().lower()) if word]
    if len(words) > 1 and words[-1] in _AXES:
        return "_".join(words[:-1]), _AXES[words[-1]]
    if len(words) > 1 and words[0] in _AXES:
        return "_".join(words[1:]), _AXES[words[0]]
    match = _LETTER_AND_NUMBER.fullmatch(words[0]) if len(words) == 1 else None
    return (match[2], _AXES[match[1]]) if match else ("_".join(words), "")


def _in_order(joints: Sequence[str]) -> tuple[list[int], list[str] | None]:
    """The joints' order, and their names; None for names that are only numbers, whose order is that of the numbers."""
    numbered = [re.fullmatch(r"(\D*)(\d+)", joint) for joint in joints]
    if all(numbered) and len({match[1] for match in numbered if match}) == 1:
        return sorted(range(len(joints)), key=lambda index: int(numbered[index][2])), None  # type: ignore[index]
    return list(range(len(joints))), list(joints)


def _points(
    rows: Sequence[Sequence[str]], columns: _Columns, order: list[int], path: Path
) -> tuple[NDArray[np.float64], tuple[str, ...]]:
    """x, y, confidence (N, J, 3) of each row, NaN where a cell is empty."""
    has_confidence = len(columns.confidence) == len(columns.joints)
    if columns.confidence and not has_confidence:
        raise DataError(f"{path}: not every joint has a confidence; write one for each, or none")
    wanted = [columns.x, columns.y, *([columns.confidence] if has_confidence else [])]
    values = np.array([[[number_in(row, axis[j], path) for axis in wanted] for j in order] for row in rows])
    if has_confidence:
        return values, ()
    return np.concatenate([values, np.ones_like(values[..., :1])], axis=-1), (NO_CONFIDENCE,)


def _frames(rows: Sequence[Sequence[str]], columns: _Columns, path: Path) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    column = next((columns.others[name] for name in _FRAMES if name in columns.others), None)
    if column is not None:
        return frames_of_ids([_id(row[column]) for row in rows], "frame", str(path))
    index = next((columns.others[name] for name in _INDEX if name in columns.others), None)
    if index is not None:
        ids = [_id(row[index]) for row in rows]
        if all(isinstance(value, int) for value in ids) and ids == sorted(set(ids)):
            frames, notes = frames_of_ids(ids, "index of the rows", str(path))
            return frames, (*notes, *_about_gaps(frames), *_about_times(rows, columns, frames))
    frames = np.arange(len(rows))
    return frames, _about_times(rows, columns, frames)


def _id(cell: str) -> int | str:
    text = cell.strip()
    return int(float(text)) if re.fullmatch(r"\d{1,15}(\.0*)?", text) else text


def _about_gaps(frames: NDArray[np.int64]) -> tuple[str, ...]:
    """That frames were taken for left out: rows of one of two people, say, have such numbers as well."""
    n_left_out = int(frames[-1]) + 1 - len(frames)
    return (f"The index of the rows leaves out {n_left_out} numbers, which are empty frames.",) * (n_left_out > 0)


def _about_times(rows: Sequence[Sequence[str]], columns: _Columns, frames: NDArray[np.int64]) -> tuple[str, ...]:
    """A doubt where the times of rows that were taken for these frames leave some out, or do not rise."""
    name = next(filter(_TIMES.fullmatch, columns.others), None)
    if name is None or len(rows) < 2:
        return ()
    try:
        steps = np.diff([float(row[columns.others[name]]) for row in rows]) / np.diff(frames)
    except ValueError:  # times of the day, or empty cells
        return ()
    if not np.isfinite(steps).all():
        return ()
    usual = float(np.median(steps))
    # Where the index leaves frames out, the time has to go on as well.
    over_gaps = steps[np.diff(frames) > 1].min(initial=usual)
    if usual > 0 and steps.min() > 0 and steps.max() <= _MISSING_FRAME * usual <= _MISSING_FRAME**2 * over_gaps:
        return ()
    return (
        f"{DOUBT}The column {name!r} goes in steps of {steps.min():.4g} to {steps.max():.4g} a frame, where "
        f"{_counted(frames)}: where frames are left out, write their numbers into a column 'frame'.",
    )


def _counted(frames: NDArray[np.int64]) -> str:
    is_each = len(frames) == frames[-1] + 1
    return "each row was taken as the next frame" if is_each else "the index of the rows was taken for that of frames"


def _frame_size(rows: Sequence[Sequence[str]], columns: _Columns, path: Path) -> tuple[int, int] | None:
    for pair in _SIZES:
        if all(name in columns.others for name in pair):
            width, height = (_constant(rows, columns, (name,), path) for name in pair)
            return None if width is None or height is None else (int(width), int(height))
    return None


def _constant(rows: Sequence[Sequence[str]], columns: _Columns, names: Sequence[str], path: Path) -> float | None:
    """The one positive number in the first of these columns that exists; None without one."""
    name = next((name for name in names if name in columns.others), None)
    if name is None:
        return None
    values = {number_in(row, columns.others[name], path) for row in rows}
    if len(values) != 1 or not next(iter(values)) > 0:
        held = ", ".join(f"{value:g}" for value in sorted(values)[:3])
        raise DataError(f"{path}: {name} is {held}; expected one positive number, the same in all rows")
    return float(values.pop())
