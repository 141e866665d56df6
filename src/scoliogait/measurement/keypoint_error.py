"""How far constant keypoint errors may shift a mean: what no number of strides averages out.

A pose estimator marks a joint a little off, in the same way in every frame: a shoulder seam is taken for the shoulder.
One part of that is the same from the front and from the back, the other differs between them. Within a walk the first
part shows nowhere, so its size is an assumption, and this is it: **each part is KEYPOINT_SHARE times the frame-to-frame
jitter of the same quantity in the same walk**: an estimator that is unsure jitters more, and is further off. A smoothed
track hardly jitters, but its strides still differ; where they say more than the jitter does, they decide
(``smoothing_factor``). Where a walk shows both directions, their disagreement corrects it (``disagreement_factor``).

A network that looked at each picture and its mirror image shows besides how far it disagrees with itself
(``mirror_difference.py``). Of a smooth video this says more than jitter and strides do, and no direction takes it back:
``mirror_errors`` is the least that the common part is taken to be. Of walkers in equally good pictures the difference
does not tell who is measured worse: where a network sees a pair on somebody's body varies between people. So half of
the variance is that of people, whatever the difference, and half grows with it.

The shares were fixed on simulated walkers of seeds that no study reports (docs/studies/measured-error.md).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from scoliogait.measurement.body import Array
from scoliogait.measurement.stride_windows import stretches
from scoliogait.walk import N_PAIRS_BY_METRICS

KEYPOINT_SHARE = 0.65
# The same in standard deviations of the means of single strides.
STRIDE_SHARE = 0.9
# Rows as PAIR_NAMES; heights, midlines; 1/128 of the height: how far one part of the constant errors goes, and mirror
# differences of the same walkers, root mean squares. From rendered walkers of seeds that no study reports
# (docs/studies/video-truth.md).
PLACEMENT_ERRORS = np.array(
    [
        [0.22, 0.22],
        [0.48, 0.20],
        [0.41, 0.16],
        [0.62, 0.22],
        [0.58, 0.22],
        [0.59, 0.19],
        [0.51, 0.13],
        [0.52, 0.11],
    ]
)
USUAL_DIFFERENCES = np.array(
    [
        [0.27, 0.49],
        [0.38, 0.51],
        [0.45, 0.22],
        [0.70, 0.29],
        [0.69, 0.31],
        [0.31, 0.21],
        [0.40, 0.37],
        [0.67, 0.21],
    ]
)
# The second difference of values with independent errors of standard deviation 1 has one of sqrt(6).
_SECOND_DIFFERENCE = np.sqrt(6.0)
_MAD_TO_SD = 1.4826
# Degrees of freedom of the assumed size, where nothing else speaks for it.
KEYPOINT_FREEDOM = 12.0
# What it weighs against one disagreement between the directions.
_PRIOR_WEIGHT = 2.0
# A pair that really moves differently in both directions must not decide for all; the median of a squared normal value.
_LARGEST_SQUARE = 6.0
_MEDIAN_OF_SQUARE = 0.455
_LEAST_FACTOR = 0.2
_ANY_ANGLE = np.pi / np.sqrt(12.0)


def jitter(values: Array, side: Array) -> Array:
    """Frame-to-frame jitter (k,) of columns (T, k), a robust standard deviation in their unit; NaN where unknown.

    From second differences, to which a slow movement adds little. side (T,): as from ``view_of_frames``; frames of
    different stretches are not compared.
    """
    second = [_second_difference(values[first:stop]) for first, stop in stretches(side) if stop - first > 2]
    if not second:
        return np.full(values.shape[1], np.nan)
    joined = np.concatenate(second)
    del second
    return _MAD_TO_SD * _column_medians(np.abs(joined, out=joined)) / _SECOND_DIFFERENCE


def keypoint_errors(rise: Array, middle: Array, run: Array, side: Array) -> Array:
    """Standard deviation (8, 3) of one part of the constant errors, 1/128 of the height and rad; NaN unknown.

    rise, middle (T, 8): in 1/128 of the height, without their regular movement. run (T, 8): left beyond right.
    """
    heights, middles = (KEYPOINT_SHARE * jitter(values, side) for values in (rise, middle))
    return np.stack([heights, middles, _as_angles(heights, np.abs(_column_medians(run)))], axis=-1)


def mirror_errors(difference: NDArray[np.float32] | None, run: Array) -> Array:
    """The least standard deviation (8, 3) of one part of the constant errors, 1/128 of the height and rad; 0 unknown.

    difference (8, 2): as from ``mirror_difference``, None for poses that have none. run (T, 8): left beyond right.
    """
    if difference is None:
        return np.zeros(N_PAIRS_BY_METRICS)
    growing = difference.astype(np.float64) / USUAL_DIFFERENCES
    heights, middles = (PLACEMENT_ERRORS * np.sqrt((1.0 + growing**2) / 2)).T
    angles = _as_angles(heights, np.abs(_column_medians(run)))
    return np.stack([heights, middles, np.nan_to_num(angles)], axis=-1)


def smoothing_factor(spread: Array, expected: Array) -> float:
    """By how much the assumed sizes (8, 3) are too small for the spread of single strides (8, 3): 1 or more.

    The median over heights and midlines decides, as single strides of a limb truly differ.
    """
    stated = expected[:, :2]
    known = np.isfinite(spread[:, :2]) & np.isfinite(stated) & (stated > 0)
    return max(1.0, float(np.median(STRIDE_SHARE * spread[:, :2][known] / stated[known]))) if known.any() else 1.0


def disagreement_factor(half_difference: Array, sampling: Array, expected: Array) -> tuple[float, float]:
    """By how much the assumed size of the constant errors must be multiplied for the directions to disagree as they do.

    half_difference (8, 3): of front and back; sampling: its variance by the strides; expected: the assumed standard
    deviation. Heights and midlines count, 16 values; the assumption counts as much as ``_PRIOR_WEIGHT`` of them. The
    second number is the degrees of freedom of the first.
    """
    halves, by_strides, stated = half_difference[:, :2], sampling[:, :2], expected[:, :2]
    known = np.isfinite(halves) & np.isfinite(by_strides) & (stated > 0)
    if not known.any():
        return 1.0, KEYPOINT_FREEDOM
    squares = np.square(halves[known] / stated[known])
    limit = _LARGEST_SQUARE * np.median(squares) / _MEDIAN_OF_SQUARE
    excess = np.minimum(squares, limit) - by_strides[known] / np.square(stated[known])
    freedom = _PRIOR_WEIGHT + len(excess)
    square = (_PRIOR_WEIGHT + excess.sum()) / freedom
    return float(np.sqrt(max(square, _LEAST_FACTOR**2))), freedom


def _second_difference(values: Array) -> Array:
    return values[2:] - 2 * values[1:-1] + values[:-2]


def _as_angles(heights: Array, widths: Array) -> Array:
    """Errors in rad of lines of these widths whose ends are off by these heights; a line of no width has any angle."""
    angles = np.divide(heights, widths, out=np.full_like(heights, np.nan), where=widths > 0)
    return np.asarray(np.minimum(angles, _ANY_ANGLE))


def _column_medians(values: Array) -> Array:
    """Median of the known values of each column (T, k); NaN where a column has none."""
    known = np.isfinite(values)
    if known.all():
        return np.asarray(np.median(values, axis=0))
    medians = [np.median(column[own]) if own.any() else np.nan for column, own in zip(values.T, known.T, strict=True)]
    return np.array(medians)
