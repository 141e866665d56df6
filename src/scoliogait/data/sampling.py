"""Which walks and which frames a training step sees.

Every draw depends on (seed, step, position in the batch) and on nothing else, so that a resumed run and a run on
several processes see exactly what one uninterrupted process would have seen. Semantics are those of OpenGait's
TripletSampler, CollateFn and InferenceSampler; the draws themselves are our own.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from scoliogait.errors import DataError

# The first number after the seed separates the streams.
_WALKS, _FRAMES = 0, 1

IndexArray = NDArray[np.int64]


class WalkBatchSampler:
    """P identities without replacement, K walks of each: the batch of a triplet loss.

    identities: (n,) one whole number per walk; walks with equal numbers are "the same" (walk, person or class).
    labels: (n,) class ids. n_identities is P, walks_per_identity is K.
    With fewer identities than P, identities are drawn with replacement; an identity with fewer walks than K gives
    walks with replacement (an identity of one walk is that walk K times, as in Scoliosis1K).
    class_balanced: every class gives the same number of identities; a remainder rotates through the classes from step
    to step. Identities of one class each are needed for that.

    Raises DataError when there is no walk, P or K is below 1, or (balanced) an identity has walks of several classes.
    """

    def __init__(
        self,
        identities: ArrayLike,
        labels: ArrayLike,
        n_identities: int,
        walks_per_identity: int,
        seed: int,
        class_balanced: bool = False,
    ) -> None:
        numbers, classes = np.asarray(identities), np.asarray(labels)
        if numbers.ndim != 1 or not len(numbers) or numbers.shape != classes.shape:
            raise DataError(
                f"sampler: identities {numbers.shape} and labels {classes.shape}; expected one of each per walk"
            )
        if n_identities < 1 or walks_per_identity < 1:
            raise DataError(f"sampler: {n_identities} identities x {walks_per_identity} walks; expected at least 1 x 1")
        self.n_identities = n_identities
        self.walks_per_identity = walks_per_identity
        self.seed = seed
        self._walks_of = [np.flatnonzero(numbers == number) for number in np.unique(numbers)]
        self._pools = [np.arange(len(self._walks_of))]
        if class_balanced:
            self._pools = _identities_by_class(self._walks_of, classes)

    @property
    def batch_size(self) -> int:
        return self.n_identities * self.walks_per_identity

    def batch(self, step: int) -> IndexArray:
        """Positions of the walks of one step, (P·K,) int64, grouped by identity."""
        generator = np.random.default_rng((self.seed, _WALKS, step))
        share, remainder = divmod(self.n_identities, len(self._pools))
        with_one_more = {(step + i) % len(self._pools) for i in range(remainder)}
        chosen = [_draw(pool, share + (i in with_one_more), generator) for i, pool in enumerate(self._pools)]
        return np.concatenate(
            [_draw(self._walks_of[i], self.walks_per_identity, generator) for i in np.concatenate(chosen)]
        )


def _identities_by_class(walks_of: list[IndexArray], classes: NDArray[np.generic]) -> list[IndexArray]:
    """Identities of each class present, in class order."""
    for walks in walks_of:
        if len(np.unique(classes[walks])) > 1:
            raise DataError(
                "sampler: class_balanced needs identities of one class each, but one has walks of several classes; "
                "use identity: walk"
            )
    class_of = np.array([classes[walks[0]] for walks in walks_of])
    return [np.flatnonzero(class_of == c) for c in np.unique(class_of)]


def frame_generator(seed: int, step: int, position: int) -> np.random.Generator:
    """The generator for everything drawn inside one walk of a batch; ``position`` counts within the whole batch."""
    return np.random.default_rng((seed, _FRAMES, step, position))


def sample_frames(length: int, n_frames: int, generator: np.random.Generator) -> IndexArray:
    """``n_frames`` frame indices out of ``length`` in random order: without replacement, or with it if there are fewer.

    OpenGait's ``fixed_unordered``; the published n_frames is 30. Raises DataError for a walk without frames.
    """
    if length < 1:
        raise DataError(f"sampling: a walk of {length} frames; expected at least 1")
    return _draw(np.arange(length), n_frames, generator)


def all_frames(length: int, limit: int) -> IndexArray:
    """The first ``limit`` frames in order (``all_ordered``), which is what evaluation sees."""
    return np.arange(min(length, limit), dtype=np.int64)


def spread_frames(length: int, limit: int, n: int) -> IndexArray:
    """``n`` of the first ``limit`` frames, in order: the middles of as many equal pieces. All, where there are no more.

    Raises ValueError for ``n`` below 1.
    """
    if n < 1:
        raise ValueError(f"n is {n}; expected at least 1 frame")
    length = min(length, limit)
    return all_frames(length, limit) if n >= length else (2 * np.arange(n, dtype=np.int64) + 1) * length // (2 * n)


def evaluation_batches(n_walks: int, batch_size: int, rank: int = 0, world_size: int = 1) -> list[list[int]]:
    """Batches of one process that together cover every walk in order; the last batch is filled up from the front.

    Each batch of ``batch_size`` is cut into ``world_size`` equal pieces (OpenGait's ``InferenceSampler``), so that
    every process has as many walks as the others. For a single process the filling repeats no walk twice, so a set
    smaller than half a batch gives a shorter one. Raises DataError when the batch cannot be cut so.
    """
    if batch_size % world_size:
        raise DataError(f"evaluation: a batch of {batch_size} walks cannot be shared equally by {world_size} processes")
    order = np.arange(n_walks)
    missing = -n_walks % batch_size
    filling = order[:missing] if world_size == 1 else np.resize(order, missing)
    padded = np.concatenate([order, filling])
    batches = [padded[start : start + batch_size] for start in range(0, len(padded), batch_size)]
    return [batch.reshape(world_size, -1)[rank].tolist() for batch in batches]


def _draw(pool: IndexArray, n: int, generator: np.random.Generator) -> IndexArray:
    return generator.choice(pool, size=n, replace=len(pool) < n).astype(np.int64)
