"""Joints and outline of one person in one picture: BlazePose on their square, plain and mirrored, averaged.

The network prefers a side: it tilts hips by degrees, to one side in one picture and to the other in another. The mean
of a picture and its mirror image has no side to prefer; half of the difference says how large the preference was.

BlazePose full comes in two parts, as many boxes hold nobody. The first one takes a square, RGB 0..255, 1 x 256 x 256 x
3, and gives 39 landmarks x 5 (x, y in px of the square, depth, logits of visibility and presence), the probability of a
person, and what it hands on. The second one makes of two squares, plain and mirrored, the logits of both outlines 1 x 2
x 256 x 256 and the heatmaps of the joints 2 x 17 x 64 x 64.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scoliogait.skeleton import MIRROR
from scoliogait.video.networks import BLAZEPOSE, BLAZEPOSE_MAPS, Engine, Network, load_network

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
        self._maps: Network = load_network(BLAZEPOSE_MAPS, engine, threads)

    def __call__(self, rgb: NDArray[np.uint8], box: NDArray[np.float64]) -> Estimate | None:
        """The person in a box (left, top, right, bottom in px) of a picture (H, W, 3); None where it holds nobody.

        A person is one in the picture and in its mirror image.
        """
        left, top, side = square_of(box)
        square = cut_square(rgb, left, top, side)
        runs: list[list[Array]] = []
        for picture in (square, square[:, ::-1]):  # the second one only where the first one shows somebody
            runs.append(self._network(picture[None].astype(np.float32, order="C")))
            if runs[-1][1].item() < MIN_PRESENCE:
                return None
        landmarks, _, *kept = (np.concatenate(both) for both in zip(*runs, strict=True))
        outlines, heat = self._maps(*kept)
        plain, twin = _joints(landmarks, heat)
        twin = twin[list(MIRROR)] * [-1, 1, 1] + [SIDE_PX, 0, 0]
        difference = (plain[:, :2] - twin[:, :2]) / 2
        scale = side / SIDE_PX
        place = (plain[:, :2] + twin[:, :2]) / 2 * scale + [left, top]
        confidence = np.minimum(plain[:, 2], twin[:, 2])
        inside = outlines[0, 0] + outlines[0, 1, :, ::-1] > 0
        return Estimate(
            np.column_stack([place, confidence]).astype(np.float32),
            (difference * scale).astype(np.float32),
            inside.astype(np.uint8) * np.uint8(255),
            (left, top, side),
        )


def _joints(landmarks: Array, heat: Array) -> NDArray[np.float64]:
    """x and y in px of the square and confidence of the joints in both pictures, (2, 17, 3)."""
    values = landmarks.reshape(2, -1, _N_VALUES)[:, _JOINTS].astype(np.float64)
    places = _refined(values[..., :2].reshape(-1, 2), heat.reshape(-1, _HEAT_PX, _HEAT_PX)).reshape(2, -1, 2)
    return np.concatenate([places, _sigmoid(values[..., 3:4])], axis=-1)


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


def _refined(places: NDArray[np.float64], heat: Array) -> NDArray[np.float64]:
    """Each landmark moved to the middle of the heat around it, where the heat is sure.

    places: (J, 2) px of the square. heat: (J, 64, 64) logits; place (i, j) stands for the corner (4 j, 4 i) of the
    square, as the network was trained. The window lies around the landmark itself, and heat on its edge counts by the
    share that is inside: a landmark that moves by a thousandth of a pixel is moved by as little, and left is as right.
    """
    at = places / (SIDE_PX / _HEAT_PX)
    around = np.floor(at).astype(int)[:, :, None] + np.arange(-_WINDOW, _WINDOW + 2)  # (J, 2, 8): columns, rows
    share = (_WINDOW + 1 - np.abs(around - at[:, :, None])).clip(0, 1) * ((around >= 0) & (around < _HEAT_PX))
    columns, rows = around.clip(0, _HEAT_PX - 1).transpose(1, 0, 2)
    joints = np.arange(len(places))[:, None, None]
    weight = _sigmoid(heat[joints, rows[:, :, None], columns[:, None, :]].astype(np.float64))
    weight *= share[:, 1, :, None] * share[:, 0, None, :]
    sure = (weight.max(axis=(1, 2)) >= _SURE_PEAK) & ((at >= 0) & (at < _HEAT_PX)).all(axis=1)
    middle = np.stack(
        [(weight.sum(axis=axis) * place).sum(axis=1) for axis, place in ((1, columns), (2, rows))], axis=1
    )
    total = weight.sum(axis=(1, 2))[:, None]
    return np.where(sure[:, None], middle / np.where(total > 0, total, 1) * (SIDE_PX / _HEAT_PX), places)


def _sigmoid(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return 1 / (1 + np.exp(-np.clip(values, -60, 60)))
