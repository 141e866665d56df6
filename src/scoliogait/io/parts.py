"""One person whom the detector wrote twice: as two parts, or as two copies. Both are put together again.

Two parts share no joint, or only joints at the same place, and both point to the same standing figure. What belongs
to one person then reaches the follower as one row, and no half of a body can be given to another person.
"""

from __future__ import annotations

from functools import partial

import numpy as np
from numpy.typing import NDArray

from scoliogait.io.bodies import Array, centres_px
from scoliogait.io.neighbours import nearest_at, pair_by_pair
from scoliogait.io.people import Indices, People, Poses
from scoliogait.measurement.body_size import sizes_px, visible

# In body heights. The centre that legs alone point to moves by about 0.1 within a step.
_CENTRES_APART = 0.25
_SHARED_JOINTS_APART = 0.06
_COPIES_APART = 0.03
_SIZE_RATIO = 1.6
_COPY_SIZE_RATIO = 1.1
# More joints than this are a whole body, which is no part of another.
_MOST_JOINTS_OF_A_PART = 13
# Parts overlap by this share of the smaller one at most, copies by this share at least.
_PARTS_OVERLAP = 0.4
_COPIES_OVERLAP = 0.8
_MOST_PARTS = 4


def join_parts(people: People) -> People:
    """The same people with parts and copies of one body joined; a joint in both comes from the surer one."""
    for _ in range(_MOST_PARTS - 1):
        first, second = _same_body(people)
        if not len(first):
            break
        poses = people.poses.copy()
        poses[first] = _united(poses[first], poses[second])
        people = People(poses, people.frame, people.n_frames).only(_without(len(people), second))
    return people


def _same_body(people: People) -> tuple[Indices, Indices]:
    """Rows to keep and rows to put into them, each row once; the nearest pairs come first."""
    size = sizes_px(people.poses)
    centre = centres_px(people.poses, size)
    a, b = nearest_at(centre, people.frame, centre, people.frame)
    a, b = a[a < b], b[a < b]
    seen = visible(people.poses)
    n_shared, n_a, n_b = (seen[a] & seen[b]).sum(axis=1), seen[a].sum(axis=1), seen[b].sum(axis=1)
    n_less = np.minimum(n_a, n_b)
    unit = np.fmax(size[a], size[b])
    apart = pair_by_pair(partial(_apart_px, people.poses, seen), a, b) / unit
    between_centres = np.linalg.norm(centre[a] - centre[b], axis=1) / unit
    ratio = np.nan_to_num(np.exp(np.abs(np.log(size[a] / size[b]))), nan=1.0)
    are_parts = (
        (np.maximum(n_a, n_b) <= _MOST_JOINTS_OF_A_PART)
        & (n_shared <= _PARTS_OVERLAP * n_less)
        & (apart <= _SHARED_JOINTS_APART)
        & (between_centres <= _CENTRES_APART)
        & (ratio <= _SIZE_RATIO)
    )
    are_copies = (n_shared >= _COPIES_OVERLAP * n_less) & (apart <= _COPIES_APART) & (ratio <= _COPY_SIZE_RATIO)
    hits = np.flatnonzero(are_parts | are_copies)
    hits = hits[np.argsort(between_centres[hits], kind="stable")]
    return _each_once(a[hits], b[hits], n_a[hits] >= n_b[hits])


def _apart_px(poses: Poses, seen: NDArray[np.bool_], a: Indices, b: Indices) -> Array:
    """Mean distance of the joints that both show; 0 where there is none."""
    shared = seen[a] & seen[b]
    distance = np.linalg.norm(poses[a, :, :2].astype(np.float64) - poses[b, :, :2], axis=2)
    return np.where(shared, distance, 0).sum(axis=1) / np.maximum(shared.sum(axis=1), 1)


def _each_once(a: Indices, b: Indices, a_is_larger: NDArray[np.bool_]) -> tuple[Indices, Indices]:
    used: set[int] = set()
    pairs: list[tuple[int, int]] = []
    for i, j, keep_i in zip(a.tolist(), b.tolist(), a_is_larger.tolist(), strict=True):
        if i in used or j in used:
            continue
        used |= {i, j}
        pairs.append((i, j) if keep_i else (j, i))
    kept = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    return kept[:, 0], kept[:, 1]


def _united(larger: Poses, smaller: Poses) -> Poses:
    surer = smaller[..., 2] > larger[..., 2]
    return np.where(surer[..., None], smaller, larger)


def _without(n: int, rows: Indices) -> NDArray[np.bool_]:
    kept = np.ones(n, dtype=bool)
    kept[rows] = False
    return kept
