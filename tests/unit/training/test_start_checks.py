"""What a run says against the weights that it starts from."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from scoliogait.data.partition import Partition, read_partition
from scoliogait.data.store import WalkStore, write_store
from scoliogait.errors import RecipeError
from scoliogait.representation.contract import InputContract
from scoliogait.training.recipe import Recipe
from scoliogait.training.recipe_file import load_recipe
from scoliogait.training.start_checks import StartFindings, check_start
from scoliogait.training.walks import RunWalks
from scoliogait.training.warm_start import WarmStart
from training_fixtures import tiny_store
from walk_fixtures import drawn_walks

PARTITION = Partition("drawn", tuple(f"w{n:03d}" for n in range(18)), tuple(f"w{n:03d}" for n in range(18, 24)))


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> WalkStore:
    return tiny_store(tmp_path_factory.mktemp("checks") / "store")


def recipe(*overrides: str) -> Recipe:
    return load_recipe("body-only-adamw-112", ["data.validation_fraction=0.25", *overrides])


def same_data(store: WalkStore, **other: Any) -> dict[str, Any]:
    """Provenance of a model that was trained with the recipe above on PARTITION."""
    facts = {
        "data": "drawn",
        "store_digest": store.digest,
        "partition": PARTITION.name,
        "partition_sha256": PARTITION.digest,
        "simulated": "yes",
        "seed": 0,
        "recipe": {"data": {"validation_fraction": 0.25}},
    }
    return facts | other


def found(
    store: WalkStore,
    provenance: Mapping[str, Any],
    chosen: Recipe | None = None,
    partition: Partition = PARTITION,
    contract: InputContract | None = None,
) -> StartFindings:
    chosen = chosen or recipe()
    warm = WarmStart("source", "bundle", "0" * 64, (), (), (), (), contract or chosen.contract, provenance)
    walks = RunWalks(store, partition, np.arange(14), np.arange(14, 18))
    return check_start(warm, chosen, walks)


def test_the_same_data_and_choice_need_no_caution(store: WalkStore) -> None:
    findings = found(store, same_data(store))
    assert (findings.test_walks_seen, findings.cautions) == (0, ())
    assert findings.trained_on[0].walks.partition == "drawn"
    assert findings.trained_on[0].validation_fraction == 0.25


def test_a_source_of_unknown_data_is_said_to_be_one(store: WalkStore) -> None:
    another_cohort = same_data(store, store_digest="another", partition="118")
    other_ids = same_data(store, partition_sha256=None)
    for provenance in ({}, same_data(store, store_digest="another"), other_ids, another_cohort):
        findings = found(store, provenance)
        assert findings.test_walks_seen is None
        assert findings.cautions == (
            "It is not known on which walks source was trained; if test walks of partition drawn were among them, a "
            "test result will be too high.",
        )


def test_published_partitions_are_compared(store: WalkStore) -> None:
    """118 tests on walks that 112 trains on: the source has seen them."""
    ours, theirs = read_partition("118"), read_partition("112")
    seen = len(set(ours.test) & set(theirs.train))
    assert seen > 100
    source = same_data(store, partition="112", partition_sha256=theirs.digest)
    told = f"source was trained on {seen} of the 749 test walks of partition 118, so a test result would be too high"
    with pytest.raises(RecipeError, match=f"^start.weights: {told}; take the partition .* --allow-leak") as caught:
        found(store, source, partition=ours)
    assert "\n" not in str(caught.value)
    allowed = found(store, source, recipe("start.allow_leak=true"), partition=ours)
    assert allowed.test_walks_seen == seen
    assert f"{told}." in allowed.cautions
    assert found(store, source, partition=theirs).test_walks_seen == 0


def test_the_source_of_the_source_counts_too(store: WalkStore) -> None:
    ours, theirs = read_partition("118"), read_partition("112")
    ancestor = {
        "data": "Scoliosis1K",
        "store_digest": store.digest,
        "partition": "112",
        "partition_sha256": theirs.digest,
        "simulated": "yes",
        "seed": 0,
        "validation_fraction": 0.25,
    }
    parent = same_data(store, partition_sha256=ours.digest, partition="118")
    assert found(store, parent, partition=ours).test_walks_seen == 0
    with pytest.raises(RecipeError, match="was trained on"):
        found(store, parent | {"started_from": {"trained_on": [ancestor]}}, partition=ours)


def test_a_source_of_known_data_that_began_with_unknown_weights_is_unknown(store: WalkStore) -> None:
    findings = found(store, same_data(store, started_from={"name": "x", "trained_on": []}))
    assert findings.test_walks_seen is None
    assert [data.walks.origin for data in findings.trained_on] == ["simulated", "unknown"]
    (caution,) = findings.cautions
    assert caution.startswith("It is not known on which walks source was trained;")


def recorded_store(folder: Path) -> WalkStore:
    return write_store(folder, (walk.with_changes(origin={}) for walk in drawn_walks(8, 4)), {})


def test_walks_of_a_whole_simulated_cohort_are_none_of_the_recorded_ones(tmp_path: Path) -> None:
    store = recorded_store(tmp_path / "recorded")
    source = same_data(store, store_digest="another", partition_sha256="0" * 64, simulation_seed="1000")
    findings = found(store, source)
    assert (findings.test_walks_seen, findings.cautions) == (0, ())


def test_a_set_that_holds_simulated_walks_may_hold_recorded_ones_too(tmp_path: Path, store: WalkStore) -> None:
    """One simulated walk makes a whole set simulated: without the seed of a whole cohort nothing is certain."""
    recorded = recorded_store(tmp_path / "recorded")
    of_mixed = found(recorded, same_data(recorded, store_digest="another", partition_sha256="0" * 64))
    of_recorded = found(store, same_data(store, simulated="no", store_digest="another", partition="112"))
    for findings in (of_mixed, of_recorded):
        assert findings.test_walks_seen is None
        (caution,) = findings.cautions
        assert caution.startswith("It is not known on which walks source was trained;")


def test_walks_of_unstated_origin_are_not_taken_for_other_walks(store: WalkStore) -> None:
    findings = found(store, same_data(store, simulated=None, store_digest="another", partition="112"))
    assert findings.test_walks_seen is None
    (caution,) = findings.cautions
    assert caution.startswith("It is not known on which walks source was trained")


@pytest.mark.parametrize("other", [{"seed": 1}, {"recipe": {"data": {"validation_fraction": 0.0}}}])
def test_validation_walks_that_the_source_trained_on_are_told(store: WalkStore, other: dict[str, Any]) -> None:
    findings = found(store, same_data(store, **other))
    assert findings.test_walks_seen == 0
    (caution,) = findings.cautions
    assert caution.startswith("Up to 4 of the 4 validation walks trained the weights that this run starts from")


def test_listed_validation_walks_do_not_depend_on_the_seed(store: WalkStore) -> None:
    listed = Partition("listed", PARTITION.train[:14], PARTITION.test, validation=PARTITION.train[14:])
    source = same_data(store, partition="listed", partition_sha256=listed.digest, seed=1)
    assert found(store, source, partition=listed).cautions == ()
    other = same_data(store)
    assert found(store, other, partition=listed).test_walks_seen is None
    assert listed.digest != PARTITION.digest


@pytest.mark.parametrize(
    ("setting", "told"),
    [
        ("contract.skeleton_map.sigma_limb=8", "skeleton_map.sigma_limb 15 -> 8"),
        ("contract.skeleton_map.joints=full-body", "skeleton_map.joints body-only -> full-body"),
        ("contract.cut_columns=false", "cut_columns True -> False"),
    ],
)
def test_maps_drawn_differently_are_told(store: WalkStore, setting: str, told: str) -> None:
    findings = found(store, same_data(store), recipe(setting), contract=recipe().contract)
    assert findings.cautions == (f"source saw its input drawn differently: {told}.",)


def test_a_model_that_sees_more_sees_nothing_differently(store: WalkStore) -> None:
    drf, warm = load_recipe("drf-warm-112").contract, recipe().contract
    seen = found(store, same_data(store), load_recipe("drf-warm-112", ["data.validation_fraction=0.25"]), contract=warm)
    assert seen.cautions == ()
    assert drf.pav is not None
    fusion = load_recipe("fusion-112", ["data.validation_fraction=0.25"])
    published = load_recipe("sconet-mt-ske-112").contract
    assert found(store, same_data(store), fusion, contract=published).cautions == ()
    other_export = found(
        store, same_data(store), contract=InputContract(representation="exported-skeleton-map", size_px=64)
    )
    assert "representation exported-skeleton-map -> skeleton-map" in other_export.cautions[0]


def test_a_partition_is_told_by_its_ids(tmp_path: Path) -> None:
    turned = Partition("another name", PARTITION.train[::-1], PARTITION.test)
    assert turned.digest == PARTITION.digest
    swapped = Partition("drawn", PARTITION.test, PARTITION.train)
    assert swapped.digest != PARTITION.digest
