"""Runs that start from other weights: the chain of recipes, frozen phases, resuming, and what the files tell of it."""

import io
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from lightning.pytorch import Trainer
from rich.console import Console
from safetensors.torch import load_file
from typer.testing import CliRunner

from scoliogait.checkpoints.bundle import load_bundle, save_bundle
from scoliogait.cli import app
from scoliogait.data.partition import Partition, read_partition, write_partition
from scoliogait.data.store import WalkStore
from scoliogait.errors import RecipeError
from scoliogait.ledger import Ledger
from scoliogait.provenance import Selection
from scoliogait.results.evaluate import evaluate_test_walks
from scoliogait.results.opening import open_test_set
from scoliogait.training.fit import fit
from scoliogait.training.freezing import Freezing
from scoliogait.training.history import History
from scoliogait.training.recipe_file import load_recipe
from scoliogait.training.run_folder import RunFolder
from scoliogait.training.weights_folder import state_path, weights_path
from training_fixtures import shrunk, tiny_store

UNFREEZE, STEPS = 4, 6


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("runs")


@pytest.fixture(scope="module")
def store(runs: Path) -> WalkStore:
    return tiny_store(runs / "store")


@pytest.fixture(scope="module")
def baseline(store: WalkStore, runs: Path) -> RunFolder:
    return fit(load_recipe("body-only-sgd-112", shrunk("body-only-sgd-112", store)), runs / "sgd")


@pytest.fixture(scope="module")
def finetuned(store: WalkStore, baseline: RunFolder, runs: Path) -> RunFolder:
    more = f"start.weights={baseline.model}"
    return fit(load_recipe("body-only-adamw-112", shrunk("body-only-adamw-112", store, more)), runs / "adamw")


def warm_settings(store: WalkStore, weights: Path) -> list[str]:
    more = (f"start.weights={weights}", f"start.unfreeze_step={UNFREEZE}", f"trainer.steps={STEPS}")
    return shrunk("drf-warm-112", store, *more, "trainer.evaluate_every=2", "trainer.save_every=1")


@pytest.fixture(scope="module")
def kept_states(runs: Path) -> Path:
    return runs / "states"


@pytest.fixture(scope="module")
def warm(store: WalkStore, finetuned: RunFolder, runs: Path, kept_states: Path) -> RunFolder:
    """A DRF from the finetuned baseline. Its states are copied as they are written, before the older ones go."""
    with pytest.MonkeyPatch.context() as patched:
        save = Trainer.save_checkpoint

        def save_and_copy(self: Trainer, path: Path, *args: object, **kwargs: object) -> None:
            save(self, path, *args, **kwargs)  # type: ignore[arg-type]
            kept_states.mkdir(exist_ok=True)
            shutil.copy(path, kept_states / Path(path).name)

        patched.setattr(Trainer, "save_checkpoint", save_and_copy)
        return fit(load_recipe("drf-warm-112", warm_settings(store, finetuned.model)), runs / "drf")


def weights_at(states: Path, step: int) -> dict[str, torch.Tensor]:
    state = torch.load(state_path(states, step), weights_only=True)["state_dict"]
    return {name.removeprefix("module."): value for name, value in state.items()}


def test_the_chain_ends_in_a_model_that_knows_where_it_comes_from(
    warm: RunFolder, finetuned: RunFolder, baseline: RunFolder, store: WalkStore, tmp_path: Path
) -> None:
    bundles = [load_bundle(run.model) for run in (baseline, finetuned, warm)]
    assert "started_from" not in bundles[0].provenance
    for source, bundle, run in zip(bundles, bundles[1:], (finetuned, warm), strict=False):
        told = bundle.provenance["started_from"]
        assert told["sha256"] == source.digest
        assert told["name"] == source.provenance["recipe_name"]
        assert told["selection"] == "validation"
        assert told["taken"] == len(source.module.state_dict())
        assert (told["left"], told["test_walks_seen"], told["cautions"]) == (0, 0, [])
        assert run.facts()["started_from"] == told
        assert bundle.provenance["recipe"]["start"]["weights"] is None
        assert str(run.path.parent) not in (run.model / "config.json").read_text()
        card = (run.model / "README.md").read_text()
        assert f"{told['name']} (bundle, sha256 {source.digest}; its selection: validation)" in card
    assert [len(b.provenance["started_from"]["trained_on"]) for b in bundles[1:]] == [1, 2]
    assert bundles[2].architecture.architecture == "drf"
    own = read_partition(store.path / "partition.json")
    digest, ledger = bundles[2].digest, Ledger(tmp_path / "ledger.jsonl")
    opening = open_test_set(ledger, store, own, model_digest=digest, selection=Selection.VALIDATION)
    predictions = evaluate_test_walks(opening, bundles[2])
    assert np.isfinite(predictions.probabilities).all()


def test_weights_start_as_those_of_the_source(warm: RunFolder, finetuned: RunFolder) -> None:
    listed = json.loads((warm.path / "start.json").read_text())["tensors"]
    source = load_bundle(finetuned.model).module.state_dict()
    assert listed["taken"].keys() == source.keys()
    assert {name.split(".")[0] for name in listed["new"]} == {"attention"}
    assert listed["left"] == {}
    assert listed["unused"] == []


def test_frozen_weights_and_statistics_stay_until_their_step(
    warm: RunFolder, finetuned: RunFolder, kept_states: Path
) -> None:
    source = load_bundle(finetuned.model).module.state_dict()
    frozen = [name for name in source if name.startswith("backbone.")]
    for step in range(1, UNFREEZE + 1):
        state = weights_at(kept_states, step)
        for name in frozen:
            assert torch.equal(state[name], source[name]), (step, name)
        assert not torch.equal(state["embed.weight"], source["embed.weight"])
        assert not torch.equal(state["neck.norm.running_mean"], source["neck.norm.running_mean"])
    after = weights_at(kept_states, UNFREEZE + 1)
    still = [name for name in frozen if torch.equal(after[name], source[name])]
    assert still == []


@pytest.mark.parametrize("step", [2, UNFREEZE, UNFREEZE + 1])
def test_going_on_needs_no_start_weights_and_ends_the_same(
    step: int, warm: RunFolder, finetuned: RunFolder, store: WalkStore, kept_states: Path, tmp_path: Path
) -> None:
    gone = tmp_path / "gone"
    shutil.copytree(finetuned.model, gone)
    settings = warm_settings(store, gone)
    out = tmp_path / "run"
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Freezing, "on_before_optimizer_step", stop_at(step), raising=False)
        with pytest.raises(StoppedError):
            fit(load_recipe("drf-warm-112", settings), out)
    assert not RunFolder(out).finished
    shutil.rmtree(gone)
    resumed = fit(load_recipe("drf-warm-112", settings), out)
    expected, ended = weights_at(kept_states, STEPS), weights_at(out / "checkpoints", STEPS)
    for name, value in expected.items():
        assert torch.equal(ended[name], value), name
    assert (resumed.model / "model.safetensors").read_bytes() == (warm.model / "model.safetensors").read_bytes()
    assert resumed.facts()["started_from"] == warm.facts()["started_from"]


class StoppedError(RuntimeError):
    """Ends a run in the middle of a step."""


def stop_at(step: int) -> object:
    def stop(self: Freezing, trainer: Trainer, pl_module: object, optimizer: object) -> None:
        if trainer.global_step == step:
            raise StoppedError

    return stop


def with_provenance(source: RunFolder, where: Path, **facts: object) -> Path:
    bundle = load_bundle(source.model)
    provenance = dict(bundle.provenance) | facts
    return save_bundle(where, bundle.module, bundle.contract, provenance=provenance, metrics={})


def test_a_source_that_was_trained_on_test_walks_is_refused_unless_allowed(
    baseline: RunFolder, store: WalkStore, tmp_path: Path
) -> None:
    """The partition turned round: what tested before trains now, so the source has seen this run's test walks."""
    ids = store.walk_ids
    write_partition(tmp_path / "turned.json", Partition("turned", (*ids[6:12], *ids[12:]), ids[:6]))
    trained_on = {"partition": "112", "partition_sha256": None}
    overlap = Partition("112", ids[:18], ids[18:])
    source = with_provenance(baseline, tmp_path / "model", **trained_on)
    settings = shrunk("body-only-adamw-112", store, f"start.weights={source}")
    settings += [f"data.partition={tmp_path / 'turned.json'}", "trainer.steps=2"]
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("scoliogait.training.start_checks.read_partition", lambda name: overlap)
        with pytest.raises(RecipeError, match="was trained on 6 of the 6 test walks of partition turned") as caught:
            fit(load_recipe("body-only-adamw-112", settings), tmp_path / "run")
        assert "\n" not in str(caught.value)
        assert not (tmp_path / "run").exists()
        console = Console(file=io.StringIO(), width=160)
        allowed = load_recipe("body-only-adamw-112", [*settings, "start.allow_leak=true"])
        run = fit(allowed, tmp_path / "run", console=console)
    shown = console.file.getvalue()  # type: ignore[attr-defined]
    assert "caution: body-only-sgd-112 was trained on 6 of the 6 test walks" in shown
    assert "was trained on 6 of the 6 test walks" in (run.model / "README.md").read_text()
    assert run.facts()["started_from"]["test_walks_seen"] == 6


def command(out: Path, *more: str) -> list[str]:
    return ["finetune", "drf-warm-112", "--out", str(out), *more]


def as_options(settings: list[str]) -> list[str]:
    return [part for setting in settings for part in ("--set", setting)]


def test_the_command_shows_the_table_and_trains(baseline: RunFolder, store: WalkStore, tmp_path: Path) -> None:
    settings = [
        s for s in shrunk("drf-warm-112", store, "trainer.steps=2") if not s.startswith(("start.", "data.store"))
    ]
    more = ["--from", str(baseline.path), "--data", str(store.path), "--freeze", "backbone.*", "--freeze", "embed.*"]
    result = CliRunner().invoke(app, command(tmp_path / "run", *more, "--unfreeze-step", "1", *as_options(settings)))
    assert result.exit_code == 0, result.output
    assert "started from body-only-sgd-112 (bundle, " in result.output
    assert "attention.channel" in result.output
    assert "new, fresh values" in result.output
    recipe = load_recipe(tmp_path / "run" / "recipe.yaml")
    assert recipe.start.freeze == ("backbone.*", "embed.*")
    assert recipe.start.unfreeze_step == 1
    assert RunFolder(tmp_path / "run").finished


@pytest.mark.parametrize(
    ("more", "told"),
    [
        (["--label-order", "negative,neutral,positive"], "leave label_order out"),
        (["--label-order", "negative,neutral"], "is not a permutation"),
        (["--freeze", "backbon.*"], "did you mean 'backbone.*'"),
        (["--freeze", "backbone.*", "--unfreeze-step", "99"], "start.unfreeze_step is 99, trainer.steps only"),
    ],
)
def test_mistakes_are_told_before_anything_is_written(
    more: list[str], told: str, baseline: RunFolder, store: WalkStore, tmp_path: Path
) -> None:
    settings = as_options(shrunk("drf-warm-112", store))
    result = CliRunner().invoke(app, command(tmp_path / "run", "--from", str(baseline.model), *settings, *more))
    assert isinstance(result.exception, Exception), result.output
    assert told in str(result.exception)
    assert not (tmp_path / "run").exists()


def test_freezing_random_values_is_refused(store: WalkStore, tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match=r"start\.freeze would hold random values.*finetune drf-warm-112 --from"):
        fit(load_recipe("drf-warm-112", shrunk("drf-warm-112", store)), tmp_path / "run")
    assert not (tmp_path / "run").exists()


@pytest.mark.slow
def test_two_processes_freeze_as_one_does(baseline: RunFolder, store: WalkStore, tmp_path: Path) -> None:
    """Plain gradient descent at a low rate, for the reasons that the test of two processes in test_training gives."""
    more = (
        f"start.weights={baseline.model}",
        "optimizer={name: sgd, lr: 0.000001, momentum: 0.9, weight_decay: 0.0005}",
        "schedule={name: multistep, milestones: [3], gamma: 0.1}",
        "start.unfreeze_step=2",
        "trainer.steps=4",
        "trainer.evaluate_every=2",
        "trainer.keep_best=3",
    )
    settings = [s for s in shrunk("drf-warm-112", store, *more) if not s.startswith("schedule.")]
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc_per_node", "2"]
    two = RunFolder(tmp_path / "two")
    told = subprocess.run(
        [*torchrun, "-m", "scoliogait", "train", "drf-warm-112", "--out", str(two.path), *as_options(settings)],
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert told.returncode == 0, told.stderr[-3000:]
    one = fit(load_recipe("drf-warm-112", settings), tmp_path / "one")
    curves = [History(run.history_file).rows for run in (one, two)]
    for step, row in curves[0].items():
        for name, value in row.items():
            assert curves[1][step][name] == pytest.approx(value, rel=2e-5, abs=1e-6), (step, name)
    source = load_bundle(baseline.model).module.state_dict()
    frozen, free = (load_file(weights_path(two.checkpoints, step)) for step in (2, 4))
    backbone = [name for name in source if name.startswith("backbone.")]
    assert all(torch.equal(frozen[name], source[name]) for name in backbone)
    alone = load_file(weights_path(one.checkpoints, 4))
    parameters = [n for n in backbone if not n.endswith(("running_mean", "running_var", "num_batches_tracked"))]
    changes = [torch.cat([(state[n] - source[n]).flatten() for n in parameters]) for state in (alone, free)]
    assert changes[0].norm() > 0
    assert (changes[0] - changes[1]).norm() <= 0.005 * changes[0].norm()


def test_the_walks_of_the_start_are_carried_on(warm: RunFolder, finetuned: RunFolder, baseline: RunFolder) -> None:
    first, second, third = (load_bundle(run.model).walks() for run in (baseline, finetuned, warm))
    assert first is not None
    assert second is not None
    assert third is not None
    counts = baseline.facts()["counts"]
    roles = [walk.role for walk in first.walks]
    assert (roles.count("train"), roles.count("validation")) == tuple(
        sum(counts[side].values()) for side in ("train", "validation")
    )
    assert all(len(walk.keys["poses"]) >= 3 for walk in first.walks)
    ids = [{walk.walk_id for walk in walks.walks} for walks in (first, second, third)]
    assert ids[0] <= ids[1] <= ids[2]
    assert first.complete
    assert second.complete
    assert third.complete
