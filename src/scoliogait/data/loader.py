"""From the store to batches of raw frames: poses, silhouettes or exported maps, never rendered ones.

Rendering happens on the training device. A step's batch depends on (seed, step) only; a process takes its share of it.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import DataLoader, IterableDataset, get_worker_info

from scoliogait.data.sampling import WalkBatchSampler, all_frames, frame_generator, sample_frames, spread_frames
from scoliogait.data.store import WalkStore
from scoliogait.errors import DataError
from scoliogait.representation.contract import InputContract, Source, refuse_unequal_frames
from scoliogait.representation.kinds import Modality

# All of Scoliosis1K, should every walk of it have gaps.
MOST_KEPT_BYTES = 256 << 20


class WalkFrames:
    """A few frames of any walk of a store, as the contract's per-walk stage gives them, without reading the others.

    Frames come straight from the memory map. Poses with gaps, which are completed from their whole walk, are kept, the
    least recently used dropped beyond ``most_kept_bytes``; so are the values of whole walks, at most 96 bytes each.
    Raises DataError when the store lacks a modality that the contract needs.
    """

    def __init__(self, store: WalkStore, contract: InputContract, most_kept_bytes: int = MOST_KEPT_BYTES) -> None:
        lacking = [modality for modality in contract.needed_modalities if modality not in store.modalities]
        if lacking:
            raise DataError(
                f"{store.path}: its walks have {', '.join(sorted(store.modalities)) or 'none in common'}, but "
                f"representation {contract.representation!r} needs {' and '.join(lacking)}; import them, or "
                "take a recipe or model of another input"
            )
        self.store = store
        self.contract = contract
        self.most_kept_bytes = most_kept_bytes
        self.kept_bytes = 0
        self._completed: OrderedDict[int, NDArray[np.float32]] = OrderedDict()
        self._complete_as_stored: set[int] = set()
        self._walk_values: dict[int, dict[str, NDArray[np.float32]]] = {}

    def n_frames(self, index: int) -> int:
        """Frames of the walk. Raises DataError when it has unequally many of the modalities that go together."""
        n_frames = {modality: self.store.n_frames(modality, index) for modality in self.contract.modalities}
        refuse_unequal_frames(n_frames, f"{self.store.path}: walk {self.store.walk_ids[index]!r}")
        return next(iter(n_frames.values()))

    def frames(self, index: int, frame_indices: NDArray[np.int64]) -> Source:
        """By modality (len(frame_indices), ...) of the walk at ``index``: poses float32, silhouettes and maps uint8."""
        return {
            modality: self._poses(index, frame_indices)
            if modality == "poses"
            else self.store.frames(modality, index, frame_indices)
            for modality in self.contract.modalities
        }

    def _poses(self, index: int, frame_indices: NDArray[np.int64]) -> NDArray[np.float32]:
        if self._is_complete_as_stored(index):
            return self.store.frames("poses", index, frame_indices)
        return self._completed_poses(index)[frame_indices]

    def _is_complete_as_stored(self, index: int) -> bool:
        """Whether completing is known to change nothing. The repair looks at confidences too, which no count states."""
        if self.contract.missing_rule == "as-published":
            return self.store.n_missing_coordinates(index) == 0
        return index in self._complete_as_stored

    def _completed_poses(self, index: int) -> NDArray[np.float32]:
        if index in self._completed:
            self._completed.move_to_end(index)
            return self._completed[index]
        stored = self.store.frames("poses", index)
        completed = self.contract.prepare_poses(stored, f"{self.store.path}: walk {self.store.walk_ids[index]!r}")
        if np.array_equal(completed, stored):
            self._complete_as_stored.add(index)
        else:
            self._keep(index, completed)
        return completed

    def _keep(self, index: int, completed: NDArray[np.float32]) -> None:
        self._completed[index] = completed
        self.kept_bytes += completed.nbytes
        while self.kept_bytes > self.most_kept_bytes:
            _, dropped = self._completed.popitem(last=False)
            self.kept_bytes -= dropped.nbytes

    def seen(self, index: int, n_spread: int | None = None) -> NDArray[np.int64]:
        """Which frames evaluation sees: the first ``contract.max_frames``, or ``n_spread`` spread evenly over them."""
        length, limit = self.n_frames(index), self.contract.max_frames
        return all_frames(length, limit) if n_spread is None else spread_frames(length, limit, n_spread)

    def in_order(self, index: int, n_spread: int | None = None) -> Source:
        """The frames that are ``seen``."""
        return self.frames(index, self.seen(index, n_spread))

    def walk_values(self, indices: Sequence[int]) -> dict[str, Tensor]:
        """What holds for whole walks, by name: pav float32 (N, 8, 3), outline float32 (N, 12), as the contract has."""
        values = [self._values_of(index) for index in indices]
        return {name: torch.from_numpy(np.stack([one[name] for one in values])) for name in values[0]}

    def _values_of(self, index: int) -> dict[str, NDArray[np.float32]]:
        if self.contract.pav is None and self.contract.outline is None:
            return {}
        if index not in self._walk_values:
            walk = self.store.walk(index, self.contract.needed_modalities)
            self._walk_values[index] = self.contract.walk_values(walk)
        return self._walk_values[index]


class TrainingBatch(NamedTuple):
    """source: by modality (N, T, ...) as ``WalkFrames`` gives them. walk_values: of whole walks, by name (N, ...).

    labels, walks: int64 (N,), class ids and store indices. mirrored: bool (N,), walks whose rendered input is to be
    mirrored left to right. step: which step this batch is of.
    """

    source: dict[Modality, Tensor]
    walk_values: dict[str, Tensor]
    labels: Tensor
    walks: Tensor
    mirrored: Tensor
    step: int


@dataclass(frozen=True)
class BatchShare:
    """Which part of every batch a process takes: an equal, contiguous piece."""

    rank: int = 0
    world_size: int = 1

    def of(self, batch_size: int) -> range:
        """Positions in the batch. Raises DataError when the batch cannot be cut into equal pieces."""
        size, remainder = divmod(batch_size, self.world_size)
        if remainder:
            raise DataError(
                f"sampler: a batch of {batch_size} walks cannot be shared equally by {self.world_size} processes; "
                "change sampler.identities or the number of processes"
            )
        return range(self.rank * size, (self.rank + 1) * size)


class TrainingBatches(IterableDataset[TrainingBatch]):
    """The batches of steps ``first_step`` .. ``n_steps`` - 1.

    indices: store index of each of the sampler's walks. share: the piece of each batch that this process takes.
    """

    def __init__(
        self,
        walk_frames: WalkFrames,
        indices: NDArray[np.int64],
        sampler: WalkBatchSampler,
        frames_per_walk: int,
        n_steps: int,
        mirror: float = 0.0,
        share: BatchShare | None = None,
    ) -> None:
        self.walk_frames = walk_frames
        self.indices = indices
        self.sampler = sampler
        self.frames_per_walk = frames_per_walk
        self.n_steps = n_steps
        self.mirror = mirror
        self.positions = (share or BatchShare()).of(sampler.batch_size)
        self.first_step = 0

    def __iter__(self) -> Iterator[TrainingBatch]:
        worker = get_worker_info()
        offset, stride = (worker.id, worker.num_workers) if worker else (0, 1)
        for step in range(self.first_step + offset, self.n_steps, stride):
            yield self.batch(step)

    def batch(self, step: int) -> TrainingBatch:
        drawn = self.sampler.batch(step)
        walks = self.indices[drawn[self.positions.start : self.positions.stop]]
        sources: list[Source] = []
        mirrored = []
        for position, walk in zip(self.positions, walks, strict=True):
            generator = frame_generator(self.sampler.seed, step, position)
            chosen = sample_frames(self.walk_frames.n_frames(walk), self.frames_per_walk, generator)
            sources.append(self.walk_frames.frames(walk, chosen))
            mirrored.append(generator.random() < self.mirror)
        return TrainingBatch(
            source={name: torch.from_numpy(np.stack([s[name] for s in sources])) for name in sources[0]},
            walk_values=self.walk_frames.walk_values(walks.tolist()),
            labels=torch.from_numpy(self.walk_frames.store.labels[walks]),
            walks=torch.from_numpy(walks),
            mirrored=torch.tensor(mirrored),
            step=step,
        )


def training_loader(batches: TrainingBatches, workers: int = 0) -> DataLoader[TrainingBatch]:
    """A DataLoader over whole batches, in step order for any number of reading processes."""
    # "spawn" behaves the same on every system, and a forked child must not use torch's threads.
    context = "spawn" if workers else None
    return DataLoader(batches, batch_size=None, num_workers=workers, multiprocessing_context=context)
