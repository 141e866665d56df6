"""Test walks are predicted by whoever holds an Opening, and nothing but a line in a ledger makes one."""

import ast
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import scoliogait
from bundles import untrained_bundle
from scoliogait.checkpoints.bundle import Bundle, load_bundle
from scoliogait.data.partition import Partition, read_partition
from scoliogait.data.store import WalkStore
from scoliogait.errors import DataError
from scoliogait.ledger import OPENED, Ledger
from scoliogait.provenance import Selection
from scoliogait.results.evaluate import evaluate_seen_walks, evaluate_test_walks
from scoliogait.results.opening import Opening, open_test_set
from training_fixtures import tiny_store

PACKAGE = Path(scoliogait.__file__).parent
STUDIES = Path(__file__).parents[3] / "studies"
# Modules that may predict walks by their indices: training on its own, verification of what is written already, and
# those that take an Opening. A new one belongs here only after a look at which walks it can reach.
MAY_PREDICT = {
    "scoliogait/training/finish.py",
    "scoliogait/training/recorder.py",
    "scoliogait/results/audit.py",
    "scoliogait/results/evaluate.py",
    "scoliogait/results/guided.py",
    "scoliogait/results/reevaluate.py",
    "studies/headroom_network.py",  # walks of the training part
}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> WalkStore:
    return tiny_store(tmp_path_factory.mktemp("data") / "store")


@pytest.fixture(scope="module")
def partition(store: WalkStore) -> Partition:
    return read_partition(store.path / "partition.json")


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    return load_bundle(untrained_bundle(tmp_path_factory.mktemp("bundle") / "model", simulated="yes"))


def test_the_opening_is_on_the_disk_before_there_is_one(
    store: WalkStore, partition: Partition, bundle: Bundle, tmp_path: Path
) -> None:
    ledger = Ledger(tmp_path / "ledger.jsonl")
    opening = open_test_set(ledger, store, partition, model_digest=bundle.digest, selection=Selection.LAST)
    (entry,) = ledger.entries()
    assert (entry["event"], entry["selection"], entry["data"]) == (OPENED, "last", "store")
    assert opening.walk_ids == partition.test
    predictions = evaluate_test_walks(opening, bundle)
    assert predictions.walk_ids == partition.test
    assert predictions.about.opening == opening.facts
    assert (predictions.about.data.subset, predictions.about.data.partition_sha256) == ("test", partition.digest)


def test_nothing_else_makes_an_opening(store: WalkStore, partition: Partition, bundle: Bundle, tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger.jsonl")
    opening = open_test_set(ledger, store, partition, model_digest=bundle.digest, selection=Selection.LAST)
    about = (ledger, store, partition, opening.indices, opening.facts, opening.about)
    with pytest.raises(TypeError, match="comes from open_test_set"):
        Opening(*about)
    with pytest.raises(TypeError, match="comes from open_test_set"):
        replace(opening, indices=np.arange(3))
    assert len(ledger.entries()) == 1


def test_an_opening_is_of_one_model(store: WalkStore, partition: Partition, bundle: Bundle, tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger.jsonl")
    opening = open_test_set(ledger, store, partition, model_digest="another", selection=Selection.LAST)
    with pytest.raises(DataError, match="the test set was opened for another"):
        evaluate_test_walks(opening, bundle)


def test_a_closed_ledger_keeps_the_test_set_closed(store: WalkStore, partition: Partition, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(DataError, match="cannot be written"):
        open_test_set(
            Ledger(tmp_path / "file" / "l.jsonl"), store, partition, model_digest="d", selection=Selection.LAST
        )


def test_walks_called_seen_may_be_no_test_walks(store: WalkStore, partition: Partition, bundle: Bundle) -> None:
    predictions = evaluate_seen_walks(bundle, store, partition.train[:4], partition, "validation")
    assert (predictions.about.data.subset, predictions.about.opening) == ("validation", None)
    with pytest.raises(DataError, match=f"1 of the 3 walks given are its test walks, the first: {partition.test[0]}"):
        evaluate_seen_walks(bundle, store, (*partition.train[:2], partition.test[0]), partition, "train")


def code_files() -> dict[str, ast.Module]:
    roots = {"scoliogait": PACKAGE, "studies": STUDIES}
    return {
        f"{name}/{path.relative_to(root).as_posix()}": ast.parse(path.read_text(encoding="utf-8"))
        for name, root in roots.items()
        for path in sorted(root.rglob("*.py"))
    }


def names_in(tree: ast.Module) -> set[str]:
    """Every name that a file imports, calls or reads as an attribute."""
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    names |= {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    return names | {alias.name for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) for alias in node.names}


def test_no_module_that_predicts_can_reach_test_walks_by_itself() -> None:
    files = code_files()
    predicting = {name for name, tree in files.items() if "predict_walks" in names_in(tree)}
    assert predicting - {"scoliogait/training/predict.py"} == MAY_PREDICT
    for name in MAY_PREDICT:
        assert not {"test", "sides"} & names_in(files[name]), f"{name} predicts walks and reads the test ids too"
    assert {name for name, tree in files.items() if "_NOTED" in names_in(tree)} == {"scoliogait/results/opening.py"}
