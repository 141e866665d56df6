"""What is in a store: how many walks, how long, how well seen, how asymmetric, and which of them to look at.

Whatever compares classes is computed on the training and validation walks of a partition where one is given, so that a
look at the data does not open the test set.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scoliogait.data.partition import Partition
from scoliogait.data.roster import store_roster
from scoliogait.data.store import WalkStore
from scoliogait.evaluation.resampling import group_numbers
from scoliogait.labels import CLASS_NAMES
from scoliogait.progress import Progress, no_progress
from scoliogait.representation.asymmetry import postural_asymmetry
from scoliogait.skeleton import PAIRS
from scoliogait.survey.analysis import (
    MapSupport,
    ProbeResult,
    class_means,
    cross_validated_probe,
    map_support,
    min_max,
    spread_evenly,
)
from scoliogait.survey.asymmetry_tests import EntryTest, asymmetry_tests
from scoliogait.survey.cohort_check import SUPPORT_THRESHOLD
from scoliogait.walk import N_PAIRS_BY_METRICS

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Lengths:
    """Frames of the walks of one class in one modality."""

    modality: str
    class_name: str
    n_walks: int
    shortest: int
    median: float
    longest: int


@dataclass(frozen=True, eq=False)
class PoseMeasures:
    """Measures of the walks in which some joint is seen, a row a walk.

    indices: of the walks in the store. confidence (n, 17): mean over all frames, 0..1. missing (n, 17): share of frames
    in which the joint has confidence 0. asymmetry (n, 24): unnormalised PAV, NaN where a pair is never seen.
    """

    indices: NDArray[np.int64]
    confidence: Floats
    missing: Floats
    asymmetry: Floats


@dataclass(frozen=True)
class NotableWalk:
    """A walk worth looking at: its index in the store and the reason."""

    index: int
    reason: str


@dataclass(frozen=True, eq=False)
class StoreDescription:
    """All that the page on a store shows; what a store without poses cannot show is None or empty.

    counts: walks of each class, and of unknown class, on each side; people: how many on each side. measures: of all
    walks with poses. compared: the rows of the measures on which classes are compared. normalised_means: mean
    normalised PAV of each class over these.
    """

    counts: Mapping[str, Mapping[str, int]]
    people: Mapping[str, int]
    n_unknown_people: int
    lengths: tuple[Lengths, ...]
    n_unmeasured: int
    measures: PoseMeasures | None
    compared: NDArray[np.int64]
    normalised_means: Floats | None
    tests: tuple[EntryTest, ...]
    probe: ProbeResult | None
    support: MapSupport | None
    n_support_walks: int
    notable: tuple[NotableWalk, ...]


def describe_store(
    store: WalkStore, partition: Partition | None = None, progress: Progress = no_progress
) -> StoreDescription:
    """Read every pose of the store once and describe it.

    Raises DataError when the partition has ids that the store lacks.
    """
    sides = {"all": np.arange(len(store))}
    if partition is not None:
        store_roster(store).require(partition)
        sides |= {side: store.indices_of(ids) for side, ids in partition.sides.items()}
    measures = measure_poses(store, progress)
    seen = sides["all"] if partition is None else store.indices_of(sorted(partition.seen))
    rows = np.zeros(0, np.int64) if measures is None else _compared_rows(store, measures, seen)
    means: Floats | None = None
    tests: tuple[EntryTest, ...] = ()
    probe: ProbeResult | None = None
    if measures is not None and len(rows):
        values, labels = measures.asymmetry[rows], store.labels[measures.indices[rows]]
        people = [store.subject_ids[i] for i in measures.indices[rows]]
        filled = np.nan_to_num(values)  # an entry that is never seen is 0, as published
        means = class_means(min_max(filled, filled), labels, range(len(CLASS_NAMES)))
        tests, probe = asymmetry_tests(values, labels, people), cross_validated_probe(filled, labels, people)
    mapped = [] if measures is None else spread_evenly(measures.indices)
    return StoreDescription(
        counts={side: _class_counts(store, indices) for side, indices in sides.items()},
        people={side: _n_people(store, indices) for side, indices in sides.items()},
        n_unknown_people=sum(subject is None for subject in store.subject_ids),
        lengths=tuple(_lengths(store)),
        n_unmeasured=0 if measures is None else _n_with(store, "poses") - len(measures.indices),
        measures=measures,
        compared=rows,
        normalised_means=means,
        tests=tests,
        probe=probe,
        support=map_support(store, mapped, SUPPORT_THRESHOLD) if mapped else None,
        n_support_walks=len(mapped),
        notable=() if measures is None else _notable(store, measures, rows),
    )


def measure_poses(store: WalkStore, progress: Progress) -> PoseMeasures | None:
    """Measures of every walk with poses; None where none of them shows a person."""
    indices, confidence, missing, asymmetry = [], [], [], []
    for index in range(len(store)):
        progress(index, len(store))
        if not store.n_frames("poses", index):
            continue
        poses = store.frames("poses", index)
        visible = poses[..., 2] > 0
        if not visible.any():
            continue
        indices.append(index)
        confidence.append(poses[..., 2].mean(axis=0))
        missing.append(1 - visible.mean(axis=0))
        pair_seen = np.array([(visible[:, left] & visible[:, right]).any() for left, right in PAIRS])
        asymmetry.append(
            np.where(np.repeat(pair_seen, N_PAIRS_BY_METRICS[1]), postural_asymmetry(poses).ravel(), np.nan)
        )
    progress(len(store), len(store))
    if not indices:
        return None
    columns = (np.array(rows, np.float64) for rows in (confidence, missing, asymmetry))
    return PoseMeasures(np.array(indices, np.int64), *columns)


def _compared_rows(store: WalkStore, measures: PoseMeasures, seen: NDArray[np.int64]) -> NDArray[np.int64]:
    """Rows of the measures whose walk is among the ``seen`` ones and has a class."""
    usable = np.isin(measures.indices, seen) & (store.labels[measures.indices] >= 0)
    return np.flatnonzero(usable).astype(np.int64)


def _class_counts(store: WalkStore, indices: NDArray[np.int64]) -> dict[str, int]:
    counts = {name: int((store.labels[indices] == c).sum()) for c, name in enumerate(CLASS_NAMES)}
    n_unknown = int((store.labels[indices] < 0).sum())
    return counts | ({"unknown": n_unknown} if n_unknown else {})


def _n_people(store: WalkStore, indices: NDArray[np.int64]) -> int:
    return len(set(group_numbers([store.subject_ids[i] for i in indices], len(indices)).tolist()))


def _n_with(store: WalkStore, modality: str) -> int:
    return sum(store.n_frames(modality, index) > 0 for index in range(len(store)))


def _lengths(store: WalkStore) -> list[Lengths]:
    rows = []
    for modality in ("poses", "silhouettes", "skeleton_maps"):
        n_frames = np.array([store.n_frames(modality, index) for index in range(len(store))])
        for class_, name in enumerate(CLASS_NAMES):
            of_class = n_frames[(store.labels == class_) & (n_frames > 0)]
            if len(of_class):
                shortest, median, longest = np.quantile(of_class, [0, 0.5, 1])
                rows.append(Lengths(modality, name, len(of_class), int(shortest), float(median), int(longest)))
    return rows


def _notable(store: WalkStore, measures: PoseMeasures, rows: NDArray[np.int64]) -> tuple[NotableWalk, ...]:
    """The most typical walk of each class, then the most extreme ones of those compared; each walk once."""
    if not len(rows):
        return ()
    labels = store.labels[measures.indices[rows]]
    raw = np.nan_to_num(measures.asymmetry[rows])
    scaled = min_max(raw, raw)
    reasons: list[tuple[int, str]] = []
    for class_ in sorted(set(labels.tolist())):
        members = np.flatnonzero(labels == class_)
        distance = np.abs(scaled[members] - np.median(scaled[members], axis=0)).mean(axis=1)
        reasons.append((int(members[distance.argmin()]), f"typical {CLASS_NAMES[class_]}: PAV nearest to the median"))
    confidence, missing = measures.confidence[rows].mean(axis=1), measures.missing[rows].mean(axis=1)
    n_frames = np.array([store.n_frames("poses", int(index)) for index in measures.indices[rows]])
    extremes: Sequence[tuple[Floats, str]] = (
        (scaled.mean(axis=1), "largest mean normalised PAV"),
        (-confidence, "lowest mean confidence"),
        (missing, "most joints missing"),
        (-n_frames.astype(np.float64), "shortest"),
    )
    # A measure in which all walks are alike has no extreme.
    reasons += [(int(measure.argmax()), reason) for measure, reason in extremes if np.ptp(measure) > 0]
    by_row: dict[int, list[str]] = {}
    for row, reason in reasons:
        by_row.setdefault(row, []).append(reason)
    return tuple(NotableWalk(int(measures.indices[rows[row]]), "; ".join(words)) for row, words in by_row.items())
