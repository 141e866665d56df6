"""Validation during training: mean logits of the held-back walks, shared among the processes of a run."""

from __future__ import annotations

import warnings

import numpy as np
import torch
from numpy.typing import NDArray

from scoliogait.data.sampling import evaluation_batches
from scoliogait.evaluation.calibration import negative_log_likelihood, probabilities
from scoliogait.evaluation.metrics import VanishedClassWarning, screening_metrics
from scoliogait.models.collectives import gather_batch
from scoliogait.training.predict import predict_walks
from scoliogait.training.processes import Processes
from scoliogait.training.task import ScreeningTask
from scoliogait.training.walks import RunWalks


def validate(task: ScreeningTask, walks: RunWalks, processes: Processes) -> dict[str, float]:
    """macro_f1, accuracy and loss (negative log likelihood at temperature 1) on the validation walks.

    Every process predicts its share and all get the same figures.
    """
    logits = validation_logits(task, walks, processes)
    labels = walks.store.labels[walks.validation]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", VanishedClassWarning)  # early on a class may still be missing; not worth a word
        figures = screening_metrics(logits, labels)
    scale = task.recipe.losses.cross_entropy.scale
    return {
        "validation_macro_f1": figures["macro_f1"],
        "validation_accuracy": figures["accuracy"],
        "validation_loss": negative_log_likelihood(probabilities(logits, 1.0, scale), labels),
    }


def validation_logits(task: ScreeningTask, walks: RunWalks, processes: Processes) -> NDArray[np.float32]:
    """(number of validation walks, 3) mean logits in float32, the same on every process."""
    world = processes.world_size
    shares = [np.concatenate(evaluation_batches(len(walks.validation), world, rank, world)) for rank in range(world)]
    mine = walks.validation[shares[processes.rank]]
    predicted = predict_walks(task.module, task.recipe.contract, walks.store, mine)
    gathered = gather_batch(torch.from_numpy(predicted).to(task.device)).cpu().numpy()
    logits = np.empty((len(walks.validation), 3), dtype=np.float32)
    logits[np.concatenate(shares)] = gathered  # a walk that filled up the last batch is there twice, with equal logits
    return logits
