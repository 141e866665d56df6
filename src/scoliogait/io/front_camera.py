"""An orthographic camera in front of the walker, looking against the direction of travel: 3-D joints to poses in px.

Without perspective nothing grows on the way, and heights and widths keep their ratio: a shoulder that is 20 mm higher
is 10 px higher wherever the walker is. Up is the axis of the file that the body stands along.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scoliogait.errors import DataError
from scoliogait.skeleton import JOINT, N_JOINTS

Array = NDArray[np.float64]

PX_PER_M = 500.0
_MARGIN_PX = 100.0
_FARTHEST_M = 1_000.0
_MAX_LEAN_DEG = 30.0
# From the shoulders to the ankles: of a child who has just learned to walk, and of a giant.
_BODY_M = (0.4, 2.2)
# Further than this the hips travel; less is a treadmill or a walk on the spot.
_TRAVEL_M = 1.0
# The way along the heading, as a share of the whole way of the hips, smoothed over so many frames.
_STRAIGHT, _SMOOTH = 0.8, 31
_FACING_DEG = 45.0
_SHOULDERS, _HIPS, _ANKLES = (
    [JOINT[f"{side}_{part}"] for side in ("left", "right")] for part in ("shoulder", "hip", "ankle")
)


@dataclass(frozen=True, eq=False)
class FrontView:
    """poses float32 (T, 17, 3) = x px, y px, confidence 1 or, where missing, 0; what was assumed, in one sentence."""

    poses: NDArray[np.float32]
    frame_size_px: tuple[int, int]
    camera: str


def front_view(joints_m: Array, where: str) -> FrontView:
    """How a camera in front sees joints (T, 17, 3) in metres, NaN where missing, of right-handed axes.

    The heading is the direction in which the middle of the hips travels; of a walk on the spot, the one in which hips
    and shoulders face. Raises DataError, beginning with ``where``, when this is no body by its size, no axis is up, the
    walk is not straight, the joints lie in one plane (a recording of one camera), or the walker does not face the way
    they go: they walk backwards, left and right are exchanged, or the axes are left-handed.
    """
    if not np.nanmax(np.abs(joints_m), initial=0.0) <= _FARTHEST_M:
        raise DataError(f"{where}: joints lie more than {_FARTHEST_M:g} m away; check the unit of places")
    up = _up(joints_m, where)
    left = _level(np.nanmean(_left(joints_m), axis=0), up)
    path = _level(joints_m[:, _HIPS].mean(axis=1), up)
    heading, reason = _heading(path, left, up, where)
    across = np.cross(up, heading)
    facing_deg = np.degrees(np.arccos(np.clip(left @ across / np.linalg.norm(left), -1, 1)))
    if facing_deg > _FACING_DEG:
        raise DataError(
            f"{where}: the walker faces {facing_deg:.0f} degrees off the direction of travel: they walk backwards or "
            "sideways, left and right are exchanged, or the axes are left-handed; correct the file"
        )
    xy = np.stack([joints_m @ across, -(joints_m @ up)], axis=-1) * PX_PER_M
    xy -= np.nanmin(xy, axis=(0, 1)) - _MARGIN_PX
    seen = np.isfinite(xy).all(axis=-1)
    poses = np.zeros((len(xy), N_JOINTS, 3), dtype=np.float32)
    poses[seen, :2], poses[seen, 2] = xy[seen], 1.0
    width, height = np.ceil(np.nanmax(xy, axis=(0, 1)) + _MARGIN_PX).astype(int).tolist()
    sentence = (
        f"The poses are 3-D joints as an orthographic camera in front sees them ({PX_PER_M:g} px a metre), along "
        f"{reason}; up is {_axis_name(up)}."
    )
    return FrontView(poses, (width, height), sentence)


def _left(joints: Array) -> Array:
    """From the right to the left side (T, 3), shoulders and hips together."""
    return np.asarray(sum(joints[:, left] - joints[:, right] for left, right in (_SHOULDERS, _HIPS)))


def _level(vectors: Array, up: Array) -> Array:
    """The part of vectors (..., 3) that is level with the floor."""
    return vectors - (vectors @ up)[..., None] * up


def _up(joints: Array, where: str) -> Array:
    body = joints[:, _SHOULDERS].mean(axis=1) - joints[:, _ANKLES].mean(axis=1)
    body = body[np.isfinite(body).all(axis=1)]
    if not len(body):
        raise DataError(f"{where}: no frame holds both shoulders, hips and ankles; fill the gaps first")
    length_m = float(np.median(np.linalg.norm(body, axis=1)))
    if not _BODY_M[0] <= length_m <= _BODY_M[1]:
        raise DataError(
            f"{where}: shoulders and ankles are {length_m:.3g} m apart, which is no body of {_BODY_M[0]:g} to "
            f"{_BODY_M[1]:g} m; check the unit of places"
        )
    if np.ptp(joints[np.isfinite(joints).all(axis=-1)], axis=0).min() < 1e-3:
        raise DataError(f"{where}: all joints lie in one plane; give the 2-D output of that camera instead")
    mean = body.mean(axis=0)
    axis = int(np.abs(mean).argmax())
    lean_deg = np.degrees(np.arccos(np.abs(mean[axis]) / np.linalg.norm(mean)))
    if lean_deg > _MAX_LEAN_DEG:
        raise DataError(
            f"{where}: the body stands {lean_deg:.0f} degrees off each axis, so it is not clear which one is up; turn "
            "the axes of the file"
        )
    return np.sign(mean[axis]) * np.eye(3)[axis]


def _heading(path: Array, left: Array, up: Array, where: str) -> tuple[Array, str]:
    """The direction of a level path (T, 3), and what it was taken from."""
    known = np.flatnonzero(np.isfinite(path).all(axis=1))
    if len(known) < 2 or not np.linalg.norm(left) > 0:
        raise DataError(f"{where}: fewer than two frames hold both hips; fill the gaps first")
    way = _smooth(path[known])
    if np.linalg.norm(np.ptp(way, axis=0)) < _TRAVEL_M:
        return _unit(np.cross(left, up)), "the direction that hips and shoulders face, as the hips do not travel"
    # The slope of a straight line through all frames: swaying and the first and last step do not turn it.
    heading = _unit(np.polynomial.polynomial.polyfit(known.astype(np.float64), path[known], 1)[1])
    travelled = float(np.linalg.norm(np.diff(way, axis=0), axis=1).sum())
    if (way[-1] - way[0]) @ heading < _STRAIGHT * travelled:
        raise DataError(f"{where}: the walker turns or stops on the way; cut the recording into straight walks")
    return heading, "the direction in which the hips travel"


def _smooth(path: Array) -> Array:
    size = min(_SMOOTH, len(path) // 2 * 2 - 1)
    if size < 3:
        return path
    kernel = np.full(size, 1 / size)
    return np.stack([np.convolve(axis, kernel, mode="valid") for axis in path.T], axis=1)


def _unit(vector: Array) -> Array:
    return vector / np.linalg.norm(vector)


def _axis_name(up: Array) -> str:
    axis = int(np.abs(up).argmax())
    return ("-" if up[axis] < 0 else "+") + "xyz"[axis]
