"""Runs and stores that were killed, are written by somebody else, or meet a full disk."""

import errno
import io
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from rich.console import Console
from tensorboard.summary.writer.record_writer import RecordWriter

from scoliogait.data.store import WalkStore
from scoliogait.errors import DataError
from scoliogait.files import sole_writer
from scoliogait.results.run_list import list_runs
from scoliogait.training.fit import fit
from scoliogait.training.recipe import Recipe
from scoliogait.training.recipe_file import load_recipe
from scoliogait.training.run_folder import RunFolder
from scoliogait.training.weights_folder import saved_steps
from training_fixtures import tiny_overrides, tiny_store

STEPS = ("trainer.steps=6", "trainer.evaluate_every=3", "trainer.save_every=2")


class KillError(BaseException):
    """In place of a signal: nothing after it runs."""


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> WalkStore:
    return tiny_store(tmp_path_factory.mktemp("interruptions") / "store")


@pytest.fixture(scope="module")
def recipe(store: WalkStore) -> Recipe:
    kept = [o for o in tiny_overrides(store) if not o.startswith(tuple(step.split("=")[0] for step in STEPS))]
    return load_recipe("small-ske", [*kept, *STEPS])


@pytest.fixture(scope="module")
def interrupted(recipe: Recipe, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that stopped when it wanted to save its fourth step."""
    out = tmp_path_factory.mktemp("runs") / "run"
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("scoliogait.training.recorder.tidy", _stop_at_step_4)
        with pytest.raises(KillError):
            fit(recipe, out)
    return out


def _stop_at_step_4(folder: Path, *_: object) -> None:
    if 4 in saved_steps(folder):
        raise KillError


def test_a_folder_with_only_part_files_is_free_and_they_go(recipe: Recipe, tmp_path: Path) -> None:
    out = tmp_path / "run"
    (out / "checkpoints").mkdir(parents=True)
    shutil.rmtree(out / "checkpoints")
    (out / ".run.json.0123abcd.part").write_text("{")
    assert fit(recipe, out).finished
    assert not list(out.rglob(".*.part"))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["run"]


def test_an_interrupted_run_is_listed_and_goes_on(interrupted: Path, recipe: Recipe, tmp_path: Path) -> None:
    shutil.copytree(interrupted, tmp_path / "run")
    (row,) = list_runs(tmp_path)
    assert (row["status"], row["last_step"]) == ("interrupted", 4)
    (tmp_path / "run" / "checkpoints" / ".state-000006.ckpt.0123abcd.part").write_text("half")
    (tmp_path / "run" / "note.part").write_text("somebody's")
    fit(recipe, tmp_path / "run")
    assert [path.name for path in (tmp_path / "run").rglob("*.part")] == ["note.part"]
    assert list_runs(tmp_path)[0]["status"] == "finished"


def test_a_run_that_is_being_trained_is_refused_to_a_second_process(
    interrupted: Path, recipe: Recipe, tmp_path: Path
) -> None:
    shutil.copytree(interrupted, tmp_path / "run")
    with sole_writer(tmp_path / "run"):
        assert list_runs(tmp_path)[0]["status"] == "running"
        for overwrite in (False, True):
            with pytest.raises(DataError, match=r"run: another process is writing this folder; wait until it ends"):
                fit(recipe, tmp_path / "run", overwrite=overwrite)
    assert saved_steps(tmp_path / "run" / "checkpoints")[-1] == 4


def test_another_number_of_threads_is_said_and_recorded(interrupted: Path, recipe: Recipe, tmp_path: Path) -> None:
    out, threads = tmp_path / "run", torch.get_num_threads()
    shutil.copytree(interrupted, out)
    assert RunFolder(out).facts()["threads"] == threads
    console = Console(file=io.StringIO(), width=400)
    torch.set_num_threads(threads + 1)
    try:
        run = fit(recipe, out, console=console)
    finally:
        torch.set_num_threads(threads)
    (caution,) = run.facts()["cautions"]
    assert f"another number of threads, {threads + 1} instead of {threads}" in caution
    assert run.facts()["threads"] == threads
    assert isinstance(console.file, io.StringIO)
    assert caution in " ".join(console.file.getvalue().split())


def test_as_many_threads_are_no_word_worth(interrupted: Path, recipe: Recipe, tmp_path: Path) -> None:
    shutil.copytree(interrupted, tmp_path / "run")
    assert "cautions" not in fit(recipe, tmp_path / "run").facts()


def test_a_full_disk_in_the_logger_is_one_line(recipe: Recipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    logged = recipe.model_copy(update={"log": recipe.log.model_copy(update={"tensorboard": True})})
    monkeypatch.setattr(RecordWriter, "flush", full)
    with pytest.raises(DataError, match=r"run: cannot be written any more \(No space left on device\)") as refused:
        fit(logged, tmp_path / "run")
    assert "\n" not in str(refused.value)


def kill_when(command: list[str], ready: Callable[[], bool]) -> None:
    """Start a scoliogait command and end it with SIGKILL as soon as ``ready`` says so."""
    with subprocess.Popen([sys.executable, "-m", "scoliogait", *command], stderr=subprocess.PIPE) as process:
        deadline = time.monotonic() + 300
        while not ready() and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.002)
        assert process.poll() is None, process.communicate()[1]
        process.kill()


@pytest.mark.slow
def test_a_killed_simulation_leaves_nothing_behind_the_next(tmp_path: Path) -> None:
    arguments = ["simulate", "--frames", "60", "--no-silhouettes", "--workers", "1", "--out", str(tmp_path / "cohort")]
    kill_when([*arguments, "--walks", "2000"], lambda: any(tmp_path.glob(".cohort.*.part/poses.npy")))
    assert list(tmp_path.glob(".cohort.*.part"))
    subprocess.run([sys.executable, "-m", "scoliogait", *arguments, "--walks", "30"], check=True, capture_output=True)
    assert [path.name for path in tmp_path.iterdir()] == ["cohort"]
    assert len(WalkStore.open(tmp_path / "cohort")) == 30


@pytest.mark.slow
def test_a_killed_training_is_listed_as_interrupted(store: WalkStore, tmp_path: Path) -> None:
    settings = [part for override in tiny_overrides(store, "trainer.steps=500") for part in ("--set", override)]
    folder = tmp_path / "run" / "checkpoints"
    command = ["train", "small-ske", "--out", str(tmp_path / "run"), *settings]

    def in_training() -> bool:
        if not saved_steps(folder):
            return False
        assert list_runs(tmp_path)[0]["status"] == "running"
        return True

    kill_when(command, in_training)
    (row,) = list_runs(tmp_path)
    assert row["status"] == "interrupted"
    assert row["last_step"] >= 2
