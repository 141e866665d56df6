"""The Lightning module around a model: rendering in the batch, losses, optimizer. The model knows nothing of it."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch
from lightning.pytorch import LightningModule
from torch import Tensor, nn
from torch.optim import SGD, AdamW, Optimizer
from torch.optim.lr_scheduler import LambdaLR, LRScheduler, MultiStepLR

from scoliogait.data.loader import TrainingBatch
from scoliogait.losses import batch_all_triplet_loss, part_cross_entropy
from scoliogait.models.blocks import ModelOutput
from scoliogait.models.collectives import gather_batch
from scoliogait.models.strip_network import StripNetwork
from scoliogait.representation.model_input import mirror_inputs
from scoliogait.training.recipe import Cosine, LossSection, MultiStep, Recipe, Sgd


class ScreeningTask(LightningModule):
    """Trains ``module`` as the recipe says. Each of several processes computes the losses of the whole batch."""

    def __init__(self, recipe: Recipe, module: nn.Module) -> None:
        super().__init__()
        self.recipe = recipe
        self.module = module
        if isinstance(module, StripNetwork):
            module.even_ties = recipe.trainer.tied_frames == "all"

    def training_step(self, batch: TrainingBatch, batch_idx: int = 0) -> dict[str, Tensor]:
        """``loss`` with gradient; ``triplet`` (0 without it), ``cross_entropy`` and ``batch_accuracy`` without."""
        out = self.module(**self.inputs(batch))
        gathered = ModelOutput(embeddings=gather_batch(out.embeddings), logits=gather_batch(out.logits))
        labels, walks = gather_batch(batch.labels), gather_batch(batch.walks)
        return training_losses(gathered, labels, walks, self.recipe.losses)

    def inputs(self, batch: TrainingBatch) -> dict[str, Tensor]:
        """What the model is called with, made on the batch's device, mirrored where the batch says so."""
        with torch.autocast(batch.labels.device.type, enabled=False):  # maps are drawn in full precision
            return mirror_inputs(self.recipe.contract.render(batch.source) | batch.walk_values, batch.mirrored)

    def configure_optimizers(self) -> Any:
        optimizer = make_optimizer(self.recipe, self.module)
        return {
            "optimizer": optimizer,
            "lr_scheduler": {"scheduler": make_schedule(self.recipe, optimizer), "interval": "step"},
        }


def training_losses(out: ModelOutput, labels: Tensor, walks: Tensor, losses: LossSection) -> dict[str, Tensor]:
    """Weighted sum of triplet loss and cross-entropy, and its parts, for one whole batch."""
    softmax = losses.cross_entropy
    cross_entropy = part_cross_entropy(
        out.logits, labels, softmax.scale, softmax.label_smoothing, softmax.class_weights
    )
    loss = softmax.weight * cross_entropy
    triplet = cross_entropy.new_zeros(())
    if losses.triplet.labels != "none":
        together = walks if losses.triplet.labels == "walk" else labels
        triplet = batch_all_triplet_loss(out.embeddings, together, losses.triplet.margin)
        loss = loss + losses.triplet.weight * triplet
    correct = out.logits.detach().float().mean(dim=-1).argmax(dim=-1) == labels
    return {
        "loss": loss,
        "triplet": triplet.detach(),
        "cross_entropy": cross_entropy.detach(),
        "batch_accuracy": correct.float().mean(),
    }


def make_optimizer(recipe: Recipe, module: nn.Module) -> Optimizer:
    chosen = recipe.optimizer
    if isinstance(chosen, Sgd):
        return SGD(module.parameters(), lr=chosen.lr, momentum=chosen.momentum, weight_decay=chosen.weight_decay)
    return AdamW(module.parameters(), lr=chosen.lr, weight_decay=chosen.weight_decay)


def make_schedule(recipe: Recipe, optimizer: Optimizer) -> LRScheduler:
    chosen = recipe.schedule
    if isinstance(chosen, MultiStep):
        return MultiStepLR(optimizer, milestones=list(chosen.milestones), gamma=chosen.gamma)
    return LambdaLR(optimizer, cosine_factor(chosen, recipe.trainer.steps))


def cosine_factor(schedule: Cosine, n_steps: int) -> Callable[[int], float]:
    """Factor of the learning rate at a step: (step + 1) / warmup_steps, then half a cosine to final_fraction."""

    def factor(step: int) -> float:
        if step < schedule.warmup_steps:
            return (step + 1) / schedule.warmup_steps
        done = (step - schedule.warmup_steps) / (n_steps - schedule.warmup_steps)
        return schedule.final_fraction + (1 - schedule.final_fraction) * (1 + math.cos(math.pi * min(done, 1))) / 2

    return factor
