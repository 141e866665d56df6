"""A training whose loss is no number stops at that step and says what to lower; other lacks blame what lacks."""

from pathlib import Path

import numpy as np
import pytest
import torch

from scoliogait.data.partition import Partition, write_partition
from scoliogait.data.store import WalkStore
from scoliogait.errors import DataError, RecipeError
from scoliogait.models.build import build_model
from scoliogait.results.run_list import list_runs
from scoliogait.training.divergence import DivergenceError, LossWatch, check_weights
from scoliogait.training.fit import fit
from scoliogait.training.memory import training_memory_in_one_line
from scoliogait.training.recipe_file import load_recipe
from scoliogait.training.run_folder import RunFolder
from scoliogait.training.task import ScreeningTask
from scoliogait.training.walks import choose_walks
from scoliogait.training.weights_folder import saved_steps, weight_steps
from training_fixtures import tiny_store

SETTINGS = ("trainer.device=cpu", "model.width=8", "model.embedding=8", "sampler.identities=6", "sampler.frames=4")
SCHEDULE = ("trainer.steps=30", "schedule.warmup_steps=3", "trainer.evaluate_every=10", "log.tensorboard=false")
RECIPE = load_recipe("small-pose-set", SETTINGS)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> WalkStore:
    return tiny_store(tmp_path_factory.mktemp("divergence") / "store")


@pytest.mark.parametrize("fraction", ["0.25", "0"])
def test_a_rate_that_is_too_high(fraction: str, store: WalkStore, tmp_path: Path) -> None:
    more = ("optimizer.lr=1e30", f"data.validation_fraction={fraction}", f"data.store='{store.path}'")
    recipe = load_recipe("small-pose-set", [*SETTINGS, *SCHEDULE, *more])
    with pytest.raises(DivergenceError) as stopped:
        fit(recipe, tmp_path / "run")
    message = str(stopped.value)
    assert "training diverged at step " in message
    assert "lower optimizer.lr (it is 1e+30)" in message
    assert "\n" not in message
    run = RunFolder(tmp_path / "run")
    assert not saved_steps(run.checkpoints)
    assert not weight_steps(run.checkpoints)
    (row,) = list_runs(tmp_path)
    assert row["status"] == "diverged"
    assert ": diverged at step " in row["problem"]
    assert int(row["problem"].split("step ")[1].split(":")[0]) < 10  # at once, not at the first validation
    with pytest.raises(DataError, match=r"its run diverged at step \d+: .*--overwrite"):
        fit(recipe, run.path)
    with pytest.raises(DataError, match=r"its run diverged"):
        run.recipe_of_unfinished_run()
    lower = load_recipe("small-pose-set", [*SETTINGS, *SCHEDULE, *more[1:], "trainer.steps=4"])
    assert fit(lower, run.path, overwrite=True).finished
    assert list_runs(tmp_path)[0]["status"] == "finished"


def test_the_first_bad_step_is_named_whenever_it_is_asked_for() -> None:
    watch = LossWatch()
    for step, loss in enumerate((1.0, 2.0, float("nan"), 1.0, float("inf")), start=1):
        watch.note(step, torch.tensor(loss))
    with pytest.raises(DivergenceError, match=r"diverged at step 3: the loss is NaN; lower optimizer\.lr"):
        watch.check(RECIPE)
    infinite = LossWatch()
    infinite.note(2, torch.tensor(float("inf")))
    with pytest.raises(DivergenceError, match="diverged at step 2: the loss is infinite"):
        infinite.check(RECIPE)


def test_a_loss_that_is_nan_before_any_step_is_not_blamed_on_the_rate() -> None:
    watch = LossWatch()
    watch.note(1, torch.tensor(float("nan")))
    with pytest.raises(RecipeError, match="before any weight was changed; check the walks") as caught:
        watch.check(RECIPE)
    assert "lower" not in str(caught.value)


def test_weights_that_are_no_numbers() -> None:
    module = build_model(RECIPE.model)
    check_weights(module, 4, RECIPE)
    with torch.no_grad():
        next(module.parameters()).view(-1)[0] = float("nan")
    with pytest.raises(DivergenceError, match=r"diverged at step 4: the weights \S+ hold NaN or infinite"):
        check_weights(module, 4, RECIPE)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB"), "ran out of GPU memory"),
        (MemoryError(), "ran out of memory; a batch has 6 walks of 4 frames"),
        (np._core._exceptions._ArrayMemoryError((9, 9), np.dtype("f8")), "ran out of memory"),
        (RuntimeError("[enforce fail at alloc_cpu.cpp] DefaultCPUAllocator: can't allocate memory"), "out of memory"),
        (RuntimeError("DataLoader worker (pid 7) is killed by signal: Killed."), "lower data.workers"),
    ],
)
def test_out_of_memory_is_one_line_with_what_to_lower(
    error: Exception, words: str, store: WalkStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(ScreeningTask, "training_step", fail)
    recipe = load_recipe("small-pose-set", [*SETTINGS, *SCHEDULE, f"data.store='{store.path}'"])
    with pytest.raises(RecipeError, match="lower ") as caught:
        fit(recipe, tmp_path / "run")
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_other_errors_rise_as_they_are() -> None:
    with pytest.raises(RuntimeError, match="shape"), training_memory_in_one_line(RECIPE):
        raise RuntimeError("shape mismatch")


def test_a_memory_that_really_ends() -> None:
    with pytest.raises(RecipeError, match="ran out of memory"), training_memory_in_one_line(RECIPE):
        torch.empty(1 << 60, dtype=torch.uint8)
    with pytest.raises(RecipeError, match="ran out of memory"), training_memory_in_one_line(RECIPE):
        np.empty(1 << 60, dtype=np.uint8)


def test_a_class_of_one_person_is_named_with_the_remedy(store: WalkStore, tmp_path: Path) -> None:
    people = np.array(store.subject_ids)
    keep = [i for i in range(len(store)) if store.labels[i] != 2 or people[i] == people[store.labels == 2][0]]
    ids = tuple(store.walk_ids[i] for i in keep)
    write_partition(tmp_path / "p.json", Partition("few", ids, tuple(set(store.walk_ids) - set(ids))))
    recipe = load_recipe("small-pose-set", [f"data.store='{store.path}'", f"data.partition='{tmp_path / 'p.json'}'"])
    with pytest.raises(DataError, match=r"class positive are of only one person.*data\.validation_fraction=0"):
        choose_walks(recipe)
