"""Cohorts and partitions of the comparison: per seed one cohort, and the same people filmed under other conditions."""

from __future__ import annotations

import numpy as np
from rich.console import Console

from scoliogait.data.partition import Partition, write_partition
from scoliogait.simulation.cohort import WalkPlan, plan_cohort
from scoliogait.simulation.cohort_store import write_cohort
from scoliogait.simulation.config import CohortConfig
from scoliogait.simulation.split import split_by_subject
from studies.comparison_plan import CONDITIONS, SHIFTED_CAMERA_HEIGHT_M, SHIFTED_NOISE, Condition, Study


def prepare_cohorts(study: Study, console: Console) -> None:
    """Simulate what is not there yet, and write a partition for every condition."""
    for seed in study.seeds:
        usual = CohortConfig(n_walks=study.n_walks, n_frames=study.n_frames, seed=seed)
        shifted = usual.model_copy(update={"camera_height_m": SHIFTED_CAMERA_HEIGHT_M, "noise_factor": SHIFTED_NOISE})
        for config, is_shifted in ((usual, False), (shifted, True)):
            if not study.cohort(seed, is_shifted).exists():
                with console.status(f"simulating {config.n_walks} walks"):
                    write_cohort(config, study.cohort(seed, is_shifted))
        for condition in CONDITIONS:
            write_partition(study.partition(condition, seed), partition_of(plan_cohort(usual), condition, seed))


def partition_of(plans: list[WalkPlan], condition: Condition, seed: int) -> Partition:
    """The simulated split of the ratio; with a share below 1 the training walks of that share of each class's people.

    The test walks are those of the whole ratio.
    """
    train, test = split_by_subject(plans, condition.ratio, seed)
    name = f"simulated-{condition.ratio}"
    if condition.people_share == 1:
        return Partition(name, train, test)
    kept = _some_people([plan for plan in plans if plan.walk_id in set(train)], condition.people_share, seed)
    return Partition(f"{name}-few", tuple(plan.walk_id for plan in plans if plan.subject in kept), test)


def _some_people(plans: list[WalkPlan], share: float, seed: int) -> set[int]:
    generator = np.random.default_rng([seed, 7])
    kept: set[int] = set()
    for label in sorted({plan.label for plan in plans}):
        people = sorted({plan.subject for plan in plans if plan.label is label})
        kept.update(generator.permutation(people)[: max(2, round(share * len(people)))].tolist())
    return kept
