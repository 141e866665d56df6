"""Freezing: part of a model keeps its values for a while, or to the end."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any

from lightning.pytorch import Callback, Trainer
from torch import nn

from scoliogait.errors import RecipeError
from scoliogait.training.recipe import StartSection
from scoliogait.wording import nearest


class Freezing(Callback):
    """Holds what ``start.freeze`` matches until ``start.unfreeze_step``; a pure function of the step, so resuming needs
    no memory of it.

    Frozen parameters get no gradient, so neither momentum nor weight decay moves them. Modules all of whose parameters
    are frozen run in evaluation mode, so running statistics stay too. Raises RecipeError as ``frozen_names``.
    """

    def __init__(self, start: StartSection, module: nn.Module) -> None:
        self.unfreeze_step = start.unfreeze_step
        self.names = frozen_names(module, start.freeze)

    def on_train_batch_start(self, trainer: Trainer, pl_module: Any, batch: Any, batch_idx: int) -> None:
        # At every step, for validation puts the whole model back into training mode.
        hold(pl_module.module, self.names if self.holds_at(trainer.global_step) else frozenset())

    def holds_at(self, step: int) -> bool:
        """Whether the update after ``step`` finished steps leaves the frozen part alone."""
        return self.unfreeze_step is None or step < self.unfreeze_step


def hold(module: nn.Module, names: frozenset[str]) -> None:
    """Put the module into training mode, but for what ``names`` freezes."""
    module.train()
    for name, parameter in module.named_parameters():
        # Without gradients no backward pass runs through the frozen part either, which saves its time.
        parameter.requires_grad_(name not in names)
    for part in _wholly_frozen(module, names):
        part.eval()


def frozen_names(module: nn.Module, patterns: tuple[str, ...]) -> frozenset[str]:
    """Names of the parameters that match a shell pattern such as ``backbone.*``.

    Raises RecipeError for a pattern that matches none, naming the nearest, and when nothing would be left to train.
    """
    names = [name for name, _ in module.named_parameters()]
    chosen: set[str] = set()
    for pattern in patterns:
        matching = [name for name in names if fnmatchcase(name, pattern)]
        if not matching:
            raise RecipeError(
                f"start.freeze: {pattern!r} matches no parameter of the model; {_suggestion(pattern, names)}"
            )
        chosen.update(matching)
    if len(chosen) == len(names):
        raise RecipeError(f"start.freeze: {', '.join(patterns)} freezes the whole model, so nothing would be trained")
    return frozenset(chosen)


def _wholly_frozen(module: nn.Module, names: frozenset[str]) -> Iterator[nn.Module]:
    for prefix, part in module.named_modules():
        own = [f"{prefix}.{name}" for name, _ in part.named_parameters()]
        if prefix and own and names.issuperset(own):
            yield part


def _suggestion(pattern: str, names: list[str]) -> str:
    parts = {".".join(name.split(".")[:depth]) + ".*" for name in names for depth in (1, 2) if name.count(".") >= depth}
    choices = sorted(parts | set(names))
    meant = nearest(pattern, choices, cutoff=0.5)
    if meant is not None:
        return f"did you mean {meant!r}?"
    return f"expected one such as {', '.join(repr(part) for part in sorted({n.split('.')[0] + '.*' for n in names}))}"
