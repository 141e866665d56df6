"""Joints and outline of one person in one picture: BlazePose on their square, plain and mirrored, averaged.

The network prefers a side: it tilts hips by degrees, to one side in one picture and to the other in another. The mean
of a picture and its mirror image has no side to prefer; half of the difference says how large the preference was.

Layout of the network (BlazePose full): RGB 0..1, 256 x 256; 39 landmarks x 5 (x, y in px of the square, depth, logits
of visibility and presence); logit of a person; logits of the outline 256 x 256; heatmaps 64 x 64 x 39.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scoliogait.skeleton import MIRROR
from scoliogait.video.networks import BLAZEPOSE, Engine, Network, load_network

SIDE_PX = 256
# The square is this much larger than the longer side of the box.
MARGIN = 1.3
_N_VALUES = 5
_HEAT_PX = 64
_WINDOW = 3  # places on each side of the one nearest to the landmark
_SURE_PEAK = 0.5
# Probability of a person below which a box holds none.
MIN_PRESENCE = 0.5
# The landmark of each joint, in the order of ``JOINT_NAMES``.
_JOINTS = [0, 2, 5, 7, 8, 11, 12, 13, 14, 15, 16, 23, 24, 25, 26, 27, 28]

Array = NDArray[np.float32]
_NO_OUTLINE = np.zeros((SIDE_PX, SIDE_PX), dtype=np.uint8)


@dataclass(frozen=True, eq=False)
class Estimate:
    """One person in one picture.

    pose: float32 (17, 3) = x px, y px of the picture, confidence. side_px: float32 (17, 2), half of the difference
    between the plain and the mirrored run in px. outline: uint8 (256, 256), 0 or 255, of the square ``square_px``
    (left, top, side in px of the picture).
    """

    pose: Array
    side_px: Array
    outline: NDArray[np.uint8]
    square_px: tuple[float, float, float]

    @classmethod
    def of_joints(
        cls, pose: Array, side_px: Array | None = None, square_px: tuple[float, float, float] = (0.0, 0.0, 1.0)
    ) -> Estimate:
        """Without an outline; ``side_px`` None is no difference, as where nobody knows one."""
        sides = np.zeros((len(pose), 2), dtype=np.float32) if side_px is None else side_px
        return cls(pose, sides, _NO_OUTLINE, square_px)


class Estimator:
    """Estimates poses of people in pictures. ``engine`` as for ``load_network``."""

    def __init__(self, engine: Engine | None = None, threads: int = 1) -> None:
        self._network: Network = load_network(BLAZEPOSE, engine, threads)

    def __call__(self, rgb: NDArray[np.uint8], box: NDArray[np.float64]) -> Estimate | None:
        """The person in a box (left, top, right, bottom in px) of a picture (H, W, 3); None where it holds nobody.

        A person is one in the picture and in its mirror image; where the first run says no, the second is spared.
        """
        left, top, side = square_of(box)
        square = cut_square(rgb, left, top, side)
        plain = self._run(square)
        twin = self._run(square[:, ::-1]) if plain.presence >= MIN_PRESENCE else plain
        if twin.presence < MIN_PRESENCE:
            return None
        joints = twin.joints[list(MIRROR)] * [-1, 1, 1] + [SIDE_PX, 0, 0]
        difference = (plain.joints[:, :2] - joints[:, :2]) / 2
        middle = (plain.joints + joints) / 2
        scale = side / SIDE_PX
        place = middle[:, :2] * scale + [left, top]
        confidence = np.minimum(plain.joints[:, 2], joints[:, 2])
        outline = np.where(plain.outline + twin.outline[:, ::-1] > 0, 255, 0).astype(np.uint8)
        return Estimate(
            np.column_stack([place, confidence]).astype(np.float32),
            (difference * scale).astype(np.float32),
            outline,
            (left, top, side),
        )

    def _run(self, square: NDArray[np.uint8]) -> _Run:
        picture = np.ascontiguousarray(square, dtype=np.float32)[None] / np.float32(255)
        landmarks, presence, outline, heat = self._network(picture)
        values = landmarks.reshape(-1, _N_VALUES)[_JOINTS].astype(np.float64)
        places = _refined(values[:, :2], heat[0][..., _JOINTS])
        joints = np.column_stack([places, _sigmoid(values[:, 3])])
        return _Run(joints, outline[0, ..., 0].astype(np.float64), float(presence.ravel()[0]))


@dataclass(frozen=True, eq=False)
class _Run:
    joints: NDArray[np.float64]
    outline: NDArray[np.float64]
    presence: float


def square_of(box: NDArray[np.float64]) -> tuple[float, float, float]:
    """Left, top and side of the square around a box."""
    left, top, right, bottom = box.tolist()
    side = MARGIN * max(right - left, bottom - top, 1.0)
    return (left + right - side) / 2, (top + bottom - side) / 2, side


def cut_square(rgb: NDArray[np.uint8], left: float, top: float, side: float) -> NDArray[np.uint8]:
    """The square, scaled to what the network takes; black outside of the picture."""
    return cut_part(rgb, (left, top, side, side), (SIDE_PX, SIDE_PX))


def cut_part(
    rgb: NDArray[np.uint8], part: tuple[float, float, float, float], size_px: tuple[int, int]
) -> NDArray[np.uint8]:
    """A part (left, top, width, height) of a picture, scaled to ``size_px`` (width, height); black outside of it."""
    import cv2

    left, top, wide, high = part
    # The middle of a pixel lies half a pixel from its edge, here and there.
    x, y = wide / size_px[0], high / size_px[1]
    to_picture = np.array([[x, 0, left + x / 2 - 0.5], [0, y, top + y / 2 - 0.5]])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    picture: NDArray[np.uint8] = cv2.warpAffine(rgb, to_picture, size_px, flags=flags)  # type: ignore[assignment]
    return picture


def _refined(places: NDArray[np.float64], heat: NDArray[np.float32]) -> NDArray[np.float64]:
    """Each landmark moved to the middle of the heat around it, where the heat is sure.

    places: (J, 2) px of the square. heat: (64, 64, J) logits; place (i, j) stands for the corner (4 j, 4 i) of the
    square, as the network was trained.
    """
    per_place = SIDE_PX / _HEAT_PX
    refined = places.copy()
    for joint, (x, y) in enumerate(places / per_place):
        column, row = int(np.floor(x)), int(np.floor(y))
        if not (0 <= column < _HEAT_PX and 0 <= row < _HEAT_PX):
            continue
        rows = np.arange(max(0, row - _WINDOW), min(_HEAT_PX, row + _WINDOW + 1))
        columns = np.arange(max(0, column - _WINDOW), min(_HEAT_PX, column + _WINDOW + 1))
        weight = _sigmoid(heat[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1, joint].astype(np.float64))
        if weight.max() >= _SURE_PEAK:
            middle = np.array([weight.sum(axis=0) @ columns, weight.sum(axis=1) @ rows]) / weight.sum()
            refined[joint] = middle * per_place
    return refined


def _sigmoid(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return 1 / (1 + np.exp(-np.clip(values, -60, 60)))
