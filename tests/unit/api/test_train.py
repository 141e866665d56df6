"""``sg.train`` and ``sg.finetune`` beside their commands: the same model; a run that shows itself."""

from pathlib import Path

import numpy as np
import pytest
import torch
import yaml
from typer.testing import CliRunner

import scoliogait as sg
from pictures import is_drawn
from scoliogait.api.train import TrainedRun, run_at
from scoliogait.checkpoints.bundle import load_bundle
from scoliogait.cli import app
from scoliogait.data.store import WalkStore
from scoliogait.evaluation.metrics import screening_metrics
from scoliogait.evaluation.predictions import read_predictions
from scoliogait.scores import WindowLogits
from scoliogait.training.recipe_file import load_recipe
from training_fixtures import shrunk, tiny_store

RECIPE = "small-pose-set"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> WalkStore:
    return tiny_store(tmp_path_factory.mktemp("training") / "store")


@pytest.fixture(scope="module")
def run(store: WalkStore, tmp_path_factory: pytest.TempPathFactory) -> TrainedRun:
    torch.set_num_threads(1)
    return sg.train(RECIPE, store.path, tmp_path_factory.mktemp("runs") / "first", settings=shrunk(RECIPE, store))


def options(store: WalkStore) -> list[str]:
    return [word for text in shrunk(RECIPE, store) for word in ("--set", text)]


def same_model(first: Path, second: Path) -> bool:
    models = [load_bundle(path).module.state_dict() for path in (first, second)]
    return all(torch.equal(value, models[1][name]) for name, value in models[0].items())


def test_the_command_trains_the_same_model(run: TrainedRun, store: WalkStore, tmp_path: Path) -> None:
    out = tmp_path / "of-command"
    line = ["train", RECIPE, "--data", str(store.path), "--out", str(out), *options(store)]
    answer = CliRunner().invoke(app, line, catch_exceptions=False)
    assert answer.exit_code == 0
    assert f"next: scoliogait evaluate {out}" in answer.output.replace("\n", "")
    assert same_model(run.model, out / "model")
    assert sorted(path.name for path in out.iterdir()) == sorted(path.name for path in run.path.iterdir())
    ours, theirs = (read_predictions(path / "validation.parquet") for path in (run.path, out))
    np.testing.assert_array_equal(ours.mean_logits, theirs.mean_logits)


def test_a_run_shows_its_validation_figures(run: TrainedRun) -> None:
    held_back = read_predictions(run.path / "validation.parquet")
    macro_f1 = screening_metrics(held_back.mean_logits, held_back.labels)["macro_f1"]
    for words in (str(run), run._repr_html_()):
        assert f"{macro_f1:.3f}" in words
        assert "not a medical device" in words
        assert "simulated" in words
    assert run.learning_curve().selected_step == run.facts["selection"]["step"]
    assert is_drawn(run.plot())
    assert run.load().bundle.digest == run.facts["model_digest"]


def test_settings_as_a_dictionary_are_those_of_the_command(store: WalkStore, tmp_path: Path) -> None:
    texts = shrunk(RECIPE, store)
    values = {"trainer.steps": 2, "seed": 7, "trainer.evaluate_every": 1, "trainer.save_every": 1}
    made = sg.train(RECIPE, str(store.path), str(tmp_path / "run"), settings={**_as_values(texts), **values})
    recipe = load_recipe(made.path / "recipe.yaml")
    assert (recipe.trainer.steps, recipe.seed) == (2, 7)
    assert recipe.data.store == str(store.path)


def _as_values(texts: list[str]) -> dict[str, object]:
    return {key: yaml.safe_load(value) for key, value in (text.split("=", 1) for text in texts)}


def test_finetune_starts_from_a_run(run: TrainedRun, store: WalkStore, tmp_path: Path) -> None:
    texts = [text for text in shrunk(RECIPE, store) if not text.startswith("trainer.steps")]
    made = sg.finetune(RECIPE, run, store.path, tmp_path / "ours", settings=[*texts, "trainer.steps=2"])
    out = tmp_path / "of-command"
    sets = [word for text in [*texts, "trainer.steps=2"] for word in ("--set", text)]
    line = ["finetune", RECIPE, "--from", str(run.path), "--data", str(store.path), "--out", str(out), *sets]
    assert CliRunner().invoke(app, line, catch_exceptions=False).exit_code == 0
    assert made.facts["started_from"]["sha256"] == run.facts["model_digest"]
    assert same_model(made.model, out / "model")


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"out": None}, "--out is missing"),
        ({"recipe": None}, "RECIPE is missing"),
        ({"resume": True}, "--resume takes its recipe from the run"),
        ({"settings": {"trainer.stepss": 1}}, "did you mean 'trainer.steps'"),
        ({"settings": "trainer.steps=1"}, "settings is the text"),
        ({"recipe": "small-sk"}, "no such recipe"),
    ],
)
def test_wrong_arguments_are_refused(values: dict, message: str, store: WalkStore, tmp_path: Path) -> None:
    given = {"recipe": RECIPE, "data": store.path, "out": tmp_path / "run"} | values
    with pytest.raises(sg.RecipeError, match=message):
        sg.train(**given)
    assert not list(tmp_path.iterdir())


def test_what_is_no_run_has_nothing_to_show(store: WalkStore) -> None:
    with pytest.raises(sg.DataError, match="is not a run folder"):
        run_at(store.path)


def test_a_temperature_can_change_the_class_of_a_walk_of_several_windows() -> None:
    """One window is certain of the first class, two lean to the second: averaged, the certain one wins when sharp."""
    logits = np.array([[0.5, -0.5, -0.5], [0.0, 0.04, -0.5], [0.0, 0.04, -0.5]])
    windows = WindowLogits(logits, np.array([3]), np.array([3.0]))
    cold, warm = (int(windows.scores(temperature)[0].argmax()) for temperature in (1.0, 0.1))
    assert (cold, warm) == (0, 1)


def test_the_figures_of_the_model_are_said_with_its_temperature() -> None:
    figures = {"macro_f1": {"value": 0.5, "interval": [0.4, 0.6]}}
    words = TrainedRun(Path("run"), {"validation": figures, "temperature": 0.81}).validation_words
    assert words is not None
    assert words.startswith(
        "validation of the model: macro_f1 0.500 (95 % interval 0.400 to 0.600), at its temperature 0.81; steps"
    )
    assert TrainedRun(Path("run"), {"selection": {"rule": "last"}}).validation_words is None
