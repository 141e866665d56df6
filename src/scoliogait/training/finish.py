"""After the last step: choose the checkpoint by validation, fit what else it gives, write bundle and predictions."""

from __future__ import annotations

import platform
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from scoliogait import __version__
from scoliogait.checkpoints.bundle import load_bundle, save_bundle
from scoliogait.data.walk_prints import prints_of
from scoliogait.evaluation.headline import HEADLINE
from scoliogait.evaluation.predictions import Predictions, write_predictions
from scoliogait.evaluation.summary import summarise
from scoliogait.identity.walk_prints import WalkPrints
from scoliogait.provenance import Selection
from scoliogait.training.beside_start import beside_start
from scoliogait.training.history import History, ranked
from scoliogait.training.predict import predict_walks
from scoliogait.training.processes import Processes
from scoliogait.training.run_folder import RunFolder
from scoliogait.training.start_report import read_start, read_start_walks
from scoliogait.training.task import ScreeningTask
from scoliogait.training.validation_fit import fit_on_validation
from scoliogait.training.walks import RunWalks
from scoliogait.training.weights_folder import load_weights, tidy_at_end, weight_steps


def finish_run(folder: RunFolder, task: ScreeningTask, walks: RunWalks, processes: Processes) -> None:
    """Turn a trained run into a finished one. Can be repeated after a kill; the task ends with the selected weights."""
    history = History(folder.history_file)
    selection = _select(folder, task, history)
    scale = task.recipe.losses.cross_entropy.scale
    facts = _facts(task, walks, processes) | {"selection": selection} | _of_start(folder)
    provenance = _provenance(task, walks, selection)
    started_from = read_start(folder.path)
    if started_from is not None:
        facts["started_from"] = provenance["started_from"] = started_from
        facts["finetuning"] = provenance["finetuning"] = _worth(task, history)
    seen = _walks_with_a_part(walks)
    if started_from is not None:
        seen = seen.joined(read_start_walks(folder.path), "start")
    if not len(walks.validation):
        save_bundle(
            folder.model,
            task.module,
            task.recipe.contract,
            logit_scale=scale,
            provenance=provenance,
            metrics={},
            walks=seen,
        )
    else:
        windows = predict_walks(task.module, task.recipe.contract, walks.store, walks.validation)
        fitted = fit_on_validation(windows, walks.store.labels[walks.validation], scale)
        logits, chances = fitted.scores, fitted.probabilities
        summary = summarise(_predictions(walks, logits, chances, _validation_facts(walks)))
        save_bundle(
            folder.model,
            task.module,
            task.recipe.contract,
            temperature=fitted.temperature,
            logit_scale=scale,
            window_spread=fitted.window_spread,
            answer_threshold=fitted.answer_threshold,
            provenance=provenance,
            metrics={"validation": summary},
            walks=seen,
        )
        choice = {
            "selection": selection["rule"],
            "device": processes.device.type,
            "model_digest": load_bundle(folder.model).digest,
        }
        write_predictions(
            folder.validation_file, _predictions(walks, logits, chances, _validation_facts(walks) | choice)
        )
        facts["temperature"] = fitted.temperature
        facts["validation"] = {name: summary["metrics"][name] for name in HEADLINE}
    folder.write_facts("finished", facts | {"model_digest": load_bundle(folder.model).digest})
    tidy_at_end(folder.checkpoints, history, task.recipe.trainer.keep_best)


def _of_start(folder: RunFolder) -> dict[str, Any]:
    """What the record of the unfinished run says that a finished one must say, too."""
    before = folder.facts()
    return {name: before[name] for name in ("threads", "n_processes", "cautions") if name in before}


def _select(folder: RunFolder, task: ScreeningTask, history: History) -> dict[str, Any]:
    """Load the best step's weights into the task; without validation the weights stay those of the last step."""
    plan = task.recipe.trainer
    validations = history.validations()
    if not validations:
        return {"rule": Selection.LAST.value, "step": plan.steps}
    # On a machine whose arithmetic is not repeatable, a resumed run may rank a step whose weights were dropped before.
    kept = set(weight_steps(folder.checkpoints))
    step = next(step for step in ranked(validations, plan.select) if step in kept)
    load_weights(folder.checkpoints, step, task.module)
    return {"rule": Selection.VALIDATION.value, "metric": plan.select, "step": step, "candidates": len(validations)}


def _worth(task: ScreeningTask, history: History) -> str:
    """What training made of the start weights, in a sentence."""
    if not history.validations():
        return "without validation walks it cannot be said whether training improved on the weights it started from"
    words = beside_start(history.validations(), task.recipe.trainer.select)
    return words or "the weights that training started from were not validated"


def _predictions(
    walks: RunWalks, logits: NDArray[np.float64], chances: NDArray[np.float64], facts: dict[str, str]
) -> Predictions:
    rows = walks.validation
    return Predictions(
        walk_ids=tuple(walks.store.walk_ids[i] for i in rows),
        subject_ids=tuple(walks.store.subject_ids[i] for i in rows),
        labels=walks.store.labels[rows],
        mean_logits=logits,
        probabilities=chances,
        facts=facts,
    )


def _walks_with_a_part(walks: RunWalks) -> WalkPrints:
    """Training and validation walks, as they are recorded with the model."""
    trained = prints_of(walks.store, walks.train, "train", thin=True)
    return trained.joined(prints_of(walks.store, walks.validation, "validation", thin=True), "validation")


def _data_facts(walks: RunWalks) -> dict[str, str]:
    return walks.store.facts(walks.partition).to_text()


def _validation_facts(walks: RunWalks) -> dict[str, str]:
    return walks.store.facts(walks.partition, "validation").to_text()


def _provenance(task: ScreeningTask, walks: RunWalks, selection: dict[str, Any]) -> dict[str, Any]:
    """What travels inside the bundle: which data, which choice, which recipe; no path of this machine."""
    recipe = task.recipe.model_dump(mode="json")
    recipe["data"] |= {"store": None, "partition": walks.partition.name}
    recipe["start"] |= {"weights": None}  # ``started_from`` describes them
    return _data_facts(walks) | {
        "selection": selection["rule"],
        "selected_step": selection["step"],
        "selection_metric": selection.get("metric"),
        "counts": walks.counts(),
        "seed": task.recipe.seed,
        "recipe_name": task.recipe.name,
        "recipe": recipe,
        "scoliogait_version": __version__,
        "torch_version": torch.__version__,
    }


def _facts(task: ScreeningTask, walks: RunWalks, processes: Processes) -> dict[str, Any]:
    """What ``run.json`` says of a finished run."""
    return _data_facts(walks) | {
        "recipe_name": task.recipe.name,
        "seed": task.recipe.seed,
        "counts": walks.counts(),
        "device": str(processes.device),
        "n_processes": processes.world_size,
        "machine": platform.platform(),
        "python_version": platform.python_version(),
        "torch_version": torch.__version__,
        "scoliogait_version": __version__,
    }
