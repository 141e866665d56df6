"""Places by which a program marks joints as missing, such as 9999, 9999 or the corner of the picture.

Different joints of a moving body do not stand at exactly the same place time after time, far from the others. A place
where they do is a mark.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.floating]

# Distances from the middle of the joints, in median distances of the joints from it. The ankles and the head of a whole
# body are 2 to 3 away. At _OUTSIDE few joints make a mark; from _FAR on a third of all has to stand there.
_FAR, _OUTSIDE = 2.5, 6.0
_LEAST_TIMES = 5
_LEAST_JOINTS, _LEAST_SHARE = 2, 1 / 3
# At most so confident, each time: the program itself says that it saw nothing there, and one joint is enough.
_UNSEEN = 0.1
# Poses that are measured together: as many as a processor keeps near.
_AT_ONCE = 512


def marked_places(points: NDArray[np.floating]) -> list[NDArray[np.floating]]:
    """Places (2,) that are marks and no joints, in points (..., J, 3) = x, y, confidence whose missing joints are 0, 0.

    A mark stands five times or more in all, for two joints or more; for one, where its confidence is 0.1 or less each
    time. Higher confidences say nothing about it: programs write marks with any.
    """
    xy = points[..., :2].reshape(-1, points.shape[-2], 2)
    far = [_far(xy[start : start + _AT_ONCE]) for start in range(0, len(xy), _AT_ONCE)]
    if not far:
        return []
    pose, joint, x, y, distance = (np.concatenate(column) for column in zip(*far, strict=True))
    pose += np.repeat(np.arange(len(far)) * _AT_ONCE, [len(columns[0]) for columns in far])
    confidence = points[..., 2].reshape(-1, points.shape[-2])[pose, joint]
    marks = []
    for there in _repeated(x, y):
        least = _LEAST_JOINTS if np.median(distance[there]) > _OUTSIDE else _LEAST_SHARE * xy.shape[1]
        if np.count_nonzero(np.bincount(joint[there])) >= least or (confidence[there] <= _UNSEEN).all():
            marks.append(np.array([x[there[0]], y[there[0]]]))
    return marks


def _far(xy: Values) -> tuple[NDArray[np.int64], NDArray[np.int64], Values, Values, Values]:
    """Of these poses (P, J, 2) the joints far from the middle: pose, joint, x, y, distance; (F,) each."""
    x, y = (np.ascontiguousarray(xy[..., axis]) for axis in (0, 1))
    distance = _distance_from_middle(x, y)
    far = np.flatnonzero(distance > _FAR)
    return *np.divmod(far, x.shape[1]), x.ravel()[far], y.ravel()[far], distance.ravel()[far]


def _repeated(x: Values, y: Values) -> Iterator[NDArray[np.int64]]:
    """Where each place stands that comes five times or more, in the order of x, then y."""
    order = np.lexsort((y, x))
    changes = (np.diff(x[order]) != 0) | (np.diff(y[order]) != 0)
    edges = np.concatenate([[0], np.flatnonzero(changes) + 1, [len(order)]])
    for place in np.flatnonzero(np.diff(edges) >= _LEAST_TIMES):
        yield order[edges[place] : edges[place + 1]]


def _distance_from_middle(x: Values, y: Values) -> Values:
    """Of each joint (P, J) from the median place of its pose, in median distances (P, J); 0 for a missing joint."""
    seen = (x != 0) | (y != 0)
    n_seen = seen.sum(axis=1)
    dx, dy = (values - _medians(values, seen, n_seen)[:, None] for values in (x, y))
    with np.errstate(over="ignore"):  # a mark such as 3e38 is infinitely far
        distance = np.sqrt(dx * dx + dy * dy)
    usual = _medians(distance, seen, n_seen)[:, None]
    return np.where(seen & (usual > 0), distance / np.where(usual > 0, usual, 1), 0)


def _medians(values: Values, seen: NDArray[np.bool_], n_seen: NDArray[np.int64]) -> Values:
    """Of each pose (P, J) the median over its seen joints (P,), the upper of two middle ones; 0 for none."""
    ordered = np.sort(np.where(seen, values, np.inf), axis=1)
    middle = np.minimum(n_seen // 2, values.shape[1] - 1)
    medians = ordered[np.arange(len(ordered)), middle]
    return np.where(np.isfinite(medians), medians, 0)
