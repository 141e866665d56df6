"""What a person sees while a model trains: a bar with rate and time left, and one line per validation."""

from __future__ import annotations

from typing import Any

from lightning.pytorch import Callback, Trainer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.text import Text

from scoliogait.training.beside_start import START_STEP
from scoliogait.training.history import History


class _FrameRate(ProgressColumn):
    """Walks and frames per second, from the recent speed of the bar."""

    def __init__(self, walks_per_step: int, frames_per_walk: int) -> None:
        super().__init__()
        self.walks_per_step = walks_per_step
        self.frames_per_walk = frames_per_walk

    def render(self, task: Task) -> Text:
        if not task.speed:
            return Text("- walks/s", style="progress.data.speed")
        walks_per_s = task.speed * self.walks_per_step
        return Text(
            f"{walks_per_s:.0f} walks/s, {walks_per_s * self.frames_per_walk:.0f} frames/s",
            style="progress.data.speed",
        )


class TrainingProgress(Callback):
    """Place it after the recorder, whose figures it shows."""

    def __init__(self, history: History, n_steps: int, walks_per_step: int, frames_per_walk: int, console: Console):
        self.history = history
        self.n_steps = n_steps
        self.bar = Progress(
            TextColumn("training"),
            BarColumn(),
            MofNCompleteColumn(),
            _FrameRate(walks_per_step, frames_per_walk),
            TimeRemainingColumn(),
            TextColumn("{task.fields[figures]}"),
            console=console,
        )
        self._job = self.bar.add_task("training", total=n_steps, figures="", start=False)

    def on_train_start(self, trainer: Trainer, pl_module: Any) -> None:
        self.bar.update(self._job, completed=trainer.global_step)
        self.bar.start_task(self._job)
        self.bar.start()
        if trainer.global_step == START_STEP:
            self._show_validation(START_STEP, " (start weights)")

    def on_train_batch_end(self, trainer: Trainer, pl_module: Any, outputs: Any, batch: Any, batch_idx: int) -> None:
        step = trainer.global_step
        row = self.history.rows.get(step, {})
        self.bar.update(self._job, completed=step)
        if "loss" in row:
            self.bar.update(self._job, figures=f"loss {row['loss']:.3f}")
        self._show_validation(step)

    def _show_validation(self, step: int, note: str = "") -> None:
        row = self.history.rows.get(step, {})
        if "validation_loss" in row:
            self.bar.console.print(
                f"step {step}{note}: validation macro-F1 {row['validation_macro_f1']:.3f}, "
                f"accuracy {row['validation_accuracy']:.3f}, loss {row['validation_loss']:.3f}",
                highlight=False,
            )

    def on_train_end(self, trainer: Trainer, pl_module: Any) -> None:
        self.bar.stop()

    def on_exception(self, trainer: Trainer, pl_module: Any, exception: BaseException) -> None:
        self.bar.stop()
