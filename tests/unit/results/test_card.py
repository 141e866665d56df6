"""The whole card: from a bundle alone, from the run and its ledger, from the result of its test set."""

from pathlib import Path

import numpy as np
import pytest
from huggingface_hub import ModelCard

from bundles import untrained_bundle
from scoliogait.checkpoints.bundle import load_bundle
from scoliogait.errors import DataError, ModelError
from scoliogait.evaluation.predictions import TEST_FOLDER, Predictions
from scoliogait.evaluation.summary import summarise
from scoliogait.files import write_json
from scoliogait.ledger import OPENED, RESULT
from scoliogait.provenance import SIMULATED_STATEMENT
from scoliogait.results.card import whole_card
from scoliogait.scores import probabilities
from scoliogait.training.run_folder import RunFolder

FIGURE = {"value": 0.5, "interval": [0.4, 0.6]}


def a_run(path: Path, data: str = "school") -> RunFolder:
    run = RunFolder(path)
    untrained_bundle(run.model, simulated="yes", data="drawn", store_digest="s", counts={"train": {"negative": 3}})
    digest = load_bundle(run.model).digest
    run.write_facts("finished", {"model_digest": digest, "machine": "a small machine", "device": "cpu"})
    about = {"data": data, "store_digest": "t", "partition": "own", "partition_sha256": "p", "proxy": False}
    about |= {"test_set": "walks", "n_walks": 60, "selection": "validation", "model_digest": digest}
    run.ledger.add(OPENED, about)
    run.ledger.add(RESULT, about | {"n_openings": 1, "metrics": {"accuracy": FIGURE, "macro_f1": FIGURE}})
    return run


def test_of_a_run_its_machine_and_its_test_are_told(tmp_path: Path) -> None:
    run = a_run(tmp_path / "first")
    text = whole_card(run.path)
    assert whole_card(run.model) == text  # the bundle in a run is the same model
    assert "trained on a small machine, device cpu." in text
    assert SIMULATED_STATEMENT in text
    assert "train: 3 negative." in text
    assert "Test set of school, partition own, 60 walks, opened once: accuracy 0.500 (0.400 to 0.600)" in text
    assert [r.dataset_revision for r in ModelCard(text).data.eval_results] == ["walks", "walks"]


def test_the_written_result_of_the_test_takes_the_place_of_its_headline(tmp_path: Path) -> None:
    run = a_run(tmp_path / "first")
    facts = {
        "data": "school",
        "store_digest": "t",
        "test_set": "walks",
        "test_openings": "1",
        "test_openings_by_model": "1",
    }
    facts |= {"model_digest": load_bundle(run.model).digest, "subset": "test", "partition": "own"}
    labels = np.arange(30) % 3
    logits = np.eye(3)[(labels + (np.arange(30) > 20)) % 3]
    names = tuple(f"w{row}" for row in range(30))
    summary = summarise(Predictions(names, names, labels, logits, probabilities(logits), facts), n_resamples=20)
    write_json(run.path / TEST_FOLDER / "metrics.json", summary)
    results = ModelCard(whole_card(run.path)).data.eval_results
    expected = {name: entry["value"] for name, entry in summary["metrics"].items() if entry["value"] is not None}
    assert {r.metric_type: r.metric_value for r in results} == expected
    assert "Test walks: negative called negative, neutral, positive:" in whole_card(run.path)
    assert "Test set opened once by the ledger's count, once with this model." in whole_card(run.path)


def test_the_result_of_another_model_is_not_taken(tmp_path: Path) -> None:
    run = a_run(tmp_path / "first")
    write_json(
        run.path / TEST_FOLDER / "metrics.json", {"facts": {"model_digest": "other"}, "metrics": {"accuracy": 1}}
    )
    assert "| accuracy | 1 |" not in whole_card(run.path)
    write_json(run.path / TEST_FOLDER / "metrics.json", [1])
    with pytest.raises(DataError, match=r"metrics\.json: is no result of an evaluation"):
        whole_card(run.path)


def test_the_models_of_the_package_have_a_card() -> None:
    for name in ("builtin:pose-set", "builtin:demo"):
        text = whole_card(name)
        assert SIMULATED_STATEMENT in text
        assert len(ModelCard(text).data.eval_results) == 20
        assert "| 16a | What decides who has the condition? | **empty** |" in text


def test_what_is_no_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="is no model bundle"):
        whole_card(tmp_path)
    bundle = untrained_bundle(tmp_path / "m")
    (bundle / "metrics.json").write_text('{"accuracy": 1}')
    with pytest.raises(ModelError, match="not those saved with this model"):
        whole_card(bundle)
