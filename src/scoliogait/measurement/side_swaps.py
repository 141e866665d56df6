"""Left and right exchanged in some frames, as pose estimators do it now and then: found, and put right.

Such a frame is a jump of partners (left and right hip, knee, ...) that an exchange undoes. Face, arms and legs may be
exchanged together or apart, of a limb the outer joints alone (elbow and wrist, or wrist; knee and ankle, or ankle), and
the shoulders or the hips alone.
Where nothing else decides, what most frames show counts as right: a recording whose sides are exchanged from its first
frame to its last has no jump, and is not found. In a side view partners cover each other, and an exchange may stay
unseen. ``docs/studies/side-swaps.md`` says how well this works; the costs below were set on its tuning seed.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from scoliogait.long_frames import give_back
from scoliogait.measurement.body import Array, Mask, Poses, height_px, prolonged, running_median, seen, trunk_vector_px
from scoliogait.measurement.pieces import by_pieces, pieces
from scoliogait.measurement.side_paths import (
    BendsOfWalk,
    CostsOfChanges,
    cheapest_accounts,
    costs_of_changes,
    least_costs,
    nothing_pays,
)
from scoliogait.skeleton import LEFT_OF_PAIRS, PAIR_NAMES, RIGHT_OF_PAIRS
from scoliogait.walk import Walk

_EYES, _EARS, _SHOULDERS, _ELBOWS, _WRISTS, _HIPS, _KNEES, _ANKLES = range(len(PAIR_NAMES))
_INNER = [_SHOULDERS, _HIPS]
_ALL = list(range(len(PAIR_NAMES)))
# Rows of PAIR_NAMES; of a limb from the trunk outwards. Bit 0 of a state is the face, 1 the arms, 2 the legs.
PARTS: dict[str, list[int]] = {
    "face": [_EYES, _EARS],
    "arms": [_SHOULDERS, _ELBOWS, _WRISTS],
    "legs": [_HIPS, _KNEES, _ANKLES],
}
_MIN_FRAMES = 5
_SMOOTH_FRAMES = 9
# Costs in the unit of ``bend_costs``, where a vector twice its usual distance off the line pays log(5) = 1.6.
_CHANGES = [0.0, 8.5, 8.5, 10.0, 8.5, 10.0, 10.0, 11.5]
_CHANGES_OUTER = [0.0, 2.0, 2.0, 2.0]
_CHANGES_INNER = [0.0, 6.0]
_AT_THE_ENDS = 0.5
# Of each state: the signs of face, arms and legs, how many are exchanged, and whether two of them share their sign.
_SIGNS = 1.0 - 2.0 * (np.arange(8)[:, None] >> np.arange(3) & 1)
_N_EXCHANGED = (_SIGNS < 0).sum(axis=1)
_SIGNS_OF_AGREEMENT = _SIGNS[:, [1, 2, 2]] * _SIGNS[:, [0, 1, 0]]
_TURN = 7.0
_EXCHANGED_FRAME, _EXCHANGED_OUTER_FRAME, _OUTER_UNTOLD = 0.1, 0.2, 4.0
_AGAINST_EACH_OTHER = 2.0
_AGAINST_GROWTH = 1.0
# Shoulders or hips that bend more than this jump themselves, and say nothing of what hangs on them.
_STEADY = 2.0
# A pair tells a direction fully when its partners are this many body heights apart.
_TELLING_WIDTH = 0.08
# Growth of the trunk (log) from this many frames before to as many after, and what of it tells fully.
_GROWTH_FRAMES = 10
_TELLING_GROWTH = 0.12
# So much of the walk, net, must go one way (forwards, as people walk) before growth tells the direction fully.
_TELLING_PURITY = 0.2


@dataclass(frozen=True, eq=False)
class SideSwaps:
    """pairs: bool (T, 8), which pairs of joints, in the order of ``PAIR_NAMES``, are exchanged in which frame."""

    pairs: Mask

    @property
    def frames(self) -> Mask:
        """Frames in which any pair is exchanged, bool (T,)."""
        return np.asarray(self.pairs.any(axis=1))

    @property
    def n_frames(self) -> int:
        """How many frames that is."""
        return int(self.frames.sum())

    @property
    def share(self) -> float:
        """Of all frames, 0..1."""
        return self.n_frames / len(self.pairs)

    @property
    def n_frames_by_part(self) -> dict[str, int]:
        """Frames in which some pair of the face, the arms, the legs is exchanged."""
        return {part: int(self.pairs[:, rows].any(axis=1).sum()) for part, rows in PARTS.items()}

    @property
    def sentence(self) -> str:
        """What the pose estimator did; the words that follow it in a sentence."""
        parts = ", ".join(f"{part} {n}" for part, n in self.n_frames_by_part.items() if n)
        return f"exchanged left and right in {self.n_frames} of {len(self.pairs)} frames ({parts})"


def repair_side_swaps(poses: Poses) -> tuple[Poses, SideSwaps]:
    """Poses (T, 17, 3) with the exchanged partners put right, and which they were; the same array where none were."""
    swaps = find_side_swaps(poses)
    return (exchange_pairs(poses, swaps.pairs) if swaps.n_frames else poses), swaps


def repaired_walk(walk: Walk) -> tuple[Walk, SideSwaps | None]:
    """The walk with its poses put right, and what was exchanged (None without poses); the same walk if nothing was."""
    if walk.poses is None:
        return walk, None
    poses, swaps = repair_side_swaps(walk.poses)
    return (walk.with_changes(poses=poses) if swaps.n_frames else walk), swaps


def exchange_pairs(poses: Poses, pairs: Mask) -> Poses:
    """A copy of poses (T, 17, 3) in which the pairs (T, 8) of each frame have left and right exchanged."""
    exchanged = poses.copy()
    for piece in pieces(len(poses)):
        turned, left, right = pairs[piece, :, None], poses[piece, LEFT_OF_PAIRS], poses[piece, RIGHT_OF_PAIRS]
        exchanged[piece, LEFT_OF_PAIRS] = np.where(turned, right, left)
        exchanged[piece, RIGHT_OF_PAIRS] = np.where(turned, left, right)
    return exchanged


def find_side_swaps(poses: Poses) -> SideSwaps:
    """Which pairs of poses (T, 17, 3) are exchanged in which frames; none in fewer than five frames with a pair."""
    pairs = np.zeros((len(poses), len(PAIR_NAMES)), bool)
    vectors = _partner_vectors(poses)
    frames = np.flatnonzero(np.isfinite(vectors[..., 0]).any(axis=1))
    if len(frames) < _MIN_FRAMES:
        return SideSwaps(pairs)
    walk = _Vectors(vectors if len(frames) == len(vectors) else vectors[frames], frames.astype(np.float64))
    del vectors  # of a long walk a large part of all memory, as are the vectors before each exchange
    growth = _growth(poses)[frames]
    give_back(poses)
    parts = _exchanged_parts(walk, growth)
    walk = walk.after(parts)
    outer = _exchanged_outer(walk)
    walk = walk.after(outer)
    pairs[frames] = parts ^ outer ^ _exchanged_inner(walk)
    return SideSwaps(pairs)


@dataclass(frozen=True, eq=False)
class _Vectors:
    """From the right to the left partner, (T, 8, 2), put right so far, at ``times`` (T,), in frames."""

    vectors: Array
    times: Array

    @cached_property
    def least_costs(self) -> tuple[Array, Array, Array]:
        """(8, T - 2) each, as they are and at the least; and the spread of each pair (8,)."""
        return least_costs(self.vectors, self.times)

    @cached_property
    def bends(self) -> BendsOfWalk:
        """What they pay for their bends."""
        return BendsOfWalk(self.vectors, self.times, self.least_costs[2])

    def after(self, exchanged: Mask) -> _Vectors:
        """After the exchange of some (T, 8)."""
        if not exchanged.any():
            return self
        turned = self.vectors.copy()
        np.negative(turned, out=turned, where=exchanged[..., None])
        return _Vectors(turned, self.times)

    def most_saved(self, pairs: list[int], turn: float = np.inf) -> Array:
        """What other signs of these pairs can save at each inner frame at most, (T - 2,).

        They save with the signs that suit each pair best, or with a turn, which costs something itself.
        """

        def of_piece(frames: slice) -> Array:
            as_is, best = (costs[:, frames][pairs] for costs in self.least_costs[:2])
            return np.maximum((as_is - best).sum(axis=0), as_is.sum(axis=0) - turn)

        return by_pieces(of_piece, len(self.times) - 2)


def _partner_vectors(poses: Poses) -> Array:
    """From the right to the left partner in body heights, (T, 8, 2); NaN unless both are seen."""
    heights = _smooth(height_px(poses))
    if heights is None:
        return np.full((len(poses), len(PAIR_NAMES), 2), np.nan)

    def of_piece(frames: slice) -> Array:
        xy, visible = poses[frames, :, :2].astype(np.float64), seen(poses[frames])
        vectors = (xy[:, LEFT_OF_PAIRS] - xy[:, RIGHT_OF_PAIRS]) / heights[frames, None, None]
        both = visible[:, LEFT_OF_PAIRS] & visible[:, RIGHT_OF_PAIRS]
        return np.where(both[..., None], vectors, np.nan)

    return by_pieces(of_piece, len(poses))


def _growth(poses: Poses) -> Array:
    """Does the trunk grow (1) or shrink (-1) in the picture about each frame, (T,); between where it hardly does."""
    lengths = _smooth(np.linalg.norm(trunk_vector_px(poses), axis=1))
    if lengths is None:
        return np.zeros(len(poses))
    padded = prolonged(np.log(lengths), _GROWTH_FRAMES)
    return np.clip((padded[2 * _GROWTH_FRAMES :] - padded[: -2 * _GROWTH_FRAMES]) / _TELLING_GROWTH, -1, 1)


def _smooth(lengths: Array) -> Array | None:
    """Lengths (T,) without jumps, bridged where they are 0 or NaN; None where no frame has one."""
    known = np.flatnonzero(lengths > 0)
    if not len(known):
        return None
    bridged = np.interp(np.arange(len(lengths)), known, lengths[known])
    return running_median(bridged, _SMOOTH_FRAMES)


def _exchanged_parts(walk: _Vectors, growth: Array) -> Mask:
    """First look, (T, 8): face, arms and legs as wholes."""
    exchanged = np.zeros(walk.vectors.shape[:2], bool)
    single = _costs_of_parts(walk.vectors, growth)
    if nothing_pays(walk.most_saved(_ALL, _TURN), single, _CHANGES):
        return exchanged

    def of_piece(costs: Array) -> Array:
        by_part = np.stack([costs[:, rows].sum(axis=1) for rows in PARTS.values()], axis=1)
        return costs_of_changes(by_part, _TURN)[:, None]

    states = cheapest_accounts(CostsOfChanges(walk.bends, of_piece), single[:, None], _CHANGES)
    for bit, rows in enumerate(PARTS.values()):
        exchanged[:, rows] = (states >> bit & 1).astype(bool)
    return exchanged


def _costs_of_parts(vectors: Array, growth: Array) -> Array:
    """What each state of one frame costs, (T, 8).

    Each exchanged part costs a little. Parts that point in opposite directions cost much; so does a trunk that faces
    away while it grows in the picture, if otherwise it faces the camera then (and the reverse).
    """
    approach = by_pieces(lambda frames: _approach(vectors[frames], growth[frames]), len(vectors))
    total = max(float(np.abs(approach).sum()), 1e-9)
    forwards = np.clip(approach.sum() / total / _TELLING_PURITY, -1, 1)

    def of_piece(frames: slice) -> Array:
        directions = _directions(vectors[frames])
        ears, shoulders, hips = (directions[:, pair] for pair in (_EARS, _SHOULDERS, _HIPS))
        of_two = ((ears, shoulders), (hips, shoulders), (hips, ears))
        agreement = np.stack([(a * b).sum(axis=1) for a, b in of_two], axis=1)
        against = np.minimum(0, agreement[:, None] * _SIGNS_OF_AGREEMENT).sum(axis=2)
        receding = np.minimum(0, forwards * approach[frames, None] * _SIGNS[:, 1:]).sum(axis=2)
        return _EXCHANGED_FRAME * _N_EXCHANGED - _AGAINST_EACH_OTHER * against - _AGAINST_GROWTH * receding

    single = by_pieces(of_piece, len(vectors))
    # A recording that begins or ends with exchanged sides is as rare as a change; a cut shortly before its end is not.
    single[[0, -1]] += _AT_THE_ENDS * np.array(_CHANGES)
    return single


def _approach(vectors: Array, growth: Array) -> Array:
    """How far shoulders and hips face the way that the trunk grows, (T, 2)."""
    directions = _directions(vectors)
    return growth[:, None] * np.stack([directions[:, pair, 0] for pair in (_SHOULDERS, _HIPS)], axis=1)


def _exchanged_outer(walk: _Vectors) -> Mask:
    """Second look, (T, 8): the outer joints of arms and legs against the rest of their limb, which is right by now."""
    limbs = (PARTS["arms"], PARTS["legs"])
    outer = np.zeros(walk.vectors.shape[:2], bool)
    single = np.stack([_costs_of_outer(walk.vectors[:, limb]) for limb in limbs], axis=1)
    if all(nothing_pays(walk.most_saved(limb[1:]), single[:, at], _CHANGES_OUTER) for at, limb in enumerate(limbs)):
        return outer

    def of_piece(costs: Array) -> Array:
        of_limbs = []
        for limb in limbs:
            steady = costs[0, limb[0], :, :1, :1] <= _STEADY
            of_limbs.append(costs_of_changes(costs[:, limb[1:]] * steady))
        return np.stack(of_limbs, axis=1)

    states = cheapest_accounts(CostsOfChanges(walk.bends, of_piece), single, _CHANGES_OUTER)
    outer[:, [_ELBOWS, _KNEES]] = states & 1
    outer[:, [_WRISTS, _ANKLES]] = states >> 1
    return outer


def _costs_of_outer(limb: Array) -> Array:
    """What each state of one frame costs, (T, 4): bit 0 elbows or knees, bit 1 wrists or ankles, are exchanged.

    An exchange costs the more, the less the shoulders or hips tell the direction, as in a side view.
    """
    return by_pieces(lambda frames: _outer_of_piece(limb[frames]), len(limb))


def _outer_of_piece(limb: Array) -> Array:
    inner, middle, end = _directions(limb).transpose(1, 0, 2)
    untold = 1 - np.sqrt((inner * inner).sum(axis=1))
    exchanged = _EXCHANGED_OUTER_FRAME + _OUTER_UNTOLD * untold
    to_middle, to_end = (inner * middle).sum(axis=1)[:, None], (middle * end).sum(axis=1)[:, None]
    against = np.minimum(0, to_middle * _SIGNS[:4, 0]) + np.minimum(0, to_end * (_SIGNS[:4, 0] * _SIGNS[:4, 1]))
    return exchanged[:, None] * _N_EXCHANGED[:4] - _AGAINST_EACH_OTHER * against


def _exchanged_inner(walk: _Vectors) -> Mask:
    """Third look, (T, 8): the shoulders or the hips alone, against each other and the middle of their limb."""
    inner = np.zeros(walk.vectors.shape[:2], bool)
    single = _costs_of_inner(walk.vectors)
    if all(
        nothing_pays(walk.most_saved([pair], _TURN), single[:, at], _CHANGES_INNER) for at, pair in enumerate(_INNER)
    ):
        return inner

    def of_piece(costs: Array) -> Array:
        return np.stack([costs_of_changes(costs[:, [pair]], _TURN) for pair in _INNER], axis=1)

    inner[:, _INNER] = cheapest_accounts(CostsOfChanges(walk.bends, of_piece), single, _CHANGES_INNER)
    return inner


def _costs_of_inner(vectors: Array) -> Array:
    """What each state of one frame costs, (T, 2, 2): the shoulders, the hips, as they are and exchanged.

    An exchange costs the more, the less shoulders and hips tell the direction, as in a side view.
    """
    return by_pieces(lambda frames: _inner_of_piece(vectors[frames]), len(vectors))


def _inner_of_piece(vectors: Array) -> Array:
    directions = _directions(vectors)
    inner = directions[:, _INNER]
    told = np.sqrt((inner * inner).sum(axis=2)).prod(axis=1)[:, None]
    others = directions[:, _INNER[::-1]] + directions[:, [_ELBOWS, _KNEES]]
    agreement = (inner * others).sum(axis=2)
    exchanged = _EXCHANGED_OUTER_FRAME + _OUTER_UNTOLD * (1 - told) + _AGAINST_EACH_OTHER * np.maximum(0, agreement)
    return np.stack([_AGAINST_EACH_OTHER * np.maximum(0, -agreement), exchanged], axis=2)


def _directions(vectors: Array) -> NDArray[np.float64]:
    """Unit vectors (T, n, 2); shorter where partners are too close to tell a direction, 0 where it is unknown."""
    length = np.sqrt((vectors * vectors).sum(axis=2, keepdims=True))
    directions = vectors / np.maximum(length, _TELLING_WIDTH)
    directions[np.isnan(directions)] = 0.0
    return directions
