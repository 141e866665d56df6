"""The start of a run that does not begin with random values, checked before its folder is made."""

from __future__ import annotations

from torch import nn

from scoliogait.errors import RecipeError
from scoliogait.training.freezing import frozen_names
from scoliogait.training.recipe import Recipe
from scoliogait.training.start_checks import StartFindings, check_start
from scoliogait.training.walks import RunWalks
from scoliogait.training.warm_start import WarmStart, warm_start

Start = tuple[WarmStart, StartFindings]


def start_model(module: nn.Module, recipe: Recipe, walks: RunWalks) -> Start | None:
    """Bring the recipe's start weights into ``module``, in place; None, and nothing done, when it names none.

    Raises as ``warm_start``, ``check_start`` and ``frozen_names`` do; RecipeError when random values would be frozen.
    """
    frozen_names(module, recipe.start.freeze)
    if recipe.start.weights is None:
        if recipe.start.freeze:
            raise RecipeError(
                f"recipe {recipe.name}: start.freeze would hold random values, since start.weights is not given; "
                f"run `scoliogait finetune {recipe.name} --from WEIGHTS`, or set start: {{}}"
            )
        return None
    warm = warm_start(module, recipe.start)
    return warm, check_start(warm, recipe, walks)
