"""Archives with MediaPipe's 33 landmarks of each frame: one array (T[, P], 33, 3 to 5) under any name."""

from __future__ import annotations

from pathlib import Path

from scoliogait.io.archive_facts import FACTS, rate_and_size
from scoliogait.io.blazepose_points import BLAZEPOSE, confidence_of, in_pixels
from scoliogait.io.npy_header import ArrayHeader
from scoliogait.io.npz_arrays import array_headers, load_arrays
from scoliogait.io.walk_of_people import Recording, walk_of_people
from scoliogait.limits import MAX_POINTS_BYTES
from scoliogait.walk import Walk


def _holds_landmarks(header: ArrayHeader) -> bool:
    shape = header.shape
    is_large_enough = len(shape) in (3, 4) and shape[-2] == len(BLAZEPOSE.joints) and shape[-1] in (3, 4, 5)
    return is_large_enough and header.dtype.kind == "f"


def is_blazepose_archive(path: Path) -> bool:
    """Whether exactly one array of this archive has the shape of landmarks."""
    return sum(_holds_landmarks(header) for header in array_headers(path).values()) == 1


def read_blazepose_npz(
    path: str | Path, walk_id: str | None = None, person: int | None = None, layout: str | None = None
) -> Walk:
    """Read landmarks as a walk. Shares of the picture need its size: ``frame_size`` (width, height) beside the array.

    Raises DataError naming the file as ``confidence_of``, ``in_pixels`` and ``walk_of_people`` do.
    """
    path = Path(path)
    return walk_of_people(blazepose_recording(path), path, walk_id, person, layout)


def blazepose_recording(path: Path) -> Recording:
    """Everybody in such an archive."""
    name = next(name for name, header in array_headers(path).items() if _holds_landmarks(header))
    arrays = load_arrays(path, (name, *FACTS), MAX_POINTS_BYTES)
    rate_hz, size_px = rate_and_size(arrays, path)
    points, notes = confidence_of(arrays[name], str(path))
    advice = "add frame_size (width, height) to the archive, or multiply them"
    points = in_pixels(points, size_px, advice, str(path))
    people = points if points.ndim == 4 else points[:, None]
    return Recording(list(people), None, rate_hz, size_px, notes)
