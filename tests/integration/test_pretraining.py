"""The documented way to start weights, on a small scale: simulate with ranges, pre-train, finetune another cohort."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from typer.testing import CliRunner

import scoliogait as sg
from scoliogait.checkpoints.bundle import load_bundle
from scoliogait.cli import app
from scoliogait.data.store import WalkStore
from scoliogait.simulation.truth import read_truth
from scoliogait.training.history import History
from scoliogait.training.recipe_file import load_recipe
from scoliogait.training.run_folder import RunFolder

PAGE = Path(__file__).parents[2] / "docs" / "pose-set.md"
SMALL = {"30000": "300", "pretrain-cohort": "{}/cohort", "runs/pretrain": "{}/run"}


def documented(command: str) -> list[str]:
    """The words of the page's command of this name that belongs to pre-training."""
    lines = PAGE.read_text(encoding="utf-8").replace("\\\n", " ").splitlines()
    (line,) = [text for text in lines if text.startswith(f"scoliogait {command} ") and "pretrain" in text]
    return line.split("#")[0].split()[1:]


def run(words: list[str], folder: Path) -> str:
    small = [SMALL.get(word, word).format(folder) for word in words]
    answer = CliRunner().invoke(app, small, catch_exceptions=False)
    assert answer.exit_code == 0, answer.output
    return answer.output


@pytest.mark.slow
def test_the_documented_commands_make_start_weights(tmp_path: Path) -> None:
    torch.set_num_threads(1)
    run(documented("simulate"), tmp_path)
    store, truth = WalkStore.open(tmp_path / "cohort"), read_truth(tmp_path / "cohort" / "truth.parquet")
    assert len(store) == 300
    settings = json.loads(store.origin["settings"])
    for name in ("camera_height_m", "camera_roll_deg", "noise_factor"):
        low, high = settings[name]
        drawn = np.array([row[name] for row in truth])
        assert drawn.max() - drawn.min() > 0.9 * (high - low)

    thirty = ["trainer.steps=30", "schedule.warmup_steps=5", "trainer.evaluate_every=15", "trainer.save_every=15"]
    run([*documented("train"), *(word for text in thirty for word in ("--set", text))], tmp_path)
    made = load_bundle(tmp_path / "run" / "model")
    assert made.facts.trained_on.origin == "simulated"
    losses = [row["loss"] for row in History(RunFolder(tmp_path / "run").history_file).rows.values() if "loss" in row]
    assert np.isfinite(losses).all()

    other = sg.simulate(tmp_path / "other", walks=60, frames=60, seed=1, ratio="half", silhouettes=False)
    few = {"trainer.steps": 10, "schedule.warmup_steps": 2, "trainer.evaluate_every": 5, "trainer.save_every": 5}
    for recipe in ("small-pose-set", "pose-set-112"):
        partition = other.path / "partition.json"
        tuned = sg.finetune(recipe, tmp_path / "run", other, tmp_path / recipe, partition=partition, settings=few)
        assert tuned.facts["started_from"]["new"] == tuned.facts["started_from"]["left"] == 0
        assert tuned.facts["started_from"]["test_walks_seen"] == 0
        assert 0 in History(RunFolder(tuned.path).history_file).validations()


def test_the_start_weights_of_the_package_are_finetuned_on_another_cohort(tmp_path: Path) -> None:
    cohort = sg.simulate(tmp_path / "cohort", walks=40, frames=40, seed=1, ratio="half", silhouettes=False, workers=1)
    few = {"trainer.steps": 4, "schedule.warmup_steps": 1, "trainer.evaluate_every": 2, "trainer.save_every": 2}
    tuned = sg.finetune("small-pose-set", "builtin:pose-set", cohort, tmp_path / "run", settings=few)
    started = tuned.facts["started_from"]
    assert (started["name"], started["new"], started["left"]) == ("pretrain-pose-set", 0, 0)
    assert (started["test_walks_seen"], started["cautions"]) == (0, [])
    assert sorted(History(RunFolder(tuned.path).history_file).validations()) == [0, 2, 4]
    tested = sg.evaluate(tuned, test=True)
    assert any("None of the" in statement for statement in tested.statements)


def test_walks_of_the_seed_that_made_the_start_weights_are_not_cleared(tmp_path: Path) -> None:
    cohort = sg.simulate(
        tmp_path / "cohort", walks=40, frames=40, seed=1000, ratio="half", silhouettes=False, workers=1
    )
    few = {"trainer.steps": 2, "schedule.warmup_steps": 1, "trainer.evaluate_every": 2, "trainer.save_every": 2}
    tuned = sg.finetune("small-pose-set", "builtin:pose-set", cohort, tmp_path / "run", settings=few)
    (caution,) = tuned.facts["started_from"]["cautions"]
    assert "it keeps no record of them (simulated with seed 1000)" in caution
    assert tuned.facts["started_from"]["test_walks_seen"] is None


def test_the_recipe_gives_weights_for_the_other_set_networks() -> None:
    pretrained = load_recipe("pretrain-pose-set")
    for name in ("small-pose-set", "pose-set-112", "pose-set-118"):
        other = load_recipe(name)
        assert other.model == pretrained.model
        assert other.contract == pretrained.contract
