"""A training that diverged: noticed at the step, and said with what to lower."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from scoliogait.errors import RecipeError
from scoliogait.training.recipe import Cosine, Recipe

_NONE_YET = -1


class DivergenceError(RecipeError):
    """The loss or a weight is no longer a number. words: the step and what was seen, without the remedy."""

    def __init__(self, step: int, what: str, recipe: Recipe) -> None:
        self.words = f"diverged at step {step}: {what}"
        super().__init__(f"recipe {recipe.name}: training {self.words}; {_remedy(recipe)}")


class LossWatch:
    """Notes the first step whose loss is NaN or infinite, on the loss's own device: to ask every step would wait."""

    def __init__(self) -> None:
        self._first_bad = torch.tensor(_NONE_YET)
        self._loss = torch.tensor(0.0)

    def note(self, step: int, loss: Tensor) -> None:
        loss = loss.detach()
        before, self._loss = self._first_bad.to(loss.device), self._loss.to(loss.device)
        is_first = (before == _NONE_YET) & ~torch.isfinite(loss)
        self._first_bad = torch.where(is_first, step, before)
        self._loss = torch.where(is_first, loss.float(), self._loss)

    @property
    def costs_nothing(self) -> bool:
        """Whether the loss lies where asking for it does not wait for a GPU."""
        return self._first_bad.device.type == "cpu"

    def check(self, recipe: Recipe) -> None:
        """Raise ``DivergenceError`` when a noted loss was no number; RecipeError when the very first one was."""
        step = int(self._first_bad)
        if step == _NONE_YET:
            return
        if step == 1:  # no weight was changed yet: no rate can be to blame
            raise RecipeError(
                f"recipe {recipe.name}: the loss of the first step is {_word(self._loss)}, before any weight was "
                "changed; check the walks with `scoliogait data check`, and the weights that the run was started from"
            )
        raise DivergenceError(step, f"the loss is {_word(self._loss)}", recipe)


def check_weights(module: nn.Module, step: int, recipe: Recipe) -> None:
    """Raise ``DivergenceError`` when a parameter or buffer of the model is NaN or infinite after a step."""
    for name, value in module.state_dict().items():
        if value.is_floating_point() and not bool(torch.isfinite(value).all()):
            raise DivergenceError(step, f"the weights {name} hold NaN or infinite values", recipe)


def _word(loss: Tensor) -> str:
    return "NaN" if bool(torch.isnan(loss)) else "infinite"


def _remedy(recipe: Recipe) -> str:
    words = [f"lower optimizer.lr (it is {recipe.optimizer.lr:g})"]
    if isinstance(recipe.schedule, Cosine):
        words.append(f"or raise schedule.warmup_steps (it is {recipe.schedule.warmup_steps})")
    if recipe.trainer.precision == "fp16":
        words.append("or set trainer.precision=fp32")
    return ", ".join(words) + ", and train with --overwrite"
