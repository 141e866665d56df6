"""Coordinates of poses as ``coordinates.py`` gives them, in numpy: for screening without torch."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from scoliogait.representation.settings import CoordinateConfig
from scoliogait.skeleton import JOINT, JOINT_SETS, N_JOINTS

_HIPS = (JOINT["left_hip"], JOINT["right_hip"])


def coordinates_of(completed: NDArray[np.float32], config: CoordinateConfig) -> NDArray[np.float32]:
    """The per-frame stage, as ``coordinates.coordinates`` describes it: float32 (T, 17, 3) -> the same shape."""
    places, confidence = completed[..., :2].astype(np.float32), completed[..., 2].astype(np.float32)
    confidence[:, sorted(set(range(N_JOINTS)) - set(JOINT_SETS[config.joints]))] = 0.0
    seen = confidence > 0
    y = places[..., 1]
    height = np.where(seen, y, -np.inf).max(axis=-1) - np.where(seen, y, np.inf).min(axis=-1)
    usable = seen & (height > 0)[:, np.newaxis]
    hips = _middle(places[:, _HIPS], usable[:, _HIPS])
    centre = np.where(usable[:, _HIPS].any(axis=-1)[:, np.newaxis], hips, _middle(places, usable))
    scaled = np.zeros_like(places)
    divisor = np.broadcast_to(height[:, np.newaxis, np.newaxis], places.shape)
    np.divide(places - centre[:, np.newaxis], divisor, out=scaled, where=usable[..., np.newaxis])
    return np.concatenate([scaled, np.where(usable, confidence, 0.0)[..., np.newaxis]], axis=-1, dtype=np.float32)


def _middle(places: NDArray[np.float32], counting: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Mean place (T, 2) of the joints (T, J, 2) that count; 0, 0 where none does."""
    total = np.where(counting[..., np.newaxis], places, 0.0).sum(axis=-2, dtype=np.float32)
    middle: NDArray[np.float32] = total / np.maximum(counting.sum(axis=-1, keepdims=True), 1).astype(np.float32)
    return middle
