"""A recipe and a store so small that a whole training run takes seconds."""

from pathlib import Path

from scoliogait.data.partition import Partition, write_partition
from scoliogait.data.store import WalkStore, write_store
from scoliogait.training.recipe_file import load_recipe
from walk_fixtures import drawn_walks

TINY = (
    "model.channels=[4,4,8,8]",
    "model.embedding=8",
    "model.parts=4",
    "data.validation_fraction=0.25",
    "sampler.identities=6",
    "sampler.walks_per_identity=1",
    "sampler.frames=3",
    "optimizer.lr=0.003",
    "schedule.warmup_steps=2",
    "trainer.steps=12",
    "trainer.precision=fp32",
    "trainer.device=cpu",
    "trainer.log_every=1",
    "trainer.evaluate_every=3",
    "trainer.save_every=2",
    "trainer.keep_best=2",
)


def tiny_store(folder: Path, silhouettes: bool = False) -> WalkStore:
    """24 drawn walks with a partition of 18 for training beside them."""
    store = write_store(folder, drawn_walks(8, 10, silhouettes=silhouettes), {"simulated": "yes"})
    write_partition(folder / "partition.json", Partition("drawn", store.walk_ids[:18], store.walk_ids[18:]))
    return store


def tiny_overrides(store: WalkStore, *more: str) -> list[str]:
    return [*TINY, f"data.store='{store.path}'", *more]


def shrunk(name: str, store: WalkStore, *more: str) -> list[str]:
    """Overrides that make any recipe a run of three steps on ``tiny_store``; its other values stay."""
    recipe = load_recipe(name)
    widths = {"channels": [4, 4, 8, 8], "embedding": 8, "width": 8, "squeeze": 2}
    shape = [f"model.{key}={value}" for key, value in widths.items() if hasattr(recipe.model, key)]
    if recipe.contract.in_channels:
        shape.append("model.parts=4")
    batch = ["sampler.walks_per_identity=2"]
    if recipe.sampler.identity == "walk":
        batch += ["sampler.identities=6", "sampler.walks_per_identity=1"]
    schedule = ["schedule.warmup_steps=1"] if recipe.schedule.name == "cosine" else []
    start = ["start.unfreeze_step=1"] if recipe.start.freeze else []
    kept = ("data.validation_fraction", "trainer.", "sampler.frames")
    rest = [override for override in TINY if override.startswith(kept)]
    partition = f"data.partition='{store.path / 'partition.json'}'"
    steps = ["trainer.steps=3", "trainer.save_every=3", "log.tensorboard=false"]
    data = [f"data.store='{store.path}'", partition]
    return [*rest, *shape, *batch, *schedule, *start, *steps, *data, *more]
