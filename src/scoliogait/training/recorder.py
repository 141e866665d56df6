"""The callback that measures, validates and saves in the recipe's cadence."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from lightning.pytorch import Callback, Trainer
from torch import Tensor

from scoliogait.training.checkpoint_io import state_path
from scoliogait.training.history import History
from scoliogait.training.processes import Processes
from scoliogait.training.task import ScreeningTask
from scoliogait.training.validation import validate
from scoliogait.training.walks import RunWalks
from scoliogait.training.weights_folder import save_weights, tidy

_MEASURED = ("loss", "triplet", "cross_entropy", "batch_accuracy")


class RunRecorder(Callback):
    """Writes history and loggers, validates, keeps the best weights and the state to resume from.

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

    def state_dict(self) -> dict[str, Any]:
        return {"sums": self._sums.cpu(), "n_summed": self._n_summed}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        self._sums, self._n_summed = state_dict["sums"], state_dict["n_summed"]

    def on_train_batch_start(self, trainer: Trainer, pl_module: Any, batch: Any, batch_idx: int) -> None:
        self._learning_rate = trainer.optimizers[0].param_groups[0]["lr"]

    def on_train_batch_end(self, trainer: Trainer, pl_module: Any, outputs: Any, batch: Any, batch_idx: int) -> None:
        step, plan = trainer.global_step, pl_module.recipe.trainer
        last = step == plan.steps
        self._sum_up(outputs)
        if last or step % plan.log_every == 0:
            self._record(trainer, step, self._means() | {"learning_rate": self._learning_rate})
        if len(self.walks.validation) and (last or step % plan.evaluate_every == 0):
            self._validate(trainer, pl_module, step)
        if last or step % plan.save_every == 0:
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
        self._record(trainer, step, validate(task, self.walks, self.processes))
        if self.processes.first:
            save_weights(self.folder, step, task.module)

    def _save(self, trainer: Trainer, step: int, keep_best: int) -> None:
        trainer.save_checkpoint(state_path(self.folder, step))
        if self.processes.first:
            tidy(self.folder, self.history, keep_best)
