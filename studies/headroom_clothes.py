"""Outlines as clothes and segmentation leave them: the simulator draws bare bodies without an error."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from scoliogait.measurement.body import Array

# Of an aligned silhouette of 64 rows, for a body of 1.65 m.
PX_PER_MM = 64 / 1650
# Folds reach over some 8 cm of height, a garment that hangs to one side over 26 cm; half of the variance is of each.
# Errors of single frames change within 4 cm.
_CLOTHES_ROWS, _JITTER_ROWS = (3.0, 10.0), 1.5
_JITTER_PX = 0.5


def disturbed(
    silhouettes: NDArray[np.uint8], side: Array, clothes_mm: float, generator: np.random.Generator
) -> NDArray[np.uint8]:
    """Aligned silhouettes (T, 64, 64) with both edges moved sideways, row by row.

    clothes_mm: standard deviation of what each edge is off over the whole walk, left and right apart from each other
    and on the walker's own sides. Besides, every edge of every frame is off by half a pixel (13 mm). side (T,): 1
    front, -1 back.
    """
    n_frames, n_rows, n_columns = silhouettes.shape
    hanging = [_smooth(generator.standard_normal((2, n_rows)), reach) for reach in _CLOTHES_ROWS]
    clothes = np.sum(hanging, axis=0) * np.sqrt(0.5) * clothes_mm * PX_PER_MM
    jitter = _smooth(generator.standard_normal((n_frames, 2, n_rows)), _JITTER_ROWS) * _JITTER_PX
    columns = np.arange(n_columns, dtype=np.float64)
    rows = np.repeat(np.arange(n_rows, dtype=np.float32)[:, None], n_columns, axis=1)
    moved = np.empty_like(silhouettes)
    for frame, picture in enumerate(silhouettes):
        in_picture = (clothes if side[frame] >= 0 else clothes[::-1]) + jitter[frame]
        beyond = columns - _axis(picture)
        outwards = np.where(beyond > 0, in_picture[0][:, None], -in_picture[1][:, None])
        source = (columns - outwards * np.clip(np.abs(beyond), 0, 1)).astype(np.float32)
        moved[frame] = cv2.remap(picture, source, rows, cv2.INTER_LINEAR)
    return moved


def _axis(picture: NDArray[np.uint8]) -> float:
    mass = picture.sum(axis=0, dtype=np.float64)
    return float(mass @ np.arange(len(mass)) / max(mass.sum(), 1.0))


def _smooth(noise: Array, rows: float) -> Array:
    """Noise smoothed along its last axis, with the standard deviation it had."""
    impulse = np.zeros(noise.shape[-1])
    impulse[0] = 1.0
    weights = gaussian_filter1d(impulse, rows, mode="wrap")
    return np.asarray(gaussian_filter1d(noise, rows, axis=-1, mode="wrap") / np.linalg.norm(weights))
