"""The Postural Asymmetry Vector (PAV): how unequal left and right are, per joint pair."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from scoliogait.errors import DataError, ModelError
from scoliogait.measurement.body import FIGURE_HEIGHT
from scoliogait.measurement.pieces import by_pieces
from scoliogait.skeleton import JOINT, LEFT_OF_PAIRS, N_JOINTS, PAIR_NAMES, RIGHT_OF_PAIRS
from scoliogait.walk import N_PAIRS_BY_METRICS

PAV_METRICS: tuple[str, ...] = ("vertical", "midline", "angular")
_FIGURE_HEIGHT = np.float32(FIGURE_HEIGHT)
_HIPS = [JOINT["left_hip"], JOINT["right_hip"]]


def frame_asymmetry(poses: ArrayLike) -> NDArray[np.float32]:
    """Left/right differences of every frame: float32 (T, 8, 3); rows as PAIR_NAMES, columns vertical, midline, angular.

    poses: (T, 17, 3) = x px, y px, confidence; a joint of confidence 0 is missing. The pose is centred on the hip
    midpoint (on the mean of the valid joints where a hip is missing) and scaled so that the valid joints span 128 units
    of height. vertical: abs(yL - yR). midline: abs((xL + xR) / 2). angular: abs(atan2(yL - yR, xL - xR)) in rad, 0..pi.
    NaN where a joint of the pair is missing or the frame has no height.

    Computed in float32 in the original's order: the hip midline is 0 but for rounding noise of 1e-6, and min-max
    normalisation blows that noise up to 0..1, so checkpoints have seen it.

    Source: the public reading of the DRF paper in UMGRL (``pretreatment_drf.py``, frame_metrics). Its traps are kept:
    the midline of the hips is 0 by construction, and the angle is near 0 or near pi with the walking direction.
    Raises DataError for a wrong shape.
    """
    array = np.asarray(poses, dtype=np.float32)
    if array.ndim != 3 or array.shape[1:] != (N_JOINTS, 3) or len(array) == 0:
        raise DataError(f"poses: shape {array.shape}; expected (frames, {N_JOINTS}, 3) with at least one frame")
    return by_pieces(lambda piece: _of_piece(array[piece]), len(array))


def _of_piece(poses: NDArray[np.float32]) -> NDArray[np.float32]:
    points, valid = _centred_and_scaled(poses)
    left, right = points[:, LEFT_OF_PAIRS], points[:, RIGHT_OF_PAIRS]
    difference = left - right
    metrics = np.stack(
        [
            np.abs(difference[..., 1]),
            np.abs(left[..., 0] + right[..., 0]) / 2,
            np.abs(np.arctan2(difference[..., 1], difference[..., 0])),
        ],
        axis=-1,
    )
    complete = np.logical_and(valid[:, LEFT_OF_PAIRS], valid[:, RIGHT_OF_PAIRS])
    return np.where(np.expand_dims(complete, -1), metrics, np.nan).astype(np.float32)


def _centred_and_scaled(poses: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    valid: NDArray[np.bool_] = np.asarray(poses[..., 2] > 0)
    points = poses[..., :2]
    n_valid = np.maximum(valid.sum(axis=1), 1).astype(np.float32)
    mean_of_valid = (points * valid[..., None]).sum(axis=1) / n_valid[:, None]
    both_hips = np.all(valid[:, _HIPS], axis=1, keepdims=True)
    centre = np.where(both_hips, points[:, _HIPS].mean(axis=1), mean_of_valid)
    lowest = np.where(valid, points[..., 1], -np.inf).max(axis=1)
    highest = np.where(valid, points[..., 1], np.inf).min(axis=1)
    height = lowest - highest
    scale = np.divide(_FIGURE_HEIGHT, height, out=np.full_like(height, np.nan), where=height > 0)
    return (points - centre[:, None]) * scale[:, None, None], valid


def postural_asymmetry(poses: ArrayLike) -> NDArray[np.float32]:
    """The unnormalised PAV of one walk: float32 (8, 3), rows as PAIR_NAMES, columns as PAV_METRICS.

    Per entry the frames outside [Q1 - 1.5 IQR, Q3 + 1.5 IQR] are dropped and the rest averaged; an entry that no frame
    gives is 0 (UMGRL, ``pretreatment_drf.py``, robust_sequence_pav). Units and errors as in ``frame_asymmetry``.
    """
    per_frame = frame_asymmetry(poses).reshape(-1, len(PAIR_NAMES) * len(PAV_METRICS))
    entries = [_mean_without_outliers(column[np.isfinite(column)]) for column in per_frame.T]
    return np.array(entries, dtype=np.float32).reshape(N_PAIRS_BY_METRICS)


def _mean_without_outliers(values: NDArray[np.float32]) -> float:
    if len(values) == 0:
        return 0.0
    first, third = np.percentile(values, [25, 75])
    margin = 1.5 * (third - first)
    kept = values[(values >= first - margin) & (values <= third + margin)]
    return float(kept.mean()) if len(kept) else float(values.mean())


@dataclass(frozen=True, eq=False)
class PavStatistics:
    """The range of each PAV entry over a set of walks, which maps it to 0..1.

    minimum, maximum: float32 (8, 3). which: "train" (training walks only, the honest default) or "dataset" (all walks,
    the test set included: it leaks, but the DRF authors' checkpoint was made with it). Raises ModelError for a wrong
    shape, NaN, or a minimum above its maximum.
    """

    minimum: NDArray[np.float32]
    maximum: NDArray[np.float32]
    which: Literal["train", "dataset"] = "train"

    def __post_init__(self) -> None:
        for name in ("minimum", "maximum"):
            array = np.array(getattr(self, name), dtype=np.float32)
            if array.shape != N_PAIRS_BY_METRICS or not np.isfinite(array).all():
                raise ModelError(f"PAV statistics: {name} has shape {array.shape} or NaN; expected (8, 3) finite")
            array.setflags(write=False)
            object.__setattr__(self, name, array)
        if self.which not in ("train", "dataset"):
            raise ModelError(f"PAV statistics: which is {self.which!r}; expected 'train' or 'dataset'")
        if (self.minimum > self.maximum).any():
            row, column = np.argwhere(self.minimum > self.maximum)[0]
            raise ModelError(
                f"PAV statistics: minimum {self.minimum[row, column]:g} exceeds maximum {self.maximum[row, column]:g} "
                f"for {PAIR_NAMES[row]}, {PAV_METRICS[column]}; were the two exchanged?"
            )

    @classmethod
    def of(cls, vectors: ArrayLike, which: Literal["train", "dataset"] = "train") -> PavStatistics:
        """Statistics of the PAVs (N, 8, 3) of N >= 1 walks."""
        array = np.asarray(vectors, dtype=np.float32)
        if array.ndim != 3 or array.shape[1:] != N_PAIRS_BY_METRICS or len(array) == 0:
            raise DataError(f"PAVs: shape {array.shape}; expected (walks, 8, 3) with at least one walk")
        return cls(array.min(axis=0), array.max(axis=0), which)

    def normalise(self, vectors: ArrayLike) -> NDArray[np.float32]:
        """PAVs (..., 8, 3) mapped to 0..1 and clipped there; an entry that is constant in the statistics becomes 0."""
        spread = self.maximum - self.minimum
        shifted = np.asarray(vectors, dtype=np.float32) - self.minimum
        ratio = np.divide(shifted, spread, out=np.zeros_like(shifted), where=np.broadcast_to(spread > 0, shifted.shape))
        return np.clip(ratio, 0.0, 1.0)
