"""Complete an older bundle from its training data: ``python -m tools.record_validation MODEL STORE --out BUNDLE``.

For a bundle that was made before bundles kept the walks that trained and chose them, and before validation walks chose
the probability from which on a class is called. Weights, temperature, spread of windows and figures stay. STORE must
hold the walks of the training; those of ``builtin:demo`` are made again, to the bit, by

    scoliogait simulate --walks 1200 --frames 60 --seed 0 --ratio half --no-silhouettes --out cohort
"""

from __future__ import annotations

import argparse
from pathlib import Path

from tools.score_in_windows import walks_of

from scoliogait.answer_threshold import fit_answer_threshold
from scoliogait.checkpoints.bundle import Bundle, load_bundle, save_bundle
from scoliogait.checkpoints.model_folder import model_folder
from scoliogait.data.walk_prints import prints_of
from scoliogait.training.predict import predict_walks


def record_validation(model: str | Path, store: Path, out: Path) -> Bundle:
    """The bundle at ``out``. Raises ModelError without a recipe in the provenance, DataError for another store."""
    old = load_bundle(model_folder(model))
    walks = walks_of(old, store)
    windows = predict_walks(old.module, old.contract, walks.store, walks.validation)
    trained = prints_of(walks.store, walks.train, "train", thin=True)
    made = save_bundle(
        out,
        old.module,
        old.contract,
        temperature=old.temperature,
        logit_scale=old.logit_scale,
        window_spread=old.window_spread,
        answer_threshold=fit_answer_threshold(
            old.probabilities(old.scores(windows)), walks.store.labels[walks.validation]
        ),
        provenance=old.provenance,
        metrics=old.metrics,
        walks=trained.joined(prints_of(walks.store, walks.validation, "validation", thin=True), "validation"),
    )
    return load_bundle(made)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("store", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    made = record_validation(given.model, given.store, given.out)
    walks = made.walks()
    print(f"{made.path}: {0 if walks is None else len(walks)} walks recorded, threshold {made.answer_threshold}")


if __name__ == "__main__":
    main()
