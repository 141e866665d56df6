"""Which walks of a store train a model, and which of them are held back for validation. Test walks stay unread."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scoliogait.data.partition import Partition, carve_validation, given_or_own, read_partition
from scoliogait.data.store import WalkStore
from scoliogait.errors import DataError, RecipeError
from scoliogait.labels import CLASS_NAMES
from scoliogait.representation.contract import InputContract
from scoliogait.skeleton import N_JOINTS
from scoliogait.training.recipe import Recipe


@dataclass(frozen=True, eq=False)
class RunWalks:
    """train, validation: store indices, int64; validation may be empty. partition: where the training ids come from."""

    store: WalkStore
    partition: Partition
    train: NDArray[np.int64]
    validation: NDArray[np.int64]

    def counts(self) -> dict[str, dict[str, int]]:
        """Walks per class of each subset."""
        subsets = {"train": self.train, "validation": self.validation}
        return {
            name: {c: int((self.store.labels[indices] == k).sum()) for k, c in enumerate(CLASS_NAMES)}
            for name, indices in subsets.items()
        }

    def identities(self, kind: str) -> NDArray[np.int64]:
        """A number per training walk; equal numbers are one identity of the sampler (walk, subject or class).

        Raises DataError when people are asked for but some are unknown.
        """
        if kind == "walk":
            return np.arange(len(self.train))
        if kind == "class":
            return self.store.labels[self.train]
        subjects = [self.store.subject_ids[i] for i in self.train]
        if None in subjects:
            raise DataError(
                f"{self.store.path}: the person of some training walks is unknown, but sampler.identity is 'subject'; "
                "use --set sampler.identity=walk"
            )
        return np.unique(np.array(subjects), return_inverse=True)[1].astype(np.int64)


def choose_walks(recipe: Recipe) -> RunWalks:
    """Open the recipe's store, read its partition, carve the validation walks unless the partition lists its own.

    Without a partition in the recipe, the store's own ``partition.json`` is taken. Raises RecipeError when no store is
    given, DataError without a partition, or when ids are missing from the store, walks have no class, or a class is
    absent.
    """
    if recipe.data.store is None:
        raise RecipeError(f"recipe {recipe.name}: data.store is not given; add --data STORE")
    store = WalkStore.open(recipe.data.store)
    source = given_or_own(recipe.data.partition, store.path)
    partition = read_partition(source)
    try:
        indices = store.indices_of(partition.train)
        validation = store.indices_of(partition.validation)
        store.indices_of(partition.test)  # a partition of other data is noticed before hours of training
    except DataError as error:
        raise DataError(f"partition {source}: {error}") from error
    _check_classes(store, partition, indices, validation)
    _check_somebody_is_seen(recipe, store, indices)
    train = indices
    if recipe.data.validation_fraction > 0 and not partition.validation:
        ids = [store.walk_ids[i] for i in indices]
        subjects = [store.subject_ids[i] for i in indices]
        kept, held_back = carve_validation(
            ids, store.labels[indices], subjects, recipe.data.validation_fraction, recipe.seed
        )
        train, validation = store.indices_of(kept), store.indices_of(held_back)
    return RunWalks(store, partition, train, validation)


def _check_classes(
    store: WalkStore, partition: Partition, indices: NDArray[np.int64], validation: NDArray[np.int64]
) -> None:
    used = np.concatenate([indices, validation])
    if (store.labels[used] < 0).any():
        first = store.walk_ids[used[int(np.argmax(store.labels[used] < 0))]]
        raise DataError(
            f"{store.path}: training walk {first!r} has no class; label it or leave it out of the partition"
        )
    labels = store.labels[indices]
    absent = [name for k, name in enumerate(CLASS_NAMES) if not (labels == k).any()]
    if absent:
        raise DataError(
            f"{store.path}: {partition.words} has no {' and no '.join(absent)} walk among its training ids; "
            "a model of three classes needs walks of each"
        )


def _check_somebody_is_seen(recipe: Recipe, store: WalkStore, indices: NDArray[np.int64]) -> None:
    if "poses" not in recipe.contract.modalities:
        return
    for index in indices.tolist():
        if store.n_missing_coordinates(index) == 2 * N_JOINTS * store.n_frames("poses", index):
            raise DataError(
                f"{store.path}: training walk {store.walk_ids[index]!r} shows no person: all its joints are missing; "
                "take it out of the partition"
            )


def ready_contract(recipe: Recipe, walks: RunWalks) -> InputContract:
    """The recipe's contract with all that training knows: the length of a training clip, the range of the PAV and the
    scale of the outline.

    Raises DataError when a walk cannot be given a PAV, or its outline.
    """
    contract = recipe.contract.model_copy(update={"training_frames": recipe.sampler.frames})
    return with_outline_scale(with_pav_statistics(contract, walks), walks)


def with_outline_scale(contract: InputContract, walks: RunWalks) -> InputContract:
    """The contract with the scale of its outline, that of the training walks; unchanged when it has none, or its scale.

    Raises DataError when a training walk has no outline.
    """
    if contract.outline is None or contract.outline.is_ready:
        return contract
    store = walks.store
    numbers = [contract.outline.raw(store.walk(i, contract.needed_modalities)) for i in walks.train.tolist()]
    return contract.model_copy(update={"outline": contract.outline.with_scale_of(numbers)})


def with_pav_statistics(contract: InputContract, walks: RunWalks) -> InputContract:
    """The contract with the range of its PAV; unchanged when it has none, or has its range already.

    "train" takes the training walks, without those held back for validation. "dataset" takes every walk of the
    partition, the test walks included: the recorded leak that the published checkpoint was made with.
    Raises DataError when a walk cannot be given a PAV.
    """
    if contract.pav is None or contract.pav.is_ready:
        return contract
    indices = walks.train
    if contract.pav.leaks:
        indices = walks.store.indices_of(walks.partition.ids)
    ready = contract.pav.with_range_of(_raw_pavs(contract, walks.store, indices))
    return contract.model_copy(update={"pav": ready})


def _raw_pavs(contract: InputContract, store: WalkStore, indices: NDArray[np.int64]) -> NDArray[np.float32]:
    assert contract.pav is not None
    return np.stack([contract.pav.raw(store.walk(index, contract.needed_modalities)) for index in indices.tolist()])
