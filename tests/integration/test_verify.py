"""`scoliogait verify`: a fresh process reproduces a run's stored probabilities, or names the walk where it does not."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner, Result

from bundles import untrained_bundle
from scoliogait.checkpoints.bundle import load_bundle
from scoliogait.cli import app
from scoliogait.data.store import WalkStore
from scoliogait.errors import DataError
from scoliogait.evaluation.predictions import read_predictions, write_predictions
from scoliogait.ledger import VERIFIED
from scoliogait.training.fit import fit
from scoliogait.training.recipe_file import load_recipe
from scoliogait.training.run_folder import RunFolder
from training_fixtures import tiny_overrides, tiny_store


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> WalkStore:
    return tiny_store(tmp_path_factory.mktemp("data") / "store")


@pytest.fixture(scope="module")
def trained(store: WalkStore, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run whose test set was opened once."""
    run = fit(load_recipe("small-ske", tiny_overrides(store)), tmp_path_factory.mktemp("runs") / "trained").path
    assert CliRunner().invoke(app, ["evaluate", str(run), "--test", "--resamples=10"]).exit_code == 0
    return run


@pytest.fixture
def run(trained: Path, tmp_path: Path) -> RunFolder:
    return RunFolder(Path(shutil.copytree(trained, tmp_path / "run")))


def verify(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["verify", *map(str, arguments)])


def refusal(*arguments: object) -> str:
    result = verify(*arguments)
    assert isinstance(result.exception, DataError), result.output
    return str(result.exception)


def test_everything_that_was_stored_is_reproduced_and_noted(run: RunFolder) -> None:
    result = verify(run.path)
    assert result.exit_code == 0, (result.output, result.exception)
    assert "All stored probabilities are reproduced" in result.output
    entry = run.ledger.entries()[-1]
    assert (entry["event"], entry["reproduced"]) == (VERIFIED, True)
    assert entry["model_digest"] == load_bundle(run.model).digest
    assert [file["predictions"] for file in entry["files"]] == ["validation.parquet", "test/predictions.parquet"]
    assert all(file["difference"] <= 1e-5 and file["n_walks"] == 6 for file in entry["files"])


@pytest.mark.parametrize(("shift", "reproduced"), [(9e-6, True), (2e-5, False)])
def test_the_tolerance_is_what_it_is_stated_to_be(run: RunFolder, shift: float, reproduced: bool) -> None:
    stored = read_predictions(run.validation_file)
    chances = np.array(stored.probabilities)
    chances[3] += [shift, -shift, 0]
    write_predictions(run.validation_file, replace(stored, probabilities=chances))
    assert (verify(run.path).exit_code == 0) == reproduced
    assert run.ledger.entries()[-1]["reproduced"] == reproduced


def test_the_first_walk_that_differs_is_named_with_both_values(run: RunFolder) -> None:
    stored = read_predictions(run.validation_file)
    chances = np.array(stored.probabilities)
    chances[2:] += [0.0, 0.001, -0.001]
    write_predictions(run.validation_file, replace(stored, probabilities=chances))
    message = refusal(run.path)
    assert f"walk {stored.walk_ids[2]!r} has P(neutral) {chances[2, 1]:.9f} in the file and" in message
    found = float(message.split("in the file and")[1].split()[0])
    assert found == pytest.approx(stored.probabilities[2, 1], abs=1e-6)
    entry = run.ledger.entries()[-1]
    assert (entry["event"], entry["reproduced"]) == (VERIFIED, False)
    assert [file["reproduced"] for file in entry["files"]] == [False, True]


def test_a_test_result_changed_after_it_was_written_is_named(run: RunFolder) -> None:
    file = run.path / "test" / "predictions.parquet"
    stored = read_predictions(file)
    write_predictions(file, replace(stored, labels=np.roll(stored.labels, 1)))
    assert "predictions.parquet: was changed after it was written" in refusal(run.path)


def test_another_bundle_in_its_place_is_found(run: RunFolder, tmp_path: Path) -> None:
    other = untrained_bundle(tmp_path / "other", simulated="yes")
    shutil.rmtree(run.model)
    shutil.copytree(other, run.model)
    assert f"is model {load_bundle(other).digest[:12]}, the run made" in refusal(run.path)
    assert run.ledger.entries()[-1]["event"] != VERIFIED


def test_a_damaged_bundle_other_walks_and_folders_that_are_no_runs_are_named(run: RunFolder, tmp_path: Path) -> None:
    assert "give that store with --data" in refusal(run.path, "--data", tiny_store(tmp_path / "o", True).path)
    assert "is not a run folder" in refusal(tmp_path)
    weights = run.model / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-10])
    assert refusal(run.path).startswith("not verified: ")
