"""How far the network follows a joint from picture to picture, within each pass of rendered walkers.

Heights of left above right move with every step, far more than people are uneven. A network that does not follow them
does not look at the joint itself, whatever the posture.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from scoliogait.measurement.body import FIGURE_HEIGHT, Array, seen
from scoliogait.measurement.camera_roll import level
from scoliogait.skeleton import ANKLE_JOINTS, FACE_JOINTS, LEFT_OF_PAIRS, PAIR_NAMES, RIGHT_OF_PAIRS
from studies.filmed_truth import Filmed

HIPS, KNEES, ANKLES = (PAIR_NAMES.index(name) for name in ("hips", "knees", "ankles"))
# Pictures that show the whole walker; a pass with fewer is left out.
_FEWEST = 20


def followed(walkers: Sequence[Filmed]) -> dict[str, dict[str, float]]:
    """By pair, heights about their mean of the pass, 1/128 of the body's height.

    "true", "seen": standard deviations. "slope" of the seen on the true ones, and their "correlation".
    """
    true, marked = movements(walkers)
    rows = {}
    for row, pair in enumerate(PAIR_NAMES):
        x, y = true[:, row], marked[:, row]
        rows[pair] = {
            "true": float(x.std()),
            "seen": float(y.std()),
            "slope": float(x @ y / (x @ x)),
            "correlation": float(np.corrcoef(x, y)[0, 1]),
        }
    return rows


def knees_between(walkers: Sequence[Filmed]) -> dict[str, float]:
    """Least squares of the seen heights of knees on the seen ones of hips and ankles and the true ones of knees.

    Each by its coefficient; "explained": the share of the variance by hips and ankles as seen alone.
    """
    true, marked = movements(walkers)
    knees, others = marked[:, KNEES], marked[:, [HIPS, ANKLES]]
    rest = knees - others @ np.linalg.lstsq(others, knees, rcond=None)[0]
    with_truth = np.column_stack([others, true[:, KNEES]])
    hips, ankles, truth = np.linalg.lstsq(with_truth, knees, rcond=None)[0].tolist()
    return {
        "hips as seen": hips,
        "ankles as seen": ankles,
        "knees as they are": truth,
        "explained": float(1.0 - rest @ rest / (knees @ knees)),
    }


def movements(walkers: Sequence[Filmed]) -> tuple[Array, Array]:
    """True and seen heights (pictures, 8) of left above right about their mean of the pass, 1/128 of the height."""
    true, marked = [], []
    for filmed in walkers:
        roll = float(np.deg2rad(filmed.walker.camera.roll_deg))
        for one in filmed.passes:
            whole = seen(one.poses).all(axis=1)
            if whole.sum() >= _FEWEST:
                true.append(_rise(one.pixels[whole], roll))
                marked.append(_rise(one.poses[whole], roll))
    return np.concatenate(true), np.concatenate(marked)


def _rise(joints: NDArray[np.floating], roll: float) -> Array:
    """Heights (T, 8) of the joints (T, 17, 2 or 3) in the picture, about their mean."""
    y = level(joints, roll)[..., 1]
    height_px = np.median(y[:, ANKLE_JOINTS].max(axis=1) - y[:, FACE_JOINTS].min(axis=1))
    rise = (y[:, RIGHT_OF_PAIRS] - y[:, LEFT_OF_PAIRS]) * FIGURE_HEIGHT / height_px
    return np.asarray(rise - rise.mean(axis=0))
