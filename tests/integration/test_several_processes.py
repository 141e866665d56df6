"""A run on several processes (gloo): the steps of one, a process that is killed, going on with another number."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

from scoliogait.data.store import WalkStore
from scoliogait.training.fit import fit, make_task
from scoliogait.training.history import History
from scoliogait.training.processes import Processes
from scoliogait.training.recipe import Recipe
from scoliogait.training.recipe_file import load_recipe
from scoliogait.training.run_folder import RunFolder
from scoliogait.training.weights_folder import saved_steps, state_path
from training_fixtures import tiny_overrides, tiny_store

pytestmark = pytest.mark.slow

RECIPE, STEPS = "small-ske", 16
# Plain gradient descent at a low rate: Adam divides the scale of gradients out again and would hide a wrong one, and
# at a high rate rounding grows from step to step (the original has the same; see the golden README).
PLAIN = (
    "optimizer={name: sgd, lr: 0.000001, momentum: 0.9, weight_decay: 0.0005}",
    "schedule={name: multistep, milestones: [8], gamma: 0.1}",
    "sampler.identities=12",
    f"trainer.steps={STEPS}",
    f"trainer.evaluate_every={STEPS // 2}",
)
MOST_SECONDS = 240


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> WalkStore:
    return tiny_store(tmp_path_factory.mktemp("several") / "store")


@pytest.fixture(scope="module")
def overrides(store: WalkStore) -> list[str]:
    return [*(o for o in tiny_overrides(store) if not o.startswith(("optimizer", "schedule", "sampler.id"))), *PLAIN]


@pytest.fixture(scope="module")
def recipe(overrides: list[str]) -> Recipe:
    return load_recipe(RECIPE, overrides)


@pytest.fixture(scope="module")
def one(recipe: Recipe, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunFolder]:
    """The run of a single process with one thread, as each of several has."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield fit(recipe, tmp_path_factory.mktemp("runs") / "one")
    finally:
        torch.set_num_threads(threads)


def started(n: int, out: Path, overrides: list[str]) -> list[subprocess.Popen[str]]:
    """The processes of a run, started one by one, as a scheduler of jobs does."""
    settings = [part for override in overrides for part in ("--set", override)]
    command = [sys.executable, "-m", "scoliogait", "train", RECIPE, "--out", str(out), *settings]
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        meeting = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(free.getsockname()[1])}
    sizes = {"WORLD_SIZE": str(n), "LOCAL_WORLD_SIZE": str(n), "OMP_NUM_THREADS": "1"}
    return [
        subprocess.Popen(
            command,
            env=os.environ | meeting | sizes | {"RANK": str(rank), "LOCAL_RANK": str(rank)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        for rank in range(n)
    ]


def end(processes: list[subprocess.Popen[str]]) -> list[str]:
    """What each of them said on its way to the end."""
    try:
        return [process.communicate(timeout=MOST_SECONDS)[1] for process in processes]
    finally:
        for process in processes:
            process.kill()


def killed_after_a_state(processes: list[subprocess.Popen[str]], victim: int, out: Path) -> list[str]:
    deadline = time.monotonic() + MOST_SECONDS
    while not saved_steps(out / "checkpoints") and processes[victim].poll() is None and time.monotonic() < deadline:
        time.sleep(0.005)
    processes[victim].send_signal(signal.SIGKILL)
    said = end(processes)
    assert processes[victim].returncode == -signal.SIGKILL, said
    assert 0 < saved_steps(out / "checkpoints")[-1] < STEPS
    return said


def takes_the_steps_of(run: RunFolder, one: RunFolder, recipe: Recipe) -> None:
    """Same losses up to the order of summation, and the same change of the weights: gradients have the same scale."""
    curves = [History(folder.history_file).rows for folder in (one, run)]
    assert list(curves[0]) == list(curves[1]) == list(range(1, STEPS + 1))
    for step, row in curves[0].items():
        for name, value in row.items():
            assert curves[1][step][name] == pytest.approx(value, rel=2e-5, abs=2e-6), (step, name)
    changes = [change_of_weights(folder, recipe) for folder in (one, run)]
    assert np.linalg.norm(changes[0]) > 0
    assert np.linalg.norm(changes[0] - changes[1]) <= 0.005 * np.linalg.norm(changes[0])


def change_of_weights(run: RunFolder, recipe: Recipe) -> np.ndarray:
    """All parameters after the last step minus those at the start, as one vector."""
    start = make_task(recipe, Processes(0, 1, 1, torch.device("cpu")))
    state = torch.load(state_path(run.checkpoints, STEPS), weights_only=True)["state_dict"]
    assert state.keys() == start.state_dict().keys()
    parts = [(state[name] - value.detach()).flatten() for name, value in start.named_parameters()]
    return torch.cat(parts).double().numpy()


@pytest.mark.parametrize("n", [2, 3, 4])
def test_several_processes_take_the_steps_of_one(
    n: int, one: RunFolder, recipe: Recipe, overrides: list[str], tmp_path: Path
) -> None:
    settings = [part for override in overrides for part in ("--set", override)]
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc_per_node", str(n)]
    out = tmp_path / "several"
    told = subprocess.run(
        [*torchrun, "-m", "scoliogait", "train", RECIPE, "--out", str(out), *settings],
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=MOST_SECONDS,
        check=False,
    )
    assert told.returncode == 0, told.stderr[-3000:]
    assert RunFolder(out).facts()["n_processes"] == n
    takes_the_steps_of(RunFolder(out), one, recipe)


@pytest.mark.parametrize("victim", [0, 1])
def test_a_killed_process_ends_the_others_in_one_line_and_one_goes_on(
    victim: int, one: RunFolder, recipe: Recipe, overrides: list[str], tmp_path: Path
) -> None:
    out = tmp_path / "run"
    processes = started(2, out, overrides)
    said = killed_after_a_state(processes, victim, out)[1 - victim]
    assert processes[1 - victim].returncode == 2, said
    assert "Traceback" not in said
    lines = [line for line in said.splitlines() if "another process of the run ended" in line]
    assert len(lines) == 1, said
    assert f"process {1 - victim} of 2" in lines[0]
    assert "start the same command again" in lines[0]
    goes_on = fit(recipe, out)
    takes_the_steps_of(goes_on, one, recipe)
    assert any("number of processes, 1 instead of 2" in caution for caution in goes_on.facts()["cautions"])


def test_a_run_of_one_goes_on_with_three(one: RunFolder, recipe: Recipe, overrides: list[str], tmp_path: Path) -> None:
    out = tmp_path / "run"
    killed_after_a_state(started(1, out, overrides), 0, out)
    processes = started(3, out, overrides)
    said = end(processes)
    assert [process.returncode for process in processes] == [0, 0, 0], said
    takes_the_steps_of(RunFolder(out), one, recipe)
    (caution,) = RunFolder(out).facts()["cautions"]
    assert "number of processes, 3 instead of 1" in caution
    assert caution in " ".join(said[0].split())
