"""Walks and partitions of a reproduction: data roots, simulated cohorts, what is missing."""

from pathlib import Path

import pytest

from scoliogait.data.store import WalkStore, write_store
from scoliogait.errors import DataError
from scoliogait.labels import ScreeningClass
from scoliogait.reproduction.data import check_modalities, open_data, partitions_of_rows, trees_of_root
from scoliogait.reproduction.plan import choose_rows
from trees import write_pose_tree, write_silhouette_tree
from walk_fixtures import drawn_walks


def nothing() -> None:
    """What an import calls first, where nobody cares."""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    write_pose_tree(tmp_path / "root" / "Scoliosis1K-pose-pkl", 4)
    write_silhouette_tree(tmp_path / "root" / "Scoliosis1K-sil-pkl", 4)
    (tmp_path / "root" / "papers").mkdir()
    return tmp_path / "root"


@pytest.fixture(scope="module")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> WalkStore:
    return write_store(tmp_path_factory.mktemp("stores") / "store", drawn_walks(60, 2), {"simulated": "yes"})


def test_the_trees_of_a_root_become_one_store_once(root: Path, tmp_path: Path) -> None:
    calls: list[str] = []
    store = open_data(root, tmp_path / "imported", lambda: calls.append("import"))
    assert store.modalities == {"poses", "silhouettes"}
    assert len(store) == 4
    again = open_data(root, tmp_path / "imported", lambda: calls.append("again"))
    assert (again.digest, calls) == (store.digest, ["import"])


def test_a_tree_is_its_own_root(root: Path) -> None:
    tree = root / "Scoliosis1K-pose-pkl"
    assert trees_of_root(tree) == [tree]
    assert trees_of_root(root) == sorted(root.glob("Scoliosis1K-*"))


def test_two_trees_of_one_kind_are_not_guessed_between(root: Path) -> None:
    write_pose_tree(root / "poses-old", 4)
    with pytest.raises(DataError, match="Scoliosis1K-pose-pkl and poses-old both hold poses"):
        trees_of_root(root)


def test_a_root_without_trees_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match="holds no tree of silhouettes or poses"):
        open_data(tmp_path / "empty", tmp_path / "out" / "store", nothing)
    with pytest.raises(DataError, match="neither a store nor a folder"):
        open_data(tmp_path / "nowhere", tmp_path / "out" / "store", nothing)
    assert not (tmp_path / "out").exists()


def test_simulated_walks_are_split_in_the_released_ratios(simulated: WalkStore) -> None:
    rows = choose_rows(["sconet-mt-112", "sconet-mt-118"])
    partitions = partitions_of_rows(simulated, rows)
    labels = {name: simulated.labels[simulated.indices_of(p.train)].tolist() for name, p in partitions.items()}
    counts = {name: [values.count(c) for c in ScreeningClass] for name, values in labels.items()}
    # Half of 180 walks; of the negative ones 59 at most train. People have two walks each, so counts are even.
    assert counts == {"sconet-mt-112": [44, 22, 22], "sconet-mt-118": [58, 6, 6]}
    assert {p.name for p in partitions.values()} == {"simulated-112", "simulated-118"}
    assert partitions_of_rows(simulated, rows) == partitions


def test_the_ratio_study_has_one_test_set_whatever_rows_are_asked_for(simulated: WalkStore) -> None:
    every = partitions_of_rows(simulated, choose_rows(["*-common"]))
    assert len({p.test for p in every.values()}) == 1
    assert len({len(p.train) for p in every.values()}) <= 2  # parts are rounded down
    assert partitions_of_rows(simulated, choose_rows(["sconet-118-common"])) == {
        "sconet-118-common": every["sconet-118-common"]
    }


def test_real_walks_must_hold_the_released_ids(root: Path, tmp_path: Path) -> None:
    store = open_data(root, tmp_path / "imported", nothing)
    with pytest.raises(DataError, match=r"lacks 1489 of the 1493 ids of partition 118"):
        partitions_of_rows(store, choose_rows(["sconet-118"]))


def test_rows_whose_walks_are_not_there_are_listed(simulated: WalkStore) -> None:
    check_modalities(simulated, choose_rows(["drf-118"]))
    with pytest.raises(DataError, match=r"no silhouettes, which 2 of the 3 rows need \(sconet-118, fusion-118\)"):
        check_modalities(simulated, choose_rows(["sconet-118", "drf-118", "fusion-118"]))
