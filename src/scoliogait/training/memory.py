"""Out of memory while training, in one line with what to lower."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from scoliogait.errors import RecipeError
from scoliogait.memory import out_of_memory_in_one_line
from scoliogait.training.recipe import Recipe

# What a process that loads walks leaves behind when it is killed for the memory it takes.
_OF_WORKERS = re.compile(r"DataLoader worker .* (killed|Bus error)|unable to (mmap|allocate shared memory)", re.DOTALL)


@contextmanager
def training_memory_in_one_line(recipe: Recipe) -> Iterator[None]:
    """Raise RecipeError for every way in which memory runs out in the block; other errors rise as they are."""
    with out_of_memory_in_one_line(lambda which: _refusal(which, recipe)):
        try:
            yield
        except RuntimeError as error:
            if not _OF_WORKERS.search(str(error)):
                raise
            raise RecipeError(
                f"recipe {recipe.name}: a process that loads walks ran out of memory; lower data.workers (it is "
                f"{recipe.data.workers})"
            ) from error


def _refusal(which: str, recipe: Recipe) -> RecipeError:
    plan = recipe.sampler
    workers = f", or data.workers ({recipe.data.workers})" if recipe.data.workers and which == "memory" else ""
    return RecipeError(
        f"recipe {recipe.name}: training ran out of {which}; a batch has {plan.batch_size} walks of {plan.frames} "
        f"frames; lower sampler.identities ({plan.identities}), sampler.walks_per_identity ({plan.walks_per_identity}) "
        f"or sampler.frames ({plan.frames}){workers}"
    )
