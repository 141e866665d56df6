"""Are walks found again, and other walks left alone? ``python -m studies.walk_identity --out FOLDER``.

Cohorts of simulated walks, each recorded as a model records its walks, are compared with changed copies of themselves
and with one another. Writes walk_identity.json and walk_identity.md.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from scoliogait.data.store import WalkStore, write_store
from scoliogait.data.walk_prints import prints_of
from scoliogait.files import atomic_file, write_json
from scoliogait.identity.frame_keys import pose_keys
from scoliogait.identity.walk_prints import WalkPrint, WalkPrints, distinct_keys, find_walks
from scoliogait.measurement.body import Poses
from scoliogait.simulation.cohort import simulate_cohort
from scoliogait.simulation.config import CohortConfig

N_WALKS, N_FRAMES = 1500, 300
# Walkers without any noise of the keypoints are the most alike.
COHORTS = {"simulated": 1.0, "simulated, no keypoint noise": 0.0}
CUTS = (12, 20, 60)


@dataclass(frozen=True)
class Count:
    """changed: what was done to a copy. missed: copies that the record of the cohort does not hold."""

    cohort: str
    changed: str
    n_walks: int
    missed: int


@dataclass(frozen=True)
class Strangers:
    """Pairs of different walks, and those that are taken for the same. cpu_s: of the record and of the comparison."""

    cohort: str
    n_pairs: int
    taken_for_the_same: int
    record_cpu_s: float
    comparison_cpu_s: float


Change = Callable[[Poses, np.random.Generator], Poses]


def changes() -> Iterator[tuple[str, Change]]:
    """What can happen to poses between two stores."""
    yield "none", lambda poses, _: poses
    yield "float16", lambda poses, _: poses.astype(np.float16).astype(np.float32)
    for digits in (2, 1, 0):
        yield f"rounded to {10.0**-digits:g} px", lambda poses, _, d=digits: poses.round(d)
    yield "every second frame", lambda poses, _: poses[::2]
    for n_frames in CUTS:
        yield f"first {n_frames} frames", lambda poses, _, n=n_frames: poses[:n]
        yield f"{n_frames} frames from anywhere", lambda poses, generator, n=n_frames: _cut(poses, n, generator)
        yield (
            f"{n_frames} frames from anywhere, rounded to 0.1 px",
            lambda poses, generator, n=n_frames: _cut(poses, n, generator).round(1),
        )
    yield "moved by 3 px", lambda poses, _: poses + np.array([3, 0, 0], np.float32)


def _cut(poses: Poses, n_frames: int, generator: np.random.Generator) -> Poses:
    start = int(generator.integers(0, len(poses) - n_frames + 1))
    return poses[start : start + n_frames]


def counts_of(store: WalkStore, cohort: str) -> list[Count]:
    """Misses of each change over all walks of a store, under other ids."""
    record = prints_of(store, np.arange(len(store)), "train", ("poses",), thin=True)
    counted = []
    for name, change in changes():
        generator = np.random.default_rng(0)
        copies = (change(store.frames("poses", index), generator) for index in range(len(store)))
        asked = WalkPrints(tuple(_print(f"copy {number}", poses) for number, poses in enumerate(copies)))
        counted.append(Count(cohort, name, len(store), len(store) - find_walks(asked, record).n_same))
    return counted


def _print(walk_id: str, poses: Poses) -> WalkPrint:
    return WalkPrint(walk_id, "another store", "test", {"poses": distinct_keys(pose_keys(poses))})


def strangers_of(store: WalkStore, cohort: str) -> Strangers:
    """Each walk of the first half of a store against all of the second half."""
    middle = len(store) // 2
    start = time.process_time()
    record = prints_of(store, np.arange(middle, len(store)), "train", ("poses",), thin=True)
    recorded = time.process_time()
    found = find_walks(prints_of(store, np.arange(middle), "test", ("poses",)), record)
    return Strangers(
        cohort, middle * (len(store) - middle), found.n_same, recorded - start, time.process_time() - recorded
    )


def as_markdown(counts: Sequence[Count], strangers: Sequence[Strangers]) -> str:
    """Two tables: what is missed, and what is taken for the same."""
    cohorts = list(dict.fromkeys(count.cohort for count in counts))
    lines = [f"| copies | {' | '.join(f'missed: {name}' for name in cohorts)} |", "|---" * (len(cohorts) + 1) + "|"]
    for changed in dict.fromkeys(count.changed for count in counts):
        row = [count for count in counts if count.changed == changed]
        lines.append(f"| {changed} | {' | '.join(f'{count.missed} of {count.n_walks:,}' for count in row)} |")
    lines += ["", "| different walks | pairs | taken for the same |", "|---|---|---|"]
    lines += [f"| {s.cohort} | {s.n_pairs:,} | {s.taken_for_the_same} |" for s in strangers]
    return "\n".join(lines) + "\n"


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("walk-identity"))
    parser.add_argument("--walks", type=int, default=N_WALKS)
    parser.add_argument("--frames", type=int, default=N_FRAMES)
    given = parser.parse_args(arguments)
    counts: list[Count] = []
    strangers: list[Strangers] = []
    for seed, (name, noise) in enumerate(COHORTS.items()):
        config = CohortConfig(
            n_walks=given.walks, n_frames=given.frames, seed=seed, noise_factor=noise, silhouettes=False
        )
        with tempfile.TemporaryDirectory() as folder:
            walks = (simulated.walk for simulated in simulate_cohort(config))
            store = write_store(Path(folder) / "store", walks, {"simulated": "yes"})
            counts += counts_of(store, name)
            strangers.append(strangers_of(store, name))
    write_json(given.out / "walk_identity.json", [asdict(each) for each in (*counts, *strangers)])
    with atomic_file(given.out / "walk_identity.md") as temporary:
        temporary.write_text(as_markdown(counts, strangers), encoding="utf-8")


if __name__ == "__main__":
    main()
