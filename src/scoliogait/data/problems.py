"""What can be wrong with walks, as a list: checking never stops at the first find."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from scoliogait.data.partition import Partition
from scoliogait.data.store_format import MODALITIES
from scoliogait.measurement.caution_limits import MAX_EXCHANGED_SHARE
from scoliogait.measurement.side_swaps import repaired_walk
from scoliogait.representation.silhouette import shows_person
from scoliogait.skeleton import JOINT_NAMES
from scoliogait.walk import Walk
from scoliogait.wording import first_few

# unusable: cannot be imported. doubtful: can be imported, but distorts results. note: worth knowing, nothing to mend.
ProblemSeverity = Literal["unusable", "doubtful", "note"]


@dataclass(frozen=True)
class Problem:
    """One find: where it is, what it is, and what to do. ``kind`` is a short fixed word for counting and filtering.

    ids: all ids that the find is about, where it is about a partition; the message names the first of them.
    """

    where: str
    kind: str
    severity: ProblemSeverity
    message: str
    ids: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.where}: {self.message}"


def walk_problems(walk: Walk, where: str) -> list[Problem]:
    """Everything about one readable walk that makes it unusable or doubtful, and what its reader noted."""
    noted = [Problem(where, "noted-by-reader", "note", note) for note in walk.notes if note not in walk.doubts]
    return [
        *noted,
        *_length_problems(walk, where),
        *_pose_problems(walk, where),
        *_screening_problems(walk, where),
        *_silhouette_problems(walk, where),
    ]


def _length_problems(walk: Walk, where: str) -> Iterable[Problem]:
    single = [m for m in MODALITIES if getattr(walk, m) is not None and len(getattr(walk, m)) == 1]
    if single:
        message = f"has 1 frame ({', '.join(single)}); a gait needs several, record it again or remove it"
        yield Problem(where, "one-frame", "doubtful", message)
    if walk.poses is not None and walk.silhouettes is not None and len(walk.poses) != len(walk.silhouettes):
        yield Problem(
            where,
            "lengths-differ",
            "note",
            f"has {len(walk.poses)} pose frames and {len(walk.silhouettes)} silhouettes; both are kept, "
            "they are not paired frame by frame",
        )


def _pose_problems(walk: Walk, where: str) -> Iterable[Problem]:
    if walk.poses is None:
        return
    seen = walk.poses[..., 2] > 0
    if not seen.any():
        yield Problem(
            where,
            "no-visible-joint",
            "unusable",
            "no joint is visible in any frame; detect the poses again or remove it",
        )
        return
    never = [JOINT_NAMES[joint] for joint in np.flatnonzero(~seen.any(axis=0))]
    if never:
        yield Problem(
            where,
            "joint-never-seen",
            "doubtful",
            f"{', '.join(never)} never seen, which distorts published maps; use missing='repair' or remove the walk",
        )
    n_empty = int((~seen.any(axis=1)).sum())
    if n_empty:
        yield Problem(where, "frames-without-person", "note", f"{n_empty} of {len(seen)} pose frames show no person")


def _screening_problems(walk: Walk, where: str) -> Iterable[Problem]:
    """Exchanged sides; once they are put right, as screening does, doubts about the recording and why it is refused."""
    from scoliogait.measurement.quality import doubts_and_refusal

    repaired, swaps = repaired_walk(walk)
    if swaps is not None and swaps.n_frames:
        severity: ProblemSeverity = "doubtful" if swaps.share > MAX_EXCHANGED_SHARE else "note"
        message = f"the pose estimator {swaps.sentence}; screening puts this right, training reads it as it is stored"
        yield Problem(where, "sides-exchanged", severity, message)
    doubts, refusal = doubts_and_refusal(repaired)
    for doubt in doubts:
        yield Problem(where, "recording-doubted", "doubtful", f"a screening would be inconclusive: {doubt}")
    if refusal is not None and walk.n_frames > 1 and (walk.poses is None or (walk.poses[..., 2] > 0).any()):
        yield Problem(where, "not-screenable", "doubtful", f"screening refuses this walk: {refusal}")


def _silhouette_problems(walk: Walk, where: str) -> Iterable[Problem]:
    if walk.silhouettes is None:
        return
    n_frames = len(walk.silhouettes)
    n_empty = n_frames - int(shows_person(walk.silhouettes).sum())
    if n_empty == n_frames:
        yield Problem(
            where,
            "no-visible-silhouette",
            "unusable",
            "no silhouette shows a person (0 background, 255 person); segment the video again or remove it",
        )
    elif n_empty:
        yield Problem(where, "empty-silhouettes", "note", f"{n_empty} of {n_frames} silhouettes show no person")


def partition_problems(
    names: Iterable[tuple[str, str]], partition: Partition, where: str, subset: bool = False
) -> list[Problem]:
    """Ids of the partition without a walk, and walks in neither set unless the partition is a ``subset`` on purpose.

    names: tree id and walk id of each walk found at ``where``; a partition may list either. At most two problems, each
    of which holds all its ids and names the first ten.
    """
    listed = set(partition.ids)
    names = list(names)
    known = {name for pair in names for name in pair}
    missing = [i for i in partition.ids if i not in known]
    unlisted = sorted({pair[0] for pair in names if not listed.intersection(pair)})
    problems = []
    if missing:
        message = (
            f"lacks {len(missing)} of {len(partition.ids)} ids of {partition.words}: {first_few(missing)}; "
            "add these walks or choose the partition of this data"
        )
        problems.append(Problem(where, "missing-walk", "doubtful", message, tuple(missing)))
    if unlisted and not subset:
        message = (
            f"{len(unlisted)} ids are in neither set of {partition.words}: {first_few(unlisted)}; "
            "list them, or say that the partition is a subset (--subset)"
        )
        problems.append(Problem(where, "not-in-partition", "doubtful", message, tuple(unlisted)))
    return problems
