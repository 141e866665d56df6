"""Make the bundle that the package ships from a run: ``python -m tools.pack_start_weights RUN STORE --out BUNDLE``.

Everything stays but the record of the walks, which is larger than the model (240 bytes a walk of 60 frames). Instead
the provenance states the cohort's seed, from which STORE, the walks of the training, was simulated. With

    scoliogait simulate --walks 30000 --frames 60 --seed 1000 --ratio most --no-silhouettes \\
        --camera-height 0.8:2.4 --camera-roll=-10:10 --noise 0.5:2.5 --out pretrain-cohort
    scoliogait train pretrain-pose-set --data pretrain-cohort --out runs/pretrain
    python -m tools.pack_start_weights runs/pretrain pretrain-cohort --out src/scoliogait/builtin/pose-set

``builtin:pose-set`` is made.
"""

from __future__ import annotations

from pathlib import Path

from tools.made_again import made_again, run_tool

from scoliogait.checkpoints.bundle import Bundle, load_bundle
from scoliogait.checkpoints.model_folder import model_folder
from scoliogait.data.partition import OWN_PARTITION, read_partition
from scoliogait.data.store import WalkStore
from scoliogait.errors import DataError
from scoliogait.fact_text import NOT_STATED


def pack(run: str | Path, store: Path, out: Path) -> Bundle:
    """The bundle at ``out``. Raises DataError for a store that the run was not trained on, or that states no seed."""
    old, walks = load_bundle(model_folder(run)), WalkStore.open(store)
    facts = walks.facts(read_partition(store / OWN_PARTITION))
    if not facts.is_same_store(old.facts.trained_on):
        raise DataError(f"{store}: {run} was trained on another store; give the one that it was trained on")
    if facts.simulation_seed == NOT_STATED:
        raise DataError(f"{store}: states no seed; weights go without a record of their walks only if simulated")
    return made_again(old, out, provenance=dict(old.provenance) | facts.to_text())


def main() -> None:
    run_tool(__doc__, pack, lambda made: f"digest {made.digest}, simulated with seed {_seed(made)}")


def _seed(bundle: Bundle) -> str:
    return bundle.facts.trained_on.simulation_seed


if __name__ == "__main__":
    main()
