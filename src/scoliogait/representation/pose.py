"""Completing the missing coordinates of a walk's poses; inputs stay as they are."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from scoliogait.errors import DataError
from scoliogait.representation.neighbour_fill import fill_from_neighbours
from scoliogait.skeleton import MIRROR, N_JOINTS

MissingRule = Literal["as-published", "repair"]

# The published export draws on a 128-px canvas, and the figure is two thirds of it (128 // 1.5) tall.
CANVAS_PX = 128
FIGURE_HEIGHT_PX = 85.0
# Below this confidence a joint or limb is not drawn (OpenGait).
DRAWN_CONFIDENCE = 1e-3
_N_NEIGHBOURS = 4

_FloatArray = NDArray[np.floating]


def complete_poses(poses: ArrayLike, missing: MissingRule = "as-published", n_frames: int | None = None) -> _FloatArray:
    """Fill the missing coordinates of one walk from its other frames.

    poses: (T, 17, 3) = x px, y px, confidence. Returns a new array of that shape and floating dtype (other dtypes
    become float32). The fill is that of scikit-learn's KNNImputer over the frames: 4 neighbours, distance
    weights, all coordinates as features.

    "as-published" (OpenGait, ``pretreatment_heatmap.py``): a coordinate is missing when it is exactly 0.0; confidences
    are untouched, so that a filled joint of confidence 0 is not drawn but counts in the scale; when a coordinate is
    missing in every frame, nothing at all is filled and its zeros distort centre and scale.

    "repair" (ours): a joint of confidence 0 is missing as well, and a joint that no frame shows must not move the
    others. It gets confidence 0, so it is never drawn, and the place of its left/right partner, or, without one, the
    middle of the seen joints: inside the visible extent, where it leaves the height of the figure alone, and where a
    missing hip leaves the centre to its partner. No later step needs to know that it was never seen.

    n_frames: how many of the first frames are wanted, and given, as they would be among all; this saves time and memory
    in a long recording.

    Raises DataError for a wrong shape, no frame, or NaN.
    """
    array = _checked_poses(poses)
    wanted = array[:n_frames].copy()
    (_fill_as_published if missing == "as-published" else _fill_and_repair)(wanted, array)
    return wanted


def _checked_poses(poses: ArrayLike) -> _FloatArray:
    array = np.asarray(poses)
    if array.ndim != 3 or array.shape[1:] != (N_JOINTS, 3) or array.shape[0] == 0 or array.dtype.kind not in "fiu":
        raise DataError(
            f"poses: shape {array.shape}, dtype {array.dtype}; expected numbers of shape (frames, {N_JOINTS}, 3) "
            "with at least one frame"
        )
    array = np.asarray(array, dtype=array.dtype if array.dtype in (np.float32, np.float64) else np.float32)
    if not np.isfinite(array).all():
        raise DataError("poses: hold NaN or infinite values; write a missing joint as 0, 0, confidence 0")
    return array


def _fill_as_published(wanted: _FloatArray, poses: _FloatArray) -> None:
    """The first frames, ``wanted``, from all frames of ``poses``."""
    missing = (poses[..., :2] == 0.0).reshape(len(poses), -1)
    if missing[: len(wanted)].any() and not missing.all(axis=0).any():
        wanted[..., :2] = _filled(poses, slice(None), missing, len(wanted))


def _fill_and_repair(wanted: _FloatArray, poses: _FloatArray) -> None:
    """The same."""
    unseen_in_frame = (poses[..., 2] <= 0) | (poses[..., :2] == 0.0).any(axis=-1)
    never_seen = unseen_in_frame.all(axis=0)
    seen = np.flatnonzero(~never_seen)
    if len(seen) == 0:
        return
    unseen = unseen_in_frame[: len(wanted)]
    if unseen[:, seen].any():
        missing = np.repeat(unseen_in_frame[:, seen], 2, axis=1)
        joints = seen if never_seen.any() else slice(None)  # a slice takes no further copy of a long walk
        wanted[:, joints, :2] = _filled(poses, joints, missing, len(wanted))
    if unseen_in_frame[:, seen].any():
        wanted[..., 2] = np.where(unseen, 0.0, wanted[..., 2])
    if never_seen.any():
        _park(wanted, never_seen, seen)


def _filled(
    poses: _FloatArray, joints: NDArray[np.int64] | slice, missing: NDArray[np.bool_], n_frames: int
) -> _FloatArray:
    """Coordinates (n_frames, joints, 2) of some joints in the first of poses (T, 17, 3); missing: (T, 2 * joints)."""
    filled = fill_from_neighbours(poses[:, joints, :2], missing, _N_NEIGHBOURS, n_frames)
    return filled.reshape(n_frames, -1, 2)


def _park(poses: _FloatArray, never_seen: NDArray[np.bool_], seen: NDArray[np.int64]) -> None:
    x, y = poses[:, seen, 0], poses[:, seen, 1]
    middle = np.stack([x.mean(axis=1), (y.min(axis=1) + y.max(axis=1)) / 2], axis=-1)
    for joint in np.flatnonzero(never_seen):
        partner = MIRROR[joint]
        poses[:, joint, :2] = middle if never_seen[partner] else poses[:, partner, :2]
        poses[:, joint, 2] = 0.0
