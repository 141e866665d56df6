"""The test set stays closed until it is asked for; each look is in the ledger and told wherever a figure appears."""

import json
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest
from matplotlib.image import imread
from typer.testing import CliRunner, Result

from bundles import untrained_bundle
from scoliogait.checkpoints.bundle import load_bundle
from scoliogait.cli import app
from scoliogait.data.partition import Partition, read_partition, write_partition
from scoliogait.data.store import WalkStore, write_store
from scoliogait.errors import DataError
from scoliogait.evaluation.predictions import read_predictions
from scoliogait.files import sha256_of
from scoliogait.ledger import LEDGER_FILE, OPENED, RESULT, Ledger
from scoliogait.provenance import (
    PROXY,
    TEST_GUIDED_FIGURES,
    TEST_GUIDED_STATEMENT,
    TEST_GUIDED_TITLE,
    VALIDATION_WALKS,
)
from scoliogait.screening import load_model
from scoliogait.training.fit import fit
from scoliogait.training.recipe_file import load_recipe
from scoliogait.training.run_folder import RunFolder
from scoliogait.training.weights_folder import weight_steps
from training_fixtures import tiny_overrides, tiny_store
from walk_fixtures import drawn_walks


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> WalkStore:
    return tiny_store(tmp_path_factory.mktemp("data") / "store")


@pytest.fixture(scope="module")
def trained(store: WalkStore, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return fit(load_recipe("small-ske", tiny_overrides(store)), tmp_path_factory.mktemp("runs") / "trained").path


@pytest.fixture
def run(trained: Path, tmp_path: Path) -> RunFolder:
    """A copy of its own, with a ledger that nobody has written yet."""
    return RunFolder(Path(shutil.copytree(trained, tmp_path / "run")))


def evaluate(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["evaluate", *map(str, arguments), "--resamples=50"])


def refusal(*arguments: object) -> str:
    result = evaluate(*arguments)
    assert isinstance(result.exception, DataError), result.output
    return str(result.exception)


def told(result: Result) -> str:
    assert result.exit_code == 0, (result.output, result.exception)
    return " ".join(result.output.split())


def summary_in(folder: Path) -> dict:
    return json.loads((folder / "metrics.json").read_text(encoding="utf-8"))


def test_without_options_a_run_is_judged_on_its_own_validation_walks(run: RunFolder) -> None:
    told(evaluate(run.path))
    written, left_by_training = (
        read_predictions(path) for path in (run.path / "validation" / "predictions.parquet", run.validation_file)
    )
    assert written.walk_ids == left_by_training.walk_ids
    np.testing.assert_allclose(written.probabilities, left_by_training.probabilities, rtol=0, atol=1e-5)
    assert VALIDATION_WALKS in summary_in(run.path / "validation")["statements"]
    assert not run.ledger.path.exists()


def test_a_store_has_its_name_however_it_is_reached(
    run: RunFolder, store: WalkStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(store.path)
    text = told(evaluate(run.path, "--data", "."))
    assert f"people, {store.path.name}, the store's own partition; model" in text
    assert summary_in(run.path / "validation")["facts"]["data"] == store.path.name
    told(evaluate(run.path, "--data", ".", "--test"))
    assert run.ledger.entries()[0]["data"] == summary_in(run.path / "test")["facts"]["data"] == store.path.name


def test_each_opening_is_counted_and_told_in_result_ledger_and_card(run: RunFolder, store: WalkStore) -> None:
    digest = load_bundle(run.model).digest
    assert "Test set opened once by the ledger's count, once with this model." in told(evaluate(run.path, "--test"))
    assert "Test set opened 2 times" in told(evaluate(run.model, "--test", "--overwrite"))
    summary = summary_in(run.path / "test")
    assert (summary["facts"]["test_openings"], summary["facts"]["test_openings_by_model"]) == ("2", "2")
    entries = run.ledger.entries()
    assert [entry["event"] for entry in entries] == [OPENED, RESULT, OPENED, RESULT]
    opened, result = entries[2:]
    assert opened["n_walks"] == len(read_predictions(run.path / "test" / "predictions.parquet")) == 6
    assert (opened["partition"], opened["selection"], opened["model_digest"]) == ("partition", "validation", digest)
    assert result["predictions"] == "test/predictions.parquet"
    assert result["metrics"]["macro_f1"]["value"] == summary["metrics"]["macro_f1"]["value"]
    card = (run.model / "README.md").read_text(encoding="utf-8")
    assert "Test set opened 2 times, 2 of them with this model; selection: validation." in card
    assert f"| macro_f1 | {summary['metrics']['macro_f1']['value']:.3f} |" in card
    assert load_bundle(run.model).digest == digest
    assert store.path.name in card


def test_the_entry_is_there_before_the_first_walk_is_predicted(run: RunFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    def dies(*_: object, **__: object) -> None:
        assert [entry["event"] for entry in run.ledger.entries()] == [OPENED]
        raise KeyboardInterrupt

    monkeypatch.setattr("scoliogait.results.test_run.evaluate_test_walks", dies)
    assert evaluate(run.path, "--test").exit_code != 0
    monkeypatch.undo()
    assert "Test set opened 2 times" in told(evaluate(run.path, "--test"))


def test_a_damaged_ledger_keeps_the_test_set_closed(run: RunFolder) -> None:
    told(evaluate(run.path, "--test"))
    run.ledger.path.write_text(run.ledger.path.read_text().replace("validation", "VALIDATION", 1))
    assert "line 1 was changed" in refusal(run.path, "--test", "--out", run.path / "again")
    assert not (run.path / "again").exists()


def test_options_that_contradict_each_other_are_refused(run: RunFolder, tmp_path: Path) -> None:
    assert "take one of them" in refusal(run.path, "--test", "--subset", "train")
    assert "needs --test too" in refusal(run.path, "--test-guided")
    assert "--bundle is for --test-guided" in refusal(run.path, "--test", "--bundle", tmp_path / "b")
    assert evaluate(run.path, "--subset", "test").exit_code == 2
    assert not run.ledger.path.exists()


def test_a_bundle_alone_needs_its_walks_named_and_keeps_its_ledger_beside_the_result(
    store: WalkStore, tmp_path: Path
) -> None:
    alone = untrained_bundle(tmp_path / "alone", selection="last", simulated="yes")
    out = tmp_path / "results" / "first"
    assert "lies in no run" in refusal(alone, "--data", store.path, "--out", out)
    assert "lists no validation walks" in refusal(alone, "--data", store.path, "--out", out, "--subset", "validation")
    assert "give --data STORE" in refusal(alone, "--test", "--out", out)
    assert "--out is missing" in refusal(alone, "--test", "--data", store.path)
    card = (alone / "README.md").read_bytes()
    told(evaluate(alone, "--test", "--data", store.path, "--out", out))
    other = untrained_bundle(tmp_path / "other", selection="last", simulated="no")
    text = told(evaluate(other, "--test", "--data", store.path, "--out", tmp_path / "results" / "second"))
    assert "opened 2 times by the ledger's count, once with this model" in text
    assert len(Ledger(tmp_path / "results" / LEDGER_FILE).entries()) == 4
    assert (alone / "README.md").read_bytes() == card


def test_validation_walks_that_a_partition_lists_are_taken(store: WalkStore, tmp_path: Path) -> None:
    own = read_partition(store.path / "partition.json")
    listed = tmp_path / "listed.json"
    write_partition(listed, type(own)("listed", own.train[4:], own.test, own.train[:4]))
    alone = untrained_bundle(tmp_path / "alone", simulated="yes")
    asked = (alone, "--data", store.path, "--partition", listed, "--subset", "validation", "--out", tmp_path / "out")
    told(evaluate(*asked))
    assert read_predictions(tmp_path / "out" / "predictions.parquet").walk_ids == own.train[:4]


def test_a_partition_changed_after_the_training_is_refused(run: RunFolder, store: WalkStore, tmp_path: Path) -> None:
    own = read_partition(store.path / "partition.json")
    swapped = tmp_path / "partition.json"
    write_partition(swapped, type(own)("partition", (*own.train[:-1], own.test[0]), (own.train[-1], *own.test[1:])))
    recipe = run.recipe_file.read_text(encoding="utf-8")
    run.recipe_file.write_text(recipe.replace("partition: null", f"partition: '{swapped}'"), encoding="utf-8")
    assert "was trained with another partition than the store's own partition is now" in refusal(run.path, "--test")
    # Named on the command line its walks are compared, though the name is the same.
    message = refusal(run.path, "--test", "--partition", swapped)
    assert (
        f"1 of 6 test walks trained or chose this model, or what it was started from (the first: {own.train[-1]})"
        in (message)
    )
    assert not run.ledger.path.exists()
    text = told(evaluate(run.path, "--test", "--partition", swapped, "--allow-leak"))
    said = "1 of 6 test walks trained or chose this model"
    assert text.startswith(said)
    assert text.count(said) == 1
    assert any(said in statement for statement in summary_in(run.path / "test")["statements"])


def test_renamed_cut_and_exported_walks_are_found_in_another_store(
    run: RunFolder, store: WalkStore, tmp_path: Path
) -> None:
    """A third of the test walks of a new store are walks of the training under other ids, rounded and cut."""
    trained = store.indices_of(read_partition(store.path / "partition.json").train)[:4]
    copies = [store.walk(index) for index in trained.tolist()]
    renamed = [
        walk.with_changes(walk_id=f"copy{number}", poses=walk.poses[2:].astype(np.float16))
        for number, walk in enumerate(copies)
        if walk.poses is not None
    ]
    new = [walk.with_changes(walk_id=f"new-{walk.walk_id}") for walk in drawn_walks(8, 10, seed=9)]
    other = write_store(tmp_path / "other", [*new, *renamed], {"simulated": "yes"})
    ids = [walk.walk_id for walk in new]
    write_partition(other.path / "partition.json", Partition("p", ids[8:], (*ids[:8], *(w.walk_id for w in renamed))))
    message = refusal(run.path, "--test", "--data", other.path)
    assert "4 of 12 test walks trained or chose this model" in message
    assert "(the first: copy0)" in message
    text = told(evaluate(run.path, "--test", "--data", other.path, "--allow-leak"))
    assert text.startswith("4 of 12 test walks trained or chose this model")
    write_partition(other.path / "partition.json", Partition("p", ids[8:], ids[:8]))
    text = told(evaluate(run.path, "--test", "--data", other.path, "--overwrite"))
    assert text.startswith("None of the 8 test walks trained or chose this model, by id and by content.")


def test_of_a_model_without_a_record_it_cannot_be_known(store: WalkStore, tmp_path: Path) -> None:
    foreign = untrained_bundle(tmp_path / "model", simulated="yes")
    text = told(evaluate(foreign, "--test", "--data", store.path, "--out", tmp_path / "test"))
    assert text.startswith("Whether any of the test walks trained or chose this model cannot be known")


def test_a_proxy_is_marked(run: RunFolder, store: WalkStore, tmp_path: Path) -> None:
    own = read_partition(store.path / "partition.json")
    proxy = tmp_path / "small.json"
    write_partition(proxy, type(own)("small", own.train, own.test[:3], (), {"purpose": "proxy"}))
    told(evaluate(run.path, "--test", "--partition", proxy))
    assert PROXY in summary_in(run.path / "test")["statements"]
    assert run.ledger.entries()[0]["proxy"] is True
    assert "A proxy subset" in (run.model / "README.md").read_text(encoding="utf-8")


def test_the_test_guided_figure_is_the_best_of_all_checkpoints_and_marked_everywhere(
    run: RunFolder, store: WalkStore, tmp_path: Path
) -> None:
    told(evaluate(run.path, "--test"))
    kept = tmp_path / "guided"
    text = told(evaluate(run.path, "--test", "--test-guided", "--bundle", kept))
    assert "selected by test-guided" in text
    assert "test-guided, macro-F1 of every kept checkpoint: step" in text
    assert TEST_GUIDED_FIGURES in text
    out = run.path / "test-guided"
    summary = summary_in(out)
    steps = weight_steps(run.checkpoints)
    assert [one["step"] for one in summary["candidates"]] == steps
    best = max(one["macro_f1"] for one in summary["candidates"])
    assert summary["metrics"]["macro_f1"]["value"] == pytest.approx(best)
    assert best >= summary_in(run.path / "test")["metrics"]["macro_f1"]["value"] - 1e-9
    assert summary["facts"]["selection"] == "test-guided"
    assert TEST_GUIDED_FIGURES in summary["statements"]
    opened, result = run.ledger.entries()[-2:]
    assert (opened["event"], opened["selection"], opened["candidates"]) == (OPENED, "test-guided", steps)
    assert result["selection"] == "test-guided"
    bundle = load_bundle(kept)
    assert bundle.digest == summary["facts"]["model_digest"] == result["model_digest"]
    assert bundle.provenance["selected_step"] in steps
    card = (kept / "README.md").read_text(encoding="utf-8")
    assert "**Warning: this checkpoint was selected with the test walks in view." in card
    assert "selection: test-guided" in card
    assert TEST_GUIDED_STATEMENT in load_model(kept).statements
    assert f"screen would deliver ({TEST_GUIDED_TITLE}): screened" in text
    delivered = json.loads((out / "delivered.json").read_text(encoding="utf-8"))
    assert delivered["selection"] == "test-guided"
    assert [walk["walk_id"] for walk in delivered["walks"]] == list(
        read_predictions(out / "predictions.parquet").walk_ids
    )
    walks = bundle.walks()
    assert walks is not None
    assert {walk.walk_id for walk in walks.walks} == {*read_partition(store.path / "partition.json").ids}
    message = refusal(kept, "--test", "--data", store.path, "--out", tmp_path / "again")
    assert message.startswith("6 of 6 test walks trained or chose this model")
    assert TEST_GUIDED_STATEMENT not in load_model(run.model).statements
    plain, marked = (imread(run.path / name / "roc.png") for name in ("test", "test-guided"))
    top = [picture[: picture.shape[0] // 25, :, :3] for picture in (plain, marked)]
    assert not np.array_equal(top[0][:10], top[1][:10]), "the title says test-guided"


def test_a_run_trained_again_keeps_the_record_of_what_was_seen(run: RunFolder, store: WalkStore) -> None:
    told(evaluate(run.path, "--test"))
    fit(load_recipe("small-ske", tiny_overrides(store, "seed=1")), run.path, overwrite=True)
    assert not (run.path / "test").exists()
    assert len(run.ledger.entries()) == 2
    text = told(evaluate(run.path, "--test"))
    assert "Test set opened 2 times by the ledger's count, once with this model." in text


def test_a_test_guided_result_that_a_kill_kept_from_the_ledger_is_noted_on_retry(
    run: RunFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept, asked = tmp_path / "guided", (run.path, "--test", "--test-guided", "--bundle", tmp_path / "guided")
    with monkeypatch.context() as patched:
        patched.setattr("scoliogait.results.test_run.note_result", lambda *_: sys.exit(9))  # as a kill does
        assert evaluate(*asked).exit_code == 9
    out = run.path / "test-guided"
    before = summary_in(out)
    assert [entry["event"] for entry in run.ledger.entries()] == [OPENED]
    assert "exists" in refusal(run.path, "--test", "--test-guided", "--bundle", tmp_path / "elsewhere")
    told(evaluate(*asked))
    opened, result = run.ledger.entries()
    assert (opened["event"], result["event"]) == (OPENED, RESULT)  # and not opened twice
    assert result["model_digest"] == load_bundle(kept).digest
    assert result["predictions_sha256"] == sha256_of(out / "predictions.parquet")
    assert summary_in(out)["candidates"] == before["candidates"] != []
    assert (out / "delivered.json").is_file()
    assert "selection: test-guided" in (kept / "README.md").read_text(encoding="utf-8")
    assert "--overwrite" in refusal(*asked)
