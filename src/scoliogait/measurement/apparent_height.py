"""How tall is the walker at a place of the picture? Before a camera that stands still, everybody has one answer.

The nearer somebody stands, the lower the feet are in the picture and the taller the body. So two passes are compared
where both have the feet at the same height of the picture: the ratio there is that of the statures, whatever the camera
is like (docs/studies/repeatability.md counts how often that tells people apart).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scoliogait.measurement.body import Array, Poses, height_px
from scoliogait.measurement.stride_windows import view_of_frames
from scoliogait.skeleton import JOINT

# Logarithm. Of 256 pairs of walks of captured people the largest is 0.024, in 99 of 100 it is below 0.020; of simulated
# people before one camera (seed 201) 99 of 100 are below 0.011.
MAX_DIFFERENCE = 0.03
_ANKLES = (JOINT["left_ankle"], JOINT["right_ankle"])
_MIN_FRAMES = 15
# The ends of a way are seen for a few frames only, often while turning.
_QUANTILES = (0.1, 0.9)


@dataclass(frozen=True)
class ApparentHeight:
    """A line: the body is ``height_px`` high where the feet are at ``feet_px``, and grows by ``slope`` below.

    reach: from where to where the feet were seen, px, y down.
    """

    height_px: float
    feet_px: float
    slope: float
    reach: tuple[float, float]

    def at(self, feet_px: float) -> float:
        """Height in px where the feet are at this place."""
        return self.height_px + self.slope * (feet_px - self.feet_px)


def apparent_height(poses: Poses) -> ApparentHeight | None:
    """Of poses (T, 17, 3); None where fewer than 15 clear frames show the body."""
    _, clear = view_of_frames(poses)
    heights = height_px(poses)
    usable = clear & (heights > 0)
    if usable.sum() < _MIN_FRAMES:
        return None
    # The lower foot stands.
    feet: Array = poses[usable][:, _ANKLES, 1].astype(np.float64).max(axis=1)
    low, high = np.quantile(feet, _QUANTILES).tolist()
    centred, seen = feet - feet.mean(), heights[usable]
    slope = float(centred @ seen / (centred @ centred)) if high > low else 0.0
    return ApparentHeight(float(seen.mean()), float(feet.mean()), slope, (low, high))


def difference_of_heights(first: ApparentHeight, second: ApparentHeight) -> float | None:
    """How much taller the first is than the second at one place, as a logarithm; None where no place is common."""
    low, high = max(first.reach[0], second.reach[0]), min(first.reach[1], second.reach[1])
    if low > high:
        return None
    one, other = (found.at((low + high) / 2) for found in (first, second))
    return float(np.log(one / other)) if min(one, other) > 0 else None
