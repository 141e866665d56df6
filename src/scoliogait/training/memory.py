"""Out of memory while training, in one line with what to lower."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import torch

from scoliogait.errors import RecipeError
from scoliogait.training.recipe import Recipe

# What torch says for the memory of a CPU, in place of an exception of its own, and what a killed worker leaves behind.
_OF_CPU = re.compile(r"DefaultCPUAllocator|can't allocate memory|not enough memory", re.IGNORECASE)
_OF_WORKERS = re.compile(r"DataLoader worker .* (killed|Bus error)|unable to (mmap|allocate shared memory)", re.DOTALL)


@contextmanager
def out_of_memory_in_one_line(recipe: Recipe) -> Iterator[None]:
    """Raise RecipeError for every way in which memory runs out in the block; other errors rise as they are."""
    try:
        yield
    except torch.OutOfMemoryError as error:
        raise _refusal("GPU memory", recipe) from error
    except MemoryError as error:
        raise _refusal("memory", recipe) from error
    except RuntimeError as error:
        if _OF_WORKERS.search(str(error)):
            raise RecipeError(
                f"recipe {recipe.name}: a process that loads walks ran out of memory; lower data.workers (it is "
                f"{recipe.data.workers})"
            ) from error
        if _OF_CPU.search(str(error)):
            raise _refusal("memory", recipe) from error
        raise


def _refusal(kind: str, recipe: Recipe) -> RecipeError:
    plan = recipe.sampler
    workers = f", or data.workers ({recipe.data.workers})" if recipe.data.workers and kind == "memory" else ""
    return RecipeError(
        f"recipe {recipe.name}: training ran out of {kind}; a batch has {plan.batch_size} walks of {plan.frames} "
        f"frames; lower sampler.identities ({plan.identities}), sampler.walks_per_identity ({plan.walks_per_identity}) "
        f"or sampler.frames ({plan.frames}){workers}"
    )
