"""Places by which a program marks joints as missing, such as 9999, 9999 or the corner of the picture.

Different joints of a moving body do not stand at exactly the same place time after time, far from the others. A place
where they do is a mark.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

# Distances from the middle of the joints, in median distances of the joints from it. The ankles and the head of a whole
# body are 2 to 3 away. At _OUTSIDE few joints make a mark; from _FAR on a third of all has to stand there.
_FAR, _OUTSIDE = 2.5, 6.0
_LEAST_TIMES = 5
_LEAST_JOINTS, _LEAST_SHARE = 2, 1 / 3


def marked_places(points: NDArray[np.floating]) -> list[NDArray[np.floating]]:
    """Places (2,) that are marks and no joints, in points (..., J, 3) = x, y, confidence whose missing joints are 0, 0.

    A mark stands five times or more in all, for two joints or more. Confidences say nothing about it.
    """
    xy = points[..., :2].reshape(-1, points.shape[-2], 2)
    distance = _distance_from_middle(xy)
    far = distance > _FAR
    joints, distance = np.nonzero(far)[1], distance[far]
    places, which, times = np.unique(xy[far], axis=0, return_inverse=True, return_counts=True)
    marks = []
    for index in np.flatnonzero(times >= _LEAST_TIMES):
        there = which.ravel() == index
        least = _LEAST_JOINTS if np.median(distance[there]) > _OUTSIDE else _LEAST_SHARE * xy.shape[1]
        if len(np.unique(joints[there])) >= least:
            marks.append(places[index])
    return marks


def _distance_from_middle(xy: NDArray[np.floating]) -> NDArray[np.floating]:
    """Of each joint (P, J, 2) from the median place of its pose, in median distances (P, J); 0 for a missing joint."""
    seen = (xy != 0).any(axis=-1)
    distance = np.linalg.norm(xy - _medians(xy, seen)[:, None], axis=-1)
    usual = _medians(distance[..., None], seen)
    return np.where(seen & (usual > 0), distance / np.where(usual > 0, usual, 1), 0)


def _medians(values: NDArray[np.floating], seen: NDArray[np.bool_]) -> NDArray[np.floating]:
    """Of each pose (P, J, K) the median over its seen joints (P, K), the upper of two middle ones; 0 for none."""
    ordered = np.sort(np.where(seen[..., None], values, np.inf), axis=1)
    middle = np.minimum(seen.sum(axis=1) // 2, values.shape[1] - 1)
    medians = np.take_along_axis(ordered, middle[:, None, None], axis=1)[:, 0]
    return np.where(np.isfinite(medians), medians, 0)
