"""``sg.evaluate`` beside ``scoliogait evaluate``: the same files and ledger; a result that shows itself."""

import json
import shutil
from pathlib import Path

import pytest
import torch
from typer.testing import CliRunner

import scoliogait as sg
from pictures import is_drawn
from scoliogait.api.train import TrainedRun
from scoliogait.cli import app
from scoliogait.data.store import WalkStore
from scoliogait.evaluation.metrics import screening_metrics
from scoliogait.evaluation.predictions import read_predictions
from scoliogait.ledger import OPENED, RESULT, Ledger
from training_fixtures import shrunk, tiny_store

RECIPE = "small-pose-set"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> WalkStore:
    return tiny_store(tmp_path_factory.mktemp("evaluating") / "store")


@pytest.fixture(scope="module")
def trained(store: WalkStore, tmp_path_factory: pytest.TempPathFactory) -> TrainedRun:
    torch.set_num_threads(1)
    return sg.train(RECIPE, store.path, tmp_path_factory.mktemp("runs") / "run", settings=shrunk(RECIPE, store))


@pytest.fixture
def run(trained: TrainedRun, tmp_path: Path) -> Path:
    """A copy whose ledger nobody else writes to."""
    return Path(shutil.copytree(trained.path, tmp_path / "run"))


def command(*arguments: object) -> str:
    answer = CliRunner(env={"COLUMNS": "200"}).invoke(app, ["evaluate", *map(str, arguments)], catch_exceptions=False)
    assert answer.exit_code == 0, answer.output
    return answer.output


def without_place(folder: Path) -> dict:
    return json.loads((folder / "metrics.json").read_text())


def test_the_command_writes_and_says_the_same(run: Path, tmp_path: Path) -> None:
    result = sg.evaluate(run, resamples=50)
    said = command(run, "--out", tmp_path / "theirs", "--resamples", 50)
    assert result.path == run / "validation"
    assert without_place(result.path) == without_place(tmp_path / "theirs")
    assert sorted(path.name for path in result.path.iterdir()) == sorted(
        path.name for path in (tmp_path / "theirs").iterdir()
    )
    words = " ".join(said.split())
    assert all(" ".join(note.split()) in words for note in (*result.summary_words().notes, *result.statements))
    assert f"{result.metrics['accuracy']:.3f}" in words
    assert f"next: scoliogait evaluate {run} --out OTHER --test" in words


def test_figures_are_those_of_the_predictions(trained: TrainedRun, tmp_path: Path) -> None:
    result = sg.evaluate(trained, subset="train", out=str(tmp_path / "seen"), resamples=20)
    written = read_predictions(tmp_path / "seen" / "predictions.parquet")
    expected = screening_metrics(written.mean_logits, written.labels)
    assert result.metrics["macro_f1"] == pytest.approx(expected["macro_f1"])
    assert len(result.predictions) == len(written)
    assert any("trained on these walks" in statement for statement in result.statements)


def test_each_look_at_the_test_set_is_noted(run: Path, tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    first = sg.evaluate(run, test=True, resamples=20, progress=lambda done, of: seen.append((done, of)))
    assert first.path == run / "test"
    assert seen[-1] == (len(first.predictions), len(first.predictions))
    command(run, "--test", "--out", tmp_path / "again", "--resamples", 20)
    entries = Ledger(run / "ledger.jsonl").entries()
    assert [entry["event"] for entry in entries] == [OPENED, RESULT] * 2
    assert (
        read_predictions(tmp_path / "again" / "predictions.parquet").probabilities == first.predictions.probabilities
    ).all()
    assert any("Test set opened once" in statement for statement in first.statements)


def test_a_guided_choice_is_marked_wherever_it_is_shown(run: Path, tmp_path: Path) -> None:
    result = sg.evaluate(run, test=True, test_guided=True, bundle=tmp_path / "best", resamples=20)
    assert result.path == run / "test-guided"
    assert (tmp_path / "best" / "model.safetensors").is_file()
    for words in (str(result), result._repr_html_()):
        assert "test-guided" in words
        assert "figures are too good" in words
    assert "test-guided" in result.plot().get_suptitle()


def test_it_shows_itself(trained: TrainedRun, tmp_path: Path) -> None:
    result = sg.evaluate(trained, out=tmp_path / "validation", resamples=20)
    for words in (str(result), result._repr_html_()):
        assert f"{len(result.predictions)} validation walks of" in words
        assert "not a medical device" in words
        assert "simulated" in words
        assert f"{result.metrics['macro_f1']:.3f}" in words
    assert is_drawn(result.plot())


def test_a_bundle_alone_needs_store_partition_and_folder(trained: TrainedRun, store: WalkStore, tmp_path: Path) -> None:
    alone = Path(shutil.copytree(trained.model, tmp_path / "alone" / "bundle"))
    result = sg.evaluate(alone, store.path, out=tmp_path / "alone" / "test", test=True, resamples=20)
    assert [entry["event"] for entry in Ledger(tmp_path / "alone" / "ledger.jsonl").entries()] == [OPENED, RESULT]
    assert result.metrics["accuracy"] is not None
    with pytest.raises(sg.DataError, match="--out is missing"):
        sg.evaluate(alone, store.path, subset="train")


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"test_guided": True}, "needs --test too"),
        ({"test": True, "subset": "train"}, "take one of them"),
        ({"subset": "test"}, "subset is 'test'; expected 'validation' or 'train'"),
        ({"bundle": "x"}, "--bundle is for --test-guided"),
        ({"prevalence": 3.0}, "prevalence"),
    ],
)
def test_contradictions_are_refused_before_the_test_set_is_opened(run: Path, values: dict, message: str) -> None:
    with pytest.raises(sg.DataError, match=message):
        sg.evaluate(run, **values)
    assert not Ledger(run / "ledger.jsonl").entries()
