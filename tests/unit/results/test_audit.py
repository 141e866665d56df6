"""The audit agrees with converting and evaluating one by one, and says diagnosis everywhere."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from recorded import recording
from scoliogait.checkpoints.bundle import load_bundle
from scoliogait.checkpoints.convert import convert_checkpoint
from scoliogait.checkpoints.file_name import name_hints
from scoliogait.checkpoints.inspect import inspect_checkpoint
from scoliogait.checkpoints.model_folder import model_folder
from scoliogait.checkpoints.opengait import load_checkpoint
from scoliogait.checkpoints.opengait_config import OpenGaitConfig
from scoliogait.data.partition import Partition, given_or_own, read_partition
from scoliogait.data.sampling import spread_frames
from scoliogait.data.store import WalkStore, write_store
from scoliogait.errors import DataError, ModelError
from scoliogait.evaluation.metrics import screening_metrics
from scoliogait.files import sha256_of
from scoliogait.io.opengait_pickle import array_pickle_bytes
from scoliogait.labels import CLASS_NAMES, LabelOrder
from scoliogait.ledger import OPENED, Ledger, ledger_beside
from scoliogait.models.config import DRFConfig, FusionConfig, PoseSetConfig, ScoNetConfig
from scoliogait.models.drf import DRF
from scoliogait.models.sconet import ScoNet
from scoliogait.models.windows import Windows
from scoliogait.representation.asymmetry import postural_asymmetry
from scoliogait.representation.contract import OPENGAIT_SILHOUETTE
from scoliogait.results.audit import (
    CLASS_ORDERS,
    audit_test_walks,
    audit_training_walks,
    contamination,
    prepare_audit,
)
from scoliogait.results.audit_contracts import candidate_contracts, stated_by_file, stated_first
from scoliogait.results.audit_effort import LEAST_FRAMES, frames_that_fit
from scoliogait.results.audit_rows import Tried, decision, tried
from scoliogait.results.given_statistics import read_pav_statistics, statistics_of_store
from scoliogait.training.predict import predict_walks
from scoliogait.walk import Walk
from training_fixtures import tiny_store
from walk_fixtures import drawn_walks

SILENT_YAML = OpenGaitConfig("x.yaml", *[None] * 11)
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
    audited, opening = audit_test_walks(prepare_audit(AUTHOR_STYLE, store, partition), ledger, seen.append)
    rows = audited.rows
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
    rows = audit_training_walks(prepare_audit(recording("sconet_small_c1.pt"), store, partition)).rows
    assert [row.representation for row in rows] == ["silhouette"] * 6 + ["silhouette, no cut"] * 6
    assert {row.n_walks for row in rows} == {18}
    # Each walk is called right by two of the six orders, whatever the model says.
    assert sum(row.accuracy for row in rows[:6]) == pytest.approx(2)


@pytest.mark.slow
@pytest.mark.parametrize("checkpoint", [AUTHOR_STYLE, recording("sconet_small_c2.pt")])
def test_shared_passes_give_the_figures_of_passes_of_their_own(
    checkpoint: Path, store: WalkStore, partition: Partition, monkeypatch: pytest.MonkeyPatch
) -> None:
    audit = prepare_audit(checkpoint, store, partition)
    passed: list[int] = []
    embed = type(audit.module).embed_walks

    def counted(network: ScoNet | DRF, frames: Tensor, lengths: list[int], windows: Windows) -> Tensor:
        passed.append(len(lengths))
        return embed(network, frames, lengths, windows)

    monkeypatch.setattr(type(audit.module), "embed_walks", counted)
    shared = audit_training_walks(audit)
    n_shared = sum(passed)
    monkeypatch.setattr("scoliogait.results.audit.SharedPasses", lambda network: network)
    assert audit_training_walks(audit) == shared
    assert n_shared < sum(passed) - n_shared == len(audit.contracts) * len(partition.train)


def test_what_file_name_and_yaml_state_is_tried_first() -> None:
    facts = inspect_checkpoint(AUTHOR_STYLE)
    candidates = candidate_contracts(DRFConfig())
    published = candidates["aligned maps"]
    silent = stated_by_file(published, facts, None)
    assert (silent.contract, silent.order) == (None, LabelOrder.from_names(LEGACY))
    assert stated_first(None, candidates) == candidates
    named = stated_by_file(published, replace(facts, name=name_hints("DRF_sigma15_joint8.pt")), None)
    assert "the file name states sigma_limb 15, sigma_joint 8" in named.sources
    tried_first = stated_first(named.contract, candidates)
    assert list(tried_first)[:2] == ["sigma 15/8, as stated", "aligned maps"]
    assert len(tried_first) == len(candidates)


def test_the_yaml_comes_before_the_file_name() -> None:
    facts = replace(inspect_checkpoint(AUTHOR_STYLE), name=name_hints("sigma15_bodyonly.pt"))
    candidates = candidate_contracts(DRFConfig())
    yaml = replace(SILENT_YAML, cut=False, dataset_root="Scoliosis1K_sigma_6.5/pkl", label_order=CLASS_NAMES)
    stated = stated_by_file(candidates["aligned maps"], facts, yaml)
    assert stated.contract is not None
    assert stated.contract.skeleton_map is not None
    drawn = stated.contract.skeleton_map
    assert (drawn.sigma_limb, drawn.sigma_joint, drawn.joints) == (6.5, 6.5, "body-only")
    assert not stated.contract.cut_columns
    assert stated.order == LabelOrder.from_names(CLASS_NAMES)
    first, *others = stated_first(stated.contract, candidates).items()
    assert first == ("as stated", stated.contract)
    assert dict(others) == candidates
    no_order = stated_by_file(candidates["aligned maps"], facts, replace(SILENT_YAML, label_order=("a", "b")))
    assert no_order.order is None
    assert "is no order of the classes" in no_order.sources[0]


def test_a_bundle_is_tried_under_its_own_contract_first(store: WalkStore, partition: Partition) -> None:
    audit = prepare_audit("builtin:demo", store, partition, n_frames=3)
    bundle = load_bundle(model_folder("builtin:demo"))
    name, contract = next(iter(audit.contracts.items()))
    assert (name, contract, audit.digest) == ("as stated", bundle.contract, bundle.digest)
    assert {c.evaluation_frames for c in audit.contracts.values()} == {"windows"}
    with pytest.raises(DataError, match=r"x\.yaml: no use for a YAML with a bundle"):
        prepare_audit("builtin:demo", store, partition, SILENT_YAML)


def test_frames_that_fit_follow_from_the_width_alone() -> None:
    maps = [c for n, c in candidate_contracts(ScoNetConfig(in_channels=2)).items() if "exported" not in n]
    assert frames_that_fit(ScoNet(2), maps) == 3
    assert frames_that_fit(ScoNet(2, (8, 16, 32, 64), 64), maps) > 40
    assert frames_that_fit(ScoNet(2), maps * 4) == LEAST_FRAMES


def test_only_the_frames_that_are_asked_for_pass_the_network(store: WalkStore, partition: Partition) -> None:
    module = load_checkpoint(recording("sconet_small_c1.pt")).eval()
    indices = store.indices_of(partition.test)
    contract = candidate_contracts(ScoNetConfig())["silhouette"]
    some = predict_walks(module, contract, store, indices, n_spread=4).scores()
    whole = [contract.model_input(store.walk(index, ("silhouettes",)))["frames"] for index in indices.tolist()]
    frames = [
        walk[np.floor((np.arange(4) + 0.5) * len(walk) / 4).astype(int)] for walk in whole
    ]  # middles of four quarters
    with torch.inference_mode():
        expected = [module(f, lengths=[4]).logits.mean(dim=-1)[0].numpy() for f in frames]
    np.testing.assert_allclose(some, expected, atol=1e-5)
    np.testing.assert_array_equal(spread_frames(90, 720, 3), [15, 45, 75])
    np.testing.assert_array_equal(spread_frames(5, 4, 9), [0, 1, 2, 3])


def rows_of(calls: dict[str, list[int]], labels: list[int], stated: str | None) -> list[Tried]:
    """By representation the classes that walks get in the order of the file, tried in all orders."""
    in_file_order = LabelOrder.from_names(CLASS_NAMES)
    return [
        tried(
            name,
            OPENGAIT_SILHOUETTE,
            order,
            np.eye(3)[called],
            np.array(labels),
            (name, order) == (stated, in_file_order),
        )
        for name, called in calls.items()
        for order in CLASS_ORDERS
    ]


def test_the_decision_says_whether_the_stated_contract_is_best() -> None:
    labels = [0, 1, 2] * 10
    right, wrong, constant = labels, [0] * 15 + labels[15:], [2] * 30
    best = decision(rows_of({"a": right, "b": wrong, "c": constant}, labels, "a"), np.array(labels))
    assert best[0].startswith("Input: a has macro recall 100.0 %, the highest other (b) 66.7 %")
    assert best[0].endswith("so it is the best tried.")
    assert "negative, neutral, positive has macro recall 100.0 %" in best[1]
    beaten = decision(rows_of({"a": right, "b": wrong, "c": constant}, labels, "c"), np.array(labels))
    assert beaten[0].startswith("Input: c calls all 30 walks the same class and has macro recall 33.3 %")
    assert beaten[0].endswith("so it is not the best tried.")
    alike = decision(rows_of({"a": right, "b": right, "c": wrong}, labels, "b"), np.array(labels))
    assert alike[0].startswith(
        "Input: b (and a, right on the same walks) has macro recall 100.0 %, the highest other (c)"
    )
    close = decision(rows_of({"a": right, "b": [1, *right[1:]]}, labels, "b"), np.array(labels))
    assert close[0].endswith("so nothing is decided.")
    unstated = decision(rows_of({"a": wrong, "b": right}, labels, None), np.array(labels))
    assert unstated[0].startswith("Input: b, the highest row, has macro recall 100.0 %")
    (nothing,) = decision(rows_of({"a": constant, "c": constant}, labels, "c"), np.array(labels))
    assert nothing.startswith("Every input tried makes the model call all 30 walks the same class")
    assert "no other to compare it with" in decision(rows_of({"a": right}, labels, "a"), np.array(labels))[0]


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
    audited, _ = audit_test_walks(prepare_audit(AUTHOR_STYLE, exported, halves), Ledger(tmp_path / "ledger.jsonl"))
    assert {row.representation for row in audited.rows} == {"exported", "exported, no cut"}
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
