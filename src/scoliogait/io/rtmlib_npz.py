"""What rtmlib gives for each frame, stacked and saved: ``keypoints`` (T[, P], K, 2) and ``scores`` (T[, P], K).

Scores depend on the decoder that the model was exported with (the same output gives 0.3 or 0.7), so they are brought
into 0..1 and not compared between recordings.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from scoliogait.errors import DataError
from scoliogait.io.archive_facts import FACTS, rate_and_size
from scoliogait.io.npz_arrays import array_headers, load_arrays
from scoliogait.io.person_rows import is_present
from scoliogait.io.walk_of_people import Recording, walk_of_people
from scoliogait.limits import MAX_PEOPLE_PER_FRAME, MAX_POINTS_BYTES
from scoliogait.walk import Walk

_FIELDS = ("keypoints", "scores")
_REAL = {first + second for first in "fiu" for second in "fiu"}


def is_rtmlib_archive(path: Path) -> bool:
    """Whether this is an archive with these two arrays, of x and y alone."""
    headers = array_headers(path)
    return all(field in headers for field in _FIELDS) and headers["keypoints"].shape[-1:] == (2,)


def read_rtmlib(
    path: str | Path, walk_id: str | None = None, person: int | None = None, layout: str | None = None
) -> Walk:
    """Read stacked keypoints and scores as the walk of the walker (see ``walk_of_people``).

    People who are missing in a frame are NaN or zeros. ``fps`` and ``frame_size`` are taken where there are any. Raises
    DataError naming the file when shapes do not fit, or as ``walk_of_people`` does.
    """
    path = Path(path)
    return walk_of_people(rtmlib_recording(path), path, walk_id, person, layout)


def rtmlib_recording(path: Path) -> Recording:
    """Everybody in such an archive."""
    arrays = load_arrays(path, (*_FIELDS, *FACTS), MAX_POINTS_BYTES)
    xy, scores = (arrays[field] for field in _FIELDS)
    if xy.ndim not in (3, 4) or xy.shape[:-1] != scores.shape or xy.dtype.kind + scores.dtype.kind not in _REAL:
        raise DataError(
            f"{path}: keypoints have shape {xy.shape}, dtype {xy.dtype}, scores {scores.shape}, {scores.dtype}; "
            "expected numbers (frames[, people], joints, 2) and (frames[, people], joints)"
        )
    points = np.concatenate([xy, scores[..., None]], axis=-1, dtype=np.float32, casting="unsafe")
    people = points if points.ndim == 4 else points[:, None]
    if people.shape[1] > MAX_PEOPLE_PER_FRAME:
        raise DataError(f"{path}: holds {people.shape[1]} people; at most {MAX_PEOPLE_PER_FRAME} can be followed")
    rate_hz, size_px = rate_and_size(arrays, path)
    shown = [frame[present] for frame, present in zip(people, is_present(people), strict=True)]
    return Recording(shown, frame_rate_hz=rate_hz, frame_size_px=size_px)
