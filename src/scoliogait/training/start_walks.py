"""Which walks of a run had a part in the weights that it starts from, by the record that these carry."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scoliogait.data.walk_prints import kinds_to_compare, prints_of
from scoliogait.identity.walk_prints import WalkPrints, find_walks
from scoliogait.training.walks import RunWalks


@dataclass(frozen=True)
class StartWalks:
    """n_test, n_validation: walks of the run that trained the source; for the test walks, or chose it. n_test_walks,
    n_validation_walks: of how many. complete: False where not all walks that had a part in the source are recorded."""

    n_test: int
    n_test_walks: int
    n_validation: int
    n_validation_walks: int
    complete: bool


def start_walks(record: WalkPrints, walks: RunWalks) -> StartWalks:
    """Compare the walks of a run with the record of its source, by id and by content."""
    test = walks.store.indices_of(walks.partition.test)
    trained = WalkPrints(tuple(walk for walk in record.walks if walk.role != "validation"))
    return StartWalks(
        _n_found(test, record, walks),
        len(test),
        _n_found(walks.validation, trained, walks),
        len(walks.validation),
        record.complete,
    )


def _n_found(indices: NDArray[np.int64], record: WalkPrints, walks: RunWalks) -> int:
    kinds = kinds_to_compare(walks.store, record)
    return find_walks(prints_of(walks.store, indices, "test", kinds), record).n_same
