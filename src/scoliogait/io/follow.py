"""Who is who from frame to frame: detections in, tracks of single people out.

Pieces of track grow by links that are sure: each the other's best, and every other possibility at least 100 times less
likely. What is left, such as people who cross, is decided jointly (Hungarian assignment) over the motion, size and
proportions before and after; where that is not sure either, the tracks end. Nothing depends on the direction of time.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scoliogait.io.bodies import Array
from scoliogait.io.join_pieces import choose_jointly
from scoliogait.io.link_cost import (
    SURE,
    UNLINKED,
    Bodies,
    deviations,
    link_costs,
    look_back,
    measure_bodies,
    usual_step,
)
from scoliogait.io.neighbours import nearest_at, nearest_later
from scoliogait.io.parts import join_parts
from scoliogait.io.people import Indices, People

# A person unseen for longer is not taken for the same one when they are seen again.
LONGEST_GAP_FRAMES = 45
_ROUNDS = 6
_STEP_SAMPLE = 2_000
_AT_ONCE = 20_000
# A change of person shows in the log size over so many frames on both sides.
_CHANGE_FRAMES, _CHANGE = 8, 0.2


@dataclass(frozen=True, eq=False)
class Tracks:
    """Detections with the track each one belongs to.

    people: the detections, parts of one person joined. track (N,): 0 to ``n_tracks`` - 1.
    continued (P, 2): tracks of which the second may be the first one's continuation, but not for sure.
    """

    people: People
    track: Indices
    n_tracks: int
    continued: Indices


def follow(people: People) -> Tracks:
    """Tracks of a recording. Every detection has one, a stray one a track of its own."""
    bodies = measure_bodies(join_parts(people))
    links = _Links(bodies)
    links.connect_next_frames()
    links.connect_across_gaps()
    links.cut_changes()
    links.connect_across_gaps()
    links.connect_jointly()
    track, n_tracks = links.numbered()
    return Tracks(bodies.people, track, n_tracks, track[links.open_pairs()])


class _Links:
    """``after[row]`` and ``before[row]``: the same person's next and previous detection, -1 where unknown."""

    def __init__(self, bodies: Bodies) -> None:
        self.bodies = bodies
        n = len(bodies.people)
        self.after: Indices = np.full(n, -1, dtype=np.int64)
        self.before: Indices = np.full(n, -1, dtype=np.int64)
        self.step = 0.0
        self.doubtful: list[Indices] = []

    def connect_next_frames(self) -> None:
        """Sure links between neighbouring frames; the motion of the pieces is taken into account as they grow."""
        frame, centre = self.bodies.people.frame, self.bodies.centre_px
        for _ in range(_ROUNDS):
            ends, starts = np.flatnonzero(self.after < 0), np.flatnonzero(self.before < 0)
            a, b = nearest_at(centre[ends], frame[ends] + 1, centre[starts], frame[starts])
            if not self._connect(ends, starts, a, b):
                break

    def connect_across_gaps(self) -> None:
        """Sure links over missing frames; all gaps compete."""
        for _ in range(_ROUNDS):
            if not self._connect(*self._candidates()):
                break

    def cut_changes(self) -> None:
        """Undo links that looked sure when little was known, and lead to another body or another way after all."""
        linked = np.flatnonzero(self.after >= 0)
        for rows in np.array_split(linked, max(1, len(linked) // _AT_ONCE)):
            pair = np.arange(len(rows))
            ends = look_back(self.bodies, rows, self.before)
            starts = look_back(self.bodies, self.after[rows], self.after)
            costs = link_costs(self.bodies, ends, starts, pair, pair, self.step)
            known = np.minimum(ends.n, starts.n) >= _CHANGE_FRAMES
            wrong = known & ((costs.cost > UNLINKED - SURE) | (np.abs(costs.change) > _CHANGE))
            self._cut(rows[wrong])

    def connect_jointly(self) -> None:
        """Decide what is left as a whole; pairs that stay possible without being sure are remembered."""
        ends, starts, a, b = self._candidates()
        cost, sure_step = self._costs(ends, starts, a, b)
        chosen, doubtful = choose_jointly(a, b, cost)
        doubtful |= chosen & ~sure_step
        chosen &= sure_step
        self._link(ends[a[chosen]], starts[b[chosen]])
        self.doubtful.append(np.column_stack([ends[a[doubtful]], starts[b[doubtful]]]))

    def open_pairs(self) -> Indices:
        """Pairs of detections (P, 2), the end and the start of tracks, that may be one person but not for sure."""
        pairs = np.concatenate([np.empty((0, 2), dtype=np.int64), *self.doubtful])
        return pairs[(self.after[pairs[:, 0]] < 0) & (self.before[pairs[:, 1]] < 0)]

    def numbered(self) -> tuple[Indices, int]:
        """The track of each detection; tracks are numbered by their first detection."""
        root = np.where(self.before >= 0, self.before, np.arange(len(self.before)))
        while (root[root] != root).any():
            root = root[root]
        first, track = np.unique(root, return_inverse=True)
        return track.astype(np.int64), len(first)

    def _candidates(self) -> tuple[Indices, Indices, Indices, Indices]:
        frame, centre, size = self.bodies.people.frame, self.bodies.centre_px, self.bodies.size_px
        ends, starts = np.flatnonzero(self.after < 0), np.flatnonzero(self.before < 0)
        px_per_frame = 0.02 * float(np.nanmedian(size)) if np.isfinite(size).any() else 1.0
        a, b = nearest_later(centre[ends], frame[ends], centre[starts], frame[starts], LONGEST_GAP_FRAMES, px_per_frame)
        return ends, starts, a, b

    def _connect(self, ends: Indices, starts: Indices, a: Indices, b: Indices) -> int:
        cost, sure_step = self._costs(ends, starts, a, b)
        chosen = sure_pairs(a, b, cost) & sure_step
        self._link(ends[a[chosen]], starts[b[chosen]])
        return int(chosen.sum())

    def _costs(self, ends: Indices, starts: Indices, a: Indices, b: Indices) -> tuple[Array, NDArray[np.bool_]]:
        leading = look_back(self.bodies, ends, self.before)
        following = look_back(self.bodies, starts, self.after)
        self._learn_step()
        if not self.step:
            deviation = deviations(self.bodies, leading, following, a, b)
            step = usual_step(deviation[nearest_pairs(a, b, deviation)])
        else:
            step = self.step
        costs = link_costs(self.bodies, leading, following, a, b, step)
        return costs.cost, costs.sure_step

    def _learn_step(self) -> None:
        """The usual deviation of what is already linked, seen from the motion before and after."""
        rows = np.flatnonzero(self.after >= 0)
        if not len(rows):
            return
        rows = rows[:: max(1, len(rows) // _STEP_SAMPLE)]
        ends = look_back(self.bodies, rows, self.before)
        starts = look_back(self.bodies, self.after[rows], self.after)
        pair = np.arange(len(rows))
        self.step = usual_step(deviations(self.bodies, ends, starts, pair, pair))

    def _link(self, first: Indices, second: Indices) -> None:
        self.after[first] = second
        self.before[second] = first

    def _cut(self, first: Indices) -> None:
        self.doubtful.append(np.column_stack([first, self.after[first]]))
        self.before[self.after[first]] = -1
        self.after[first] = -1


def nearest_pairs(a: Indices, b: Indices, cost: Array) -> NDArray[np.bool_]:
    """Pairs in which each is the other's cheapest."""
    cost = np.where(np.isfinite(cost), cost, np.inf)
    return (cost <= _least(a, cost)[a]) & (cost <= _least(b, cost)[b]) & np.isfinite(cost) if len(a) else a > 0


def sure_pairs(a: Indices, b: Indices, cost: Array) -> NDArray[np.bool_]:
    """Pairs in which each is the other's cheapest, and cheaper by ``SURE`` than all else that either could be."""
    nearest = nearest_pairs(a, b, cost)
    if not nearest.any():
        return nearest
    rest = np.where(nearest, np.inf, cost)
    sure = (_least(a, rest)[a] >= cost + SURE) & (_least(b, rest)[b] >= cost + SURE)
    return nearest & sure & (cost <= UNLINKED - SURE)


def _least(group: Indices, cost: Array) -> Array:
    least = np.full(int(group.max()) + 1, np.inf)
    np.minimum.at(least, group, cost)
    return least
