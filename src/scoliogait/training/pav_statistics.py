"""The range that maps each PAV entry to 0..1, from the walks of a run."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from scoliogait.data.store import WalkStore
from scoliogait.representation.contract import InputContract
from scoliogait.training.walks import RunWalks


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
