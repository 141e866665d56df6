"""Do these numbers look like a standing, walking or sitting person whose joints carry the right names?

Judged over all poses of a recording together, by medians, in units of the trunk (middle of the shoulders to middle of
the hips). The limits lie far outside of what people show in any view, noise and missing joints included (measured in
``docs/studies/layouts.md``), so what breaks one is another order of joints or other axes, and not an unusual walk.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scoliogait.skeleton import JOINT

Array = NDArray[np.float64]
Poses = NDArray[np.floating]

# Fewer poses that show a body are too little to call a recording implausible.
MIN_POSES = 5
# Segments that say how large a body is when its trunk is not seen.
_MIN_SEGMENTS = 4
# What is seen in a smaller share of the poses is more likely an error of the estimator than a part of the body.
_LEAST_SHARE = 0.1
# Evenly spread over a recording; more change no median.
_MOST_POSES = 1_000
# Joints far less certain than the others are guesses, such as feet below the edge of the picture.
_GUESS_SHARE = 0.5
# Everybody's whole body, in px: below this the numbers are metres or shares of the picture.
_MIN_EXTENT_PX = 5.0

_SHOULDERS, _HIPS = ((JOINT[f"left_{part}"], JOINT[f"right_{part}"]) for part in ("shoulder", "hip"))
# How long the segment on either side usually appears, and the longest that it may, in trunk lengths.
_LENGTHS = {
    ("nose", "eye"): (0.10, 0.35),
    ("nose", "ear"): (0.15, 0.45),
    ("eye", "ear"): (0.10, 0.4),
    ("ear", "shoulder"): (0.42, 0.85),
    ("nose", "shoulder"): (0.47, 1.0),
    ("shoulder", "elbow"): (0.57, 0.85),
    ("elbow", "wrist"): (0.43, 0.85),
    ("hip", "knee"): (0.66, 1.1),
    ("knee", "ankle"): (0.72, 1.25),
}
_SEGMENTS = tuple(
    (JOINT[a if a == "nose" else f"{side}_{a}"], JOINT[f"{side}_{b}"], longest, f"{side} {b} far from the {a}")
    for side in ("left", "right")
    for (a, b), (_, longest) in _LENGTHS.items()
)
_USUAL = np.array([usual for usual, _ in _LENGTHS.values()] * 2)
# How far the second must be below the first at least, as a share of the trunk; people sit, so knees may be at the hips.
_BELOW = tuple(
    (
        JOINT[a.format(side)],
        JOINT[b.format(side)],
        least,
        f"{b.format(side)} above the {a.format(side)}".replace("_", " "),
    )
    for side in ("left", "right")
    for a, b, least in (
        ("nose", "{}_shoulder", 0.03),
        ("{}_ear", "{}_shoulder", 0.03),
        ("{}_eye", "{}_shoulder", 0.03),
        ("{}_shoulder", "{}_hip", 0.5),
        ("{}_hip", "{}_knee", -0.25),
        ("{}_hip", "{}_ankle", 0.1),
        ("{}_knee", "{}_ankle", 0.0),
    )
)
# Widest distance of left and right partners, in trunk lengths.
_WIDEST = {"eye": 0.35, "ear": 0.6, "shoulder": 1.3, "hip": 0.65}
_WIDTHS = tuple((JOINT[f"left_{p}"], JOINT[f"right_{p}"], widest, f"{p}s far apart") for p, widest in _WIDEST.items())
# From the front or back these partners lie on the same sides as the shoulders do.
_SAME_SIDE = tuple((JOINT[f"left_{p}"], JOINT[f"right_{p}"], f"{p}s exchanged") for p in ("elbow", "hip", "knee"))
_FRONTAL_WIDTH = 0.55
_CROSSED = -0.12
# And left and right stand about as high as each other, within this share of the trunk.
_LEVEL = tuple((JOINT[f"left_{p}"], JOINT[f"right_{p}"], f"{p}s not level") for p in ("eye", "ear", "shoulder", "hip"))
_MOST_UNEVEN = 0.45
_DISTANCES = (*_SEGMENTS, *_WIDTHS)


def _column(rows: Sequence[tuple[Any, ...]], side: int) -> list[int]:
    return [int(row[side]) for row in rows]


# The same pairs as columns, so that all medians of a recording are taken together.
_FIRST, _SECOND = _column(_DISTANCES, 0), _column(_DISTANCES, 1)
_UPPER, _LOWER = _column(_BELOW, 0), _column(_BELOW, 1)
_LEVEL_LEFT, _LEVEL_RIGHT = _column(_LEVEL, 0), _column(_LEVEL, 1)
_SAME_LEFT, _SAME_RIGHT = _column(_SAME_SIDE, 0), _column(_SAME_SIDE, 1)
_PARTS_OF_MEDIANS = np.cumsum([len(_DISTANCES), len(_BELOW), len(_LEVEL), 1])


@dataclass(frozen=True)
class Judgement:
    """How many poses showed a body, and what is wrong with them, a few words each; no fault means plausible."""

    n_poses: int
    faults: tuple[str, ...]


def judge_poses(poses: Poses) -> Judgement:
    """Look at COCO-17 poses (N, 17, 3) of a recording, of all its frames and people. Confidence 0 means missing."""
    xy = _certain(np.asarray(_evenly(poses), dtype=np.float64))
    unit = _unit(xy)
    usable = unit > 0
    if not usable.any():
        return Judgement(0, ())
    return Judgement(int(usable.sum()), tuple(_faults(xy[usable] / unit[usable, None, None])))


def extent_px(poses: Poses) -> float:
    """Longer side of the box around a person, of the largest people of a recording (N, J, 3); NaN without a pose."""
    sides = _longer_sides(poses)
    return float(np.quantile(sides, 0.95)) if len(sides) else float("nan")


def are_pixels(poses: Poses) -> bool:
    """Whether the people (N, J, 3) are large enough for coordinates in pixels; metres and shares of 1 are not."""
    if (_longer_sides(poses) >= _MIN_EXTENT_PX).all():
        return True
    return not extent_px(poses) < _MIN_EXTENT_PX


def _longer_sides(poses: Poses) -> NDArray[np.floating]:
    """Of the box around each person who is seen, of (N, J, 3)."""
    x, y, confidence = np.ascontiguousarray(poses.T)  # (J, N): frames side by side are compared at once
    seen = confidence > 0
    spans = [np.where(seen, a, -np.inf).max(axis=0) - np.where(seen, a, np.inf).min(axis=0) for a in (x, y)]
    return np.maximum(*spans)[seen.any(axis=0)]


def _evenly(poses: Poses) -> Poses:
    """At most so many poses, evenly spread over all."""
    if len(poses) <= _MOST_POSES:
        return poses
    return poses[np.unique(np.linspace(0, len(poses) - 1, _MOST_POSES).astype(np.int64))]


def _certain(poses: Array) -> Array:
    """Coordinates (N, 17, 2), NaN where a joint is missing or a guess."""
    confidence = poses[..., 2]
    seen = confidence > 0
    if seen.any():
        seen &= confidence >= _GUESS_SHARE * np.median(confidence[seen])
    return np.where(seen[..., None], poses[..., :2], np.nan)


def _unit(xy: Array) -> Array:
    """Trunk length of each pose (N,); where a shoulder or hip is missing, what the segments that are seen say."""
    trunk = (xy[:, _HIPS, :].sum(axis=1) - xy[:, _SHOULDERS, :].sum(axis=1)) / 2
    known = np.linalg.norm(trunk, axis=1)
    unknown = ~np.isfinite(known)
    known[unknown] = _unit_of_segments(xy[unknown])
    return known


def _unit_of_segments(xy: Array) -> Array:
    """Trunk length of each pose (N,) by the segments that are seen; NaN where they are too few."""
    first, second, *_ = (list(column) for column in zip(*_SEGMENTS, strict=True))
    ratios = np.linalg.norm(xy[:, first] - xy[:, second], axis=2) / _USUAL
    n_seen = np.isfinite(ratios).sum(axis=1)
    middle = np.sort(ratios, axis=1)[np.arange(len(xy)), n_seen // 2]  # NaN stand last
    return np.where(n_seen >= _MIN_SEGMENTS, middle, np.nan)


def _faults(xy: Array) -> Iterator[str]:
    """What breaks a limit; NaN, of what too few poses show, breaks none."""
    lengths = np.linalg.norm(xy[:, _FIRST] - xy[:, _SECOND], axis=2)
    below = xy[:, _LOWER, 1] - xy[:, _UPPER, 1]
    level = xy[:, _LEVEL_LEFT, 1] - xy[:, _LEVEL_RIGHT, 1]
    width = xy[:, _SHOULDERS[0], 0] - xy[:, _SHOULDERS[1], 0]
    same_side = (xy[:, _SAME_LEFT, 0] - xy[:, _SAME_RIGHT, 0]) * np.sign(width)[:, None]
    medians = _medians(np.column_stack([lengths, below, level, np.abs(width), same_side]))
    long, low, uneven, frontal, crossed = np.split(medians, _PARTS_OF_MEDIANS)
    yield from (words for value, (_, _, most, words) in zip(long, _DISTANCES, strict=True) if value > most)
    yield from (words for value, (_, _, least, words) in zip(low, _BELOW, strict=True) if value < least)
    yield from (words for value, (_, _, words) in zip(uneven, _LEVEL, strict=True) if abs(value) > _MOST_UNEVEN)
    if frontal[0] > _FRONTAL_WIDTH:
        yield from (words for value, (_, _, words) in zip(crossed, _SAME_SIDE, strict=True) if value < _CROSSED)


def _medians(values: Array) -> Array:
    """Median of what is known of each column (N, K); NaN where that is too little."""
    ordered = np.sort(values, axis=0)  # NaN stand last
    n_known = np.isfinite(values).sum(axis=0)
    columns = np.arange(values.shape[1])
    middle = (
        ordered[np.maximum(n_known - 1, 0) // 2, columns] + ordered[np.minimum(n_known // 2, len(values) - 1), columns]
    ) / 2
    least = max(min(MIN_POSES, len(values)), _LEAST_SHARE * len(values))
    return np.where(n_known >= least, middle, np.nan)
