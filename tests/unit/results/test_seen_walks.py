"""What is known of the walks that a model has seen where it keeps no record of them."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bundles import untrained_bundle
from scoliogait.checkpoints.bundle import Bundle, load_bundle
from scoliogait.data.partition import Partition, read_partition, write_partition
from scoliogait.data.store import WalkStore, write_store
from scoliogait.results.seen_walks import seen_walks
from scoliogait.simulation.cohort_store import write_cohort
from scoliogait.simulation.config import CohortConfig
from scoliogait.training.start_checks import TrainingData
from walk_fixtures import drawn_walks

UNKNOWN = TrainingData.from_facts({}).to_facts()
SIMULATED = {"simulated": "yes", "simulation_seed": "1000"}


@pytest.fixture(scope="module")
def cohort(tmp_path_factory: pytest.TempPathFactory) -> WalkStore:
    config = CohortConfig(n_walks=12, n_frames=8, seed=7, silhouettes=False)
    return write_cohort(config, tmp_path_factory.mktemp("seen") / "cohort", workers=1)


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> WalkStore:
    store = write_store(
        tmp_path_factory.mktemp("seen") / "recorded", (replace(walk, origin={}) for walk in drawn_walks(4, 8)), {}
    )
    write_partition(store.path / "partition.json", Partition("drawn", store.walk_ids[:6], store.walk_ids[6:]))
    return store


def model(folder: Path, **facts: Any) -> Bundle:
    return load_bundle(untrained_bundle(folder / "model", **facts))


def started(*trained_on: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": "x",
        "kind": "bundle",
        "sha256": "0",
        "selection": "validation",
        "taken": 1,
        "new": 0,
        "left": 0,
    } | {
        "test_walks_seen": None,
        "trained_on": list(trained_on),
        "cautions": [],
    }


def is_known(bundle: Bundle, store: WalkStore) -> bool:
    found = seen_walks(bundle, store, read_partition(store.path / "partition.json")).facts
    assert found.n_seen == 0
    return found.complete


def test_a_cohort_states_its_seed_and_every_other_set_none(cohort: WalkStore, recorded: WalkStore) -> None:
    facts = [store.facts(read_partition(store.path / "partition.json")) for store in (cohort, recorded)]
    assert [one.simulation_seed for one in facts] == ["7", "not stated"]
    assert "simulation_seed" not in facts[1].to_text()


@pytest.mark.parametrize(
    ("facts", "of_cohort", "of_recorded"),
    [
        (SIMULATED, True, True),
        (SIMULATED | {"simulation_seed": "7"}, False, True),
        ({"simulated": "yes"}, False, False),  # it may hold recorded walks too
        ({"simulated": "no"}, True, False),
        ({"simulated": "no", "started_from": started(SIMULATED)}, True, False),
        (SIMULATED | {"started_from": started(SIMULATED)}, True, True),
        (SIMULATED | {"started_from": started()}, False, False),
        (SIMULATED | {"started_from": started(SIMULATED, UNKNOWN)}, False, False),  # what the start began with
    ],
)
def test_simulated_walks_are_none_of_recorded_ones_or_of_another_seed(
    cohort: WalkStore, recorded: WalkStore, facts: dict[str, Any], of_cohort: bool, of_recorded: bool, tmp_path: Path
) -> None:
    bundle = model(tmp_path, **facts)
    assert is_known(bundle, cohort) == of_cohort
    assert is_known(bundle, recorded) == of_recorded
