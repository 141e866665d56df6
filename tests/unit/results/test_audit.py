"""The audit agrees with converting and evaluating one by one, and says diagnosis everywhere."""

import json
from pathlib import Path

import numpy as np
import pytest

from recorded import recording
from scoliogait.checkpoints.bundle import load_bundle
from scoliogait.checkpoints.convert import convert_checkpoint
from scoliogait.data.partition import Partition, given_or_own, read_partition
from scoliogait.data.store import WalkStore, write_store
from scoliogait.errors import DataError, ModelError
from scoliogait.evaluation.metrics import screening_metrics
from scoliogait.files import sha256_of
from scoliogait.io.opengait_pickle import array_pickle_bytes
from scoliogait.ledger import OPENED, Ledger, ledger_beside
from scoliogait.models.config import DRFConfig, FusionConfig, PoseSetConfig, ScoNetConfig
from scoliogait.representation.asymmetry import postural_asymmetry
from scoliogait.results.audit import (
    CLASS_ORDERS,
    audit_test_walks,
    audit_training_walks,
    candidate_contracts,
    contamination,
    prepare_audit,
)
from scoliogait.results.given_statistics import read_pav_statistics, statistics_of_store
from scoliogait.walk import Walk
from training_fixtures import tiny_store
from walk_fixtures import drawn_walks

AUTHOR_STYLE = recording("drf/DRF_118_author_style-08000.pt")
LEGACY = ("negative", "positive", "neutral")
PAIRS = ["eyes", "ears", "shoulders", "elbows", "wrists", "hips", "knees", "ankles"]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> WalkStore:
    return tiny_store(tmp_path_factory.mktemp("data") / "store", silhouettes=True)


@pytest.fixture(scope="module")
def partition(store: WalkStore) -> Partition:
    return read_partition(store.path / "partition.json")


def test_a_row_is_what_converting_and_evaluating_gives(store: WalkStore, partition: Partition, tmp_path: Path) -> None:
    seen: list[str] = []
    ledger = Ledger(tmp_path / "ledger.jsonl")
    rows, opening = audit_test_walks(prepare_audit(AUTHOR_STYLE, store, partition), ledger, seen.append)
    (entry,) = ledger.entries()
    assert (entry["event"], entry["selection"], entry["n_walks"]) == (OPENED, "diagnosis", len(partition.test))
    assert (entry["model_digest"], opening.facts.n_by_model) == (sha256_of(AUTHOR_STYLE), 1)
    assert {row.kind for row in rows} == {"diagnosis"}
    assert {row.n_walks for row in rows} == {6}
    assert len({(row.representation, row.label_order) for row in rows}) == len(rows) == len(seen) * 6
    assert "exported" not in seen
    statistics, _ = statistics_of_store("drf-author-118-aligned", store.path, None)
    convert_checkpoint(AUTHOR_STYLE, "drf-author-118-aligned", LEGACY, tmp_path / "m", statistics)
    bundle = load_bundle(tmp_path / "m")
    indices = store.indices_of(partition.test)
    logits = np.stack([bundle.mean_logits(store.walk(index)).numpy() for index in indices.tolist()])
    expected = screening_metrics(logits, store.labels[indices])
    row = next(r for r in rows if (r.representation, r.label_order) == ("aligned maps", LEGACY))
    assert row.contract == bundle.contract.describe()
    assert row.accuracy == pytest.approx(expected["accuracy"])
    assert row.macro_precision == pytest.approx(expected["macro_precision_three_class"])
    assert row.macro_recall == pytest.approx(expected["macro_recall_three_class"])
    assert row.macro_f1 == pytest.approx(expected["macro_f1_three_class"])


def test_the_six_orders_of_a_representation_share_out_all_calls(store: WalkStore, partition: Partition) -> None:
    rows = audit_training_walks(prepare_audit(recording("sconet_small_c1.pt"), store, partition))
    assert [row.representation for row in rows] == ["silhouette"] * 6 + ["silhouette, no cut"] * 6
    assert {row.n_walks for row in rows} == {18}
    # Each walk is called right by two of the six orders, whatever the model says.
    assert sum(row.accuracy for row in rows[:6]) == pytest.approx(2)


def test_exported_maps_are_used_where_the_store_holds_them(tmp_path: Path) -> None:
    generator = np.random.default_rng(0)
    walks = [
        Walk(
            walk_id=walk.walk_id,
            skeleton_maps=generator.integers(0, 256, (5, 2, 64, 64), dtype=np.uint8),
            asymmetry=generator.random((8, 3), dtype=np.float32),
            label=walk.label,
        )
        for walk in drawn_walks(2)
    ]
    exported = write_store(tmp_path / "store", walks, {})
    halves = Partition("halves", exported.walk_ids[:3], exported.walk_ids[3:])
    rows, _ = audit_test_walks(prepare_audit(AUTHOR_STYLE, exported, halves), Ledger(tmp_path / "ledger.jsonl"))
    assert {row.representation for row in rows} == {"exported", "exported, no cut"}
    with pytest.raises(DataError, match="its walks have skeleton_maps; none can feed"):
        prepare_audit(recording("sconet_small_c1.pt"), exported, halves)


def test_an_audit_that_cannot_be_noted_predicts_no_test_walk(
    store: WalkStore, partition: Partition, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert ledger_beside(tmp_path / "x.pt").path == tmp_path / "ledger.jsonl"
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setattr("scoliogait.results.audit.predict_walks", lambda *_: pytest.fail("a walk was predicted"))
    audit = prepare_audit(AUTHOR_STYLE, store, partition)
    with pytest.raises(DataError, match=r"stay closed.* --ledger, or audit .*--subset train .*file/ledger\.jsonl"):
        audit_test_walks(audit, Ledger(tmp_path / "file" / "ledger.jsonl"))


def test_walks_without_a_class_are_refused_before_the_test_set_is_opened(tmp_path: Path) -> None:
    walks = [walk.with_changes(label=None if row == 4 else walk.label) for row, walk in enumerate(drawn_walks(2, 10))]
    bare = write_store(tmp_path / "store", walks, {})
    halves = Partition("halves", bare.walk_ids[:3], bare.walk_ids[3:])
    with pytest.raises(DataError, match=f"walk '{bare.walk_ids[4]}' has no class"):
        prepare_audit(AUTHOR_STYLE, bare, halves)


def test_candidates_differ_from_the_published_contract_in_what_their_names_say() -> None:
    drf, plain = candidate_contracts(DRFConfig()), candidate_contracts(ScoNetConfig(in_channels=2))
    assert set(drf) - set(plain) == {"PAV of train walks"}
    assert len({contract.model_dump_json() for contract in drf.values()}) == len(drf)
    assert all(contract.in_channels == 2 and contract.pav is None for contract in plain.values())
    assert all(contract.pav is not None for contract in drf.values())
    assert [c.cut_columns for c in candidate_contracts(ScoNetConfig()).values()] == [True, False]
    assert len(CLASS_ORDERS) == 6


@pytest.mark.parametrize("config", [FusionConfig(), PoseSetConfig(), ScoNetConfig(in_channels=4)])
def test_models_that_no_published_checkpoint_is(config: FusionConfig | PoseSetConfig | ScoNetConfig) -> None:
    with pytest.raises(ModelError, match="an audit is for ScoNet and DRF"):
        candidate_contracts(config)


def test_walks_that_may_have_trained_the_model(partition: Partition) -> None:
    assert contamination(None, partition) is None
    assert contamination("118", read_partition("118")) is None
    assert "says split 118, the walks are of partition 112" in str(contamination("118", read_partition("112")))


def test_statistics_are_those_of_the_walks_that_the_preset_names(store: WalkStore, partition: Partition) -> None:
    vectors = np.stack([postural_asymmetry(store.frames("poses", index)) for index in range(len(store))])
    everybody, origin = statistics_of_store("drf-author-118-aligned", store.path, None)
    np.testing.assert_array_equal(everybody.maximum, vectors.max(axis=0))
    assert everybody.which == "dataset"
    assert "dataset walks" in origin
    trained, _ = statistics_of_store("umgrl-drf", store.path, str(store.path / "partition.json"))
    np.testing.assert_array_equal(trained.minimum, vectors[store.indices_of(partition.train)].min(axis=0))
    assert trained.which == "train"
    with pytest.raises(ModelError, match="needs no PAV statistics"):
        statistics_of_store("opengait-sil", store.path, None)


def test_stores_without_poses_or_partition(tmp_path: Path) -> None:
    walks = [Walk(walk_id=w.walk_id, silhouettes=w.silhouettes) for w in drawn_walks(1, silhouettes=True)]
    bare = write_store(tmp_path / "store", walks, {})
    with pytest.raises(DataError, match="no poses"):
        statistics_of_store("umgrl-drf", bare.path, None)
    with pytest.raises(DataError, match=r"has no partition\.json; give --partition"):
        given_or_own(None, bare.path)


def rows(value: float) -> list[list[float]]:
    return np.full((8, 3), value).tolist()


def json_text(**changes: object) -> str:
    content = {"minimum": rows(0), "maximum": rows(1), "which": "train", "pairs": PAIRS} | changes
    return json.dumps({name: value for name, value in content.items() if value is not None})


def test_statistics_from_json(tmp_path: Path) -> None:
    (tmp_path / "s.json").write_text(json_text(which="dataset"))
    statistics = read_pav_statistics(tmp_path / "s.json")
    assert (statistics.which, statistics.maximum.shape, float(statistics.maximum.min())) == ("dataset", (8, 3), 1.0)


@pytest.mark.parametrize(("partition_name", "which"), [(None, "dataset"), ("Scoliosis1K_118.json", "train")])
def test_statistics_from_the_pickle_beside_an_export(partition_name: str | None, which: str, tmp_path: Path) -> None:
    content = {"pav_min": np.zeros((8, 3), np.float32), "pav_max": np.ones((8, 3)), "stats_partition": partition_name}
    (tmp_path / "pav_stats.pkl").write_bytes(array_pickle_bytes(content))
    assert read_pav_statistics(tmp_path / "pav_stats.pkl").which == which


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (json_text(pairs=PAIRS[::-1]), "another joint layout; expected .*'eyes'"),
        (json_text(minimum=rows(0)[:7]), r"minimum has shape \(7, 3\), another joint layout"),
        (json_text(maximum="x"), "maximum holds no numbers"),
        (json_text(maximum=[[True] * 3] * 8), "maximum holds no numbers"),
        (json_text(maximum=rows(1e300)), "maximum .* expected .* finite"),
        (json_text(maximum=[[1, 2], [1]]), "maximum holds no numbers"),
        (json_text(minimum=rows(2)), "minimum 2 exceeds maximum 1"),
        (json_text(which="all"), "which is 'all'"),
        (json_text(which=None, pairs=None), "has no which and no pairs"),
        ("[1]", "has no minimum and no maximum"),
        ("{", "is not JSON"),
    ],
)
def test_statistics_that_are_refused(text: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "s.json").write_text(text)
    with pytest.raises(DataError, match=message) as caught:
        read_pav_statistics(tmp_path / "s.json")
    assert "s.json" in str(caught.value)


def test_a_pickle_that_is_none_or_of_another_layout(tmp_path: Path) -> None:
    (tmp_path / "a.pkl").write_bytes(array_pickle_bytes(np.zeros((8, 3))))
    with pytest.raises(DataError, match="has no pav_min"):
        read_pav_statistics(tmp_path / "a.pkl")
    flat = {"pav_min": np.zeros(24), "pav_max": np.ones(24), "stats_partition": None}
    (tmp_path / "b.pkl").write_bytes(array_pickle_bytes(flat))
    with pytest.raises(DataError, match=r"minimum has shape \(24,\), another joint layout"):
        read_pav_statistics(tmp_path / "b.pkl")
