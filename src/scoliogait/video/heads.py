"""Where the heads of everybody seen in a video are, so that their faces can be hidden.

Of a person with joints: around the joints of the head, wide enough for hair and chin; where these are guesses, or no
joints are known, the top part of the box too. Whoever had joints and is missed for a moment is hidden where they were
last seen, and where they are seen next.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scoliogait.measurement.body import MIN_CONFIDENCE, TRUNK_JOINTS
from scoliogait.skeleton import FACE_JOINTS, JOINT
from scoliogait.video.detect import Boxes, matched, overlaps
from scoliogait.video.watch import Seen

# Who is not found for a while stays hidden for so long, on a place so much larger.
HOLD_S = 0.6
_HOLD_MARGIN = 1.5
# Boxes of neighbouring pictures are one person's where they overlap by this share.
_SAME = 0.2
# Heights of a head, chin to crown, in other lengths as they are seen; the largest counts, what is turned away is short.
_PER_BOX_HEIGHT = 0.12
_PER_EARS = 1.4
_PER_SHOULDERS = 0.65
_PER_TRUNK = 0.46
# So far from the middle of the head, in its heights, all is hidden: hair, chin and a wrong joint or two lie inside.
_REACH = 0.7
_BEYOND_FACE = 0.4
# Of a box whose head is not known: the top, as a share of its height (a whole body) or width (one cut off below).
_TOP_PER_HEIGHT = 0.22
_TOP_PER_WIDTH = 0.6
_TOP_MARGIN = 0.08

_EARS = [JOINT["left_ear"], JOINT["right_ear"]]

Pose = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class _Missed:
    """Somebody who is not found just now: their box and head when they last were, and when that was."""

    box: NDArray[np.float64]
    head: Boxes
    time_s: float


def heads_of(seen: Seen) -> list[Boxes]:
    """For each picture the places to hide, float64 (H, 4) = left, top, right, bottom in px; they may reach outside."""
    found = [_found(seen, frame) for frame in range(len(seen.times_s))]
    earlier = list(_missed(seen, found, range(len(found))))
    later = list(_missed(seen, found, range(len(found) - 1, -1, -1)))[::-1]
    return [
        np.concatenate([np.empty((0, 4)), *(head for _, head in people), *before, *after])
        for people, before, after in zip(found, earlier, later, strict=True)
    ]


def _found(seen: Seen, frame: int) -> list[tuple[NDArray[np.float64], Boxes]]:
    """Everybody in a picture: their box, and the places (1 or 2, 4) where their head is."""
    posed = zip(seen.boxes_px[frame], seen.poses[frame], strict=True)
    return [
        *((box, head_of(pose, box)) for box, pose in posed),
        *((box, top_of(box)[None]) for box in seen.jointless_px[frame]),
    ]


def head_of(pose: Pose, box: NDArray[np.float64]) -> Boxes:
    """Places (1 or 2, 4) to hide of one person: around the joints of the head, and the top of the box in doubt."""
    face = pose[list(FACE_JOINTS)]
    known = face[face[:, 2] > 0]
    if not len(known):
        return top_of(box)[None]
    head_px = _head_height_px(pose, box)
    ears = pose[_EARS]
    places = known[:, :2].astype(np.float64)
    # Seen from the side the ear is the middle of the head, and the face lies before it.
    middle = ears[:, :2].astype(np.float64).mean(axis=0) if (ears[:, 2] > 0).all() else places.mean(axis=0)
    low = np.minimum(middle - _REACH * head_px, places.min(axis=0) - _BEYOND_FACE * head_px)
    high = np.maximum(middle + _REACH * head_px, places.max(axis=0) + _BEYOND_FACE * head_px)
    around = np.concatenate([low, high])
    is_sure = (known[:, 2] >= MIN_CONFIDENCE).any() and _inside(middle, box)
    return around[None] if is_sure else np.stack([around, top_of(box)])


def top_of(box: NDArray[np.float64]) -> NDArray[np.float64]:
    """The part of a box (4,) in which a head is."""
    left, top, right, bottom = box.tolist()
    width, height = right - left, bottom - top
    margin = _TOP_MARGIN * height
    low = top + min(height, max(_TOP_PER_HEIGHT * height, _TOP_PER_WIDTH * width))
    return np.array([left - margin, top - margin, right + margin, low])


def _head_height_px(pose: Pose, box: NDArray[np.float64]) -> float:
    place = pose[:, :2].astype(np.float64)
    left_shoulder, right_shoulder, left_hip, right_hip = (place[joint] for joint in TRUNK_JOINTS)
    trunk = (left_shoulder + right_shoulder - left_hip - right_hip) / 2
    lengths = [
        _PER_BOX_HEIGHT * (box[3] - box[1]),
        _PER_EARS * _length(np.subtract(*place[_EARS])),
        _PER_SHOULDERS * _length(left_shoulder - right_shoulder),
        _PER_TRUNK * _length(trunk),
    ]
    return float(max(lengths))


def _length(vector: NDArray[np.float64]) -> float:
    return float(np.hypot(*vector))


def _inside(place: NDArray[np.floating], box: NDArray[np.float64]) -> bool:
    """Whether a place lies in the upper half of a box, or a little above it."""
    left, top, right, bottom = box.tolist()
    margin = _TOP_MARGIN * (bottom - top)
    return bool(left - margin <= place[0] <= right + margin and top - margin <= place[1] <= (top + bottom) / 2)


def _missed(
    seen: Seen, found: list[list[tuple[NDArray[np.float64], Boxes]]], frames: Iterable[int]
) -> Iterator[list[Boxes]]:
    """Going through the pictures one way: the heads of those who were there a moment ago, and are not found now."""
    missed: list[_Missed] = []
    for frame in frames:
        now = seen.times_s[frame]
        missed = [one for one in missed if abs(now - one.time_s) <= HOLD_S]
        again = _again(missed, [box for box, _ in found[frame]])
        gone = [one for row, one in enumerate(missed) if row not in again]
        yield [_larger(one.head) for one in gone]
        # A box without joints that nobody was in before is rarely a person, and hides others while it lasts.
        n_posed, known = len(seen.poses[frame]), set(again.values())
        people = [one for row, one in enumerate(found[frame]) if row < n_posed or row in known]
        missed = [*gone, *(_Missed(box, head, now) for box, head in people)]


def _again(missed: list[_Missed], boxes: list[NDArray[np.float64]]) -> dict[int, int]:
    """Which of the missed are found again, and in which box; each box is one person's."""
    if not missed or not boxes:
        return {}
    shared = overlaps(np.stack([one.box for one in missed]), np.stack(boxes))
    a, b = matched(shared, _SAME)
    return dict(zip(a.tolist(), b.tolist(), strict=True))


def _larger(heads: Boxes) -> Boxes:
    middle = (heads[:, :2] + heads[:, 2:]) / 2
    half = _HOLD_MARGIN * (heads[:, 2:] - heads[:, :2]) / 2
    return np.concatenate([middle - half, middle + half], axis=1)
