"""The cheapest account of exchanged sides: in which frames which groups of joints have left and right exchanged.

An exchange of two partners turns the vector from the right joint to the left one round and leaves their middle where it
is, so only the signs of these vectors are in question. An account gives each group (such as the legs) a sign in each
frame. It pays for each vector that lies off the line between its neighbours in time, for each change of signs, and
what the caller asks for single frames. The cheapest of all accounts is found by dynamic programming over pairs of
neighbouring frames (Viterbi, IEEE Trans. Inf. Theory 13, 1967), so it is the same forwards and backwards.

A state is a number whose bit g says that group g is exchanged; a change is the bits that differ between two frames.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from scoliogait.measurement.pieces import FRAMES_AT_ONCE, pieces

Array = NDArray[np.float64]
_AS_IS, _EXCHANGED, _TURNED = np.array([[1.0, 1.0], [-1.0, -1.0], [-1.0, 1.0]])
# A spread is never taken for smaller than this, in body heights: less than the jitter of a good estimator.
_LEAST_SPREAD = 0.005
_SPREAD_QUANTILE = 0.75
# Far more than the sums of costs are rounded by.
_CERTAIN = 1e-6


class BendsOfWalk:
    """The ``bend_costs`` of a walk, a piece of inner frames at a time. The last piece is kept: a walk of one piece, as
    most are, has them worked out once for all its accounts."""

    def __init__(self, vectors: Array, times: Array, spread: Array) -> None:
        self._vectors, self._times, self._spread = vectors, times, spread
        self._pieces = _pieces(times)
        self._last: tuple[int, Array] = -1, np.zeros(0)

    def __len__(self) -> int:
        return len(self._pieces)

    def __getitem__(self, number: int) -> Array:
        if self._last[0] != number:
            piece = self._pieces[number]
            self._last = number, bend_costs(self._vectors[piece], self._times[piece], self._spread)
        return self._last[1]


class CostsOfChanges:
    """What accounts pay at each inner frame, (n_accounts, states, states), as ``costs_of_changes``: by the change after
    it and the change before it. Worked out a piece at a time, and again where it is asked for after another piece."""

    def __init__(self, bends: BendsOfWalk, of_piece: Callable[[Array], Array]) -> None:
        """of_piece: makes them, (n, n_accounts, states, states), of the ``bend_costs`` of a piece of n inner frames."""
        self._bends, self._of_piece = bends, of_piece
        self._last: tuple[int, Array] = -1, np.zeros(0)

    def __getitem__(self, inner: int) -> Array:
        number, place = divmod(inner, FRAMES_AT_ONCE)
        return np.asarray(self._made(number)[place])

    def lowered_by_a_change(self) -> NDArray[np.bool_]:
        """Inner frames (T - 2,) at which some account pays less with a change than without."""
        made = (self._made(number) for number in range(len(self._bends)))
        return np.concatenate([(costs.reshape(*costs.shape[:2], -1).argmin(axis=2) > 0).any(axis=1) for costs in made])

    def _made(self, number: int) -> Array:
        if self._last[0] != number:
            self._last = number, self._of_piece(self._bends[number])
        return self._last[1]


def _pieces(times: Array) -> list[slice]:
    """Of the inner frames, each with one more frame at either end."""
    n_inner = len(times) - 2
    return [slice(piece.start, min(piece.stop, n_inner) + 2) for piece in pieces(n_inner)]


def bend_costs(vectors: Array, times: Array, spread: Array) -> Array:
    """Costs (3, n_pairs, T - 2, 2, 2) of the vectors (T, n_pairs, 2), body heights, at ``times`` (T,), in frames.

    At each inner frame, log(1 + (distance to the line between its neighbours / spread) ** 2) with the neighbour before
    (fourth axis) and after it (last axis) as it is (0) or exchanged (1); 0 where one of the three is NaN. spread
    (n_pairs,): of the pair itself over the walk, whatever the signs, so that a joint that jitters says little.

    First axis: 0 for a person who goes on as before; 1 and 2 for one who turned round after the frame before, or before
    the frame after, as where a recording is cut. A turn reverses x alone, an exchange x and y.
    """
    ways = ((_AS_IS, _AS_IS), (_TURNED, _AS_IS), (_AS_IS, _TURNED))
    bends = np.stack([_bends(vectors, times, *way) for way in ways])
    costs = _costs(bends, spread)
    return np.ascontiguousarray(costs.transpose(0, 3, 4, 1, 2))


def least_costs(vectors: Array, times: Array) -> tuple[Array, Array, Array]:
    """Of ``bend_costs`` of a person who goes on as before, (n_pairs, T - 2): with all signs as they are, and with those
    that suit each vector best; and the ``spread`` that they need."""
    as_is, best = _bends_of_walk(vectors, times)
    spread = _spread(best)
    for piece in pieces(len(times) - 2):
        as_is[:, piece], best[:, piece] = _costs(as_is[:, piece], spread), _costs(best[:, piece], spread)
    return as_is, best, spread


def _bends_of_walk(vectors: Array, times: Array) -> tuple[Array, Array]:
    """``_bends`` of a person who goes on as before, (n_pairs, T - 2): with all signs as they are, and ``_smallest``."""
    as_is, smallest = (np.empty((vectors.shape[1], len(times) - 2)) for _ in range(2))
    for piece in _pieces(times):
        bends, inner = _bends(vectors[piece], times[piece], _AS_IS, _AS_IS), slice(piece.start, piece.stop - 2)
        as_is[:, inner], smallest[:, inner] = bends[0, 0], _smallest(bends)
    return as_is, smallest


def _bends(vectors: Array, times: Array, of_before: Array, of_after: Array) -> Array:
    """Twice the distance to the line a frame, (2, 2, n_pairs, T - 2): the neighbour before, after it, is exchanged."""
    span = times[2:] - times[:-2]
    share = (times[1:-1] - times[:-2]) / span
    across = np.ascontiguousarray(vectors.transpose(2, 1, 0))
    here, before, after = across[..., 1:-1], (1 - share) * across[..., :-2], share * across[..., 2:]
    bends = np.empty((2, 2, *here.shape[1:]))
    for b, sign_before in enumerate((_AS_IS, _EXCHANGED)):
        x, y = (here[axis] - sign_before[axis] * of_before[axis] * before[axis] for axis in range(2))
        for a, sign_after in enumerate((_AS_IS, _EXCHANGED)):
            off_x = x - sign_after[0] * of_after[0] * after[0]
            off_y = y - sign_after[1] * of_after[1] * after[1]
            bends[b, a] = np.sqrt(off_x * off_x + off_y * off_y) * (2 / span)
    return bends


def _smallest(bends: Array) -> Array:
    """With the signs that suit each vector best, (n_pairs, T - 2); NaN where one is NaN, and then all are."""
    return np.minimum(np.minimum(bends[0, 0], bends[0, 1]), np.minimum(bends[1, 0], bends[1, 1]))


def _costs(bends: Array, spread: Array) -> Array:
    """Of bends (..., n_pairs, T - 2)."""
    costs = np.log(1 + (bends / spread[:, None]) ** 2)
    costs[np.isnan(costs)] = 0.0
    return costs


def _spread(smallest: Array) -> Array:
    """What a vector usually lies off the line, (n_pairs,)."""
    ordered = np.sort(smallest, axis=1)
    n_known = np.isfinite(smallest).sum(axis=1)
    place = _SPREAD_QUANTILE * np.maximum(n_known - 1, 0)
    low = place.astype(np.int64)
    pairs = np.arange(len(ordered))
    below, above = ordered[pairs, low], ordered[pairs, np.minimum(low + 1, np.maximum(n_known - 1, 0))]
    quantile = below + (above - below) * (place - low)
    return np.where(n_known > 0, np.maximum(_LEAST_SPREAD, quantile), 1.0)


def costs_of_changes(costs: Array, turn: float | None = None) -> Array:
    """What groups pay at each inner frame, (T - 2, states, states): by the change after it and the change before it.

    costs: (3, n_groups, T - 2, 2, 2) as ``bend_costs``. turn: what it costs, at each of the two frames, that the person
    turned round between them, and nothing is exchanged there; None where this is not thought of.
    """
    straight = _summed(costs[0])
    if turn is not None:
        straight[:, :, 0] = np.minimum(straight[:, :, 0], _summed(costs[1])[:, :, 0] + turn)
        straight[:, 0] = np.minimum(straight[:, 0], _summed(costs[2])[:, 0] + turn)
    return straight


def _summed(costs: Array) -> Array:
    """Of groups (n_groups, T - 2, 2, 2) to changes of all of them, (T - 2, states, states): after, before."""
    bits = np.arange(2 ** len(costs))[:, None] >> np.arange(len(costs)) & 1
    total = np.zeros((costs.shape[1], len(bits), len(bits)))
    for bit, group in zip(bits.T, costs, strict=True):
        total += group.swapaxes(1, 2)[:, bit[:, None], bit]
    return total


def nothing_pays(most_saved: Array, single: Array, changes: Sequence[float]) -> bool:
    """Whether it is certain, before any account is looked for, that the cheapest one exchanges nothing.

    most_saved: (T - 2,), what signs other than those that are there can save at each inner frame. single, changes: of
    one account, as in ``cheapest_accounts``. Between two changes vectors bend as they do where nothing is exchanged, so
    a change saves something at the two frames beside it alone. An account that exchanges something changes at least
    once, or is exchanged throughout.
    """
    at_change = np.convolve(most_saved, [1.0, 1.0]).max()
    in_frames = (single[:, 0] - single.min(axis=1)).sum()
    as_is, *exchanged_throughout = single.sum(axis=0)
    return bool(at_change + in_frames < min(changes[1:]) - _CERTAIN and as_is < min(exchanged_throughout) - _CERTAIN)


def cheapest_accounts(of_changes: CostsOfChanges, single: Array, changes: Sequence[float]) -> NDArray[np.int64]:
    """The states (T, n_accounts) of accounts that do not depend on each other.

    single: (T, n_accounts, states), what a state of one frame costs. changes: (states,), what a change costs. Signs
    change only near frames where the vectors lie nearer to the line with a change than without.
    """
    n_frames, n_accounts, n_states = single.shape
    differ = np.arange(n_states)[:, None] ^ np.arange(n_states)
    of_change = np.asarray(changes)[:, None]
    single_sums = single.cumsum(axis=0)
    # best[account, state, change]: the cheapest so far that ends in this state, reached by this change.
    best = single[1][:, :, None] + single[0][:, differ] + np.asarray(changes)
    reached = differ * n_states + np.arange(n_states) + n_states**2 * np.arange(n_accounts)[:, None, None]
    rows = n_states * np.arange(best.size).reshape(best.shape)
    last = 1
    open_frames = _open_frames(of_changes.lowered_by_a_change())
    came_from = np.zeros((len(open_frames), *best.shape), np.int8)
    for place, frame in enumerate(open_frames):
        if frame > last + 1:
            best = _unchanged(best, single_sums[frame - 1] - single_sums[last])
        ways = best[:, :, None, :] + (of_changes[frame - 2] + of_change)[:, None]
        cheapest = ways.argmin(axis=3)
        came_from[place] = cheapest
        best = ways.take((cheapest + rows).take(reached)) + single[frame][:, :, None]
        last = frame
    if last < n_frames - 1:
        best = _unchanged(best, single_sums[-1] - single_sums[last])
    backwards = (_walk_back(best[a], came_from[:, a], open_frames, n_frames) for a in range(n_accounts))
    return np.stack(list(backwards), axis=1)


def _open_frames(lowered: NDArray[np.bool_]) -> list[int]:
    """Frames at which a change is thought of: within two frames of an inner one where it lowers what vectors pay."""
    near = np.convolve(lowered, np.ones(5), mode="full")[2:-2] > 0
    return (np.flatnonzero(near) + 2).tolist()


def _unchanged(best: Array, single: Array) -> Array:
    """Over a stretch of frames without a change: ``best`` of its last frame, where ``single`` is summed over it."""
    kept = np.full_like(best, np.inf)
    kept[:, :, 0] = best[:, :, 0] + single
    return kept


def _walk_back(
    best: Array, came_from: NDArray[np.int8], open_frames: Sequence[int], n_frames: int
) -> NDArray[np.int64]:
    """States (T,) of the cheapest account; came_from[open frame, state before, change]: the change before that one."""
    account = np.empty(n_frames, np.int64)
    state, change = divmod(int(best.argmin()), best.shape[1])
    end = len(account)
    for place, frame in reversed(list(enumerate(open_frames))):
        if frame < end - 1:  # a stretch without a change, but for one at its end
            account[end - 1] = state
            state ^= change
            account[frame + 1 : end - 1] = state
            change = 0
        account[frame] = state
        state ^= change
        change = int(came_from[place, state, change])
        end = frame
    account[end - 1] = state
    account[: end - 1] = state ^ change
    return account
