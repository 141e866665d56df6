"""C3D files of motion-capture systems, through ``ezc3d`` (extra ``formats``).

Frames count from the first one of the file, which systems number as they like. A residual of -1 means that a marker
was not seen.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scoliogait.errors import DataError
from scoliogait.io.c3d_sections import DamagedC3dError, check_sections
from scoliogait.io.joint_centres import Markers
from scoliogait.io.optional import needs_extra
from scoliogait.io.walk_of_markers import walk_of_markers
from scoliogait.limits import MAX_C3D_BYTES
from scoliogait.walk import Walk


def read_c3d(path: str | Path, walk_id: str | None = None) -> Walk:
    """Read the points of a C3D file that are joint centres as a walk seen from the front (see ``walk_of_markers``).

    Raises DataError naming the file when it is cut or damaged, when ``ezc3d`` is not installed, and as
    ``walk_of_markers`` does.
    """
    path = Path(path)
    _check_before_opening(path)
    try:
        import ezc3d
    except ImportError as error:
        raise needs_extra(path, "ezc3d", "formats") from error
    try:
        content: Any = ezc3d.c3d(str(path))
        points = content["parameters"]["POINT"]
        names = [str(label) for label in points["LABELS"]["value"]]
        unit = "".join(str(value) for value in points["UNITS"]["value"][:1])
        rate_hz = float(points["RATE"]["value"][0])
        xyz = np.array(content["data"]["points"][:3], dtype=np.float64)
        residuals = content["data"]["meta_points"]["residuals"][0]
    except (OSError, RuntimeError, ValueError, IndexError, KeyError, TypeError, MemoryError) as error:
        raise DataError(f"{path}: is not a whole C3D file ({error}); export it again") from error
    if len(names) != xyz.shape[1] or not xyz.shape[2] or not rate_hz > 0:
        raise DataError(
            f"{path}: names {len(names)} points, holds {xyz.shape[1]} of {xyz.shape[2]} frames, {rate_hz:g} Hz; "
            "export it again"
        )
    xyz[:, residuals < 0] = np.nan
    return walk_of_markers(Markers(names, _by_frame(xyz), unit, rate_hz), path, walk_id)


def _by_frame(xyz: NDArray[np.float64]) -> NDArray[np.float64]:
    """(T, M, 3) of ezc3d's (3, M, T)."""
    return np.ascontiguousarray(xyz.transpose(2, 1, 0))


def _check_before_opening(path: Path) -> None:
    n_bytes = path.stat().st_size
    if n_bytes > MAX_C3D_BYTES:
        raise DataError(f"{path}: has {n_bytes} bytes; expected at most {MAX_C3D_BYTES >> 20} MiB, so cut it")
    try:
        check_sections(path, n_bytes)
    except DamagedC3dError as error:
        raise DataError(f"{path}: is not a whole C3D file: {error}; copy or export it again") from error
