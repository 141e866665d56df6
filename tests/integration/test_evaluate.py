"""`scoliogait evaluate` on a small store: what is written can be recomputed, and says what it must."""

import json
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest
from matplotlib.image import imread
from typer.testing import CliRunner

from bundles import untrained_bundle
from scoliogait.checkpoints.bundle import load_bundle
from scoliogait.cli import app
from scoliogait.data.partition import Partition, write_partition
from scoliogait.data.store import WalkStore, write_store
from scoliogait.errors import DataError
from scoliogait.evaluation.metrics import screening_metrics
from scoliogait.evaluation.predictions import read_predictions
from scoliogait.files import sha256_of
from scoliogait.labels import ScreeningClass
from scoliogait.ledger import LEDGER_FILE, OPENED, RESULT, Ledger
from scoliogait.provenance import OTHER_PARTITION, SIMULATED_WALKS, TRAINING_WALKS
from scoliogait.walk import Walk
from walker import draw_walker

N_WALKS = 18
TEST_IDS = tuple(f"w{number:02d}" for number in range(6, N_WALKS))


def some_walks() -> list[Walk]:
    generator = np.random.default_rng(0)
    walks = []
    for number in range(N_WALKS):
        poses = draw_walker(20 + number, shoulder_tilt_deg=number % 3 * 3.0)
        poses[..., :2] += generator.normal(0, 2, poses[..., :2].shape)
        walks.append(
            Walk(
                walk_id=f"w{number:02d}",
                poses=poses,
                frame_rate_hz=30.0,
                label=ScreeningClass(number % 3),
                subject_id=f"p{number // 2}",
                origin={"simulated": "yes"},
            )
        )
    return walks


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> WalkStore:
    folder = tmp_path_factory.mktemp("data") / "cohort"
    store = write_store(folder, some_walks(), {"simulated": "yes", "name": "drawn walkers"})
    write_partition(folder / "partition.json", Partition("own", tuple(f"w{n:02d}" for n in range(6)), TEST_IDS))
    return store


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory, store: WalkStore) -> Path:
    facts = {"simulated": "yes", "data": "drawn walkers", "selection": "validation"}
    facts |= {"partition": "partition", "store_digest": store.digest}
    return untrained_bundle(tmp_path_factory.mktemp("bundle") / "model", **facts)


def evaluate(bundle: Path, store: WalkStore, out: Path, *more: object):
    return CliRunner().invoke(app, ["evaluate", *map(str, (bundle, "--data", store.path, "--out", out, *more))])


@pytest.fixture(scope="module")
def evaluation(bundle: Path, store: WalkStore, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    out = tmp_path_factory.mktemp("out") / "test"
    result = evaluate(bundle, store, out, "--test")
    assert result.exit_code == 0, result.output
    return out, result.output


def test_predictions_are_the_models_own(evaluation: tuple[Path, str], bundle: Path, store: WalkStore) -> None:
    predictions = read_predictions(evaluation[0] / "predictions.parquet")
    assert predictions.walk_ids == TEST_IDS
    model = load_bundle(bundle)
    for row, walk_id in enumerate(TEST_IDS):
        walk = store.walk(store.walk_ids.index(walk_id))
        alone = model.mean_logits(walk).numpy()
        np.testing.assert_allclose(predictions.mean_logits[row], alone, atol=1e-5)
        np.testing.assert_allclose(predictions.probabilities[row], model.probabilities(alone), atol=1e-4)
        assert predictions.labels[row] == walk.label
        assert predictions.subject_ids[row] == walk.subject_id


def test_facts_name_data_partition_selection_and_model(
    evaluation: tuple[Path, str], bundle: Path, store: WalkStore
) -> None:
    facts = read_predictions(evaluation[0] / "predictions.parquet").facts
    assert facts["data"] == "drawn walkers"
    assert facts["store_digest"] == store.digest
    assert facts["model_digest"] == load_bundle(bundle).digest
    assert (facts["partition"], facts["subset"]) == ("partition", "test")
    assert (facts["selection"], facts["simulated"]) == ("validation", "yes")


def test_every_metric_follows_from_the_predictions(evaluation: tuple[Path, str]) -> None:
    out, _ = evaluation
    predictions = read_predictions(out / "predictions.parquet")
    summary = json.loads((out / "metrics.json").read_text(encoding="utf-8"))
    for name, value in screening_metrics(predictions.mean_logits, predictions.labels).items():
        if name in summary["metrics"]:
            assert summary["metrics"][name]["value"] == pytest.approx(value)
    assert summary["counts"]["n_walks"] == len(TEST_IDS)
    assert summary["counts"]["n_people"] == 6


def test_the_picture_is_a_picture_and_the_statements_are_made(evaluation: tuple[Path, str]) -> None:
    out, text = evaluation
    assert imread(out / "confusion.png").std() > 0.05
    pictures = {"confusion.png", "roc.png", "precision_recall.png", "reliability.png"}
    pictures |= {"risk_coverage.png"}
    assert {path.name for path in out.iterdir()} == {
        "predictions.parquet",
        "metrics.json",
        "delivered.json",
        *pictures,
    }
    statements = json.loads((out / "metrics.json").read_text(encoding="utf-8"))["statements"]
    assert SIMULATED_WALKS in statements
    assert "not a medical device" in text
    assert "These walks are simulated" in text
    assert "macro_f1" in text


def test_training_walks_and_foreign_partitions_are_named(bundle: Path, store: WalkStore, tmp_path: Path) -> None:
    assert evaluate(bundle, store, tmp_path / "train", "--subset", "train").exit_code == 0
    trained = json.loads((tmp_path / "train" / "metrics.json").read_text(encoding="utf-8"))
    assert TRAINING_WALKS in trained["statements"]
    other = tmp_path / "other.json"
    write_partition(other, Partition("other", TEST_IDS, tuple(f"w{n:02d}" for n in range(6))))
    assert evaluate(bundle, store, tmp_path / "other", "--partition", other, "--test").exit_code == 0
    crossed = json.loads((tmp_path / "other" / "metrics.json").read_text(encoding="utf-8"))
    assert OTHER_PARTITION.format(model_partition="partition") in crossed["statements"]


def test_the_same_command_gives_the_same_files(
    evaluation: tuple[Path, str], bundle: Path, store: WalkStore, tmp_path: Path
) -> None:
    assert evaluate(bundle, store, tmp_path / "again", "--test").exit_code == 0
    for name in ("metrics.json", "confusion.png"):
        assert (tmp_path / "again" / name).read_bytes() == (evaluation[0] / name).read_bytes()


def test_a_wanted_sensitivity_takes_its_threshold_from_validation_walks(
    bundle: Path, store: WalkStore, tmp_path: Path
) -> None:
    asked = ("--sensitivity", 0.8, "--prevalence", 0.03)
    lacking = evaluate(bundle, store, tmp_path / "lacking", "--test", *asked)
    assert isinstance(lacking.exception, DataError)
    assert "give --validation FILE" in str(lacking.exception)
    # The walks of the training side stand in for validation walks: the command only sees another set of walks.
    assert evaluate(bundle, store, tmp_path / "train", "--subset", "train").exit_code == 0
    chosen_on = tmp_path / "train" / "predictions.parquet"
    # Beside the model, where a training leaves them, they are found without being named.
    shutil.copytree(bundle, tmp_path / "run" / "model")
    shutil.copy(chosen_on, tmp_path / "run" / "validation.parquet")
    answer = evaluate(tmp_path / "run" / "model", store, tmp_path / "test", "--test", *asked)
    assert answer.exit_code == 0, answer.output
    summary = json.loads((tmp_path / "test" / "metrics.json").read_text(encoding="utf-8"))
    point = summary["operating_point"]
    assert point["validation"]["sensitivity"]["value"] >= 0.8
    assert (point["sensitivity"]["n"], point["specificity"]["n"]) == (8, 4)
    assert point["ppv"]["value"] is not None
    assert (tmp_path / "test" / "operating_point.png").is_file()
    assert "at threshold" in answer.output
    chosen_on_test = ("--validation", tmp_path / "test" / "predictions.parquet")
    own = evaluate(bundle, store, tmp_path / "own", "--test", *asked, *chosen_on_test)
    assert "chosen on test walks" in str(own.exception)
    assert not (tmp_path / "own").exists()


def test_what_cannot_be_answered_does_not_open_the_test_set(bundle: Path, store: WalkStore, tmp_path: Path) -> None:
    write_partition(tmp_path / "turned.json", Partition("turned", TEST_IDS, ("w00",)))
    turned = ("--subset", "train", "--partition", tmp_path / "turned.json")
    assert evaluate(bundle, store, tmp_path / "first" / "train", *turned).exit_code == 0
    seen = ("--sensitivity", 0.8, "--validation", tmp_path / "first" / "train" / "predictions.parquet")
    (tmp_path / "file").write_text("no folder", encoding="utf-8")
    for out, more, told in (
        (tmp_path / "out", seen, "the walks it was chosen on"),
        (tmp_path / "file" / "out", (), "lies in something that is no folder"),
        (tmp_path / "out", ("--seed", -1), None),
    ):
        answer = evaluate(bundle, store, out, "--test", *more)
        assert answer.exit_code != 0
        assert told is None or told in str(answer.exception)
    assert not (tmp_path / LEDGER_FILE).exists()
    assert "nothing lies there" in str(evaluate(tmp_path / "none", store, tmp_path / "out", "--test").exception)


def test_ids_missing_from_the_store_are_listed(bundle: Path, store: WalkStore, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.json"
    write_partition(wrong, Partition("wrong", ("w00",), ("w01", "zzz")))
    result = evaluate(bundle, store, tmp_path / "out", "--test", "--partition", wrong)
    assert isinstance(result.exception, DataError)
    assert "zzz" in str(result.exception)
    assert not (tmp_path / "out").exists()


def test_an_existing_folder_is_kept_unless_told_otherwise(bundle: Path, store: WalkStore, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert evaluate(bundle, store, out, "--test").exit_code == 0
    again = evaluate(bundle, store, out, "--test")
    assert isinstance(again.exception, DataError)
    assert "--overwrite" in str(again.exception)
    assert evaluate(bundle, store, out, "--test", "--overwrite").exit_code == 0
    foreign = tmp_path / "mine"
    foreign.mkdir()
    (foreign / "notes.txt").write_text("keep me", encoding="utf-8")
    refused = evaluate(bundle, store, foreign, "--test", "--overwrite")
    assert isinstance(refused.exception, DataError)
    assert [path.name for path in foreign.iterdir()] == ["notes.txt"]


def test_a_result_that_a_kill_kept_from_the_ledger_is_noted_on_retry(
    bundle: Path, store: WalkStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out, ledger = tmp_path / "out", Ledger(tmp_path / LEDGER_FILE)
    with monkeypatch.context() as patched:
        patched.setattr("scoliogait.results.test_run.note_result", lambda *_: sys.exit(9))  # as a kill does
        assert evaluate(bundle, store, out, "--test").exit_code == 9
    assert [entry["event"] for entry in ledger.entries()] == [OPENED]
    written = read_predictions(out / "predictions.parquet")
    assert evaluate(bundle, store, out, "--test").exit_code == 0
    opened, result = ledger.entries()
    assert (opened["event"], result["event"]) == (OPENED, RESULT)  # and not opened twice
    assert result["n_openings"] == 1
    assert result["predictions_sha256"] == sha256_of(out / "predictions.parquet")
    np.testing.assert_array_equal(read_predictions(out / "predictions.parquet").mean_logits, written.mean_logits)
    refused = evaluate(bundle, store, out, "--test")
    assert "--overwrite" in str(refused.exception)
    assert evaluate(bundle, store, out, "--test", "--overwrite").exit_code == 0
    assert [entry["event"] for entry in ledger.entries()] == [OPENED, RESULT, OPENED, RESULT]
