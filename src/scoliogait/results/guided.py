"""The best checkpoint of a run on the test walks: what the published way of selecting reports. Always marked so."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from scoliogait.checkpoints.bundle import Bundle, load_bundle, save_bundle
from scoliogait.data.partition import Partition
from scoliogait.data.store import WalkStore
from scoliogait.errors import DataError
from scoliogait.evaluation.calibration import fit_temperature
from scoliogait.evaluation.headline import DECIDING, HEADLINE
from scoliogait.evaluation.metrics import screening_metrics
from scoliogait.evaluation.predictions import Predictions, read_predictions
from scoliogait.models.build import build_model
from scoliogait.models.device import choose_device
from scoliogait.results.evaluate import evaluate_walks
from scoliogait.training.predict import predict_walks
from scoliogait.training.run_folder import RunFolder
from scoliogait.training.weights_folder import load_weights, weight_steps, weights_path

TEST_GUIDED = "test-guided"


@dataclass(frozen=True)
class Guided:
    """step: of the best checkpoint. candidates: test macro-F1 and accuracy by step. bundle: the best, in memory."""

    step: int
    candidates: Mapping[int, Mapping[str, float]]
    bundle: Bundle
    predictions: Predictions


def kept_steps(run: RunFolder) -> list[int]:
    """Steps whose weights the run has kept. Raises DataError when there is none."""
    steps = weight_steps(run.checkpoints)
    if not steps:
        raise DataError(f"{run.checkpoints}: keeps no checkpoint to choose from; a run keeps those that it validated")
    return steps


def choose_by_test(
    run: RunFolder,
    bundle: Bundle,
    store: WalkStore,
    partition: Partition,
    facts: Mapping[str, str],
    progress: Callable[[int], None] | None = None,
) -> Guided:
    """Predict the test walks with every kept checkpoint; take the best by macro-F1, then accuracy, then earlier step.

    bundle: the run's own, for contract and architecture. facts: of the opening, for the predictions. The temperature is
    fitted on the validation walks, so that only the choice has seen the test walks.
    """
    indices = store.indices_of(partition.test)
    candidates: dict[int, dict[str, float]] = {}
    for step in kept_steps(run):
        module = build_model(bundle.architecture)
        load_weights(run.checkpoints, step, module)
        logits = predict_walks(module, bundle.contract, store, indices, choose_device(), progress)
        known = store.labels[indices] >= 0
        figures = screening_metrics(logits[known], store.labels[indices][known])
        candidates[step] = {name: float(figures[name]) for name in HEADLINE}
    best = min(candidates, key=lambda step: (*(-candidates[step][name] for name in HEADLINE), step))
    module = build_model(bundle.architecture)
    load_weights(run.checkpoints, best, module)
    provenance = dict(bundle.provenance) | {
        "selection": TEST_GUIDED,
        "selected_step": best,
        "selection_metric": DECIDING,
    }
    chosen = replace(
        bundle,
        module=module.eval(),
        temperature=_temperature(run, bundle, store, module),
        provenance=provenance | {"test_guided_on": partition.name, "candidates": len(candidates)},
        path=weights_path(run.checkpoints, best),
    )
    told = dict(facts) | {"candidates": str(len(candidates)), "selected_step": str(best)}
    predictions = evaluate_walks(chosen, store, partition.test, partition=partition.name, subset="test", facts=told)
    return Guided(best, candidates, chosen, predictions)


def save_guided(guided: Guided, path: Path, summary: Mapping[str, Any]) -> Bundle:
    """Write the chosen checkpoint as a bundle whose provenance, card and results say that it is test-guided."""
    chosen = guided.bundle
    save_bundle(
        path,
        chosen.module,
        chosen.contract,
        temperature=chosen.temperature,
        logit_scale=chosen.logit_scale,
        provenance=chosen.provenance,
        metrics={"test": summary},
    )
    return load_bundle(path)


def _temperature(run: RunFolder, bundle: Bundle, store: WalkStore, module: torch.nn.Module) -> float:
    ids = read_predictions(run.validation_file).walk_ids
    indices = store.indices_of(ids)
    logits = predict_walks(module, bundle.contract, store, indices, choose_device()).astype(np.float64)
    return fit_temperature(logits, store.labels[indices], bundle.logit_scale)
