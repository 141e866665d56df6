"""How unlikely it is that two sightings, some frames apart, show one person.

Costs are minus twice a log likelihood, up to a constant: two possibilities that differ by ``SURE`` have odds of 100 to
1. Compared are the pose after the motion seen so far (in body heights), the body's size, its proportions, and the side
that it turns to the camera.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from scoliogait.io.bodies import Array, centres_px, proportions, signed_widths
from scoliogait.io.neighbours import pair_by_pair
from scoliogait.io.people import Indices, People
from scoliogait.measurement.body_size import sizes_px, visible
from scoliogait.skeleton import JOINT_NAMES, MIRROR

SURE = 9.2
# What it costs that one person leaves and another one comes, against which a link must hold.
UNLINKED = 40.0
# A step that deviates by more times its usual size is no sure link, nor is one over a longer gap.
_LARGEST_DEVIATION = 3.0
_LONGEST_SURE_GAP = 15
# Estimators jump in single frames; then the body goes on where it was, as large as it was (in body heights; log size).
_WILD_STEP, _WILD_GAP, _LASTING_OFFSET, _LASTING_CHANGE = 0.25, 5, 0.06, 0.15
# Beyond three usual steps the cost grows in proportion: estimators jump more often than a bell curve says.
_BEND = 3.0
_LIMIT_HEIGHTS, _LIMIT_PER_FRAME, _LONGEST_LIMIT = 0.5, 0.05, 1.5
_SIZE_LIMIT, _SIZE_LIMIT_PER_FRAME, _LONGEST_SIZE_LIMIT = 0.35, 0.02, 0.7
_SIZE_SPREAD, _SIZE_SPREAD_PER_FRAME = 0.07, 0.004
# Measured on simulated walkers: how much less is known of the place after each frame unseen, in usual steps.
_WIDER_PER_FRAME = 0.08
_N_DIRECTIONS = 2
# For each doubling of the gap: a person in front of the camera is seldom missed for long.
_MISSED_COST = 3.0
_SMALLEST_STEP, _LARGEST_STEP = 0.02, 0.3
# One wild joint counts as this much farther away than the body at most.
_WILD_JOINT = 0.4
# Sides exchanged by the estimator look like a turn; this much is added to the distance of each such joint. Parts of the
# body are exchanged alone, too.
_EXCHANGED_SIDES = 0.05
_PARTS = (("nose", "eye", "ear"), ("shoulder",), ("elbow", "wrist"), ("hip",), ("knee", "ankle"))
# Whether a joint (17) is of a part, as factors.
_SIDED_PARTS = np.array([[name.split("_")[-1] in part for part in _PARTS] for name in JOINT_NAMES], dtype=np.float64)
_NO_SHARED_JOINT = 0.1
# For each joint that only one of the two shows: a few joints on top of a body are no rival of the whole body.
_UNSHARED_COST, _MOST_UNSHARED_COST = 0.8, 12.0
# Standard deviations of the difference within one person, seconds apart, and between two; measured on simulated
# walkers. Left and right say much the same, hence the weight.
_PROPORTION_SPREAD, _PROPORTION_SPREAD_BETWEEN = 0.015, 0.025
_PROPORTION_WEIGHT = 0.5
_PROPORTION_WINDOW = 15
_MOST_PER_PROPORTION = 6.0
_FACING_WIDTH = 0.12
_FACING_FRAMES = 8
_FACING_COST = 9.0
_WINDOW = 30
_MOTION_WINDOW = 8
# As if the body had been seen at rest for so many frames more: few frames say little of its motion.
_REST_FRAMES = 1.0


@dataclass(frozen=True, eq=False)
class Bodies:
    """Detections with what is compared of them; rows as in ``people``."""

    people: People
    seen: NDArray[np.bool_]
    xy: Array
    size_px: Array
    centre_px: Array
    proportion: Array
    width: Array


def measure_bodies(people: People) -> Bodies:
    """Size, place, proportions and side of every detection."""
    size = sizes_px(people.poses)
    return Bodies(
        people=people,
        seen=visible(people.poses),
        xy=people.poses[..., :2].astype(np.float64),
        size_px=size,
        centre_px=centres_px(people.poses, size),
        proportion=proportions(people.poses, size),
        width=signed_widths(people.poses, size),
    )


@dataclass(frozen=True, eq=False)
class Ends:
    """One end of each piece of track: the last detection of a piece, or the first one, and what led there.

    row (E,): the detection. velocity (E, 2) px a frame, growth (E,) log size a frame; n (E,): detections seen.
    place (E, 2): where the motion has the body's centre at the end, px; a single wild frame hardly moves it.
    size_px, width, proportion: means over the last frames; NaN where nothing is known.
    """

    row: Indices
    n: Indices
    place: Array
    velocity: Array
    growth: Array
    size_px: Array
    width: Array
    proportion: Array


def look_back(bodies: Bodies, rows: Indices, before: Indices) -> Ends:
    """Ends at ``rows``; ``before[row]`` is the neighbour inside the piece, -1 where the piece ends."""
    window = _chain(rows, before)
    known = window >= 0
    n = known.sum(axis=1)
    near = known[:, :_MOTION_WINDOW]
    inside = window[:, :_MOTION_WINDOW]
    size = np.where(near, bodies.size_px[inside], np.nan)
    frame = bodies.people.frame[inside].astype(np.float64)
    fits = [_line(frame, bodies.centre_px[inside, axis], near) for axis in (0, 1)]
    proportion = np.full((len(rows), bodies.proportion.shape[1]), np.nan)
    long = n >= _PROPORTION_WINDOW
    every_second = window[long][:, ::2]
    proportion[long] = _mean_of_known(np.where(every_second[..., None] >= 0, bodies.proportion[every_second], np.nan))
    return Ends(
        row=rows,
        n=n,
        place=np.stack([place for place, _ in fits], axis=1),
        velocity=np.stack([slope for _, slope in fits], axis=1),
        growth=_line(frame, np.log(size), near & np.isfinite(size))[1],
        size_px=np.exp(_mean_of_known(np.log(size))),
        width=_mean_of_known(np.where(near, bodies.width[inside], np.nan)),
        proportion=proportion,
    )


def deviations(bodies: Bodies, ends: Ends, starts: Ends, a: Indices, b: Indices) -> Array:
    """Mean distance of the joints in body heights from where the motion leads, for pairs (end a, start b)."""
    return pair_by_pair(partial(_deviations, bodies, ends, starts), a, b)


def _deviations(bodies: Bodies, ends: Ends, starts: Ends, a: Indices, b: Indices) -> Array:
    i, j = ends.row[a], starts.row[b]
    shift = _shift_px(bodies, ends, starts, a, b)
    size = np.fmax(ends.size_px[a], starts.size_px[b])
    expected, seen = bodies.xy[i] + shift[:, None], bodies.seen[i]
    centres = np.linalg.norm(bodies.centre_px[j] - bodies.centre_px[i] - shift, axis=1) / size
    farthest = centres + _WILD_JOINT
    sides = list(MIRROR)
    straight = _joint_distances(expected, seen, bodies.xy[j], bodies.seen[j], size, farthest)
    exchanged = _joint_distances(expected[:, sides], seen[:, sides], bodies.xy[j], bodies.seen[j], size, farthest)
    nearest = _with_sides_exchanged(straight, exchanged + _EXCHANGED_SIDES)
    return np.where(np.isfinite(nearest), nearest, centres + _NO_SHARED_JOINT)


def _with_sides_exchanged(straight: Array, exchanged: Array) -> Array:
    """Mean distance of the joints (P,), each part of the body with the sides that bring it nearer; NaN for no joint."""
    sums, counts = zip(*(_sums_of_parts(distances) for distances in (straight, exchanged)), strict=True)
    # As means, without dividing; a part that is seen in neither is 0 on both sides.
    swap = (sums[1] * counts[0] < sums[0] * counts[1]) | (counts[0] == 0)
    total, n_known = (np.where(swap, of[1], of[0]).sum(axis=1) for of in (sums, counts))
    return np.where(n_known > 0, total / np.maximum(n_known, 1), np.nan)


def _sums_of_parts(distances: Array) -> tuple[Array, Array]:
    """Sum and number of the known distances (P, 17) of the joints of each part, (P, n_parts)."""
    known = np.isfinite(distances)
    return np.where(known, distances, 0.0) @ _SIDED_PARTS, known.astype(np.float64) @ _SIDED_PARTS


def _shift_px(bodies: Bodies, ends: Ends, starts: Ends, a: Indices, b: Indices) -> Array:
    """Where the motion before and after leads over the gap, (P, 2)."""
    gap = bodies.people.frame[starts.row[b]] - bodies.people.frame[ends.row[a]]
    weight_a, weight_b = ends.n[a] - 1.0, starts.n[b] - 1.0
    total = np.maximum(weight_a + weight_b, 1.0)
    velocity = (weight_a[:, None] * ends.velocity[a] + weight_b[:, None] * starts.velocity[b]) / total[:, None]
    return velocity * gap[:, None]


def _lasting_offset(bodies: Bodies, ends: Ends, starts: Ends, a: Indices, b: Indices) -> Array:
    """How far the way after lies from the way before, in body heights: large where another body takes the place."""
    offset = starts.place[b] - ends.place[a] - _shift_px(bodies, ends, starts, a, b)
    return np.linalg.norm(offset, axis=1) / np.fmax(ends.size_px[a], starts.size_px[b])


def usual_step(deviation: Array) -> float:
    """The step from frame to frame, in body heights, against which others are judged."""
    known = deviation[np.isfinite(deviation)]
    return float(np.clip(1.5 * np.median(known), _SMALLEST_STEP, _LARGEST_STEP)) if len(known) else _LARGEST_STEP


@dataclass(frozen=True, eq=False)
class Costs:
    """cost (P,): of each pair, infinite where one person cannot do it. sure_step (P,): no unusual jump, no long gap.

    change (P,): of the log size, beyond what the motion explains.
    """

    cost: Array
    sure_step: NDArray[np.bool_]
    change: Array


def link_costs(bodies: Bodies, ends: Ends, starts: Ends, a: Indices, b: Indices, step: float) -> Costs:
    """What it costs to take end ``a`` and start ``b`` for one person, pair by pair; ``step`` from ``usual_step``."""
    gap = (bodies.people.frame[starts.row[b]] - bodies.people.frame[ends.row[a]]).astype(np.float64)
    deviation = deviations(bodies, ends, starts, a, b)
    missed = gap - 1
    wider = 1 + _WIDER_PER_FRAME * missed
    z = deviation / (step * wider)
    pose = np.where(z <= _BEND, z**2, _BEND**2 + 2 * _BEND * (z - _BEND)) + _N_DIRECTIONS * 2 * np.log(wider)
    pose += _MISSED_COST * np.log2(gap)
    growth = np.where(np.minimum(ends.n[a], starts.n[b]) >= _MOTION_WINDOW, (ends.growth[a] + starts.growth[b]) / 2, 0)
    change = np.nan_to_num(np.log(starts.size_px[b] / ends.size_px[a]) - growth * gap)
    size = (change / (_SIZE_SPREAD + _SIZE_SPREAD_PER_FRAME * gap)) ** 2
    cost = pose + size + _proportion_cost(ends.proportion[a], starts.proportion[b])
    cost += _facing_cost(ends.width[a], starts.width[b], gap)
    unshared = (bodies.seen[ends.row[a]] ^ bodies.seen[starts.row[b]]).sum(axis=1)
    cost += np.minimum(_UNSHARED_COST * unshared, _MOST_UNSHARED_COST)
    reach = np.minimum(_LIMIT_HEIGHTS + _LIMIT_PER_FRAME * (gap - 1), _LONGEST_LIMIT)
    size_reach = np.minimum(_SIZE_LIMIT + _SIZE_LIMIT_PER_FRAME * (gap - 1), _LONGEST_SIZE_LIMIT)
    wild_frame = (deviation <= _WILD_STEP) & (gap <= _WILD_GAP) & (np.abs(change) <= _LASTING_CHANGE)
    wild_frame &= _lasting_offset(bodies, ends, starts, a, b) <= _LASTING_OFFSET
    sure = ((z <= _LARGEST_DEVIATION) | wild_frame) & (gap <= _LONGEST_SURE_GAP)
    possible = (deviation <= reach) & (np.abs(change) <= size_reach)
    return Costs(np.where(possible, cost, np.inf), sure, change)


def _proportion_cost(first: Array, second: Array) -> Array:
    """Of one body against two bodies; negative where the proportions agree better than those of two people do."""
    apart = first - second
    one, two = _PROPORTION_SPREAD, _PROPORTION_SPREAD_BETWEEN
    cost = np.square(apart) * (1 / one**2 - 1 / two**2) - 2 * np.log(two / one)
    known = np.isfinite(cost)
    return _PROPORTION_WEIGHT * np.where(known, np.minimum(cost, _MOST_PER_PROPORTION), 0).sum(axis=1)


def _facing_cost(first: Array, second: Array, gap: Array) -> Array:
    opposite = (np.minimum(np.abs(first), np.abs(second)) >= _FACING_WIDTH) & (np.sign(first) != np.sign(second))
    return np.where(opposite & (gap <= _FACING_FRAMES), _FACING_COST, 0.0)


def _joint_distances(
    first: Array,
    first_seen: NDArray[np.bool_],
    second: Array,
    second_seen: NDArray[np.bool_],
    size: Array,
    farthest: Array,
) -> Array:
    """Of each joint (P, 17) in body heights, NaN where it is not seen in both."""
    x, y = first[..., 0] - second[..., 0], first[..., 1] - second[..., 1]
    distance = np.minimum(np.sqrt(x * x + y * y) / size[:, None], farthest[:, None])
    return np.where(first_seen & second_seen, distance, np.nan)


def _chain(rows: Indices, before: Indices) -> Indices:
    """(R, up to the window): each row and the rows before it in its piece, -1 beyond the end."""
    window = np.full((len(rows), _WINDOW), -1, dtype=np.int64)
    current = rows.copy()
    for column in range(_WINDOW):
        window[:, column] = current
        current = np.where(current >= 0, before[current], -1)
        if (current < 0).all():
            return window[:, : column + 1]
    return window


def _line(x: Array, y: Array, known: NDArray[np.bool_]) -> tuple[Array, Array]:
    """Least-squares line of y over x along each row: its value at the first column, and its slope.

    The slope is drawn towards 0 where little is known.
    """
    n = np.maximum(known.sum(axis=1, keepdims=True), 1)
    x = np.where(known, x, 0.0)
    y = np.where(known, y, 0.0)
    middle_x, middle_y = x.sum(axis=1, keepdims=True) / n, y.sum(axis=1, keepdims=True) / n
    dx = np.where(known, x - middle_x, 0.0)
    dy = np.where(known, y - middle_y, 0.0)
    slope = (dx * dy).sum(axis=1) / ((dx * dx).sum(axis=1) + _REST_FRAMES)
    return middle_y[:, 0] + slope * (x[:, 0] - middle_x[:, 0]), slope


def _mean_of_known(values: Array) -> Array:
    known = np.isfinite(values)
    n = known.sum(axis=1)
    return np.where(n > 0, np.where(known, values, 0).sum(axis=1) / np.maximum(n, 1), np.nan)
