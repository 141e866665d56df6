"""A long walk in pieces: what is worked out on the way takes a few MB, however many frames there are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

FRAMES_AT_ONCE = 2_048


def pieces(n_frames: int) -> list[slice]:
    """Of so many frames, one after the other; one that is empty where there are none."""
    return [slice(first, first + FRAMES_AT_ONCE) for first in range(0, max(n_frames, 1), FRAMES_AT_ONCE)]


def by_pieces(of_piece: Callable[[slice], NDArray[Any]], n_frames: int) -> NDArray[Any]:
    """What ``of_piece`` makes of each piece, an entry a frame, joined: (n_frames, ...)."""
    first, *others = pieces(n_frames)
    made = of_piece(first)
    if not others:
        return made
    joined = np.empty((n_frames, *made.shape[1:]), made.dtype)
    joined[first] = made
    for piece in others:
        joined[piece] = of_piece(piece)
    return joined
