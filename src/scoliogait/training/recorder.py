"""The callback that measures, validates and saves in the recipe's cadence."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import torch
from lightning.pytorch import Callback, Trainer
from numpy.typing import NDArray
from torch import Tensor

from scoliogait.data.sampling import evaluation_batches
from scoliogait.evaluation.calibration import negative_log_likelihood
from scoliogait.evaluation.metrics import VanishedClassWarning, screening_metrics
from scoliogait.models.collectives import gather_batch
from scoliogait.scores import probabilities
from scoliogait.training.beside_start import START_STEP
from scoliogait.training.divergence import DivergenceError, LossWatch, check_weights
from scoliogait.training.history import History
from scoliogait.training.predict import predict_walks
from scoliogait.training.processes import Processes
from scoliogait.training.task import ScreeningTask
from scoliogait.training.walks import RunWalks
from scoliogait.training.weights_folder import save_weights, state_path, tidy

_MEASURED = ("loss", "triplet", "cross_entropy", "batch_accuracy")


class RunRecorder(Callback):
    """Writes history and loggers, validates, keeps the best weights and the state to resume from.

    Weights that training starts from are validated and kept first, as those of step 0: they can be chosen, too.
    A training that diverged stops before anything of its step is written.
    In this order at a step: figures of training, validation and its weights, state. So a state on disk always has
    the history and the weights it refers to beside it.
    """

    def __init__(self, walks: RunWalks, history: History, folder: Path, processes: Processes) -> None:
        self.walks = walks
        self.history = history
        self.folder = folder
        self.processes = processes
        self._sums = torch.zeros(len(_MEASURED), dtype=torch.float64)
        self._n_summed = 0
        self._learning_rate = 0.0
        self._watch = LossWatch()

    def state_dict(self) -> dict[str, Any]:
        return {"sums": self._sums.cpu(), "n_summed": self._n_summed}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        self._sums, self._n_summed = state_dict["sums"], state_dict["n_summed"]

    def on_train_start(self, trainer: Trainer, pl_module: Any) -> None:
        started = pl_module.recipe.start.weights is not None and trainer.global_step == START_STEP
        if started and len(self.walks.validation):
            self._validate(trainer, pl_module, START_STEP)

    def on_train_batch_start(self, trainer: Trainer, pl_module: Any, batch: Any, batch_idx: int) -> None:
        self._learning_rate = trainer.optimizers[0].param_groups[0]["lr"]

    def on_train_batch_end(self, trainer: Trainer, pl_module: Any, outputs: Any, batch: Any, batch_idx: int) -> None:
        step, plan = trainer.global_step, pl_module.recipe.trainer
        last = step == plan.steps
        self._watch.note(step, outputs["loss"])
        measures = any(step % every == 0 for every in (plan.log_every, plan.evaluate_every, plan.save_every))
        if last or measures or self._watch.costs_nothing:
            self._watch.check(pl_module.recipe)
        self._sum_up(outputs)
        if last or step % plan.log_every == 0:
            self._record(trainer, step, self._means() | {"learning_rate": self._learning_rate})
        if len(self.walks.validation) and (last or step % plan.evaluate_every == 0):
            self._validate(trainer, pl_module, step)
        if last or step % plan.save_every == 0:
            check_weights(pl_module.module, step, pl_module.recipe)
            self._save(trainer, step, plan.keep_best)

    def _sum_up(self, outputs: dict[str, Tensor]) -> None:
        values = torch.stack([outputs[name].detach().double() for name in _MEASURED])
        self._sums = self._sums.to(values.device) + values
        self._n_summed += 1

    def _means(self) -> dict[str, float]:
        means = (self._sums / max(self._n_summed, 1)).tolist()
        self._sums, self._n_summed = torch.zeros_like(self._sums), 0
        return dict(zip(_MEASURED, means, strict=True))

    def _record(self, trainer: Trainer, step: int, values: dict[str, float]) -> None:
        if self.processes.first:
            self.history.add(step, values)
        for logger in trainer.loggers:
            logger.log_metrics(values, step)

    def _validate(self, trainer: Trainer, task: ScreeningTask, step: int) -> None:
        check_weights(task.module, step, task.recipe)
        self._record(trainer, step, validate(task, self.walks, self.processes, step))
        if self.processes.first:
            save_weights(self.folder, step, task.module)

    def _save(self, trainer: Trainer, step: int, keep_best: int) -> None:
        trainer.save_checkpoint(state_path(self.folder, step))
        if self.processes.first:
            tidy(self.folder, self.history, keep_best)


def validate(task: ScreeningTask, walks: RunWalks, processes: Processes, step: int) -> dict[str, float]:
    """macro_f1, accuracy and loss (negative log likelihood at temperature 1) on the validation walks.

    Every process predicts its share and all get the same figures. Raises ``DivergenceError`` for scores that are no
    numbers.
    """
    logits = validation_logits(task, walks, processes)
    if not np.isfinite(logits).all():
        raise DivergenceError(step, "the scores of the validation walks are NaN or infinite", task.recipe)
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


def validation_logits(task: ScreeningTask, walks: RunWalks, processes: Processes) -> NDArray[np.float64]:
    """(number of validation walks, 3) mean logits at temperature 1, the same on every process."""
    world = processes.world_size
    shares = [np.concatenate(evaluation_batches(len(walks.validation), world, rank, world)) for rank in range(world)]
    mine = walks.validation[shares[processes.rank]]
    windows = predict_walks(task.module, task.recipe.contract, walks.store, mine)
    predicted = windows.scores(1.0, task.recipe.losses.cross_entropy.scale)
    gathered = gather_batch(torch.from_numpy(predicted).to(task.device)).cpu().numpy()
    logits = np.empty((len(walks.validation), 3), dtype=np.float64)
    logits[np.concatenate(shares)] = gathered  # a walk that filled up the last batch is there twice, with equal logits
    return logits
