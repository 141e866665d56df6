"""A recipe and a store so small that a whole training run takes seconds."""

from pathlib import Path

from scoliogait.data.partition import Partition, write_partition
from scoliogait.data.store import WalkStore, write_store
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
