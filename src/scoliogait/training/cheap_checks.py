"""What can be refused about a training before torch is loaded: a wrong recipe costs a user no ten seconds."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from scoliogait.checkpoints.model_folder import is_builtin, model_folder
from scoliogait.errors import ModelError, RecipeError
from scoliogait.training.recipe import Recipe, StartSection
from scoliogait.training.run_folder import RunFolder, refuse_occupied
from scoliogait.training.walks import choose_walks


def check_run(recipe: Recipe, out: Path, overwrite: bool) -> None:
    """Raises what ``fit`` would raise for the output folder, the loggers, the start weights' place, store and ids.

    ``fit`` checks again where it matters, so this may be left out; it only makes refusals quick.
    """
    goes_on = refuse_occupied(RunFolder(out), overwrite)
    check_loggers(recipe)
    if recipe.start.weights is not None and not goes_on:
        check_source(recipe.start)
    choose_walks(recipe)


def check_loggers(recipe: Recipe) -> None:
    """Raise RecipeError for a logger that is not installed, before anything is written."""
    if recipe.log.wandb and find_spec("wandb") is None:
        raise RecipeError("log.wandb: Weights & Biases is not installed; run `pip install scoliogait[wandb]`")


def check_source(start: StartSection) -> bool:
    """Whether the start weights are a model bundle; False for a file, which must then be a checkpoint.

    Raises ModelError when nothing lies there, RecipeError when label_order is missing or too much.
    """
    weights = str(start.weights)
    if is_builtin(weights) or Path(weights).is_dir():
        if start.label_order is not None:
            raise RecipeError(
                f"start.label_order: {weights} is a model bundle, which knows its class order; leave label_order out "
                "(--label-order)"
            )
        model_folder(weights)
        return True
    if not Path(weights).is_file():
        raise ModelError(
            f"{weights}: there is no such file or folder; expected a model bundle or an OpenGait checkpoint"
        )
    if start.label_order is None:
        raise RecipeError(
            f"start.label_order: {weights} does not say in which order its logits list the classes; give it "
            "(--label-order): negative,positive,neutral for files trained before 27 August 2025, else "
            "negative,neutral,positive"
        )
    return False
