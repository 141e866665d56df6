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

    poses: (T, 17, 3) = x px, y px, confidence. Returns a new array of the same shape and floating dtype (other dtypes
    become float32). The fill is that of scikit-learn's KNNImputer over the frames: 4 neighbours, distance
    weights, all coordinates as features.

    "as-published" (OpenGait, ``pretreatment_heatmap.py``): a coordinate is missing when it is exactly 0.0; confidences
    are untouched, so that a filled joint of confidence 0 is not drawn but counts in the scale; when a coordinate is
    missing in every frame, nothing at all is filled and its zeros distort centre and scale.

    "repair" (ours): a joint of confidence 0 is missing as well, and a joint that no frame shows must not move the
    others. It gets confidence 0, so it is never drawn, and the place of its left/right partner, or, without one, the
    middle of the seen joints: inside the visible extent, where it leaves the height of the figure alone, and where a
    missing hip leaves the centre to its partner. No later step needs to know that it was never seen.

    n_frames: how many of the first frames are wanted; what later ones lack may stay as it is, which saves time in a
    long recording, and changes nothing in those before.

    Raises DataError for a wrong shape, no frame, or NaN.
    """
    array = _checked_poses(poses)
    if missing == "as-published":
        return _fill_as_published(array, n_frames)
    return _fill_and_repair(array, n_frames)


def _checked_poses(poses: ArrayLike) -> _FloatArray:
    array = np.asarray(poses)
    if array.ndim != 3 or array.shape[1:] != (N_JOINTS, 3) or array.shape[0] == 0 or array.dtype.kind not in "fiu":
        raise DataError(
            f"poses: shape {array.shape}, dtype {array.dtype}; expected numbers of shape (frames, {N_JOINTS}, 3) "
            "with at least one frame"
        )
    array = np.array(array, dtype=array.dtype if array.dtype in (np.float32, np.float64) else np.float32)
    if not np.isfinite(array).all():
        raise DataError("poses: hold NaN or infinite values; write a missing joint as 0, 0, confidence 0")
    return array


def _fill_as_published(poses: _FloatArray, n_frames: int | None) -> _FloatArray:
    coordinates = poses[..., :2].reshape(len(poses), -1)
    missing = coordinates == 0.0
    if missing.any() and not missing.all(axis=0).any():
        filled = fill_from_neighbours(coordinates, missing, _N_NEIGHBOURS, n_frames)
        poses[: len(filled), :, :2] = filled.reshape(len(filled), N_JOINTS, 2)
    return poses


def _fill_and_repair(poses: _FloatArray, n_frames: int | None) -> _FloatArray:
    unseen_in_frame = (poses[..., 2] <= 0) | (poses[..., :2] == 0.0).any(axis=-1)
    never_seen = unseen_in_frame.all(axis=0)
    seen = np.flatnonzero(~never_seen)
    if len(seen) == 0:
        return poses
    if unseen_in_frame[:, seen].any():
        coordinates = poses[:, seen, :2].reshape(len(poses), -1)
        missing = np.repeat(unseen_in_frame[:, seen], 2, axis=1)
        filled = fill_from_neighbours(coordinates, missing, _N_NEIGHBOURS, n_frames)
        poses[: len(filled), seen, :2] = filled.reshape(len(filled), len(seen), 2)
        poses[..., 2] = np.where(unseen_in_frame, 0.0, poses[..., 2])
    if never_seen.any():
        _park(poses, never_seen, seen)
    return poses


def _park(poses: _FloatArray, never_seen: NDArray[np.bool_], seen: NDArray[np.int64]) -> None:
    x, y = poses[:, seen, 0], poses[:, seen, 1]
    middle = np.stack([x.mean(axis=1), (y.min(axis=1) + y.max(axis=1)) / 2], axis=-1)
    for joint in np.flatnonzero(never_seen):
        partner = MIRROR[joint]
        poses[:, joint, :2] = middle if never_seen[partner] else poses[:, partner, :2]
        poses[:, joint, 2] = 0.0
