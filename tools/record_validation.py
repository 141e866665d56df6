"""Complete an older bundle from its training data: ``python -m tools.record_validation MODEL STORE --out BUNDLE``.

For a bundle that was made before bundles kept the walks that trained and chose them, and before validation walks chose
the probability from which on a class is called. Weights, temperature, spread of windows and figures stay. STORE must
hold the walks of the training; those of ``builtin:demo`` are made again, to the bit, by

    scoliogait simulate --walks 1200 --frames 60 --seed 0 --ratio half --no-silhouettes --out cohort
"""

from __future__ import annotations

from pathlib import Path

from tools.made_again import made_again, run_tool
from tools.score_in_windows import walks_of

from scoliogait.answer_threshold import fit_answer_threshold
from scoliogait.checkpoints.bundle import Bundle, load_bundle
from scoliogait.checkpoints.model_folder import model_folder
from scoliogait.data.walk_prints import prints_of
from scoliogait.training.predict import predict_walks


def record_validation(model: str | Path, store: Path, out: Path) -> Bundle:
    """The bundle at ``out``. Raises ModelError without a recipe in the provenance, DataError for another store."""
    old = load_bundle(model_folder(model))
    walks = walks_of(old, store)
    windows = predict_walks(old.module, old.contract, walks.store, walks.validation)
    trained = prints_of(walks.store, walks.train, "train", thin=True)
    return made_again(
        old,
        out,
        answer_threshold=fit_answer_threshold(
            old.probabilities(old.scores(windows)), walks.store.labels[walks.validation]
        ),
        walks=trained.joined(prints_of(walks.store, walks.validation, "validation", thin=True), "validation"),
    )


def main() -> None:
    run_tool(__doc__, record_validation, _words)


def _words(made: Bundle) -> str:
    walks = made.walks()
    return f"{0 if walks is None else len(walks)} walks recorded, threshold {made.answer_threshold}"


if __name__ == "__main__":
    main()
