"""The walks of one fold of the headroom study as a partition, apart from what predicts walks."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from scoliogait.data.partition import OWN_PARTITION, Partition, read_partition, write_partition
from scoliogait.data.store import WalkStore


def write_fold(store: WalkStore, train: NDArray[np.int64], path: Path) -> None:
    """A partition of these training walks and of the cohort's own test walks, which stay closed."""
    closed = read_partition(store.path / OWN_PARTITION).test
    write_partition(path, Partition(path.stem, tuple(store.walk_ids[i] for i in train), closed))
