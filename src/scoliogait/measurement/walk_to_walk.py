"""How much the posture of one person differs from walk to walk, beyond every error of measurement.

From the captured walks that the package carries: 41 walks of the 5 healthy adults who walked more than once (36 degrees
of freedom), measured without a camera in between (docs/studies/repeatability.md). Few people, one laboratory: an order
of size, without which two passes of one person would look like a change. Heads were measured as one rigid part, so
eyes and ears share their angle.
"""

from __future__ import annotations

import numpy as np

from scoliogait.skeleton import PAIR_NAMES

# Standard deviations: height difference and midline offset in % of the body's height, tilt in degrees.
WALK_TO_WALK = {
    "eyes": (0.07, 0.27, 0.94),
    "ears": (0.16, 0.12, 0.94),
    "shoulders": (0.17, 0.10, 0.39),
    "elbows": (0.21, 0.12, 0.38),
    "wrists": (0.29, 0.12, 0.53),
    "hips": (0.10, 0.08, 0.45),
    "knees": (0.17, 0.12, 1.04),
    "ankles": (0.41, 0.07, 3.35),
}
WALK_TO_WALK_TABLE = np.array([WALK_TO_WALK[name] for name in PAIR_NAMES])
