"""The walks of a store as a set that can be found again: ids and frame keys, computed when they are asked for."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scoliogait.data.store import WalkStore
from scoliogait.identity.frame_keys import FrameKeys, picture_keys, pose_keys
from scoliogait.identity.walk_prints import (
    KINDS,
    MOST_KEPT,
    Role,
    WalkPrint,
    WalkPrints,
    evenly,
    print_of_keys,
)


def prints_of(
    store: WalkStore, indices: NDArray[np.int64], role: Role, kinds: Collection[str] = KINDS, thin: bool = False
) -> WalkPrints:
    """The walks at these indices of a store. kinds: of frames to read. thin: as a record keeps them; else all keys."""
    return WalkPrints(tuple(_print_of(store, index, role, kinds, thin) for index in indices.tolist()))


def kinds_to_compare(store: WalkStore, known: WalkPrints) -> tuple[str, ...]:
    """The kinds of frames that decide whether walks of a store are among known ones: the rest need not be read."""
    for place, kind in enumerate(KINDS):
        if kind in store.modalities and all(kind in walk.keys for walk in known.walks):
            return tuple(other for other in KINDS[: place + 1] if other in known.kinds)
    return known.kinds


def kinds_in_all(store: WalkStore) -> tuple[str, ...]:
    """The kinds of frames that tell whether two walks of a store are the same: those up to the first that all hold."""
    for place, kind in enumerate(KINDS):
        if all(store.n_frames(kind, index) for index in range(len(store))):
            return KINDS[: place + 1]
    return KINDS


def _print_of(store: WalkStore, index: int, role: Role, kinds: Collection[str], thin: bool) -> WalkPrint:
    held = [kind for kind in kinds if store.n_frames(kind, index)]
    keys = {kind: _keys(kind, _frames(store, kind, index, thin)) for kind in held}
    return print_of_keys(store.walk_ids[index], store.digest, role, keys)


def _frames(store: WalkStore, kind: str, index: int, thin: bool) -> NDArray[Any]:
    n_frames = store.n_frames(kind, index)
    return store.frames(kind, index, evenly(n_frames) if thin and n_frames > MOST_KEPT else None)


def _keys(kind: str, frames: NDArray[Any]) -> FrameKeys:
    return pose_keys(frames) if kind == "poses" else picture_keys(frames)
