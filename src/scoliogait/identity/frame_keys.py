"""A number for each frame of a walk, the same again after an export and an import, and no way back to the frame.

Coordinates are rounded to float16 and then kept to 9 binary digits (1 px from 256 to 512 px, 2 px from there to 1024).
Copies in float32 and float16 give equal keys, and copies rounded to 0.1 px most of them. Of pictures each pixel counts
as in or out, at half of its range. Another size, another crop and another estimator give other keys.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from scoliogait.skeleton import TRUNK_AND_LEG_JOINTS

FrameKeys = NDArray[np.uint32]

# A frame with fewer of the eight joints of trunk and legs says too little.
_FEWEST_JOINTS = 4
_BINARY_DIGITS = 9
# Cells do not become finer than those of 64 to 128 px.
_LOWEST_EXPONENT = 7
_FLOAT16_MAX = 65504.0
_HALF = 127
_SEED = 0x5C0110


def pose_keys(poses: NDArray[np.floating]) -> FrameKeys:
    """uint32 (n,), n <= T: a key for each frame of poses (T, 17, 3) that shows enough of trunk and legs.

    A joint without confidence, or with a coordinate of exactly 0, is missing.
    """
    joints = np.asarray(poses, dtype=np.float32)[:, TRUNK_AND_LEG_JOINTS, :]
    missing = (joints[..., 2] <= 0) | (joints[..., :2] == 0).any(axis=-1)
    places = np.where(missing[..., None], np.float32(0), joints[..., :2])
    cells = _cells(places).reshape(len(places), -1)
    return _hashed(cells[(~missing).sum(axis=1) >= _FEWEST_JOINTS])


def picture_keys(frames: NDArray[np.uint8]) -> FrameKeys:
    """uint32 (n,), n <= T: a key for each frame (T, ...) that is neither empty nor full at half of its range."""
    inside = frames.reshape(len(frames), -1) > _HALF
    n_inside = np.count_nonzero(inside, axis=1)
    telling = inside[(n_inside > 0) & (n_inside < inside.shape[1])]
    packed = np.packbits(telling, axis=1)
    padded = np.pad(packed, ((0, 0), (0, -packed.shape[1] % 4)))
    return _hashed(np.ascontiguousarray(padded).view("<u4").astype(np.uint64))


def _cells(places: NDArray[np.float32]) -> NDArray[np.uint64]:
    """The cell that each coordinate lies in, as a number that no other cell has."""
    rounded = np.clip(places, -_FLOAT16_MAX, _FLOAT16_MAX).astype(np.float16).astype(np.float32)
    _, exponents = np.frexp(rounded)
    exponents = np.maximum(exponents, _LOWEST_EXPONENT)
    steps = np.floor(np.ldexp(rounded, _BINARY_DIGITS - exponents)).astype(np.int64)
    return (steps * 64 + exponents).astype(np.uint64)


def _hashed(rows: NDArray[np.uint64]) -> FrameKeys:
    """Multilinear hashing of the rows (n, d) with fixed odd factors; the upper half of the sum."""
    factors = np.random.Generator(np.random.PCG64(_SEED)).integers(
        0, 2**64, size=rows.shape[1], dtype=np.uint64, endpoint=False
    ) | np.uint64(1)
    sums = ((rows + np.uint64(1)) * factors).sum(axis=1, dtype=np.uint64)
    return (sums >> np.uint64(32)).astype(np.uint32)
