"""Where curves and pictures go besides ``history.csv``: TensorBoard, and Weights & Biases if it is installed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from lightning.pytorch import Callback, Trainer
from lightning.pytorch.loggers import Logger, TensorBoardLogger
from numpy.typing import NDArray
from torch import Tensor

from scoliogait.data.loader import TrainingBatch
from scoliogait.training.recipe import Recipe

PICTURE_WALKS, PICTURE_FRAMES = 4, 6


def make_loggers(recipe: Recipe, out: Path, first_step: int) -> list[Logger]:
    """The loggers that the recipe asks for, continuing at ``first_step``; see ``cheap_checks.check_loggers``.

    recipe: as the run folder holds it, so that what Weights & Biases holds repeats the run.
    """
    loggers: list[Logger] = []
    if recipe.log.wandb:
        loggers.append(_wandb_logger(recipe, out))
    if recipe.log.tensorboard:
        # purge_step hides what an interrupted run wrote beyond the state it resumes from.
        loggers.append(TensorBoardLogger(save_dir=out, name="logs", version="", purge_step=first_step + 1))
    return loggers


def _wandb_logger(recipe: Recipe, out: Path) -> Logger:
    from lightning.pytorch.loggers import WandbLogger

    # A fixed id lets an interrupted run go on in the same W&B run.
    identity = f"{recipe.name}-{out.resolve().name}"
    return WandbLogger(
        name=out.name,
        id=identity,
        project=recipe.log.wandb_project,
        save_dir=out,
        config=recipe.model_dump(mode="json"),
        resume="allow",
    )


@contextmanager
def wandb_run_of_its_own(recipe: Recipe) -> Iterator[None]:
    """End the Weights & Biases run that the block began, as failed when the block failed.

    Lightning leaves it open and logs whatever the process trains next to it, under the first run's name and settings.
    A run that the caller had open before is used and left open.
    """
    if not recipe.log.wandb:
        yield
        return
    import wandb

    before, exit_code = wandb.run, 1
    try:
        yield
        exit_code = 0
    finally:
        if wandb.run is not None and wandb.run is not before:
            wandb.run.finish(exit_code)


class InputPictures(Callback):
    """Shows the pictures that a model sees: the first walks of a batch, at the first step and at each validation."""

    def on_train_batch_end(self, trainer: Trainer, pl_module: Any, outputs: Any, batch: Any, batch_idx: int) -> None:
        step = trainer.global_step
        if step != 1 and step % pl_module.recipe.trainer.evaluate_every:
            return
        inputs = pl_module.inputs(_few(batch))
        if "frames" not in inputs:
            return
        picture = montage(inputs["frames"])
        for logger in trainer.loggers:
            if isinstance(logger, TensorBoardLogger):
                logger.experiment.add_image("input", picture, step, dataformats="HWC")
            else:
                logger.log_image("input", [picture], step)  # type: ignore[attr-defined]


def _few(batch: TrainingBatch) -> TrainingBatch:
    n = PICTURE_WALKS
    return batch._replace(
        source={modality: frames[:n, :PICTURE_FRAMES] for modality, frames in batch.source.items()},
        mirrored=batch.mirrored[:n],
    )


def montage(frames: Tensor) -> NDArray[np.uint8]:
    """Frames 0..1 (N, T, C, H, W) -> uint8 (N·H, T·W, 3): a row a walk. One channel is grey; of two, limbs are red and
    joints green; of three, silhouettes are red, limbs green and joints blue."""
    pixels = (frames.detach().float().cpu().clamp(0, 1) * 255).round().byte().numpy()
    n, t, c, h, w = pixels.shape
    colour = np.zeros((n, t, 3, h, w), dtype=np.uint8)
    if c == 1:
        colour[:] = pixels
    else:
        colour[:, :, :c] = pixels
    return np.ascontiguousarray(colour.transpose(0, 3, 1, 4, 2).reshape(n * h, t * w, 3))
