"""Whole training runs: what a run leaves, what a kill costs. Drawn walkers."""

import io
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import torch
from rich.console import Console
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from scoliogait.api.train import run_at
from scoliogait.checkpoints.bundle import load_bundle
from scoliogait.data.store import WalkStore
from scoliogait.evaluation.metrics import screening_metrics
from scoliogait.evaluation.predictions import read_predictions
from scoliogait.training import fit as training_fit
from scoliogait.training.fit import fit
from scoliogait.training.history import History, ranked
from scoliogait.training.recipe_file import load_recipe
from scoliogait.training.run_folder import RunFolder
from scoliogait.training.walks import choose_walks
from scoliogait.training.weights_folder import saved_steps, state_path, weight_steps
from training_fixtures import tiny_overrides, tiny_store

RECIPE = "small-ske"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> WalkStore:
    return tiny_store(tmp_path_factory.mktemp("training") / "store")


@pytest.fixture(scope="module")
def console() -> Console:
    return Console(file=io.StringIO(), force_terminal=True, width=160, color_system=None)


@pytest.fixture(scope="module")
def finished(store: WalkStore, console: Console, tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    return fit(load_recipe(RECIPE, tiny_overrides(store)), tmp_path_factory.mktemp("runs") / "whole", console=console)


@pytest.fixture(scope="module")
def killed(store: WalkStore, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that was killed (SIGKILL) some steps after it had saved its second state."""
    out = tmp_path_factory.mktemp("runs") / "killed"
    process = subprocess.Popen([sys.executable, *command(store, out)], env=environment(), stderr=subprocess.PIPE)
    deadline = time.monotonic() + 300
    while len(saved_steps(out / "checkpoints")) < 2 and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.005)
    process.kill()
    _, told = process.communicate()
    assert len(saved_steps(out / "checkpoints")) == 2, told.decode()
    assert not RunFolder(out).finished
    return out


def command(store: WalkStore, out: Path, *more: str) -> list[str]:
    settings = [part for override in tiny_overrides(store, *more) for part in ("--set", override)]
    return ["-m", "scoliogait", "train", RECIPE, "--out", str(out), *settings]


def environment() -> dict[str, str]:
    return os.environ | {"OMP_NUM_THREADS": "1"}


def same_results(one: RunFolder, other: RunFolder) -> None:
    """Equal curves, kept checkpoints, selected weights and validation predictions, to the last bit."""
    assert one.history_file.read_text() == other.history_file.read_text()
    assert weight_steps(one.checkpoints) == weight_steps(other.checkpoints)
    for file in sorted(one.checkpoints.glob("weights-*")):
        assert file.read_bytes() == (other.checkpoints / file.name).read_bytes()
    assert (one.model / "model.safetensors").read_bytes() == (other.model / "model.safetensors").read_bytes()
    np.testing.assert_array_equal(
        read_predictions(one.validation_file).mean_logits, read_predictions(other.validation_file).mean_logits
    )
    states = [torch.load(state_path(run.checkpoints, 12), weights_only=True) for run in (one, other)]
    for name, value in states[0]["state_dict"].items():
        assert torch.equal(value, states[1]["state_dict"][name]), name


def test_a_run_leaves_a_model_that_stands_alone(finished: RunFolder, store: WalkStore) -> None:
    facts = finished.facts()
    assert facts["status"] == "finished"
    assert facts["simulated"] == "yes"
    assert facts["store_digest"] == store.digest
    assert facts["counts"] == {
        "train": {"negative": 4, "neutral": 4, "positive": 4},
        "validation": {"negative": 2, "neutral": 2, "positive": 2},
    }
    bundle = load_bundle(finished.model)
    assert bundle.provenance["selection"] == facts["selection"]["rule"] == "validation"
    assert bundle.provenance["selected_step"] == facts["selection"]["step"]
    assert bundle.temperature == facts["temperature"]
    assert str(store.path) not in (finished.model / "config.json").read_text()
    predictions = read_predictions(finished.validation_file)
    assert predictions.facts["model_digest"] == bundle.digest
    assert predictions.facts["subset"] == "validation"
    # The bundle alone, fed with whole walks, says what the run wrote down.
    for row, walk_id in enumerate(predictions.walk_ids):
        logits = bundle.mean_logits(store.walk(store.walk_ids.index(walk_id)))
        np.testing.assert_allclose(logits, predictions.mean_logits[row], rtol=0, atol=1e-5)


def test_the_selected_step_is_the_best_on_validation(finished: RunFolder) -> None:
    history = History(finished.history_file)
    assert sorted(history.rows) == list(range(1, 13))
    assert sorted(history.validations()) == [3, 6, 9, 12]
    best = ranked(history.validations(), "macro_f1")
    facts = finished.facts()
    assert facts["selection"]["step"] == best[0]
    predictions = read_predictions(finished.validation_file)
    measured = screening_metrics(predictions.mean_logits, predictions.labels)["macro_f1"]
    assert measured == pytest.approx(history.rows[best[0]]["validation_macro_f1"])
    assert set(best[:2]) <= set(weight_steps(finished.checkpoints))
    assert saved_steps(finished.checkpoints) == [12]


def test_curves_and_pictures_are_in_tensorboard(finished: RunFolder) -> None:
    events = EventAccumulator(str(finished.path / "logs"), {"images": 0, "scalars": 0}).Reload()
    history = History(finished.history_file).rows
    for name in ("loss", "triplet", "cross_entropy", "learning_rate", "validation_macro_f1", "validation_accuracy"):
        shown = {event.step: event.value for event in events.Scalars(name)}
        assert shown == pytest.approx({step: row[name] for step, row in history.items() if name in row}, rel=1e-6)
    pictures = events.Images("input")
    assert [picture.step for picture in pictures] == [1, 3, 6, 9, 12]
    assert (pictures[0].width, pictures[0].height) == (3 * 44, 4 * 64)


def test_progress_shows_rate_and_time_left(finished: RunFolder, console: Console) -> None:
    assert isinstance(console.file, io.StringIO)
    shown = console.file.getvalue()
    assert "12/12" in shown
    assert re.search(r"\d+ walks/s, \d+ frames/s", shown)
    assert re.search(r"\d:\d\d:\d\d", shown)
    assert shown.count("validation macro-F1") == 4


@pytest.mark.parametrize(
    ("recipe", "more"),
    [
        ("sconet-112", ("trainer.precision=fp16",)),  # a CPU takes bf16 instead
        ("sconet-mt-118", ("sampler.identity=subject",)),
        ("sconet-mt-ske-118", ("data.validation_fraction=0",)),
    ],
)
def test_published_recipes_train_at_tiny_widths(recipe: str, more: tuple[str, ...], tmp_path: Path) -> None:
    store = tiny_store(tmp_path / "store", silhouettes=True)
    kept = ("optimizer.lr", "schedule", "data.validation_fraction", "trainer.precision", "trainer.steps")
    overrides = [o for o in tiny_overrides(store) if not o.startswith(kept)]
    settings = [*overrides, f"data.partition='{store.path / 'partition.json'}'", "trainer.steps=3", *more]
    run = fit(load_recipe(recipe, settings), tmp_path / "run")
    facts, bundle = run.facts(), load_bundle(run.model)
    assert bundle.contract == load_recipe(recipe).contract.model_copy(update={"training_frames": 3})
    held_back = "data.validation_fraction=0" not in more
    assert facts["selection"]["rule"] == bundle.provenance["selection"] == ("validation" if held_back else "last")
    assert run.validation_file.exists() is held_back
    triplets = [row["triplet"] for row in History(run.history_file).rows.values()]
    assert len(triplets) == 3
    assert all((value == 0) == (recipe == "sconet-112") for value in triplets)
    last = torch.load(state_path(run.checkpoints, 3), weights_only=True)["state_dict"]
    if not held_back:
        for name, value in bundle.module.state_dict().items():
            assert torch.equal(value, last[f"module.{name}"])


def test_what_is_said_of_half_precision_is_printed_recorded_and_shown(
    store: WalkStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = "bf16 takes 7.0 times as long"
    monkeypatch.setattr(training_fit, "half_precision_cautions", lambda recipe, device: [told])
    console = Console(file=io.StringIO(), width=160, color_system=None)
    run = fit(load_recipe(RECIPE, tiny_overrides(store, "trainer.steps=3")), tmp_path / "run", console=console)
    assert isinstance(console.file, io.StringIO)
    assert f"caution: {told}" in console.file.getvalue()
    assert run.facts()["cautions"] == [told]
    assert told in str(run_at(run.path))


def test_training_never_touches_test_walks(finished: RunFolder, store: WalkStore) -> None:
    walks = choose_walks(load_recipe(finished.recipe_file))
    used = {store.walk_ids[i] for i in (*walks.train, *walks.validation)}
    assert used == set(walks.partition.train)
    assert not used & set(walks.partition.test)
    people = [{store.subject_ids[i] for i in part} for part in (walks.train, walks.validation)]
    assert not people[0] & people[1]


@pytest.mark.slow
def test_a_killed_run_ends_as_if_it_had_not_been(
    killed: Path, finished: RunFolder, store: WalkStore, tmp_path: Path
) -> None:
    out = tmp_path / "resumed"
    shutil.copytree(killed, out)
    same_results(fit(load_recipe(RECIPE, tiny_overrides(store)), out), finished)


def test_a_damaged_last_state_costs_only_the_steps_since_the_one_before(
    killed: Path, finished: RunFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What was measured at the start stands in the facts: a run that goes on would add it again with another figure.
    monkeypatch.setattr(training_fit, "half_precision_cautions", lambda recipe, device: pytest.fail("measured again"))
    out = tmp_path / "damaged"
    shutil.copytree(killed, out)
    newest = state_path(out / "checkpoints", saved_steps(out / "checkpoints")[-1])
    content = bytearray(newest.read_bytes())
    content[len(content) // 2] ^= 0xFF
    newest.write_bytes(content)
    same_results(fit(load_recipe(RunFolder(out).recipe_of_unfinished_run()), out), finished)
