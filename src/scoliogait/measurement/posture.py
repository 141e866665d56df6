"""The asymmetries of a walker's posture as signed, readable numbers with their standard errors.

This is for people to read; models get the Postural Asymmetry Vector of ``asymmetry.py`` instead. Three measurements for
each left/right pair, every one of them independent of the walking direction:

- height difference, in % of the body's height in the picture: positive when the walker's left side is higher;
- tilt of the line through the pair, in degrees from the horizontal: positive when the left side is higher. It is folded
  to -90..90, so it does not jump by 180 degrees when the walker turns round (the original's angle does);
- midline offset: how far the middle of the pair lies from the middle of the hips, in % of the body's height, positive
  towards the walker's left. The hips have none, by construction.

A tilt of the camera adds the same angle to every tilt; shoulder tilt minus hip tilt is free of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from scoliogait.measurement.body import Poses, facing, height_px, seen
from scoliogait.skeleton import JOINT, PAIR_NAMES, PAIRS

_MIN_FRAMES = 5
_MIN_STRIDES_FOR_ERROR = 3
# A line through two joints that nearly cover each other has no angle: % of the body's height.
_MIN_WIDTH_PERCENT = 2.0
_HIPS = (JOINT["left_hip"], JOINT["right_hip"])


@dataclass(frozen=True)
class Measurement:
    """Mean over whole strides, the standard deviation over frames, and the standard error of the mean.

    mean is over all frames where no whole stride is known. standard_error is that of the means of single strides, as
    frames of one stride follow each other and are no independent looks; None with fewer than three strides.
    """

    mean: float
    spread: float
    standard_error: float | None
    n_frames: int


@dataclass(frozen=True)
class PairPosture:
    """Asymmetry of one left/right pair; None where fewer than five frames allow the measurement."""

    height_difference_percent: Measurement | None
    tilt_deg: Measurement | None
    midline_offset_percent: Measurement | None


def measure_posture(poses: Poses, stride_frames: float | None = None) -> Mapping[str, PairPosture]:
    """Signed asymmetries of poses (T, 17, 3) by pair name, in the order of ``PAIR_NAMES``.

    stride_frames: frames of a stride, from ``find_strides``; the means then cover whole strides. Only frames with a
    confident pair, confident hips and shoulders, and a clear front or back view take part; values beyond 1.5
    interquartile ranges outside the quartiles are dropped, as in the PAV.
    """
    per_frame = frame_posture(poses)
    result = {}
    for row, name in enumerate(PAIR_NAMES):
        height, tilt, midline = (_measure(per_frame[:, row, column], stride_frames) for column in range(3))
        result[name] = PairPosture(height, tilt, midline)
    return result


def frame_posture(poses: Poses) -> NDArray[np.float64]:
    """Height difference %, tilt deg, midline offset % of each frame and pair: (T, 17, 3) -> (T, 8, 3), NaN unknown."""
    visible = seen(poses)
    xy = poses[..., :2].astype(np.float64)
    side = facing(poses)
    height = height_px(poses)
    usable = (side != 0) & (height > 0)
    scale = np.divide(100.0, height, out=np.full(len(poses), np.nan), where=usable)
    hip_middle_x = xy[:, _HIPS, 0].mean(axis=1)
    values = np.full((len(poses), len(PAIRS), 3), np.nan)
    for row, (left, right) in enumerate(PAIRS):
        both = usable & visible[:, left] & visible[:, right]
        # y points down: the left joint is higher when its y is smaller.
        rise = (xy[:, right, 1] - xy[:, left, 1]) * scale
        run = np.abs(xy[:, left, 0] - xy[:, right, 0]) * scale
        middle = ((xy[:, left, 0] + xy[:, right, 0]) / 2 - hip_middle_x) * scale * side
        values[both, row, 0] = rise[both]
        wide = both & (run >= _MIN_WIDTH_PERCENT)
        values[wide, row, 1] = np.degrees(np.arctan2(rise[wide], run[wide]))
        if (left, right) != _HIPS:
            values[both, row, 2] = middle[both]
    return values


def _measure(values: NDArray[np.float64], stride_frames: float | None) -> Measurement | None:
    kept = _without_outliers(values)
    n_frames = int(np.isfinite(kept).sum())
    if n_frames < _MIN_FRAMES:
        return None
    known = kept[np.isfinite(kept)]
    spread = float(known.std(ddof=1))
    strides = _stride_means(kept, stride_frames)
    if not len(strides):
        return Measurement(float(known.mean()), spread, None, n_frames)
    enough = len(strides) >= _MIN_STRIDES_FOR_ERROR
    error = float(strides.std(ddof=1) / np.sqrt(len(strides))) if enough else None
    return Measurement(float(strides.mean()), spread, error, n_frames)


def _without_outliers(values: NDArray[np.float64]) -> NDArray[np.float64]:
    known = values[np.isfinite(values)]
    if not len(known):
        return values
    low, high = np.quantile(known, [0.25, 0.75])
    margin = 1.5 * (high - low)
    return np.where((values >= low - margin) & (values <= high + margin), values, np.nan)


def _stride_means(values: NDArray[np.float64], stride_frames: float | None) -> NDArray[np.float64]:
    """Mean of each whole stride of which at least half of the frames are known."""
    if stride_frames is None:
        return np.empty(0)
    edges = np.round(np.arange(0, len(values) + 0.5, stride_frames)).astype(int)
    strides = [values[start:stop] for start, stop in pairwise(edges)]
    return np.array([np.nanmean(s) for s in strides if np.isfinite(s).mean() >= 0.5])
