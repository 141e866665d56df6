"""Three-dimensional joint centres of a motion-capture file, by their declared names, in the order of COCO-17.

Skin markers (LASI, LKNE ...) are no joints: the middle of a hip cannot be read off one of them, so a file without
centres is refused. They are computed from markers by the capture software, or by OpenSim, Theia or Pose2Sim.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scoliogait.errors import DataError
from scoliogait.io.layouts import columns_of_names
from scoliogait.skeleton import N_JOINTS

Array = NDArray[np.float64]

_METRES = {"m": 1.0, "meters": 1.0, "metres": 1.0, "cm": 0.01, "mm": 0.001}
_PARTS = {"S": "Shoulder", "E": "Elbow", "W": "Wrist", "H": "Hip", "K": "Knee", "A": "Ankle"}
_ABBREVIATED = re.compile(r"([LR])([SEWHKA])JC")
_ENDING = re.compile(r"[\s_]*(JC|joint[\s_]*cent(er|re)|cent(er|re))$", re.IGNORECASE)
_MOST_LISTED = 12


@dataclass(frozen=True, eq=False)
class Markers:
    """What a file holds: names (M,), xyz (T, M, 3) in the unit of the file, NaN where a marker was not seen."""

    names: Sequence[str]
    xyz: Array
    unit: str
    frame_rate_hz: float | None


def joints_of_markers(markers: Markers, where: str) -> Array:
    """Metres float64 (T, 17, 3) in COCO-17 order, NaN where a joint is missing in a frame or the file lacks it.

    A marker at exactly 0, 0, 0 was not seen. Raises DataError, beginning with ``where``, for an unknown unit, and for
    a set that names no centre of a shoulder, hip, knee or ankle, with the names that there are.
    """
    scale = _METRES.get(markers.unit.strip().lower())
    if scale is None:
        raise DataError(f"{where}: the unit of places is {markers.unit!r}; expected one of {', '.join(_METRES)}")
    try:
        columns = columns_of_names([joint_name(name) for name in markers.names], where)
    except DataError as error:
        listed = ", ".join(markers.names[:_MOST_LISTED])
        more = len(markers.names) - _MOST_LISTED
        raise DataError(f"{error}. The file names {listed}{f' and {more} more' if more > 0 else ''}") from error
    joints = np.full((len(markers.xyz), N_JOINTS, 3), np.nan)
    for joint, column in enumerate(columns):
        if column is not None:
            joints[:, joint] = scale * markers.xyz[:, column]
    joints[(joints == 0).all(axis=-1) | ~np.isfinite(joints).all(axis=-1)] = np.nan
    return joints


def joint_name(label: str) -> str:
    """The joint that a label means: "Ann:LHJC", "LHip_JC" and "LHip joint centre" are "LHip"; others stay."""
    name = label.rsplit(":", 1)[-1].strip()
    short = _ABBREVIATED.fullmatch(name.upper())
    return short[1] + _PARTS[short[2]] if short else _ENDING.sub("", name)
