"""Is an explanation to be believed? Walkers with one planted pair, and how often that pair is among the first two.

What was found for the models of the package is recorded in ``verified.json``, by the model's digest, and nowhere else.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from scoliogait.checkpoints.bundle import Bundle
from scoliogait.evaluation.intervals import wilson_interval
from scoliogait.explanation.occlusion import CHOSEN_WAY, pair_importance, seen_pairs
from scoliogait.progress import Progress, no_progress
from scoliogait.simulation.planted_walks import PlantedWalks, planted_walk
from scoliogait.skeleton import PAIR_NAMES

RECORDS = Path(__file__).parent / "verified.json"
NEEDED_SHARE = 0.80
N_FIRST = 2
# The seed and number of walks of a verification; seed 1 chose the method.
SEED, N_WALKS = 2, 120


@dataclass(frozen=True)
class Verification:
    """How often the planted pair was among the first two; one walk a person."""

    digest: str
    n_found: int
    n_walks: int
    n_pairs: int
    seed: int
    planted_mm: float

    @property
    def share(self) -> float:
        return self.n_found / self.n_walks

    @property
    def passed(self) -> bool:
        return self.share >= NEEDED_SHARE

    def in_words(self) -> str:
        """The figure with its interval, what it was measured on, and what is needed."""
        low, high = wilson_interval(self.n_found, self.n_walks)
        return (
            f"On {self.n_walks} simulated walkers, each with one joint moved by {self.planted_mm:g} mm and otherwise "
            f"even, the moved pair was among the first {N_FIRST} of {self.n_pairs} in {self.share:.0%} (95 % interval "
            f"{low:.0%} to {high:.0%}; by chance {N_FIRST / self.n_pairs:.0%}; needed {NEEDED_SHARE:.0%})."
        )

    def to_dict(self) -> dict[str, Any]:
        return asdict(self) | {"share": self.share, "passed": self.passed}


def recorded_verification(digest: str) -> Verification | None:
    """What is recorded for the model of this digest; None for a model that nobody verified."""
    records = json.loads(RECORDS.read_text(encoding="utf-8"))
    return Verification(digest=digest, **records[digest]) if digest in records else None


def verify_explanation(
    bundle: Bundle, n_walks: int = N_WALKS, seed: int = SEED, progress: Progress = no_progress
) -> Verification:
    """Plant a change in each seen pair in turn, explain, and count. Deterministic; ``progress`` hears of each walk.

    Raises ModelError for a model that cannot be explained by pairs.
    """
    pairs = seen_pairs(bundle.contract)
    walks = PlantedWalks(seed=seed, n_walks=n_walks, pairs=pairs)
    n_found = 0
    for number in range(n_walks):
        planted = planted_walk(walks, number)
        ranked = pair_importance(bundle, planted.walk, CHOSEN_WAY).ranked
        n_found += PAIR_NAMES[planted.pair] in ranked[:N_FIRST]
        progress(number + 1, n_walks)
    return Verification(bundle.digest, n_found, n_walks, len(pairs), seed, walks.planted_mm)
