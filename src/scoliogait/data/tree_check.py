"""Checks trees and stores and lists every problem, not just the first."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from scoliogait.data.partition import Partition
from scoliogait.data.problems import Problem, partition_problems, walk_problems
from scoliogait.data.scoliosis1k import joining_problems, plan_walks, read_planned, scan_tree
from scoliogait.data.store import WalkStore
from scoliogait.errors import DataError
from scoliogait.progress import Progress, no_progress


def check_trees(
    roots: Sequence[str | Path],
    partition: Partition | None = None,
    subset: bool = False,
    progress: Progress = no_progress,
) -> list[Problem]:
    """Every problem of the trees, read together: folders, classes, pickles, arrays, joints, ids against a partition.

    subset: the partition lists only some of the ids on purpose. An empty list means that all is well. Raises DataError
    when a root holds no walk at all.
    """
    planned, problems = plan_walks(roots)
    problems += joining_problems(planned, roots)
    for done, plan in enumerate(planned):
        progress(done, len(planned))
        walk = read_planned(plan, problems.append)
        if walk is not None:
            problems += walk_problems(walk, plan.where)
    if partition is not None:
        # An id counts as present when its folder is there, even if what it holds is listed as damaged.
        names = [(entry.id, f"{entry.id}-{entry.view}") for root in roots for entry in scan_tree(root)]
        problems += partition_problems(names, partition, " + ".join(map(str, roots)), subset)
    progress(len(planned), len(planned))
    return problems


def check_store(
    path: str | Path, partition: Partition | None = None, subset: bool = False, progress: Progress = no_progress
) -> list[Problem]:
    """Every problem of a store: checksums, joints, lengths, ids against a partition."""
    try:
        store = WalkStore.open(path)
        store.verify()
    except DataError as error:
        return [Problem(str(path), "damaged-store", "unusable", str(error).removeprefix(f"{path}: "))]
    problems: list[Problem] = []
    for index, walk_id in enumerate(store.walk_ids):
        progress(index, len(store))
        problems += walk_problems(store.walk(index), f"{path}: walk {walk_id!r}")
    if partition is not None:
        names = zip(store.tree_ids, store.walk_ids, strict=True)
        problems += partition_problems(names, partition, str(path), subset)
    progress(len(store), len(store))
    return problems
