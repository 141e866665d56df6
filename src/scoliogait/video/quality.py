"""How well a picture shows a person: sharpness, light, contrast and noise, of the person and not of the scene.

All is measured on the square around the person, scaled to one size as for the pose network. So it does not depend on
the resolution: what counts is over how much of a body an edge is smeared, and not over how many pixels.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scoliogait.video.estimate import MARGIN, SIDE_PX, cut_square

# An edge is looked at twice, smoothed a little and twice as much: the wider it is, the less that changes it.
_FINE_PX, _COARSE_PX = 1.5, 3.0
# Near the body: its outline, so much wider, where its edges are. Nearer to the edge of the picture nothing is measured.
_NEAR_PX, _EDGE_PX = 9, 15
# A body of fewer pixels of the square is too little to measure.
_FEWEST_PX = 200
# Blur at which the body has no edge left, in percent of its height.
_NO_EDGE_PERCENT = 100.0
# Edges of limbs lie so near to each other that of a known blur so much was read: 0.6 to 0.8, drawn and filmed people.
_READ_SHARE = 0.7
# Of slopes that are 0 nothing can be lost: no blur is seen in a flat picture, which lacks contrast.
_FLAT = 1e6
N_VALUES = 4
NOT_LOOKED = np.full(N_VALUES, np.nan, dtype=np.float32)


@dataclass(frozen=True)
class PictureQuality:
    """blur_percent: over how much an edge is smeared in the direction of the most blur, as the standard deviation of a
    Gaussian in percent of the body's length. brightness: grey that half of the body is darker than, 0..255. contrast:
    standard deviation of the grey of the body and what is next to it. noise_share: of that, how much is grain.
    """

    blur_percent: float
    brightness: float
    contrast: float
    noise_share: float

    @classmethod
    def typical(cls, looks: NDArray[np.float32]) -> PictureQuality | None:
        """The medians of looks (N, 4) at one person; None without any."""
        known = looks[np.isfinite(looks).all(axis=1)]
        return cls(*np.median(known.astype(np.float64), axis=0).tolist()) if len(known) else None


def look_closely(
    rgb: NDArray[np.uint8], outline: NDArray[np.uint8], square_px: tuple[float, float, float]
) -> NDArray[np.float32]:
    """The values of ``PictureQuality`` (4,) of the person in a picture (H, W, 3); NaN where too little of them is seen.

    outline: uint8 (256, 256), 0 or 255, of the square ``square_px`` (left, top, side in px of the picture).
    """
    import cv2

    square = cut_square(rgb, *square_px)
    grey = cv2.cvtColor(square, cv2.COLOR_RGB2GRAY)
    inside = _inside(rgb.shape[:2], square_px)
    body = (outline > 0) & inside
    near = (cv2.dilate(outline, np.ones((_NEAR_PX, _NEAR_PX), np.uint8)) > 0) & inside
    if body.sum() < _FEWEST_PX:
        return NOT_LOOKED
    light = grey.astype(np.float32)
    contrast = float(light[near].std())
    noise = _noise(light, near) / contrast if contrast > 0 else 1.0
    return np.array([_blur_percent(light, near), np.median(grey[body]), contrast, noise], dtype=np.float32)


def _inside(size: tuple[int, ...], square_px: tuple[float, float, float]) -> NDArray[np.bool_]:
    """Which pixels of the square lie in the picture, and not at its edge."""
    left, top, side = square_px
    middles = (np.arange(SIDE_PX) + 0.5) * side / SIDE_PX
    edge = _EDGE_PX / 2 * side / SIDE_PX
    across, down = ((at >= edge) & (at <= n - edge) for at, n in ((middles + left, size[1]), (middles + top, size[0])))
    return down[:, None] & across[None]


def _blur_percent(light: NDArray[np.float32], near: NDArray[np.bool_]) -> float:
    """From how much smoothing takes from the slopes: those of an edge of width s go with 1 / s (their squares, summed).

    With smoothing by a and by b the widths are those of s and a, and of s and b, added in squares.
    """
    fine, coarse = (_slopes(light, near, px) for px in (_FINE_PX, _COARSE_PX))
    lost = np.divide(fine, coarse, out=np.full(4, _FLAT), where=coarse > 0) ** 2
    widths = [_NO_EDGE_PERCENT if ratio <= 1 else (_COARSE_PX**2 - ratio * _FINE_PX**2) / (ratio - 1) for ratio in lost]
    body_px = SIDE_PX / MARGIN
    return min(_NO_EDGE_PERCENT, 100 / body_px / _READ_SHARE * float(np.sqrt(max(0.0, *widths))))


def _slopes(light: NDArray[np.float32], near: NDArray[np.bool_], smooth_px: float) -> NDArray[np.float64]:
    """Mean squared slopes (4,) across, down and along both diagonals, of the smoothed square near the body."""
    import cv2

    smooth = cv2.GaussianBlur(light, (0, 0), smooth_px)
    x, y = (cv2.Sobel(smooth, cv2.CV_32F, dx, 1 - dx)[near].astype(np.float64) for dx in (1, 0))
    xx, yy, xy = (x * x).mean(), (y * y).mean(), (x * y).mean()
    return np.array([xx, yy, (xx + yy) / 2 + xy, (xx + yy) / 2 - xy])


def _noise(light: NDArray[np.float32], near: NDArray[np.bool_]) -> float:
    """Standard deviation of the grain, from what a plane and an edge do not have (Immerkaer, CVIU 64:300, 1996)."""
    import cv2

    kernel = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], dtype=np.float32)
    return float(np.sqrt(np.pi / 2) / 6 * np.abs(cv2.filter2D(light, cv2.CV_32F, kernel)[near]).mean())
