"""Tracks are cut where one person hides another: who comes out on which side is then a guess.

A detector of pictures gives one box for two bodies of which one hides the other, and the pose in it jumps from one to
the other. The follower sees one body that goes on and one that is away for a moment, both without a jump.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scoliogait.io.bodies import Array, centres_px
from scoliogait.io.follow import LONGEST_GAP_FRAMES, Tracks
from scoliogait.io.neighbours import nearest_at
from scoliogait.io.people import Indices
from scoliogait.measurement.body_size import sizes_px

# In body heights. Who is last seen so near another one, and seen again as near to them, was hidden by them meanwhile.
# A detector that looks at every sixth picture loses who is hidden up to three pictures before.
_NEAR = 0.75
# So many frames before and after, or it is a ghost.
_FEWEST_FRAMES = 5
# Two who stay on their sides of each other by this much, and whose motion would keep them there, do not cross.
_BESIDE = 0.15
# Motion before somebody is lost is that of so many frames.
_MOTION_FRAMES = 8


@dataclass(frozen=True, eq=False)
class _Beside:
    """Where somebody is lost or found beside another one: rows of the one and of the other, (P,) and (P,)."""

    row: Indices
    other: Indices


def cut_where_one_hides(tracks: Tracks) -> Tracks:
    """The same detections; tracks of those who hid or were hidden end before, begin after, and may continue each other.

    What was seen meanwhile of the one in front is a track of its own. Who is seen in a few frames only is a ghost of
    the detector and hides behind nobody.
    """
    frame, track = tracks.people.frame, tracks.track
    if not len(frame):
        return tracks
    after, before = _neighbours_in_track(track)
    gap_after = (after < 0) | (frame[after] - frame > 1)
    gap_before = (before < 0) | (frame - frame[before] > 1)
    size = sizes_px(tracks.people.poses)
    centre = centres_px(tracks.people.poses, size)
    x = centre[:, 0]
    is_lost = gap_after & _goes_on(before, frame) & (frame < frame.max())
    is_found = gap_before & _goes_on(after, frame) & (frame > frame.min())
    lost, found = (_beside(np.flatnonzero(rows), tracks, centre, size) for rows in (is_lost, is_found))
    cuts: set[int] = set()
    ties: list[tuple[int, int]] = []
    for end, hider in zip(lost.row.tolist(), lost.other.tolist(), strict=True):
        gap = frame[found.row] - frame[end]
        same_hider = track[found.other] == track[hider]
        apart_px = x[end] - x[hider]
        speed = _speed(x, frame, before, end) - _speed(x, frame, before, hider)
        for event in np.flatnonzero(same_hider & (gap > 1) & (gap <= LONGEST_GAP_FRAMES)).tolist():
            start, hider_then = int(found.row[event]), int(found.other[event])
            between = np.array([apart_px, apart_px + speed * gap[event], x[start] - x[hider_then]])
            if (np.sign(apart_px) * between >= _BESIDE * size[hider]).all():
                continue
            cuts |= {start, int(after[hider]), hider_then}
            ties += [(one, other) for one in (end, hider) for other in (start, hider_then)]
    return _cut(tracks, cuts, ties) if cuts else tracks


def _neighbours_in_track(track: Indices) -> tuple[Indices, Indices]:
    """Next and previous row of the same track, -1 where there is none; rows come in the order of time."""
    order = np.argsort(track, kind="stable")
    same = track[order][1:] == track[order][:-1]
    after, before = np.full(len(track), -1), np.full(len(track), -1)
    after[order[:-1][same]] = order[1:][same]
    before[order[1:][same]] = order[:-1][same]
    return after, before


def _speed(x: Array, frame: Indices, before: Indices, row: int) -> float:
    """Px a frame to the right, of the last frames up to a row of its track; 0 for a single one."""
    rows = [row]
    while len(rows) < _MOTION_FRAMES and before[rows[-1]] >= 0:
        rows.append(int(before[rows[-1]]))
    return float(np.polyfit(frame[rows], x[rows], 1)[0]) if len(rows) > 1 else 0.0


def _goes_on(neighbour: Indices, frame: Indices) -> NDArray[np.bool_]:
    """Whether each row has enough neighbours in its track on that side, none far away."""
    rows = np.arange(len(frame))
    for _ in range(_FEWEST_FRAMES - 1):
        rows = np.where(rows >= 0, neighbour[rows], -1)
    return (rows >= 0) & (np.abs(frame[rows] - frame[np.arange(len(frame))]) < LONGEST_GAP_FRAMES)


def _beside(rows: Indices, tracks: Tracks, centre: Array, size: Array) -> _Beside:
    """These rows with everybody else of their frame who is near."""
    frame = tracks.people.frame
    if not len(rows):
        return _Beside(rows, rows)
    a, other = nearest_at(centre[rows], frame[rows], centre, frame)
    row = rows[a]
    distance = np.linalg.norm(centre[row] - centre[other], axis=1)
    near: NDArray[np.bool_] = distance <= _NEAR * np.fmax(size[row], size[other])
    near &= tracks.track[row] != tracks.track[other]
    return _Beside(row[near], other[near])


def _cut(tracks: Tracks, cuts: set[int], ties: list[tuple[int, int]]) -> Tracks:
    """Tracks that begin again at the rows ``cuts``; ties: pairs of rows, the end and the start of what may be one."""
    begins = np.zeros(len(tracks.track), dtype=np.int64)
    begins[sorted(cuts)] = 1
    order = np.argsort(tracks.track, kind="stable")
    begins[order[np.flatnonzero(np.diff(tracks.track[order], prepend=-1))]] = 1
    piece = np.empty(len(order), dtype=np.int64)
    piece[order] = np.cumsum(begins[order]) - 1
    kept = _as_pieces(tracks, piece)
    pairs = np.array(sorted(set(ties)), dtype=np.int64).reshape(-1, 2)
    return Tracks(tracks.people, piece, int(piece.max()) + 1, np.concatenate([kept, piece[pairs]]))


def _as_pieces(tracks: Tracks, piece: Indices) -> Indices:
    """Ties between whole tracks as ties between the last piece of the first and the first piece of the second."""
    last, first = np.zeros(tracks.n_tracks, np.int64), np.full(tracks.n_tracks, np.iinfo(np.int64).max)
    np.maximum.at(last, tracks.track, piece)
    np.minimum.at(first, tracks.track, piece)
    if not len(tracks.continued):
        return np.empty((0, 2), np.int64)
    return np.column_stack([last[tracks.continued[:, 0]], first[tracks.continued[:, 1]]])
