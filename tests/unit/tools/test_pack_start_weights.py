"""The bundle that is shipped is that of the run, without the record of its walks and with the seed they came from."""

from pathlib import Path

import numpy as np
import pytest
import torch
from tools.pack_start_weights import pack

from bundles import untrained_bundle
from scoliogait.checkpoints.bundle import load_bundle, save_bundle
from scoliogait.data.partition import read_partition
from scoliogait.data.store import WalkStore
from scoliogait.data.walk_prints import prints_of
from scoliogait.errors import DataError
from scoliogait.simulation.cohort_store import write_cohort
from scoliogait.simulation.config import CohortConfig
from training_fixtures import tiny_store


def trained(folder: Path, store: WalkStore) -> Path:
    """A bundle that says it was trained on the store, in the words of a run from before stores stated seeds."""
    facts = store.facts(read_partition(store.path / "partition.json")).to_text()
    facts.pop("simulation_seed", None)
    plain = load_bundle(untrained_bundle(folder / "plain"))
    walks = prints_of(store, np.arange(len(store)), "train", thin=True)
    return save_bundle(
        folder / "run", plain.module, plain.contract, temperature=1.5, provenance=facts, metrics={}, walks=walks
    )


def test_all_but_the_record_stays(tmp_path: Path) -> None:
    cohort = write_cohort(CohortConfig(n_walks=6, n_frames=8, seed=5, silhouettes=False), tmp_path / "c", workers=1)
    old = load_bundle(trained(tmp_path, cohort))
    assert old.walks() is not None
    made = pack(old.path, cohort.path, tmp_path / "made")
    assert made.walks() is None
    assert sorted(path.name for path in made.path.iterdir()) == [
        "README.md",
        "config.json",
        "metrics.json",
        "model.safetensors",
    ]
    assert all(map(torch.equal, made.module.state_dict().values(), old.module.state_dict().values()))
    assert (made.contract, made.temperature) == (old.contract, old.temperature)
    assert made.facts.trained_on.simulation_seed == "5"
    assert "simulation_seed | 5" in (made.path / "README.md").read_text(encoding="utf-8")


def test_other_stores_are_refused(tmp_path: Path) -> None:
    drawn = tiny_store(tmp_path / "drawn")
    with pytest.raises(DataError, match="states no seed"):
        pack(trained(tmp_path, drawn), drawn.path, tmp_path / "made")
    config = CohortConfig(n_walks=6, n_frames=8, seed=6, silhouettes=False)
    with pytest.raises(DataError, match="was trained on another store"):
        pack(tmp_path / "run", write_cohort(config, tmp_path / "c", workers=1).path, tmp_path / "made")
