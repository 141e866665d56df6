"""Where the body is in a pose: which joints are seen, how tall it stands, which way it faces."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scoliogait.measurement.pieces import by_pieces
from scoliogait.skeleton import JOINT

# Below this confidence the position of a joint is a guess.
MIN_CONFIDENCE = 0.3
# Shoulder width over trunk height, as seen: about 0.65 to 0.8 from the front or back, 0.17 for a real side view.
MIN_FRONTAL_WIDTH = 0.35
# From eyes or ears to ankles, which is what joints show, as a share of the stature; "px tall" is from head to feet.
EYES_TO_ANKLES = 0.9
_FACING_MEDIAN_FRAMES = 9

_LEFT_SHOULDER, _RIGHT_SHOULDER = JOINT["left_shoulder"], JOINT["right_shoulder"]
_LEFT_HIP, _RIGHT_HIP = JOINT["left_hip"], JOINT["right_hip"]
TRUNK_JOINTS = (_LEFT_SHOULDER, _RIGHT_SHOULDER, _LEFT_HIP, _RIGHT_HIP)

# Asymmetries of the PAV are given in 1/128 of the height of the figure.
FIGURE_HEIGHT = 128.0

Poses = NDArray[np.float32]
Array = NDArray[np.float64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class TrunkSeen:
    """What the trunk shows in each frame of poses (T, 17, 3), found once for all rules that look at it.

    seen (T, 17), vector_px (T, 2), frontal_width (T,), facing (T,): as from ``seen``, ``trunk_vector_px`` and so on.
    """

    seen: Mask
    vector_px: Array
    frontal_width: Array
    facing: NDArray[np.int8]

    @classmethod
    def of(cls, poses: Poses) -> TrunkSeen:
        vector_px = trunk_vector_px(poses)
        width = _frontal_width(poses, vector_px)
        return cls(seen(poses), vector_px, width, _facing(width))


def seen(poses: Poses) -> Mask:
    """Joints with a confidence of at least 0.3: (T, 17, 3) -> (T, 17)."""
    return np.asarray(poses[..., 2] >= MIN_CONFIDENCE)


def height_px(poses: Poses) -> Array:
    """Height of the seen joints of each frame in px, from the topmost to the lowest, (T,); 0 without a seen joint.

    From eyes or ears to ankles this is ``EYES_TO_ANKLES`` of a person's stature.
    """

    def of_piece(frames: slice) -> Array:
        visible, y_px = seen(poses[frames]), poses[frames, :, 1].astype(np.float64)
        top = np.where(visible, y_px, np.inf).min(axis=1)
        bottom = np.where(visible, y_px, -np.inf).max(axis=1)
        return np.where(visible.any(axis=1), bottom - top, 0.0)

    return by_pieces(of_piece, len(poses))


def trunk_vector_px(poses: Poses) -> Array:
    """From the hip midpoint to the shoulder midpoint in px, (T, 2) = x right, y down; NaN unless all four are seen."""
    left_shoulder, right_shoulder, left_hip, right_hip = (
        poses[:, joint, :2].astype(np.float64) for joint in TRUNK_JOINTS
    )
    vector = (left_shoulder + right_shoulder - left_hip - right_hip) / 2
    return np.where(_trunk_seen(poses)[:, None], vector, np.nan)


def frontal_width(poses: Poses) -> Array:
    """Signed shoulder width over trunk length, (T,): positive from the front, negative from the back, NaN unless seen.

    From the front the walker's left shoulder lies to the right in the picture.
    """
    return _frontal_width(poses, trunk_vector_px(poses))


def _frontal_width(poses: Poses, vector_px: Array) -> Array:
    length = np.linalg.norm(vector_px, axis=1)
    width = poses[:, _LEFT_SHOULDER, 0].astype(np.float64) - poses[:, _RIGHT_SHOULDER, 0]
    return np.divide(width, length, out=np.full(len(poses), np.nan), where=length > 0)


def facing(poses: Poses) -> NDArray[np.int8]:
    """1 for each frame seen from the front, -1 from the back, 0 where unknown, side-on, or at odds with its neighbours.

    Pose estimators swap left and right for a few frames now and then, mostly from behind. A frame whose side disagrees
    with the median of the nine frames around it is such a swap, and takes no part in a measurement.
    """
    return _facing(frontal_width(poses))


def _facing(width: Array) -> NDArray[np.int8]:
    known = np.isfinite(width)
    if not known.any():
        return np.zeros(len(width), dtype=np.int8)
    frames = np.arange(len(width))
    bridged = np.interp(frames, frames[known], width[known])
    smooth = running_median(bridged, _FACING_MEDIAN_FRAMES)
    certain = known & (np.abs(bridged) >= MIN_FRONTAL_WIDTH) & (np.sign(bridged) == np.sign(smooth))
    return np.where(certain, np.sign(bridged), 0).astype(np.int8)


def running_median(values: Array, n_frames: int) -> Array:
    """Median of the odd number of frames about each frame, (T,); the first and last value go on beyond the ends."""
    windows = np.lib.stride_tricks.sliding_window_view(prolonged(values, n_frames // 2), n_frames)
    return np.partition(windows, n_frames // 2, axis=1)[:, n_frames // 2]


def prolonged(values: Array, n_frames: int) -> Array:
    """The values (T,) with the first and the last going on for so many frames before and after, (T + 2 n_frames,)."""
    return np.concatenate([np.repeat(values[:1], n_frames), values, np.repeat(values[-1:], n_frames)])


def median(values: Array) -> float:
    """``np.median`` of one or more finite numbers (n,), to the bit, in a fifth of its time for a few hundred."""
    middle = len(values) // 2
    if len(values) % 2:
        return float(np.partition(values, middle)[middle])
    below, above = np.partition(values, [middle - 1, middle])[middle - 1 : middle + 1]
    return float((below + above) / 2)


def _trunk_seen(poses: Poses) -> Mask:
    return np.asarray(seen(poses)[:, TRUNK_JOINTS].all(axis=1))
