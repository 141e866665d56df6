"""Are left and right exchanged in the whole recording? Only the way a person walks can tell.

A skeleton with its sides exchanged looks like a person seen from the other side, so no single pose shows it. But who is
seen from the front comes nearer and grows in the picture, and who is seen from the back goes away and shrinks. Where
that is the other way round, the person walks backwards or left and right are exchanged. On a treadmill, from the side
and on the spot nothing can be said.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from scoliogait.measurement.body import prolonged
from scoliogait.skeleton import JOINT

_SHOULDERS, _HIPS = (slice(JOINT[f"left_{part}"], JOINT[f"right_{part}"] + 1) for part in ("shoulder", "hip"))
# Shoulder width over trunk length from which a pose is seen from the front or the back.
_FRONTAL_WIDTH = 0.4
# Frames that a running mean goes over.
_SMOOTH = 9
# Growth against the view, as logarithm of the size; and how many times more of it than of growth with the view.
_LEAST_AGAINST = 0.15
_MOST_WITH = 1 / 3


def doubts_about_sides(poses: NDArray[np.floating]) -> tuple[str, ...]:
    """A sentence when somebody (T, 17, 3) grows while seen from the back or shrinks while seen from the front."""
    with_view, against = growth_with_and_against_the_view(poses)
    if against < _LEAST_AGAINST or with_view > _MOST_WITH * against:
        return ()
    return (
        "The person grows in the picture while seen from behind, or shrinks while seen from the front: they walk "
        "backwards, or left and right are exchanged.",
    )


def growth_with_and_against_the_view(poses: NDArray[np.floating]) -> tuple[float, float]:
    """Sum of the changes of the logarithm of the trunk's length that fit the side a person is seen from; and of others.

    A walk from 8 m to 4 m away seen from the front gives about (0.7, 0). (0, 0) with fewer frames than are smoothed.
    """
    seen = (poses[:, _SHOULDERS, 2] > 0).all(axis=1) & (poses[:, _HIPS, 2] > 0).all(axis=1)
    shoulders, hips = (poses[seen, pair, :2].astype(np.float64) for pair in (_SHOULDERS, _HIPS))
    trunk_px = np.linalg.norm(shoulders.mean(axis=1) - hips.mean(axis=1), axis=1)
    shoulders, trunk_px = shoulders[trunk_px > 0], trunk_px[trunk_px > 0]
    if len(shoulders) < _SMOOTH:
        return 0.0, 0.0
    left, right = shoulders[..., 0].T
    width = _smooth((left - right) / trunk_px)[1:]
    growth = np.diff(_smooth(np.log(trunk_px))) * np.where(np.abs(width) > _FRONTAL_WIDTH, np.sign(width), 0.0)
    return float(growth[growth > 0].sum()), float(-growth[growth < 0].sum())


def _smooth(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.convolve(prolonged(values, _SMOOTH // 2), np.full(_SMOOTH, 1 / _SMOOTH), mode="valid")
