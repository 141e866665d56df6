"""What perspective adds to the values of an even body: a camera never stands exactly on the line of the way.

A pair that is carried in front of the body's axis, as eyes and wrists are, shifts sideways when the camera looks along
the way at a small angle; both directions shift it to the same side of the walker, so that it does not cancel. A pair
whose joints lie at different depths, as of a rotated trunk, gets a height difference from a camera above or below;
that turns round with the walker and cancels. The sizes are those of simulated walkers without keypoint errors, of seeds
that no study reports (``studies/measured_error.py``).
"""

from __future__ import annotations

import numpy as np

from scoliogait.measurement.body import Array
from scoliogait.skeleton import PAIR_NAMES

# Standard deviations in 1/128 of the body's height.
MIDLINE_SHIFT = {
    "eyes": 0.17,
    "ears": 0.07,
    "shoulders": 0.04,
    "elbows": 0.04,
    "wrists": 0.13,
    "hips": 0.03,
    "knees": 0.11,
    "ankles": 0.06,
}
TURNING_HEIGHT = {
    "eyes": 0.01,
    "ears": 0.03,
    "shoulders": 0.09,
    "elbows": 0.18,
    "wrists": 0.35,
    "hips": 0.09,
    "knees": 0.22,
    "ankles": 0.55,
}
_MIDLINES = np.array([MIDLINE_SHIFT[name] for name in PAIR_NAMES])
_HEIGHTS = np.array([TURNING_HEIGHT[name] for name in PAIR_NAMES])


def perspective_errors(turning: Array, widths: Array) -> Array:
    """Standard deviations (8, 3), 1/128 of the height and rad.

    turning (8, 3): share of what turns round with the walker, 0 where two directions cancel it, 1 for one direction.
    widths (8,): of the pairs as seen, 1/128 of the height.
    """
    heights = _HEIGHTS * turning[:, 0]
    angles = np.divide(heights, widths, out=np.zeros_like(heights), where=widths > 0)
    return np.stack([heights, _MIDLINES, angles], axis=-1)
