"""C3D files of motion-capture systems, through ``ezc3d`` (extra ``formats``).

Frames count from the first one of the file, which systems number as they like. A residual of -1 means that a marker
was not seen.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from scoliogait.errors import DataError
from scoliogait.io.c3d_process import C3dProcessError, read_apart
from scoliogait.io.c3d_sections import DamagedC3dError, check_sections
from scoliogait.io.joint_centres import Markers
from scoliogait.io.walk_of_markers import walk_of_markers
from scoliogait.limits import MAX_C3D_BYTES
from scoliogait.optional_package import needs_extra
from scoliogait.walk import Walk


def read_c3d(path: str | Path, walk_id: str | None = None) -> Walk:
    """Read the points of a C3D file that are joint centres as a walk seen from the front (see ``walk_of_markers``).

    Raises DataError naming the file when it is cut or damaged, when ``ezc3d`` is not installed, and as
    ``walk_of_markers`` does.
    """
    path = Path(path)
    _check_before_opening(path)
    if find_spec("ezc3d") is None:
        raise needs_extra(path, "ezc3d", "formats")
    try:
        content = read_apart(path)
    except C3dProcessError as error:
        raise DataError(f"{path}: is not a whole C3D file ({error}); export it again") from error
    names, xyz, residuals = content["names"].tolist(), content["points"], content["residuals"]
    unit, rate_hz = "".join(content["unit"].tolist()), float(content["rate_hz"].sum())
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
