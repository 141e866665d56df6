"""Score an older bundle in windows: ``python -m tools.score_in_windows MODEL STORE --out BUNDLE``.

For a bundle that was trained before there were windows. Its weights stay. Its contract gets the length of a training
clip, from the recipe in its provenance, and temperature, spread of windows and validation figures are made again on the
validation walks of its training, which STORE must hold. ``builtin:demo`` was made so from the bundle of 0.1.0.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tools.made_again import made_again, run_tool

from scoliogait.checkpoints.bundle import Bundle, load_bundle
from scoliogait.checkpoints.model_folder import model_folder
from scoliogait.data.partition import OWN_PARTITION
from scoliogait.errors import DataError, ModelError
from scoliogait.evaluation.calibration import negative_log_likelihood
from scoliogait.evaluation.predictions import Predictions
from scoliogait.evaluation.summary import summarise
from scoliogait.training.predict import predict_walks
from scoliogait.training.recipe import Recipe
from scoliogait.training.validation_fit import fit_on_validation
from scoliogait.training.walks import RunWalks, choose_walks

# Of other threads and versions; other walks give another loss by far.
SAME_LOSS = 1e-4


def score_in_windows(model: str | Path, store: Path, out: Path) -> Bundle:
    """The bundle at ``out``. Raises ModelError without a recipe in the provenance, DataError for another store."""
    old = load_bundle(model_folder(model))
    recipe, walks = _recipe_of(old), walks_of(old, store)
    contract = old.contract.model_copy(
        update={"training_frames": recipe["sampler"]["frames"], "evaluation_frames": "windows"}
    )
    windows = predict_walks(old.module, contract, walks.store, walks.validation)
    fitted = fit_on_validation(windows, walks.store.labels[walks.validation], old.logit_scale)
    summary = summarise(
        Predictions(
            walk_ids=tuple(walks.store.walk_ids[i] for i in walks.validation),
            subject_ids=tuple(walks.store.subject_ids[i] for i in walks.validation),
            labels=walks.store.labels[walks.validation],
            mean_logits=fitted.scores,
            probabilities=fitted.probabilities,
            facts=walks.store.facts(walks.partition, "validation").to_text(),
        )
    )
    return made_again(
        old,
        out,
        contract=contract,
        temperature=fitted.temperature,
        window_spread=fitted.window_spread,
        answer_threshold=fitted.answer_threshold,
        provenance=dict(old.provenance) | {"scored_in_windows": f"weights and choice of bundle {old.digest}"},
        metrics={"validation": summary},
    )


def _recipe_of(bundle: Bundle) -> dict[str, Any]:
    recipe = bundle.provenance.get("recipe")
    if not isinstance(recipe, dict):
        raise ModelError(f"{bundle.path}: its provenance holds no recipe, so its training length is not known")
    return recipe


def walks_of(bundle: Bundle, store: Path) -> RunWalks:
    """Those of the bundle's training, in a store. Raises ModelError without a recipe, DataError for another store."""
    recipe = _recipe_of(bundle)
    data = recipe["data"] | {"store": str(store), "partition": str(store / OWN_PARTITION)}
    walks = choose_walks(Recipe.model_validate(recipe | {"data": data}))
    scores = bundle.scores(predict_walks(bundle.module, bundle.contract, walks.store, walks.validation))
    found = negative_log_likelihood(bundle.probabilities(scores), walks.store.labels[walks.validation])
    stated = bundle.metrics.get("validation", {}).get("negative_log_likelihood")
    if stated is None or abs(found - stated) > SAME_LOSS:
        raise DataError(
            f"{store}: its validation walks give the bundle a loss of {found:.6f}, its training recorded {stated}; "
            "give the store that it was trained on"
        )
    return walks


def main() -> None:
    run_tool(__doc__, score_in_windows, _words)


def _words(made: Bundle) -> str:
    return f"temperature {made.temperature:.4f}, spread of windows {made.window_spread:.4f}"


if __name__ == "__main__":
    main()
