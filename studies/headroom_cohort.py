"""One cohort of the study: simulated, looked at by the set network and by every group of features, and kept."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.progress import Progress

from scoliogait.data.store import WalkStore
from scoliogait.evaluation.resampling import group_numbers
from scoliogait.files import atomic_file
from scoliogait.measurement.stride_windows import view_of_frames
from scoliogait.simulation.ceiling import names_of, trait_matrix
from scoliogait.simulation.cohort_store import write_cohort
from scoliogait.simulation.config import CohortConfig
from scoliogait.simulation.truth import TRUTH_FILE, read_truth
from scoliogait.walk import Walk
from studies.headroom_clothes import disturbed
from studies.headroom_features import GROUPS, Features, features_of, left_against_right, outline_of
from studies.headroom_fusion import Array, Columns, Numbers, Walks
from studies.headroom_network import folds_of, network_scores, training_part

# Nine tenths of the people are for training, and so for this study.
RATIO = "most"
CLOTHES_MM = (10, 20)
# What a measurement without an error would give, by the families of traits it is of.
TRUE_GROUPS = {"true posture": ("posture",), "true shape and torsion": ("shape", "torsion")}


@dataclass(frozen=True)
class Plan:
    """Sizes of the study. steps: of a training of the set network."""

    n_walks: int = 1493
    n_frames: int = 60
    steps: int = 1000


@dataclass(frozen=True, eq=False)
class Cohort:
    """Training walks of one cohort. network (n, 2): log-odds by networks that have not seen the person.

    groups: features by name, signed (n, s) and even (n, e). truth: rows of the ground truth, in the order of the walks.
    """

    walks: Walks
    network: Array
    groups: dict[str, Features]
    truth: list[dict[str, Any]]

    def columns(self, names: tuple[str, ...]) -> Columns:
        """The features of several groups side by side; the signed posture helps to find the side."""
        parts = [self.groups[name] for name in names]
        nothing = np.empty((len(self.network), 0))
        return Columns(
            np.hstack([nothing, *(part.signed for part in parts)]),
            np.hstack([nothing, *(part.even for part in parts)]),
            self.groups["posture"].signed,
        )


def make_cohort(plan: Plan, seed: int, out: Path, console: Console) -> Cohort:
    """Simulate, train and measure what an earlier call has not; everything is kept in ``out``."""
    folder = out / "cohorts" / str(seed)
    if not folder.exists():
        with console.status(f"simulating {plan.n_walks} walks"):
            write_cohort(CohortConfig(n_walks=plan.n_walks, n_frames=plan.n_frames, seed=seed), folder, ratio=RATIO)
    store = WalkStore.open(folder)
    indices = training_part(store)
    people = [store.subject_ids[i] for i in indices]
    labels = store.labels[indices]
    walks = Walks(labels, group_numbers(people, len(people)), folds_of(labels, np.array(people, dtype=np.str_), seed))
    networks = out / "network" / str(seed)
    networks.mkdir(parents=True, exist_ok=True)
    network = network_scores(store, walks.fold, networks, seed, plan.steps, console)
    rows = {row["walk_id"]: row for row in read_truth(folder / TRUTH_FILE)}
    truth = [rows[store.walk_ids[i]] for i in indices]
    groups = _kept_features(store, indices, seed, out / f"features-{seed}.npz", console)
    groups |= {simple(name): left_against_right(groups[name]) for name in ("outline", *map(clothed, CLOTHES_MM))}
    for name, families in TRUE_GROUPS.items():
        groups[name] = Features(trait_matrix(truth, names_of(*families)), np.empty((len(truth), 0)))
    return Cohort(walks, network, groups, truth)


def clothed(clothes_mm: int) -> str:
    """Name of the outline under clothes."""
    return f"outline, edges {clothes_mm} mm off"


def simple(outline: str) -> str:
    """Name of the simplest part of an outline."""
    return outline.replace("outline", "left against right")


def measure(walk: Walk, seed: tuple[int, ...]) -> dict[str, Features]:
    """All groups of a walk, and its outline under clothes of each size."""
    assert walk.poses is not None
    assert walk.silhouettes is not None
    found = features_of(walk)
    side, _ = view_of_frames(walk.poses)
    for size in CLOTHES_MM:
        moved = disturbed(walk.silhouettes, side, size, np.random.default_rng([*seed, size]))
        found[clothed(size)] = outline_of(moved, walk.poses)
    return found


def _kept_features(store: WalkStore, indices: Numbers, seed: int, file: Path, console: Console) -> dict[str, Features]:
    names = (*GROUPS, *(clothed(size) for size in CLOTHES_MM))
    if not file.is_file():
        with Progress(console=console) as bar:
            walks = bar.track(indices.tolist(), description=f"measuring cohort {seed}")
            rows = [measure(store.walk(index), (seed, index)) for index in walks]
        arrays = {f"{name} signed": np.stack([row[name].signed for row in rows]) for name in names}
        arrays |= {f"{name} even": np.stack([row[name].even for row in rows]) for name in names}
        with atomic_file(file) as temporary, temporary.open("wb") as stream:
            np.savez(stream, allow_pickle=False, **arrays)
    with np.load(file) as kept:
        return {name: Features(kept[f"{name} signed"], kept[f"{name} even"]) for name in names}
