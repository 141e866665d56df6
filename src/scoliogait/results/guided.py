"""The best checkpoint of a run on the test walks: what the published way of selecting reports. Always marked so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from scoliogait.checkpoints.bundle import Bundle, load_bundle, save_bundle
from scoliogait.data.partition import Partition
from scoliogait.data.store import WalkStore
from scoliogait.data.walk_prints import prints_of
from scoliogait.errors import DataError
from scoliogait.evaluation.headline import DECIDING, HEADLINE
from scoliogait.evaluation.metrics import screening_metrics
from scoliogait.evaluation.predictions import Predictions, read_predictions
from scoliogait.identity.walk_prints import WalkPrints
from scoliogait.models.build import build_model
from scoliogait.models.device import choose_device
from scoliogait.progress import Advance
from scoliogait.provenance import Selection
from scoliogait.results.evaluate import evaluate_test_walks
from scoliogait.results.opening import Opening, refuse_test_walks
from scoliogait.training.predict import predict_walks
from scoliogait.training.run_folder import RunFolder
from scoliogait.training.validation_fit import ValidationFit, fit_on_validation
from scoliogait.training.weights_folder import load_weights, weight_steps, weights_path


@dataclass(frozen=True)
class Guided:
    """step: of the best checkpoint. candidates: test macro-F1 and accuracy by step. bundle: the best, in memory.

    walks: those that had a part in it, the test walks that chose it among them.
    """

    step: int
    candidates: Mapping[int, Mapping[str, float]]
    bundle: Bundle
    predictions: Predictions
    walks: WalkPrints


def kept_steps(run: RunFolder) -> list[int]:
    """Steps whose weights the run has kept. Raises DataError when there is none."""
    steps = weight_steps(run.checkpoints)
    if not steps:
        raise DataError(
            f"{run.checkpoints}: keeps no checkpoint to choose from; a run keeps those that it validated, so train "
            "with data.validation_fraction above 0"
        )
    return steps


def validation_walks(run: RunFolder, store: WalkStore, partition: Partition) -> NDArray[np.int64]:
    """Indices of the walks that the temperature of a test-guided model is fitted on: the run's validation walks.

    Raises DataError when there are none, when the store lacks them, and when the partition tests on some of them.
    """
    if not run.validation_file.is_file():
        raise DataError(
            f"{run.path}: was trained without validation walks, on which the temperature of a test-guided model is "
            "fitted; train with data.validation_fraction above 0"
        )
    indices = store.indices_of(read_predictions(run.validation_file).walk_ids)
    refuse_test_walks(store, partition, indices)
    return indices


def choose_by_test(run: RunFolder, bundle: Bundle, opening: Opening, progress: Advance | None = None) -> Guided:
    """Predict the test walks with every kept checkpoint; take the best by macro-F1, then accuracy, then earlier step.

    bundle: the run's own, for contract and architecture. Temperature and threshold are fitted on the validation walks,
    so that only the choice has seen the test walks. Raises DataError as ``validation_walks`` does.
    """
    store, indices = opening.store, opening.indices
    held_back = validation_walks(run, store, opening.partition)
    candidates: dict[int, dict[str, float]] = {}
    fitted: dict[int, ValidationFit] = {}
    for step in kept_steps(run):
        module = build_model(bundle.architecture)
        load_weights(run.checkpoints, step, module)
        windows = predict_walks(module, bundle.contract, store, indices, choose_device(), progress)
        fitted[step] = _fitted(bundle, store, held_back, module)
        logits = windows.scores(fitted[step].temperature, bundle.logit_scale)
        known = store.labels[indices] >= 0
        figures = screening_metrics(logits[known], store.labels[indices][known])
        candidates[step] = {name: float(figures[name]) for name in HEADLINE}
    best = min(candidates, key=lambda step: (*(-candidates[step][name] for name in HEADLINE), step))
    module = build_model(bundle.architecture)
    load_weights(run.checkpoints, best, module)
    provenance = dict(bundle.provenance) | {
        "selection": Selection.TEST_GUIDED.value,
        "selected_step": best,
        "selection_metric": DECIDING,
    }
    chosen = replace(
        bundle,
        module=module.eval(),
        temperature=fitted[best].temperature,
        window_spread=fitted[best].window_spread,
        answer_threshold=fitted[best].answer_threshold,
        provenance=provenance | {"test_guided_on": opening.partition.name, "candidates": len(candidates)},
        path=weights_path(run.checkpoints, best),
    )
    predictions = evaluate_test_walks(opening, chosen)
    choice = {"candidates": str(len(candidates)), "selected_step": str(best)}
    walks = prints_of(store, indices, "validation", thin=True).joined(bundle.walks(), None)
    return Guided(best, candidates, chosen, replace(predictions, facts=dict(predictions.facts) | choice), walks)


def save_guided(guided: Guided, path: Path, summary: Mapping[str, Any]) -> Bundle:
    """Write the chosen checkpoint as a bundle whose provenance, card and results say that it is test-guided."""
    chosen = guided.bundle
    save_bundle(
        path,
        chosen.module,
        chosen.contract,
        temperature=chosen.temperature,
        logit_scale=chosen.logit_scale,
        window_spread=chosen.window_spread,
        answer_threshold=chosen.answer_threshold,
        provenance=chosen.provenance,
        metrics={"test": summary},
        walks=guided.walks,
    )
    return load_bundle(path)


def _fitted(bundle: Bundle, store: WalkStore, indices: NDArray[np.int64], module: torch.nn.Module) -> ValidationFit:
    windows = predict_walks(module, bundle.contract, store, indices, choose_device())
    return fit_on_validation(windows, store.labels[indices], bundle.logit_scale)
