"""Checks trees and stores and lists every problem, not just the first."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from scoliogait.data.kept_problems import keep, read_kept
from scoliogait.data.modality_check import HeldFrames, modality_problems
from scoliogait.data.partition import Partition
from scoliogait.data.problems import Problem, partition_problems, walk_problems
from scoliogait.data.recorded_twice import print_of, twice_problems
from scoliogait.data.scoliosis1k import PlannedWalk, joining_problems, plan_walks, read_planned, scan_tree
from scoliogait.data.stated import NOTHING_STATED, Stated
from scoliogait.data.store import WalkStore
from scoliogait.data.store_format import MODALITIES
from scoliogait.data.stored_problems import stored_problems
from scoliogait.data.walk_prints import kinds_in_all, prints_of
from scoliogait.errors import DataError
from scoliogait.identity.walk_prints import WalkPrint
from scoliogait.progress import Progress, no_progress
from scoliogait.walk import Walk


def check_trees(
    roots: Sequence[str | Path],
    partition: Partition | None = None,
    subset: bool = False,
    progress: Progress = no_progress,
    stated: Stated = NOTHING_STATED,
) -> list[Problem]:
    """Every problem of the trees, read together: folders, classes, pickles, arrays, joints, ids against a partition.

    stated: what their files leave open. subset: the partition lists only some of the ids on purpose. An empty list
    means that all is well. Raises DataError when a root holds no walk at all.
    """
    planned, problems = plan_walks(roots)
    listed = joining_problems(planned, roots)
    problems += listed
    held: list[HeldFrames] = []
    prints: list[WalkPrint] = []
    for done, plan in enumerate(planned):
        progress(done, len(planned))
        walk = _checked(plan, problems, stated)
        if walk is not None:
            held.append(HeldFrames.of(walk, plan.where))
            prints.append(print_of(walk))
    problems += modality_problems(held, {problem.where for problem in listed})
    problems += twice_problems(prints, [one.where for one in held])
    if stated.people is not None:
        problems += stated.people.problems((plan.walk_id, plan.tree_id) for plan in planned)
    if partition is not None:
        # An id counts as present when its folder is there, even if what it holds is listed as damaged.
        names = [(entry.id, f"{entry.id}-{entry.view}") for root in roots for entry in scan_tree(root)]
        problems += partition_problems(names, partition, " + ".join(map(str, roots)), subset)
    progress(len(planned), len(planned))
    return problems


def _checked(plan: PlannedWalk, problems: list[Problem], stated: Stated) -> Walk | None:
    """The walk of some folders, after its problems were appended; None where it cannot be read."""
    walk = read_planned(plan, problems.append, stated.layout)
    try:
        walk = walk and stated.complete(walk, plan.where, problems)
    except DataError as error:
        problems.append(Problem(plan.where, "unreadable", "unusable", str(error).removeprefix(f"{plan.where}: ")))
        return None
    if walk is not None:
        problems += walk_problems(walk, plan.where)
    return walk


def check_store(
    path: str | Path,
    partition: Partition | None = None,
    subset: bool = False,
    progress: Progress = no_progress,
    stated: Stated = NOTHING_STATED,
    again: bool = False,
) -> list[Problem]:
    """Every problem of a store: checksums, joints, lengths, ids against a partition.

    What the same rules found before in the same walks is taken from the store (see ``kept_problems``), unless ``again``
    has every walk looked at. Raises DataError for a stated layout: a store holds COCO-17 and nothing else.
    """
    if stated.layout is not None:
        raise DataError(f"{path}: a store holds COCO-17, read already; leave out --joints, it is for trees and files")
    try:
        store = WalkStore.open(path)
        store.verify()
    except DataError as error:
        return [Problem(str(path), "damaged-store", "unusable", str(error).removeprefix(f"{path}: "))]
    places = [f"{path}: walk {walk_id!r}" for walk_id in store.walk_ids]
    kept = None if again else read_kept(store, places, stated)
    problems = _checked_again(store, places, progress, stated) if kept is None else kept
    problems += modality_problems(
        [
            HeldFrames(where, {m: n for m in MODALITIES if (n := store.n_frames(m, index))})
            for index, where in enumerate(places)
        ]
    )
    problems += twice_problems(prints_of(store, np.arange(len(store)), "train", kinds_in_all(store)).walks, places)
    names = list(zip(store.tree_ids, store.walk_ids, strict=True))
    if stated.people is not None:
        problems += stated.people.problems((walk_id, tree_id) for tree_id, walk_id in names)
    if partition is not None:
        problems += partition_problems(names, partition, str(path), subset)
    progress(len(store), len(store))
    return problems


def _checked_again(store: WalkStore, places: Sequence[str], progress: Progress, stated: Stated) -> list[Problem]:
    """The problems of all walks by today's rules; they are kept for the next time."""
    found: list[list[Problem]] = []
    for index, where in enumerate(places):
        progress(index, len(store))
        found.append(stored_problems(store.walk(index), where, stated))
    keep(store, found, stated)
    return [problem for of_walk in found for problem in of_walk]
