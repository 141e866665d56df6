"""The walks of a store as a set that can be found again: ids and frame keys, computed when they are asked for."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scoliogait.data.store import WalkStore
from scoliogait.identity.frame_keys import FrameKeys, picture_keys, pose_keys
from scoliogait.identity.walk_prints import FEWEST_COMMON, KINDS, Role, WalkPrint, WalkPrints, distinct_keys


def prints_of(
    store: WalkStore, indices: NDArray[np.int64], role: Role, kinds: Collection[str] = KINDS, thin: bool = False
) -> WalkPrints:
    """The walks at these indices of a store. kinds: of frames to read. thin: as a record keeps them; else all keys."""
    walks = (_print_of(store, index, role, kinds) for index in indices.tolist())
    return WalkPrints(tuple(walk.thinned() if thin else walk for walk in walks))


def _print_of(store: WalkStore, index: int, role: Role, kinds: Collection[str]) -> WalkPrint:
    held = [kind for kind in kinds if store.n_frames(kind, index)]
    keys = {kind: distinct_keys(_keys(kind, store.frames(kind, index))) for kind in held}
    telling = {kind: some for kind, some in keys.items() if len(some) >= FEWEST_COMMON}
    return WalkPrint(store.walk_ids[index], store.digest, role, telling)


def _keys(kind: str, frames: NDArray[Any]) -> FrameKeys:
    return pose_keys(frames) if kind == "poses" else picture_keys(frames)
