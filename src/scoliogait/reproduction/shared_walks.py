"""Walks that train and test in the same split: copies under two ids, found before anything is trained."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from scoliogait.data.partition import Partition
from scoliogait.data.store import WalkStore
from scoliogait.data.walk_prints import kinds_to_compare, prints_of
from scoliogait.errors import DataError
from scoliogait.identity.walk_prints import WalkPrints, find_walks


def refuse_shared_walks(store: WalkStore, partitions: Sequence[Partition]) -> None:
    """Raise DataError for the first partition in which test walks are copies of training or validation walks."""
    everything = prints_of(store, np.arange(len(store)), "train", thin=True)
    kinds = kinds_to_compare(store, everything)
    for partition in {each.digest: each for each in partitions}.values():
        seen = store.indices_of([*partition.train, *partition.validation]).tolist()
        record = WalkPrints(tuple(everything.walks[index] for index in seen))
        found = find_walks(prints_of(store, store.indices_of(partition.test), "test", kinds), record)
        if found.n_same:
            raise DataError(
                f"{partition.words}: {found.n_same} of its {len(found.same)} test walks are copies of training walks "
                "under other ids; take the copies out of the data, or give --allow-leak: the results will say so"
            )
