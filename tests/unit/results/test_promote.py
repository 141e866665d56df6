"""Promotion: each decision rule refuses in one line, and nothing is lost by two at once or by a kill in the middle."""

import json
import os
import re
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bundles import untrained_bundle
from scoliogait.checkpoints.bundle import load_bundle
from scoliogait.errors import DataError
from scoliogait.evaluation.predictions import Predictions, read_predictions, write_predictions
from scoliogait.evaluation.summary import summarise
from scoliogait.files import sha256_of
from scoliogait.ledger import LEDGER_FILE, OPENED, PROMOTED, RESULT, VERIFIED, Ledger
from scoliogait.results.promote import BEST_FILE, Promotion, promote_run
from scoliogait.scores import probabilities
from scoliogait.screening import load_model
from scoliogait.training.run_folder import RunFolder

N_WALKS = 60
PROVENANCE = {"selection": "validation", "store_digest": "s", "partition_sha256": "p", "simulated": "yes"}
START = {"name": "x", "kind": "bundle", "sha256": "0", "selection": "last", "taken": 1, "new": 0, "left": 0}
START |= {"cautions": []}
SEEN = {"n_seen": 0, "n_walks": N_WALKS, "complete": True, "n_by_name": 0}


def finished_run(path: Path, n_right: int, verified: bool | None = True, **changed: Any) -> RunFolder:
    """A run that was tested on 60 walks, of which it calls the first ``n_right`` right, and verified."""
    run = RunFolder(path)
    about = {"data": "drawn", "store_digest": "s", "partition": "own", "partition_sha256": "p", "proxy": False}
    about |= {"test_set": "t", "n_walks": N_WALKS, "selection": "validation"} | changed.pop("about", {})
    untrained_bundle(run.model, temperature=1 + n_right / 1000, **PROVENANCE | changed)
    digest = load_bundle(run.model).digest
    run.write_facts("finished", {"model_digest": digest})
    labels = np.arange(N_WALKS) % 3
    called = np.where(np.arange(N_WALKS) < n_right, labels, (labels + 1) % 3)
    logits = np.eye(3)[called] * 0.5
    facts = {"store_digest": "s", "partition": about["partition"], "subset": "test", "model_digest": digest}
    names = tuple(f"{about['test_set']}{row}" for row in range(N_WALKS))
    predictions = Predictions(names, names, labels, logits, probabilities(logits), facts)
    file = run.path / "test" / "predictions.parquet"
    write_predictions(file, predictions)
    run.ledger.add(OPENED, about | {"model_digest": digest})
    metrics = summarise(predictions, n_resamples=20)["metrics"]
    said = {"predictions": "test/predictions.parquet", "predictions_sha256": sha256_of(file), "n_openings": 1}
    said |= {"metrics": {name: metrics[name] for name in ("macro_f1", "accuracy")}}
    run.ledger.add(RESULT, about | {"model_digest": digest} | said)
    if verified is not None:
        run.ledger.add(VERIFIED, {"model_digest": digest, "reproduced": verified})
    return run


@pytest.fixture
def artifacts(tmp_path: Path) -> Path:
    return tmp_path / "artifacts"


def promote(run: RunFolder, artifacts: Path, **options: str) -> Promotion:
    return promote_run(run, artifacts, **{"metric": "macro_f1", "provenance": "empirical"} | options)


def best(artifacts: Path) -> dict[str, Any]:
    return json.loads((artifacts / BEST_FILE).read_text(encoding="utf-8"))


def promoted(artifacts: Path) -> list[str]:
    return [entry["name"] for entry in Ledger(artifacts / LEDGER_FILE).entries() if entry["event"] == PROMOTED]


def refusal(run: RunFolder, artifacts: Path, **options: str) -> str:
    before = promoted(artifacts) if artifacts.exists() else []
    with pytest.raises(DataError) as refused:
        promote(run, artifacts, **options)
    assert (promoted(artifacts) if artifacts.exists() else []) == before
    assert "\n" not in str(refused.value)
    return str(refused.value)


def test_the_first_is_copied_with_card_and_predictions(tmp_path: Path, artifacts: Path) -> None:
    run = finished_run(tmp_path / "first", 40)
    promotion = promote(run, artifacts, provenance="faithful")
    assert promotion.comparison is None
    assert promotion.path == artifacts / "first"
    assert load_model(promotion.path / "model").bundle.digest == load_bundle(run.model).digest
    assert "Test set opened 1 time" in (promotion.path / "model" / "README.md").read_text(encoding="utf-8")
    copied = read_predictions(promotion.path / "test" / "predictions.parquet")
    np.testing.assert_array_equal(copied.labels, read_predictions(run.path / "test" / "predictions.parquet").labels)
    assert (best(artifacts)["name"], best(artifacts)["provenance"]) == ("first", "faithful")
    assert best(artifacts)["metrics"]["accuracy"]["value"] == pytest.approx(40 / 60)
    assert run.ledger.entries()[-1]["event"] == PROMOTED


def test_a_promotion_that_was_killed_before_the_run_noted_it_is_noted_on_retry(
    tmp_path: Path, artifacts: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = finished_run(tmp_path / "first", 40)
    with monkeypatch.context() as patched:
        patched.setattr("scoliogait.results.promote._note_in", lambda *_: None)  # as if killed just before
        promote(run, artifacts)
    assert run.ledger.entries()[-1]["event"] != PROMOTED
    assert "is promoted already" in refusal(run, artifacts)
    last = run.ledger.entries()[-1]
    assert (last["event"], last["name"], last["metric"]) == (PROMOTED, "first", "macro_f1")
    refusal(run, artifacts)
    assert [entry["event"] for entry in run.ledger.entries()].count(PROMOTED) == 1


def test_a_better_one_becomes_the_best_and_the_first_stays(tmp_path: Path, artifacts: Path) -> None:
    promote(finished_run(tmp_path / "first", 30), artifacts)
    promotion = promote(finished_run(tmp_path / "second", 50), artifacts)
    assert promotion.comparison is not None
    assert promotion.entry["better_than"]["name"] == "first"
    assert best(artifacts)["name"] == "second"
    assert promoted(artifacts) == ["first", "second"]
    assert load_bundle(artifacts / "first" / "model")


def test_the_same_answers_are_refused_in_words(tmp_path: Path, artifacts: Path) -> None:
    promote(finished_run(tmp_path / "first", 30), artifacts)
    again = finished_run(tmp_path / "second", 30, simulated="no")
    assert "difference +0.000 (no interval, p = 1.000)" in refusal(again, artifacts)


@pytest.mark.parametrize("n_right", [29, 32])
def test_what_is_not_better_beyond_noise_is_refused(tmp_path: Path, artifacts: Path, n_right: int) -> None:
    promote(finished_run(tmp_path / "first", 30), artifacts)
    message = refusal(finished_run(tmp_path / "second", n_right), artifacts)
    assert "rule 'better than the best so far, beyond noise': macro_f1" in message
    assert "of first, difference" in message
    assert best(artifacts)["name"] == "first"


@pytest.mark.parametrize(
    ("changed", "rule"),
    [
        ({"verified": None}, "'verified': its newest test result was not verified"),
        ({"verified": False}, "'verified': the saved bundle did not reproduce"),
        ({"selection": "test-guided"}, "'no test-guided selection'"),
        ({"about": {"proxy": True}}, "'full test': its newest test result is from the proxy subset own"),
        ({"about": {"partition_sha256": "q"}}, "'no test walk had a part in the model': .* not the one it was trained"),
        ({"about": {"seen": SEEN | {"n_seen": 7}}}, "7 of 60 test walks trained or chose it"),
        ({"about": {"seen": SEEN | {"complete": False}}}, "not all walks that had a part in it are recorded"),
        ({"started_from": START | {"test_walks_seen": 3}}, "had seen 3 of its test walks"),
        ({"started_from": START | {"test_walks_seen": None}}, "had seen an unknown number of"),
    ],
)
def test_each_rule_refuses(tmp_path: Path, artifacts: Path, changed: dict[str, Any], rule: str) -> None:
    run = finished_run(tmp_path / "run", 40, **changed)
    message = refusal(run, artifacts)
    assert message.startswith(f"{run.path}: not promoted; rule ")
    assert re.search(rule, message)
    assert not (artifacts / "run").exists()


def test_an_allowed_leak_stays_with_the_promotion(tmp_path: Path, artifacts: Path) -> None:
    run = finished_run(tmp_path / "run", 40, about={"seen": SEEN | {"n_seen": 7}})
    promotion = promote_run(run, artifacts, "macro_f1", "empirical", allow_leak=True)
    assert promotion.entry["leak"] == best(artifacts)["leak"] == "7 of 60 test walks trained or chose it"
    guided = finished_run(tmp_path / "guided", 41, selection="test-guided")
    with pytest.raises(DataError, match="no test-guided selection"):
        promote_run(guided, artifacts, "macro_f1", "empirical", allow_leak=True)


def test_a_run_that_was_never_tested_is_refused(tmp_path: Path, artifacts: Path) -> None:
    run = RunFolder(tmp_path / "run")
    untrained_bundle(run.model, **PROVENANCE)
    run.write_facts("finished", {})
    assert "rule 'full test': its test set was not opened with this model" in refusal(run, artifacts)


def test_a_verification_older_than_the_result_does_not_count(tmp_path: Path, artifacts: Path) -> None:
    run = finished_run(tmp_path / "run", 40)
    result = next(entry for entry in run.ledger.entries() if entry["event"] == RESULT)
    chain = ("number", "time", "event", "before", "sha256")
    run.ledger.add(RESULT, {key: value for key, value in result.items() if key not in chain})
    assert "was not verified" in refusal(run, artifacts)


def test_predictions_changed_since_they_were_verified_are_refused(tmp_path: Path, artifacts: Path) -> None:
    run = finished_run(tmp_path / "run", 40)
    file = run.path / "test" / "predictions.parquet"
    stored = read_predictions(file)
    write_predictions(file, replace(stored, labels=stored.predicted))
    assert "is no longer what was verified" in refusal(run, artifacts)


def test_other_test_walks_metrics_and_names_are_refused(tmp_path: Path, artifacts: Path) -> None:
    promote(finished_run(tmp_path / "first", 30), artifacts)
    elsewhere = finished_run(tmp_path / "elsewhere", 50, about={"test_set": "u", "partition": "other"})
    assert "rule 'same test walks'" in refusal(elsewhere, artifacts)
    second = finished_run(tmp_path / "second", 50)
    assert "are judged by macro_f1, not by accuracy" in refusal(second, artifacts, metric="accuracy")
    assert "expected one of macro_f1, accuracy" in refusal(second, artifacts, metric="loss")
    assert "expected faithful (to the paper) or empirical" in refusal(second, artifacts, provenance="mine")
    assert "holds another promoted model" in refusal(second, artifacts, name="first")
    for name in ("../out", "..", ".", ".hidden"):
        assert "expected the name of a folder" in refusal(second, artifacts, name=name)
    (artifacts / "thesis").mkdir()
    assert "give another --name" in refusal(second, artifacts, name="thesis")
    assert "is promoted already" in refusal(RunFolder(tmp_path / "first"), artifacts, name="again")


@pytest.mark.slow
def test_two_promotions_at_once_lose_nothing(tmp_path: Path, artifacts: Path) -> None:
    runs = [finished_run(tmp_path / "good", 40), finished_run(tmp_path / "better", 58)]
    told = {}
    command = [sys.executable, "-m", "scoliogait", "promote", "--provenance=empirical", f"--artifacts={artifacts}"]
    processes = {
        run.path.name: subprocess.Popen([*command, str(run.path)], stderr=subprocess.PIPE, text=True) for run in runs
    }
    for name, process in processes.items():
        told[name] = process.communicate(timeout=300)[1]
    # Whoever came first was promoted; the better one beats the other, never the other way round.
    assert processes["better"].returncode == 0, told
    assert best(artifacts)["name"] == "better"
    assert promoted(artifacts) in (["good", "better"], ["better"])
    if processes["good"].returncode:
        assert "rule 'better than the best so far" in " ".join(told["good"].split())
    for name in promoted(artifacts):
        assert load_bundle(artifacts / name / "model")
    assert not list(artifacts.glob(".*.part"))


KILLED = """
import os, signal, sys
from pathlib import Path
from scoliogait.results import promote
from scoliogait.training.run_folder import RunFolder
die = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
{patch}
promote.promote_run(RunFolder(Path(sys.argv[1])), Path(sys.argv[2]), "macro_f1", "empirical")
"""


def killed(patch: str, run: RunFolder, artifacts: Path) -> None:
    """A promotion whose process is killed (SIGKILL) at the place that ``patch`` names."""
    program = [sys.executable, "-c", KILLED.format(patch=patch), str(run.path), str(artifacts)]
    assert subprocess.run(program, env=os.environ, check=False).returncode == -signal.SIGKILL


@pytest.mark.slow
@pytest.mark.parametrize(
    ("patch", "copied"),
    [
        ("promote.tell_card = die", False),  # in the middle of the copy
        ("promote.Ledger.add = die", True),  # between copy and ledger
    ],
)
def test_a_kill_before_the_ledger_says_so_changes_nothing(
    tmp_path: Path, artifacts: Path, patch: str, copied: bool
) -> None:
    promote(finished_run(tmp_path / "first", 30), artifacts)
    second = finished_run(tmp_path / "second", 50)
    killed(patch, second, artifacts)
    assert (promoted(artifacts), best(artifacts)["name"]) == (["first"], "first")
    assert (artifacts / "second").exists() == copied
    promote(second, artifacts)
    assert (promoted(artifacts), best(artifacts)["name"]) == (["first", "second"], "second")
    assert load_bundle(artifacts / "second" / "model")
    assert not list(artifacts.glob(".*.part"))


@pytest.mark.slow
def test_a_kill_after_the_ledger_said_so_is_caught_up(tmp_path: Path, artifacts: Path) -> None:
    promote(finished_run(tmp_path / "first", 30), artifacts)
    second = finished_run(tmp_path / "second", 50)
    before = "write = promote.write_json; promote.write_json = lambda path, content: "
    killed(
        before + "die() if content.get('name') == 'second' and 'since' in content else write(path, content)",
        second,
        artifacts,
    )
    assert (promoted(artifacts), best(artifacts)["name"]) == (["first", "second"], "first")
    assert "is promoted already" in refusal(second, artifacts)
    assert best(artifacts)["name"] == "second"
