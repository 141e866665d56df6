"""Landmarks of MediaPipe's pose landmarker (BlazePose) as x px, y px, confidence.

MediaPipe gives x and y as shares of the picture's width and height, z as a depth that means nothing here, visibility
and, sometimes, presence. Its world landmarks are metres about the hips: no place in a picture, so they are refused.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from scoliogait.errors import DataError
from scoliogait.io.layouts import LAYOUTS

Array = NDArray[np.floating]

BLAZEPOSE = LAYOUTS["BlazePose-33"]
# Landmarks outside of the picture are guessed, up to some widths away.
_LARGEST_SHARE = 5.0
_HIP_CENTRED = 0.02
_HIPS = [BLAZEPOSE.joints.index(f"{side}_hip") for side in ("left", "right")]
NO_CONFIDENCE = "The file holds no confidences; every joint that has a place was taken as certain."


def confidence_of(values: Array, where: str) -> tuple[Array, tuple[str, ...]]:
    """x, y, confidence (..., 3) of landmarks (..., C), C = 3 to 5: x, y[, z], visibility[, presence]; and a note.

    The third of three columns is a depth where it is negative anywhere, else a visibility. Raises DataError, beginning
    with ``where``, when a visibility is not within 0..1.
    """
    column = 3 if values.shape[-1] > 3 else 2
    visibility = values[..., column]
    if column == 2 and np.nanmin(visibility, initial=0.0) < 0:
        return np.concatenate([values[..., :2], np.ones_like(values[..., :1])], axis=-1), (NO_CONFIDENCE,)
    if np.nanmin(visibility, initial=0.0) < 0 or np.nanmax(visibility, initial=0.0) > 1:
        raise DataError(f"{where}: column {column} of the landmarks is not within 0..1; expected x, y, z, visibility")
    return values[..., [0, 1, column]], ()


def in_pixels(points: Array, frame_size_px: tuple[int, int] | None, advice: str, where: str) -> Array:
    """The same (..., J, 3) in px: shares of the picture are multiplied by its size, pixels stay as they are.

    Raises DataError, beginning with ``where``, for shares without a size, with this ``advice``, and world landmarks.
    """
    xy = np.where(_placed(points)[..., None], points[..., :2], np.nan)
    if not np.nanmax(np.abs(xy), initial=0.0) <= _LARGEST_SHARE:
        return points
    if points.shape[-2] == len(BLAZEPOSE.joints) and _are_about_the_hips(xy):
        raise DataError(
            f"{where}: these are world landmarks, metres about the hips; save the landmarks in the picture instead"
        )
    if frame_size_px is None:
        raise DataError(f"{where}: coordinates are shares of the picture and its size is not known; {advice}")
    return points * np.array([*frame_size_px, 1.0], dtype=points.dtype)


def _placed(points: Array) -> NDArray[np.bool_]:
    return np.isfinite(points).all(axis=-1) & (points[..., :2] != 0).any(axis=-1)


def _are_about_the_hips(xy: Array) -> bool:
    middle = xy[..., _HIPS, :].mean(axis=-2)
    known = middle[np.isfinite(middle).all(axis=-1)]
    return bool(len(known)) and float(np.median(np.abs(known))) < _HIP_CENTRED
