"""What a store says of itself, checked: each walk lies inside its array, no two overlap, every cell has its type.

Checksums find what was changed by accident. These checks hold for a store whose checksums somebody made again.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scoliogait.data.store_format import (
    DTYPES,
    HEADER_FILE,
    MODALITIES,
    TABLE_FILE,
    ArrayFacts,
    StoreHeader,
    array_file,
    frame_shape_problem,
)
from scoliogait.errors import DataError
from scoliogait.incoming import parse_json
from scoliogait.io.npy_header import DamagedArrayError, read_array_header
from scoliogait.limits import MAX_FRAME_RATE_HZ, MIN_FRAME_RATE_HZ
from scoliogait.plain_text import is_plain
from scoliogait.walk import MIRROR_SHAPE, N_PAIRS_BY_METRICS, PeopleSeen, people_seen

Row = Mapping[str, Any]
_AGAIN = "write the store again"
_MOST_ARRAY_BYTES = 1 << 46


def check_header(path: Path, header: StoreHeader) -> None:
    """Raises DataError for an array of unknown name, in another file, or of a shape that its modality cannot have."""
    where = path / HEADER_FILE
    for modality, facts in header.arrays.items():
        if modality not in MODALITIES:
            raise DataError(f"{where}: arrays has {modality!r}; expected {', '.join(MODALITIES)}; {_AGAIN}")
        if facts.file != array_file(modality):
            raise DataError(f"{where}: {modality} lie in {facts.file!r}; expected {array_file(modality)}; {_AGAIN}")
        problem = frame_shape_problem(modality, facts.shape)
        if problem is not None or _n_bytes(modality, facts) > _MOST_ARRAY_BYTES:
            raise DataError(f"{where}: {modality} have shape {facts.shape}; expected {problem or 'less'}; {_AGAIN}")


def check_rows(path: Path, header: StoreHeader, rows: Sequence[Row]) -> None:
    """Raises DataError naming the first walk whose row is not what it must be."""
    file = path / TABLE_FILE
    if len(rows) != header.n_walks or not rows:
        raise DataError(f"{file}: holds {len(rows)} walks, {HEADER_FILE} says {header.n_walks}; {_AGAIN}")
    seen: set[str] = set()
    for number, row in enumerate(rows):
        where = f"{file}: walk {row['walk_id']!r}" if row["walk_id"] else f"{file}: row {number}"
        problem = _row_problem(row)
        if problem is not None:
            raise DataError(f"{where}: {problem}; {_AGAIN}")
        if row["walk_id"] in seen:
            raise DataError(f"{where}: comes twice; each walk needs its own id; {_AGAIN}")
        seen.add(row["walk_id"])
    for modality in MODALITIES:
        _check_places(file, modality, header.arrays.get(modality), rows)


def check_array(file: Path, modality: str, facts: ArrayFacts) -> None:
    """Raises DataError unless the file is a plain array of the shape and type that the header of the store states."""
    try:
        with file.open("rb") as stream:
            held = read_array_header(stream)
    except (OSError, DamagedArrayError) as error:
        raise DataError(f"{file}: is no array file ({error}); {_AGAIN}") from error
    if held.shape != facts.shape or held.dtype != DTYPES[modality] or held.fortran_order:
        raise DataError(
            f"{file}: holds {held.dtype} of shape {held.shape}; expected {DTYPES[modality]} of shape {facts.shape}; "
            f"{_AGAIN}"
        )
    if held.start + held.n_bytes != facts.n_bytes:
        raise DataError(f"{file}: has {facts.n_bytes} bytes; its shape needs {held.start + held.n_bytes}; {_AGAIN}")


def origin_of(row: Row) -> dict[str, str]:
    """The origin of a walk. Raises DataError, without naming the file, when it is no table of texts."""
    content = parse_json((row["origin"] or "").encode(), "origin")
    if not isinstance(content, dict) or not all(isinstance(value, str) for value in content.values()):
        raise DataError("origin is no table of texts")
    return content


def notes_of(row: Row) -> tuple[str, ...]:
    """What the reader of a walk noted. Raises DataError, without naming the file, when it is no list of texts."""
    content = parse_json((row["notes"] or "[]").encode(), "notes")
    if not isinstance(content, list) or not all(isinstance(note, str) for note in content):
        raise DataError("notes are no list of texts")
    return tuple(content)


def people_of(row: Row) -> PeopleSeen | None:
    """Who else was in the recording. Raises DataError, without naming the file, when it is not what was written."""
    if row["people"] is None:
        return None
    content = parse_json(row["people"].encode(), "people")
    try:
        return people_seen(content)
    except (TypeError, ValueError) as error:
        raise DataError(f"people are not what was written ({error})") from error


def _row_problem(row: Row) -> str | None:
    for name in ("walk_id", "subject_id", "view", "label"):
        if row[name] is not None and not is_plain(row[name]):
            return f"{name} is {row[name]!r}, with control characters"
    if not row["walk_id"]:
        return "walk_id is empty"
    rate = row["frame_rate_hz"]
    if rate is not None and not MIN_FRAME_RATE_HZ <= rate < MAX_FRAME_RATE_HZ:
        return f"frame_rate_hz is {rate}"
    sides = [row["frame_width_px"], row["frame_height_px"]]
    if sides != [None, None] and not all(side is not None and side > 0 for side in sides):
        return f"frame_width_px and frame_height_px are {sides}"
    for name, shape in (("asymmetry", N_PAIRS_BY_METRICS), ("mirror_difference", MIRROR_SHAPE)):
        values = row[name]
        if values is not None and (len(values) != math.prod(shape) or None in values):
            return f"{name} holds {len(values)} values or empty ones"
    counts = ("n_missing_coordinates", *(f"{m}_{part}" for m in MODALITIES for part in ("start", "frames")))
    wrong = next((name for name in counts if row[name] is None or row[name] < 0), None)
    if wrong is not None:
        return f"{wrong} is {row[wrong]}"
    if not any(row[f"{m}_frames"] for m in MODALITIES):
        return "has no frame of any kind"
    try:
        for read in (origin_of, notes_of, people_of):
            read(row)
    except DataError as error:
        return str(error)
    return None


def _check_places(file: Path, modality: str, facts: ArrayFacts | None, rows: Sequence[Row]) -> None:
    """Frames of walks lie inside the array, and no frame belongs to two walks."""
    places = np.array([(row[f"{modality}_start"], row[f"{modality}_frames"]) for row in rows], dtype=np.int64)
    held = np.flatnonzero(places[:, 1] > 0)
    n_frames = facts.shape[0] if facts is not None else 0
    # Subtracted, because a start near the largest number would overflow when added to.
    outside = held[(places[held, 0] > n_frames) | (places[held, 1] > n_frames - places[held, 0])]
    order = held[np.argsort(places[held, 0], kind="stable")]
    if not len(outside) and len(order):
        ends = places[order[:-1]].sum(axis=1)
        _refuse_walk(file, modality, rows, order[1:][places[order[1:], 0] < ends], "overlap those of another walk")
    _refuse_walk(file, modality, rows, outside, f"are outside of the {n_frames} that there are")


def _refuse_walk(file: Path, modality: str, rows: Sequence[Row], which: NDArray[np.int64], problem: str) -> None:
    if len(which):
        row = rows[int(which[0])]
        place = f"{row[f'{modality}_frames']} from {row[f'{modality}_start']} on"
        raise DataError(f"{file}: walk {row['walk_id']!r}: its {modality}, {place}, {problem}; {_AGAIN}")


def _n_bytes(modality: str, facts: ArrayFacts) -> int:
    return math.prod(facts.shape) * DTYPES[modality].itemsize
