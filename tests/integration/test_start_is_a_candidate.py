"""The weights that a finetuning starts from are validated as step 0, can be chosen, and getting worse is said."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from typer.testing import CliRunner

import scoliogait as sg
from pictures import is_drawn
from scoliogait.api.train import TrainedRun
from scoliogait.checkpoints.bundle import load_bundle
from scoliogait.cli import app
from scoliogait.data.partition import Partition, write_partition
from scoliogait.data.store import WalkStore, write_store
from scoliogait.evaluation.metrics import screening_metrics
from scoliogait.evaluation.predictions import read_predictions
from scoliogait.scores import probabilities
from scoliogait.skeleton import JOINT
from scoliogait.training.history import History
from scoliogait.training.predict import predict_walks
from scoliogait.training.run_folder import RunFolder
from scoliogait.walk import Walk
from walk_fixtures import drawn_walks

RECIPE = "small-pose-set"
STEPS = {
    "sampler.frames": 10,
    "optimizer.lr": 0.01,
    "schedule.warmup_steps": 4,
    "trainer.log_every": 5,
    "log.tensorboard": False,
    "trainer.device": "cpu",
}
LONG = STEPS | {"trainer.steps": 60, "trainer.evaluate_every": 30, "trainer.save_every": 30}
SHORT = STEPS | {"trainer.steps": 6, "trainer.evaluate_every": 3, "trainer.save_every": 3}
# Such steps ruin any weights; such steps leave them almost as they are.
RUINOUS, IDLE = SHORT | {"optimizer.lr": 30.0}, SHORT | {"optimizer.lr": 1e-7}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.set_num_threads(1)
    return tmp_path_factory.mktemp("start")


@pytest.fixture(scope="module")
def store(folder: Path) -> WalkStore:
    """Walks whose class anyone can see: the worse it is, the higher the left shoulder stands."""
    walks = [with_raised_shoulder(walk) for walk in drawn_walks(20, 10)]
    made = write_store(folder / "store", walks, {"simulated": "yes"})
    write_partition(folder / "store" / "partition.json", Partition("drawn", made.walk_ids[:54], made.walk_ids[54:]))
    return made


def with_raised_shoulder(walk: Walk) -> Walk:
    assert walk.label is not None
    poses = walk.poses.copy()
    poses[:, JOINT["left_shoulder"], 1] -= 0.1 * int(walk.label) * np.ptp(poses[..., 1])
    return replace(walk, poses=poses)


@pytest.fixture(scope="module")
def source(store: WalkStore, folder: Path) -> TrainedRun:
    return sg.train(RECIPE, store.path, folder / "source", settings=LONG)


@pytest.fixture(scope="module")
def ruined(source: TrainedRun, store: WalkStore, folder: Path) -> TrainedRun:
    return sg.finetune(RECIPE, source, store.path, folder / "ruined", settings=RUINOUS)


def history(run: TrainedRun) -> History:
    return History(RunFolder(run.path).history_file)


def weights(path: Path) -> dict[str, torch.Tensor]:
    return load_bundle(path).module.state_dict()


def test_step_0_has_the_figures_of_the_start(source: TrainedRun, ruined: TrainedRun, store: WalkStore) -> None:
    bundle = load_bundle(source.model)
    rows = store.indices_of(read_predictions(ruined.path / "validation.parquet").walk_ids)
    logits = predict_walks(bundle.module, bundle.contract, store, rows).scores(1.0, bundle.logit_scale)
    figures = screening_metrics(logits, store.labels[rows])
    step_0 = history(ruined).rows[0]
    assert step_0["validation_macro_f1"] == pytest.approx(figures["macro_f1"])
    assert step_0["validation_accuracy"] == pytest.approx(figures["accuracy"])
    chances = probabilities(logits, 1.0, bundle.logit_scale)
    own = chances[range(len(rows)), store.labels[rows]]
    assert step_0["validation_loss"] == pytest.approx(-torch.from_numpy(own).log().mean().item(), rel=1e-5)


def test_worse_than_the_start_is_said_and_the_start_is_kept(source: TrainedRun, ruined: TrainedRun) -> None:
    assert source.facts["validation"]["macro_f1"]["value"] > 0.9
    assert ruined.facts["selection"]["step"] == 0
    before, after = weights(source.model), weights(ruined.model)
    assert all(torch.equal(value, after[name]) for name, value in before.items())
    rows = history(ruined).validations()
    best = max(row["validation_macro_f1"] for step, row in rows.items() if step)
    assert best <= rows[0]["validation_macro_f1"]
    said = ruined.facts["finetuning"]
    assert said.startswith("training did not improve on the weights it started from")
    assert f"macro-F1 {rows[0]['validation_macro_f1']:.3f} at step 0, at best {best:.3f}" in said
    assert said in str(ruined)
    assert said in (ruined.model / "README.md").read_text(encoding="utf-8")


def test_the_curve_begins_with_the_start(ruined: TrainedRun) -> None:
    curve = ruined.learning_curve()
    assert curve.validation_steps[0] == curve.selected_step == 0
    assert 0 not in curve.loss_steps
    assert is_drawn(ruined.plot())


def test_better_than_the_start_is_chosen(store: WalkStore, folder: Path) -> None:
    raw = sg.train(RECIPE, store.path, folder / "raw", settings=IDLE)
    run = sg.finetune(RECIPE, raw, store.path, folder / "better", settings=LONG)
    assert run.facts["selection"]["step"] > 0
    assert run.facts["selection"]["candidates"] == 3
    assert run.facts["finetuning"].startswith("training improved on the weights it started from")


def test_the_command_says_it(source: TrainedRun, store: WalkStore, folder: Path) -> None:
    settings = [word for key, value in RUINOUS.items() for word in ("--set", f"{key}={value}")]
    line = ["finetune", RECIPE, "--from", str(source.path), "--data", str(store.path), "--out", str(folder / "said")]
    answer = CliRunner().invoke(app, [*line, *settings], catch_exceptions=False)
    assert answer.exit_code == 0
    said = " ".join(answer.output.split())
    assert "step 0 (start weights): validation macro-F1" in said
    assert "training did not improve on the weights it started from" in said
    assert "the model keeps the start weights" in said


def test_training_from_random_values_has_no_step_0(source: TrainedRun) -> None:
    assert 0 not in history(source).rows
    assert "finetuning" not in source.facts


def test_without_validation_walks_it_says_that_it_cannot_say(
    source: TrainedRun, store: WalkStore, folder: Path
) -> None:
    blind = SHORT | {"data.validation_fraction": 0}
    run = sg.finetune(RECIPE, source, store.path, folder / "blind", settings=blind)
    assert run.facts["finetuning"].startswith("without validation walks it cannot be said")
    assert 0 not in history(run).validations()
