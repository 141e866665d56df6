"""A simulated cohort as a store folder, with its partition and its ground truth."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from scoliogait.data.kept_problems import keep
from scoliogait.data.partition import OWN_PARTITION, Partition, write_partition
from scoliogait.data.problems import Problem
from scoliogait.data.stated import NOTHING_STATED
from scoliogait.data.store import WalkStore, is_store
from scoliogait.data.store_writer import write_store_files
from scoliogait.data.stored_problems import stored_problems
from scoliogait.files import atomic_folder, refuse_existing
from scoliogait.simulation.cohort import SimulatedWalk, WalkPlan, of_every_walk, plan_cohort, simulate_walk
from scoliogait.simulation.config import CohortConfig
from scoliogait.simulation.split import split_by_subject
from scoliogait.simulation.truth import TRUTH_FILE, write_truth
from scoliogait.walk import Walk


def write_cohort(
    config: CohortConfig,
    out: Path,
    *,
    ratio: str = "118",
    workers: int | None = None,
    overwrite: bool = False,
    progress: Callable[[int], None] | None = None,
) -> WalkStore:
    """Simulate a cohort into a store folder that also holds ``partition.json`` and ``truth.parquet``; atomic.

    ratio: name of the split into training and test walks (``simulation.split.TRAIN_SHARES``). workers: processes, all
    cores unless given; the walks do not depend on it. progress: called with the number of walks just done. The store
    keeps what a check of it would find (see ``kept_problems``): with cameras and noise of many kinds, some walks are
    none that a screening takes.

    Raises DataError for an unknown ratio, an existing output without ``overwrite``, or a full disk.
    """
    refuse_existing(out, overwrite, is_store, "a store")
    train, test = split_by_subject(plan_cohort(config), ratio, config.seed)
    truth: list[dict[str, Any]] = []
    problems: list[list[Problem]] = []
    origin = {"simulated": "yes", "settings": config.as_origin()}

    def keep_truth() -> Iterator[Walk]:
        for simulated, of_walk in of_every_walk(_simulated_and_checked, config, workers or os.cpu_count() or 1):
            truth.append(simulated.truth)
            problems.append(of_walk)
            if progress is not None:
                progress(1)
            yield simulated.walk

    with atomic_folder(out) as folder:
        write_store_files(folder, keep_truth(), origin)
        write_partition(folder / OWN_PARTITION, Partition(f"simulated-{ratio}", train, test))
        write_truth(folder / TRUTH_FILE, truth)
    store = WalkStore.open(out)
    keep(store, problems)
    return store


def _simulated_and_checked(config: CohortConfig, plan: WalkPlan) -> tuple[SimulatedWalk, list[Problem]]:
    simulated = simulate_walk(config, plan)
    return simulated, stored_problems(simulated.walk, simulated.walk.source, NOTHING_STATED)
