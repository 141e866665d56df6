"""How often are good recordings doubted, which faults are found? ``python -m studies.cautions --out FOLDER``.

Simulated walks of three lengths that nothing was done to, counted by what is said of them; then the same walks under
higher cameras, in stretched pictures and before rolled cameras. Writes cautions.json and cautions.md.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from scoliogait.evaluation.intervals import wilson_interval
from scoliogait.files import atomic_file, write_json
from scoliogait.measurement.posture_cautions import posture_cautions
from scoliogait.measurement.quality import assess_quality
from scoliogait.measurement.side_swaps import repaired_walk
from scoliogait.screening import measured_asymmetry
from scoliogait.simulation.camera import CAMERA_HEIGHT_M
from scoliogait.simulation.cohort import simulate_cohort
from scoliogait.simulation.config import CohortConfig
from scoliogait.walk import Walk

# The limits were set on seeds 90417 to 90422 (``caution_limits.py``); these are reported.
SEED = 90440
N_WALKS = 400
LENGTHS = (30, 60, 300)
HEIGHTS_M = (1.6, 1.8, 2.0, 2.6)
WIDTHS = (0.75, 0.85, 0.9, 1.09, 1.2, 4 / 3)
ROLLS_DEG = (2.0, 4.0, 6.0, 8.0)
# How a doubt is recognised, and what it is called in the table.
KINDS = {
    "looks down": "camera from above",
    "picture is stretched": "stretched",
    "oblique": "oblique, or stretched",
    "exact copies": "repeated frames",
    "skeleton jumps": "jumps",
    "left and right are exchanged": "sides exchanged throughout",
    "file states": "another view than stated",
    "In ": "sides exchanged in some frames",
    "rolled": "rolled camera",
    "is tilted": "tilt that no body has",
    "strides": "too few strides",
}


def walks(n_walks: int, n_frames: int = 300, height_m: float = CAMERA_HEIGHT_M, seed: int = SEED) -> Iterator[Walk]:
    config = CohortConfig(n_walks=n_walks, n_frames=n_frames, seed=seed, camera_height_m=height_m, silhouettes=False)
    yield from (one.walk for one in simulate_cohort(config))


def kinds_of(walk: Walk) -> frozenset[str]:
    """What screening would say of a walk, by the names in the table; "refused" alone where it would refuse it."""
    walk, swaps = repaired_walk(walk)
    quality = assess_quality(walk, swaps)
    if quality.refusal is not None:
        return frozenset({"refused"})
    said = (*quality.cautions, *posture_cautions(measured_asymmetry(walk, quality)))
    return frozenset(next((name for words, name in KINDS.items() if words in one), "other") for one in said)


def stretched(walk: Walk, factor: float) -> Walk:
    assert walk.poses is not None
    return walk.with_changes(poses=walk.poses * np.array([factor, 1, 1], np.float32), frame_size_px=None)


def rolled(walk: Walk, degrees: float) -> Walk:
    assert walk.poses is not None
    angle, poses = np.deg2rad(degrees), walk.poses.copy()
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    poses[..., :2] = poses[..., :2] @ turn
    return walk.with_changes(poses=poses, frame_size_px=None)


def false_alarms(n_walks: int) -> dict[int, Counter[str]]:
    """By length in frames: how many walks that nothing was done to have a doubt of each kind."""
    return {n: Counter(kind for walk in walks(n_walks, n) for kind in kinds_of(walk)) for n in LENGTHS}


def found(n_walks: int) -> list[tuple[str, int]]:
    """How many walks are doubted, by what was done to them; by any name but "too few strides"."""
    rows = [(f"camera at {m:g} m", [kinds_of(walk) for walk in walks(n_walks, height_m=m)]) for m in HEIGHTS_M]
    good = list(walks(n_walks))
    rows += [
        (f"picture {factor:.2f} times as wide", [kinds_of(stretched(w, factor)) for w in good]) for factor in WIDTHS
    ]
    rows += [
        (f"camera rolled by {degrees:g} degrees", [kinds_of(rolled(w, degrees)) for w in good]) for degrees in ROLLS_DEG
    ]
    return [(name, sum(bool(kinds - {"too few strides"}) for kinds in of_walks)) for name, of_walks in rows]


def page(n_walks: int, alarms: dict[int, Counter[str]], rows: Sequence[tuple[str, int]]) -> str:
    """Both tables as Markdown."""
    names = [*KINDS.values(), "other", "refused"]
    lines = [f"Of {n_walks} simulated walks that nothing was done to, so many are doubted:", ""]
    lines += [f"| doubt | {' | '.join(f'{n} frames' for n in alarms)} |", "|---" * (len(alarms) + 1) + "|"]
    lines += [f"| {name} | {' | '.join(str(counts[name]) for counts in alarms.values())} |" for name in names]
    lines += ["", "| done to the walk | doubted | 95 % interval |", "|---|---|---|"]
    for name, n in rows:
        low, high = wilson_interval(n, n_walks)
        lines.append(f"| {name} | {n / n_walks:.0%} | {low:.0%} to {high:.0%} |")
    return "\n".join([*lines, ""])


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--walks", type=int, default=N_WALKS)
    given = parser.parse_args(arguments)
    alarms, rows = false_alarms(given.walks), found(given.walks)
    given.out.mkdir(parents=True, exist_ok=True)
    write_json(given.out / "cautions.json", {"n_walks": given.walks, "false_alarms": alarms, "found": dict(rows)})
    with atomic_file(given.out / "cautions.md") as temporary:
        temporary.write_text(page(given.walks, alarms, rows), encoding="utf-8")
    print(given.out / "cautions.json")


if __name__ == "__main__":
    main()
