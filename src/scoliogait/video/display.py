"""How a stored picture is turned, mirrored and stretched before people see it: the display matrix of a video track."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
# Of a matrix whose terms are 0 or +-1 once its scale is divided out.
_TOLERANCE = 1e-3


@dataclass(frozen=True)
class Display:
    """What to do with a stored picture: first quarter turns against the clock, then a mirror from left to right.

    oblique: the matrix asks for more (a turn by another angle, a shear, a perspective), which is not done. stretch: how
    many times as wide as high it makes a stored pixel, which is not done either.
    """

    quarter_turns: int = 0
    mirrored: bool = False
    oblique: bool = False
    stretch: float = 1.0

    def __call__(self, picture: Picture) -> Picture:
        """(H, W, 3) as stored to (H, W, 3) or (W, H, 3) as displayed; contiguous."""
        turned = np.rot90(picture, self.quarter_turns)
        return np.ascontiguousarray(turned[:, ::-1] if self.mirrored else turned)


def display_of(matrix: NDArray[np.integer] | None) -> Display:
    """From the nine numbers of a display matrix (ISO/IEC 14496-12: rows a b u, c d v, x y w, in 16.16 fixed point).

    A stored pixel (p, q) is shown at (a p + c q, b p + d q): x to the right, y down. None is a track without one.
    """
    if matrix is None:
        return Display()
    a, b, u, c, d, v = np.asarray(matrix, dtype=np.float64).ravel()[:6]
    across, down = np.hypot(a, b), np.hypot(c, d)
    if not (across > 0 and down > 0) or u or v:
        return Display(oblique=True)
    shown = np.array([[a / across, c / down], [b / across, d / down]])
    for quarter_turns in range(4):
        for mirrored in (False, True):
            if np.abs(_matrix(quarter_turns, mirrored) - shown).max() < _TOLERANCE:
                return Display(quarter_turns, mirrored, stretch=float(across / down))
    return Display(oblique=True)


def _matrix(quarter_turns: int, mirrored: bool) -> NDArray[np.float64]:
    """Of shown place by stored place; one quarter turn against the clock takes (p, q) to (q, -p)."""
    turn = np.linalg.matrix_power(np.array([[0.0, 1.0], [-1.0, 0.0]]), quarter_turns)
    return np.diag([-1.0, 1.0]) @ turn if mirrored else turn
