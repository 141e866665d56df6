"""Are explanations to be believed? ``python -m studies.explained --out FOLDER``.

Writes explained.json and explained.md. Straight simulated walkers, one joint of one pair moved. For each model of the
package and each way of evening out a pair, and by integrated gradients where a model is fed coordinates: how often is
that pair among the first two? Beside it the same network with its weights shuffled, walkers who are uneven by nature, a
smaller change, and the ranking by how large each pair's steady asymmetry is, which asks no model at all. Seed 1 chose
the way.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch

from scoliogait.checkpoints.bundle import Bundle, load_bundle
from scoliogait.checkpoints.model_folder import model_folder
from scoliogait.evaluation.intervals import wilson_interval
from scoliogait.explanation.integrated_gradients import joint_attributions
from scoliogait.explanation.occlusion import importance_by_way, seen_pairs
from scoliogait.explanation.pair_asymmetry import steady_asymmetry
from scoliogait.explanation.verification import N_FIRST
from scoliogait.files import atomic_file, write_json
from scoliogait.measurement.body import height_px
from scoliogait.simulation.planted_walks import PlantedWalk, PlantedWalks, planted_walk
from scoliogait.skeleton import PAIR_NAMES, PAIRS

MODELS = ("builtin:pose-set", "builtin:demo")
CHOOSING_SEED = 1


@dataclass(frozen=True)
class Condition:
    """One row block of the table. shuffled: of the weights, a seed; None leaves the trained ones."""

    name: str
    seed: int
    n_walks: int
    planted_mm: float = 50.0
    even: bool = True
    shuffled: int | None = None


CONDITIONS = (
    Condition("chosen on, seed 1", CHOOSING_SEED, 48),
    Condition("reported, seed 2", 2, 120),
    Condition("reported, seed 3", 3, 60),
    Condition("shuffled weights, seed 2", 2, 48, shuffled=0),
    Condition("a change of 30 mm, seed 2", 2, 48, planted_mm=30.0),
    Condition("uneven by nature, seed 2", 2, 48, even=False),
)


def with_shuffled_weights(bundle: Bundle, seed: int) -> Bundle:
    """The same network, the values of each tensor of weights in another order."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for weights in bundle.module.parameters():
            values = weights.flatten()
            weights.copy_(values[torch.randperm(len(values), generator=generator)].reshape(weights.shape))
    return bundle


def rankings(bundle: Bundle, planted: PlantedWalk) -> dict[str, list[str]]:
    """By the name of each way: the pairs, most important first."""
    found = {way: importance.ranked for way, importance in importance_by_way(bundle, planted.walk).items()}
    by_way: dict[str, list[str]] = dict(found)
    pairs = seen_pairs(bundle.contract)
    if bundle.contract.coordinates is not None:
        by_joint = np.abs(joint_attributions(bundle, planted.walk)).sum(axis=0)
        by_way["integrated gradients"] = _ranked({row: by_joint[list(PAIRS[row])].sum() for row in pairs})
    poses = bundle.contract.source_frames(planted.walk)["poses"]
    sizes = np.abs(steady_asymmetry(poses) / height_px(poses)[:, None, None]).max(axis=0)
    by_way["size of the asymmetry, no model"] = _ranked({row: float(np.hypot(*sizes[row])) for row in pairs})
    return by_way


def _ranked(values: dict[int, float]) -> list[str]:
    return [PAIR_NAMES[row] for row in sorted(values, key=lambda row: -values[row])]


def measure(model: str, condition: Condition) -> dict[str, object]:
    """Counts by way, and by pair for each."""
    bundle = load_bundle(model_folder(model))
    if condition.shuffled is not None:
        bundle = with_shuffled_weights(bundle, condition.shuffled)
    pairs = seen_pairs(bundle.contract)
    walks = PlantedWalks(condition.seed, condition.n_walks, pairs, condition.planted_mm, condition.even)
    found: dict[str, list[tuple[str, bool]]] = {}
    for number in range(condition.n_walks):
        planted = planted_walk(walks, number)
        name = PAIR_NAMES[planted.pair]
        for way, ranked in rankings(bundle, planted).items():
            found.setdefault(way, []).append((name, name in ranked[:N_FIRST]))
    return {
        "model": model,
        "digest": bundle.digest,
        "condition": condition.name,
        "n_pairs": len(pairs),
        "n_walks": condition.n_walks,
        "found": {way: sum(hit for _, hit in hits) for way, hits in found.items()},
        "found_by_pair": {way: _by_pair(hits) for way, hits in found.items()},
    }


def _by_pair(hits: list[tuple[str, bool]]) -> dict[str, str]:
    names = dict.fromkeys(name for name, _ in hits)
    counts = {name: [hit for other, hit in hits if other == name] for name in names}
    return {name: f"{sum(of_pair)} of {len(of_pair)}" for name, of_pair in counts.items()}


def table(rows: list[dict[str, object]]) -> str:
    """Markdown: a line a model, condition and way."""
    lines = ["| model | walks | way | planted pair among the first two | by chance |", "|---|---|---|---|---|"]
    for row in rows:
        n, n_pairs = int(str(row["n_walks"])), int(str(row["n_pairs"]))
        found = row["found"]
        assert isinstance(found, dict)
        for way, n_found in found.items():
            low, high = wilson_interval(n_found, n)
            words = f"{n_found} of {n}, {n_found / n:.0%} ({low:.0%} to {high:.0%})"
            lines.append(f"| {row['model']} | {row['condition']} | {way} | {words} | {N_FIRST / n_pairs:.0%} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--walks", type=int, help="fewer walks a condition, for a look")
    given = parser.parse_args()
    torch.set_num_threads(1)
    given.out.mkdir(parents=True, exist_ok=True)
    rows = []
    for model in MODELS:
        for condition in CONDITIONS:
            small = condition if given.walks is None else replace(condition, n_walks=given.walks)
            rows.append(measure(model, small))
            print(table(rows[-1:]), flush=True)
            write_json(given.out / "explained.json", rows)
            with atomic_file(given.out / "explained.md") as temporary:
                temporary.write_text(table(rows), encoding="utf-8")


if __name__ == "__main__":
    main()
