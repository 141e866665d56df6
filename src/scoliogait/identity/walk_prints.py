"""Sets of walks as their ids and frame keys: small, without a frame in them, and enough to find a walk again.

A walk is found by content where both sides hold frames of one kind: at least three different frame keys in common, be
it a part of the other, cut, renamed or from another store. By its id it is found in the same store, and where the
content cannot be compared.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from scoliogait.identity.frame_keys import FrameKeys

# What frames are compared by: the first kind that both sides have.
KINDS = ("poses", "silhouettes", "skeleton_maps")
# What a walk was to a model: it trained it, it chose it, it had either part in the weights that the model started from,
# or it tested it.
Role = Literal["train", "validation", "start", "test"]
ROLES: tuple[str, ...] = get_args(Role)
# Frame keys in common that make two walks the same.
FEWEST_COMMON = 3
# A set keeps at most so many keys of a walk, evenly over its frames: of 300 frames every third.
MOST_KEPT = 128
_PAIRS_AT_ONCE = 1 << 20


@dataclass(frozen=True, eq=False)
class WalkPrint:
    """A walk. keys: by kind, uint32 in the order of the frames, each once; a kind with fewer than three is left out."""

    walk_id: str
    store_digest: str
    role: Role
    keys: Mapping[str, FrameKeys]

    def thinned(self) -> WalkPrint:
        """With at most ``MOST_KEPT`` keys of each kind."""
        return replace(self, keys={kind: _thinned(keys) for kind, keys in self.keys.items()})


@dataclass(frozen=True, eq=False)
class WalkPrints:
    """A set of walks. complete: False where further walks belong to it that were not recorded."""

    walks: tuple[WalkPrint, ...]
    complete: bool = True

    def __len__(self) -> int:
        return len(self.walks)

    @cached_property
    def digest(self) -> str:
        """sha256 over ids, stores and the keys that a record keeps, whatever the order of the walks."""
        rows = [
            [
                w.walk_id,
                w.store_digest,
                *(w.keys[kind].astype("<u4").tobytes().hex() for kind in KINDS if kind in w.keys),
            ]
            for w in (walk.thinned() for walk in self.walks)
        ]
        return hashlib.sha256(json.dumps(sorted(rows)).encode()).hexdigest()

    @cached_property
    def kinds(self) -> tuple[str, ...]:
        """Kinds of frames that some walk has keys of."""
        return tuple(kind for kind in KINDS if any(kind in walk.keys for walk in self.walks))

    def joined(self, other: WalkPrints | None, role: Role | None) -> WalkPrints:
        """With the walks of another set too; None: a set that was not recorded.

        role: that they take; None: each keeps its own. A walk of the same store and id is kept once.
        """
        if other is None:
            return replace(self, complete=False)
        held = {(walk.store_digest, walk.walk_id) for walk in self.walks}
        new = [walk for walk in other.walks if (walk.store_digest, walk.walk_id) not in held]
        taken = tuple(new) if role is None else tuple(replace(walk, role=role) for walk in new)
        return WalkPrints((*self.walks, *taken), self.complete and other.complete)


@dataclass(frozen=True, eq=False)
class Found:
    """Which walks of a set are in another one, bool (N,). only_by_name: those of which another content has the id."""

    same: NDArray[np.bool_]
    only_by_name: NDArray[np.bool_]

    @property
    def n_same(self) -> int:
        return int(self.same.sum())

    @property
    def n_only_by_name(self) -> int:
        return int(self.only_by_name.sum())


def evenly(n: int) -> NDArray[np.int64]:
    """``MOST_KEPT`` of the places 0 to n - 1, evenly."""
    return np.linspace(0, n - 1, MOST_KEPT).round().astype(np.int64)


def distinct_keys(keys: FrameKeys) -> FrameKeys:
    """Each key once, in the order of its first frame."""
    _, first = np.unique(keys, return_index=True)
    return keys[np.sort(first)]


def find_walks(asked: WalkPrints, known: WalkPrints) -> Found:
    """Which walks of ``asked`` are among ``known``. asked: with all keys of its walks; known: thinned or not."""
    same, only_by_name = np.zeros(len(asked), np.bool_), np.zeros(len(asked), np.bool_)
    for first, _ in _pairs_by_content(asked.walks, known.walks):
        same[first] = True
    by_id: dict[str, list[WalkPrint]] = {}
    for walk in known.walks:
        by_id.setdefault(walk.walk_id, []).append(walk)
    for place, walk in enumerate(asked.walks):
        namesakes = by_id.get(walk.walk_id, [])
        if any(one.store_digest == walk.store_digest or _first_common(one, walk) is None for one in namesakes):
            same[place] = True
        only_by_name[place] = bool(namesakes) and not same[place]
    return Found(same, only_by_name)


def same_walks(walks: Sequence[WalkPrint]) -> dict[int, int]:
    """Of a set, the place of each walk that shares its content with an earlier one, and the place of the first such."""
    first: dict[int, int] = {}
    for one, other in _pairs_by_content(walks, walks):
        if one < other:
            first[other] = min(one, first.get(other, one))
    return first


def print_of_keys(walk_id: str, store_digest: str, role: Role, keys: Mapping[str, FrameKeys]) -> WalkPrint:
    """A print of the keys of each frame, by kind: each key once, and kinds with too few of them left out."""
    distinct = {kind: distinct_keys(some) for kind, some in keys.items()}
    return WalkPrint(
        walk_id, store_digest, role, {k: some for k, some in distinct.items() if len(some) >= FEWEST_COMMON}
    )


def _pairs_by_content(asked: Sequence[WalkPrint], known: Sequence[WalkPrint]) -> Iterator[tuple[int, int]]:
    for kind in KINDS:
        for first, second in _pairs_of_kind(asked, known, kind):
            if _first_common(asked[first], known[second]) == kind:
                yield first, second


def _first_common(one: WalkPrint, other: WalkPrint) -> str | None:
    return next((kind for kind in KINDS if kind in one.keys and kind in other.keys), None)


def _pairs_of_kind(asked: Sequence[WalkPrint], known: Sequence[WalkPrint], kind: str) -> Iterator[tuple[int, int]]:
    """Places of walks with enough keys of a kind in common."""
    keys, owners = _flat(asked, kind)
    known_keys, known_owners = _flat(known, kind)
    order = np.argsort(known_keys, kind="stable")
    known_keys, known_owners = known_keys[order], known_owners[order]
    start, end = (np.searchsorted(known_keys, keys, side=side) for side in ("left", "right"))
    n_hits = end - start
    for hit in _in_parts(owners, n_hits):
        counts = n_hits[hit]
        offsets = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
        pairs = np.repeat(owners[hit], counts) * len(known) + known_owners[np.repeat(start[hit], counts) + offsets]
        found, n_common = np.unique(pairs, return_counts=True)
        for pair in found[n_common >= FEWEST_COMMON].tolist():
            yield divmod(pair, len(known))


def _in_parts(owners: NDArray[np.int64], n_hits: NDArray[np.int64]) -> Iterator[NDArray[np.int64]]:
    """The places of keys that are hit, some whole walks at a time: a frame that all walks hold makes many pairs."""
    hit = np.flatnonzero(n_hits)
    of_walks = np.cumsum(np.bincount(owners[hit], n_hits[hit]))
    part = of_walks[owners[hit]] // _PAIRS_AT_ONCE
    yield from np.split(hit, np.flatnonzero(np.diff(part)) + 1)


def _flat(walks: Sequence[WalkPrint], kind: str) -> tuple[FrameKeys, NDArray[np.int64]]:
    held = [walk.keys.get(kind, np.zeros(0, np.uint32)) for walk in walks]
    owners = np.repeat(np.arange(len(walks), dtype=np.int64), [len(keys) for keys in held])
    return (np.concatenate(held) if held else np.zeros(0, np.uint32)), owners


def _thinned(keys: FrameKeys) -> FrameKeys:
    return keys if len(keys) <= MOST_KEPT else keys[evenly(len(keys))]
