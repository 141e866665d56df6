"""Where people are in a picture: NanoDet on the picture and on its mirror image, so that no side is preferred.

Layout of the network (NanoDet-g 416): BGR, standardised, 416 x 416 with the picture in its middle; per place of three
grids (strides 8, 16, 32) the logit of a person and, for each of the four sides of a box, a distribution over 0 to 10
strides. The grey around the picture is a third of the work and no waste: without it boxes move by 2 % of a person's
height, and some people are lost.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scoliogait.assignment import best_assignment
from scoliogait.video.networks import NANODET, Engine, Network, load_network

SIDE_PX = 416
STRIDES = (8, 16, 32)
_N_BINS = 11
_GREY = 114
_MEAN = np.array([103.53, 116.28, 123.675], dtype=np.float32)
_SCALE = np.array([57.375, 57.12, 58.395], dtype=np.float32)
# Of each channel what a byte becomes, (3, 256).
_STANDARDISED = (np.arange(256, dtype=np.float32) - _MEAN[:, None]) / _SCALE[:, None]
# A box counts as somebody new from the first score on, and from the second one where somebody was before; only the best
# of boxes that overlap by more than this share stays.
SURE_SCORE, MIN_SCORE = 0.35, 0.2
MAX_OVERLAP = 0.5
# Boxes of the picture and of its mirror image, or of two looks, are one person's where they overlap by this share.
_SAME = 0.5

Boxes = NDArray[np.float64]
Array = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Detections:
    """boxes: float64 (P, 4) = left, top, right, bottom in px of the picture; scores: (P,), 0.2 to 1, falling."""

    boxes: Boxes
    scores: NDArray[np.float64]

    def sure(self, before: Boxes) -> Boxes:
        """Boxes of a high score, and those of any score that go on with one of the boxes (B, 4) of a look before."""
        goes_on = (overlaps(self.boxes, before) >= _SAME).any(axis=1)
        return self.boxes[(self.scores >= SURE_SCORE) | goes_on]


class Detector:
    """Finds people in pictures. ``engine`` as for ``load_network``."""

    def __init__(self, engine: Engine | None = None, threads: int = 1) -> None:
        self._network: Network = load_network(NANODET, engine, threads)

    def __call__(self, rgb: NDArray[np.uint8]) -> Detections:
        """People of a picture (H, W, 3); equal for its mirror image, mirrored, but for rounding of the network."""
        framed, scale, left, top = _letterbox(rgb)
        plain = _suppressed(self._found(framed))
        twin = _suppressed(self._found(framed[..., ::-1]))
        mirrored = twin.boxes[:, [2, 1, 0, 3]] * [-1, 1, -1, 1] + [SIDE_PX, 0, SIDE_PX, 0]
        both = _joined(plain, Detections(mirrored, twin.scores))
        return Detections((both.boxes - [left, top, left, top]) / scale, both.scores)

    def _found(self, framed: Array) -> Detections:
        grids = self._network(np.ascontiguousarray(framed))
        found = [_boxes(grid[0], stride) for grid, stride in zip(grids, STRIDES, strict=True)]
        return Detections(np.concatenate([f.boxes for f in found]), np.concatenate([f.scores for f in found]))


def _letterbox(rgb: NDArray[np.uint8]) -> tuple[Array, float, int, int]:
    """The picture in the middle of a grey square as the network takes it; its scale and the place of its corner."""
    import cv2

    height, width = rgb.shape[:2]
    scale = SIDE_PX / max(height, width)
    # An even rest: the picture lies in the middle to the pixel, as its mirror image does.
    w, h = (max(2, 2 * round(side * scale / 2)) for side in (width, height))
    resized = cv2.resize(rgb, (w, h), interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    left, top = (SIDE_PX - w) // 2, (SIDE_PX - h) // 2
    square = np.full((SIDE_PX, SIDE_PX, 3), _GREY, dtype=np.uint8)
    square[top : top + h, left : left + w] = resized
    framed = np.stack([_STANDARDISED[channel][square[..., 2 - channel]] for channel in range(3)])
    return framed[None], scale, left, top


def _boxes(grid: Array, stride: int) -> Detections:
    """People at the places of one grid (1 + 4 * 11, H, W)."""
    person = 1 / (1 + np.exp(-grid[0].astype(np.float64)))
    rows, columns = np.nonzero(person >= MIN_SCORE)
    centre = np.stack([columns, rows], axis=1) * stride + 0.5 * (stride - 1)
    sides = grid[1:, rows, columns].T.reshape(-1, 4, _N_BINS)
    weights = np.exp(sides.astype(np.float64))
    reach = (weights * np.arange(_N_BINS)).sum(axis=-1) / weights.sum(axis=-1) * stride
    boxes = np.concatenate([centre - reach[:, :2], centre + reach[:, 2:]], axis=1)
    return Detections(boxes, person[rows, columns])


def _suppressed(found: Detections) -> Detections:
    """Of boxes that overlap only the one of the highest score, the best first."""
    order = np.argsort(-found.scores, kind="stable")
    hidden = np.zeros(len(order), dtype=bool)
    kept: list[int] = []
    for row in order.tolist():
        if not hidden[row]:
            kept.append(row)
            hidden |= overlaps(found.boxes[[row]], found.boxes)[0] > MAX_OVERLAP
    return Detections(found.boxes[kept], found.scores[kept])


def _joined(one: Detections, other: Detections) -> Detections:
    """Means of the boxes that both hold, and those that only one of them holds."""
    a, b = matched(overlaps(one.boxes, other.boxes), _SAME)
    rest_a, rest_b = (np.setdiff1d(np.arange(len(d.scores)), rows) for d, rows in ((one, a), (other, b)))
    boxes = [(one.boxes[a] + other.boxes[b]) / 2, one.boxes[rest_a], other.boxes[rest_b]]
    scores = [np.fmax(one.scores[a], other.scores[b]), one.scores[rest_a], other.scores[rest_b]]
    return _suppressed(Detections(np.concatenate(boxes), np.concatenate(scores)))


def matched(shared: NDArray[np.float64], least: float) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Rows and columns (P,) of overlaps (A, B) that are one person's, each taken once so that most is shared in all.

    Only pairs that share ``least`` or more are given.
    """
    rows, columns = (np.flatnonzero(shared.any(axis=axis)) for axis in (1, 0))  # who shares nothing is in no pair
    a, b = best_assignment(shared[np.ix_(rows, columns)])
    a, b = rows[a], columns[b]
    same = shared[a, b] >= least
    return a[same], b[same]


def overlaps(a: Boxes, b: Boxes) -> NDArray[np.float64]:
    """Shared area over joint area, (A, B), of boxes (A, 4) and (B, 4)."""
    low = np.maximum(a[:, None, :2], b[None, :, :2])
    high = np.minimum(a[:, None, 2:], b[None, :, 2:])
    shared = np.prod(np.clip(high - low, 0, None), axis=-1)
    area_a, area_b = (np.prod(np.clip(box[:, 2:] - box[:, :2], 0, None), axis=-1) for box in (a, b))
    joint = area_a[:, None] + area_b[None] - shared
    return np.divide(shared, joint, out=np.zeros_like(shared), where=joint > 0)
