"""Do these numbers look like a standing, walking or sitting person whose joints carry the right names?

Judged over all poses of a recording together, by medians, in units of the trunk (middle of the shoulders to middle of
the hips). The limits lie far outside of what people show in any view, noise and missing joints included (measured in
``docs/studies/layouts.md``), so what breaks one is another order of joints or other axes, and not an unusual walk.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

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


@dataclass(frozen=True)
class Judgement:
    """How many poses showed a body, and what is wrong with them, a few words each; no fault means plausible."""

    n_poses: int
    faults: tuple[str, ...]


def judge_poses(poses: Poses) -> Judgement:
    """Look at COCO-17 poses (N, 17, 3) of a recording, of all its frames and people. Confidence 0 means missing."""
    chosen = np.unique(np.linspace(0, len(poses) - 1, min(len(poses), _MOST_POSES)).astype(np.int64))
    xy = _certain(np.asarray(poses[chosen], dtype=np.float64))
    unit = _unit(xy)
    usable = unit > 0
    if not usable.any():
        return Judgement(0, ())
    return Judgement(int(usable.sum()), tuple(_faults(xy[usable] / unit[usable, None, None])))


def extent_px(poses: Poses) -> float:
    """Longer side of the box around a person, of the largest people of a recording (N, J, 3); NaN without a pose."""
    seen = (poses[..., 2] > 0)[..., None]
    box = np.where(seen, poses[..., :2], -np.inf).max(axis=1) - np.where(seen, poses[..., :2], np.inf).min(axis=1)
    sides = box.max(axis=1)[seen.any(axis=(1, 2))]
    return float(np.quantile(sides, 0.95)) if len(sides) else float("nan")


def are_pixels(poses: Poses) -> bool:
    """Whether the people (N, J, 3) are large enough for coordinates in pixels; metres and shares of 1 are not."""
    return not extent_px(poses) < _MIN_EXTENT_PX


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
    first, second, *_ = (list(column) for column in zip(*_SEGMENTS, strict=True))
    ratios = np.linalg.norm(xy[:, first] - xy[:, second], axis=2) / _USUAL
    n_seen = np.isfinite(ratios).sum(axis=1)
    middle = np.sort(ratios, axis=1)[np.arange(len(xy)), n_seen // 2]  # NaN stand last
    known = np.linalg.norm(trunk, axis=1)
    return np.where(np.isfinite(known), known, np.where(n_seen >= _MIN_SEGMENTS, middle, np.nan))


def _faults(xy: Array) -> Iterator[str]:
    yield from _too_long(xy)
    for first, second, least, words in _BELOW:
        if _median(xy[:, second, 1] - xy[:, first, 1]) < least:
            yield words
    for left, right, words in _LEVEL:
        if abs(_median(xy[:, left, 1] - xy[:, right, 1])) > _MOST_UNEVEN:
            yield words
    yield from _crossed(xy)


def _too_long(xy: Array) -> Iterator[str]:
    for first, second, longest, words in (*_SEGMENTS, *_WIDTHS):
        if _median(np.linalg.norm(xy[:, first] - xy[:, second], axis=1)) > longest:
            yield words


def _crossed(xy: Array) -> Iterator[str]:
    width = xy[:, _SHOULDERS[0], 0] - xy[:, _SHOULDERS[1], 0]
    if not _median(np.abs(width)) > _FRONTAL_WIDTH:
        return
    for left, right, words in _SAME_SIDE:
        if _median((xy[:, left, 0] - xy[:, right, 0]) * np.sign(width)) < _CROSSED:
            yield words


def _median(values: Array) -> float:
    """Median of what is known; NaN, which breaks no limit, when that is too little."""
    known = values[np.isfinite(values)]
    least = max(min(MIN_POSES, len(values)), _LEAST_SHARE * len(values))
    return float(np.median(known)) if len(known) >= least else float("nan")
