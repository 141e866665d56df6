"""`scoliogait reproduce` in its smoke size on drawn walkers: end to end, again, after a kill, and with bad input."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from typer.testing import CliRunner

import scoliogait as sg
from pictures import is_drawn
from scoliogait.cli import app
from scoliogait.data.store import WalkStore, write_store
from scoliogait.errors import DataError, ScoliogaitError
from scoliogait.evaluation.predictions import read_predictions
from scoliogait.files import locked
from scoliogait.ledger import OPENED, RESULT
from scoliogait.reproduction.folder import Job, ReproductionFolder
from scoliogait.reproduction.job import run_job
from scoliogait.reproduction.plan import ROWS, choose_rows
from scoliogait.reproduction.run import of_share, places, plan_jobs, run_all
from scoliogait.training.weights_folder import saved_steps
from training_fixtures import tiny_store
from walk_fixtures import drawn_walks

ROWS_RUN = "sconet-mt-ske-118,body-only-adamw-112"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> WalkStore:
    return write_store(tmp_path_factory.mktemp("stores") / "store", drawn_walks(48, 4), {"simulated": "yes"})


def call(store: WalkStore, out: Path, *more: str, rows: str = ROWS_RUN) -> list[str]:
    return ["reproduce", str(store.path), "--out", str(out), "--smoke", "--seeds", "1", "--rows", rows, *more]


@pytest.fixture(scope="module")
def done(store: WalkStore, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("reproductions") / "whole"
    result = CliRunner().invoke(app, call(store, out), catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return out


def job_of(out: Path, row: str) -> Job:
    return ReproductionFolder(out).job(ROWS[row], 0)


def test_every_output_is_marked_and_no_published_figure_is_compared(done: Path) -> None:
    content = json.loads((done / "table.json").read_text())
    assert content["marks"] == ["smoke", "simulated"]
    assert [row["name"] for row in content["rows"]] == ["sconet-mt-ske-118", "body-only-sgd-112", "body-only-adamw-112"]
    for row in content["rows"]:
        assert row["published"]
        assert row["selection"] == ["validation"]
        for entry in row["published"]:
            assert entry["not_comparable"] == "smoke run"
            assert entry["relative_to_our_interval"] == {}
    for name in ("table.md", "report.html"):
        assert "Published figures beside ours (smoke, simulated)" in (done / name).read_text()


def test_the_table_is_that_of_the_predictions(done: Path) -> None:
    content = json.loads((done / "table.json").read_text())
    for row in content["rows"]:
        predictions = read_predictions(job_of(done, row["name"]).predictions_file)
        right = float((predictions.predicted == predictions.labels).mean())
        assert row["ours"]["accuracy"]["mean"] == pytest.approx(right)
        assert f"{100 * right:.1f}" in (done / "table.md").read_text()
        assert row["n_test_walks"] == len(predictions)
        assert predictions.facts["subset"] == "test"


def test_the_chain_starts_from_the_model_of_the_same_seed(done: Path) -> None:
    started = job_of(done, "body-only-adamw-112").run.facts()["started_from"]
    assert job_of(done, "body-only-sgd-112").run.facts()["model_digest"] in json.dumps(started)


def test_each_test_set_was_opened_once_and_a_second_call_opens_none(done: Path, store: WalkStore) -> None:
    before = {path: path.stat().st_mtime_ns for path in (done / "runs").rglob("*") if path.is_file()}
    assert CliRunner().invoke(app, call(store, done), catch_exceptions=False).exit_code == 0
    assert before == {path: path.stat().st_mtime_ns for path in (done / "runs").rglob("*") if path.is_file()}
    for row in ("sconet-mt-ske-118", "body-only-sgd-112", "body-only-adamw-112"):
        assert [entry["event"] for entry in job_of(done, row).run.ledger.entries()] == [OPENED, RESULT]


def test_from_python_it_is_the_same_table_and_shows_itself(done: Path, store: WalkStore) -> None:
    lines: list[str] = []
    result = sg.reproduce(str(store.path), done, rows=[ROWS_RUN], seeds=1, smoke=True, say=lines.append)
    assert lines == ["3 jobs of 3 rows, 3 of them finished before"]
    shares = [row["ours"]["accuracy"]["mean"] for row in json.loads((done / "table.json").read_text())["rows"]]
    for words in (str(result), result._repr_html_()):
        assert "Published figures beside ours (smoke, simulated)" in words
        assert "not a medical device" in words
        assert all(f"{100 * share:.1f}" in words for share in shares)
    assert is_drawn(result.plot())


@pytest.mark.slow
def test_a_killed_job_ends_as_if_it_had_not_been(done: Path, tmp_path: Path) -> None:
    out = tmp_path / "killed"
    out.mkdir()
    shutil.copy(done / "reproduce.json", out)
    job = job_of(out, "sconet-mt-ske-118")
    command = [sys.executable, "-m", "scoliogait.reproduction.job", str(out), job.row.name, "0"]
    process = subprocess.Popen(command, env=os.environ | {"OMP_NUM_THREADS": "1"}, stderr=subprocess.PIPE)
    deadline = time.monotonic() + 300
    while not saved_steps(job.run.checkpoints) and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.005)
    process.kill()
    _, told = process.communicate()
    assert saved_steps(job.run.checkpoints), told.decode()
    assert not job.finished
    run_job(ReproductionFolder(out), job)
    assert job.finished
    whole = read_predictions(job_of(done, "sconet-mt-ske-118").predictions_file)
    np.testing.assert_array_equal(read_predictions(job.predictions_file).mean_logits, whole.mean_logits)


def test_a_job_that_fails_does_not_stop_the_others(done: Path, store: WalkStore, tmp_path: Path) -> None:
    """Its folder cannot be made, because a file is in its place."""
    out = tmp_path / "some"
    shutil.copytree(done, out)
    shutil.rmtree(out / "runs" / "body-only-adamw-112")
    shutil.rmtree(out / "runs" / "sconet-mt-ske-118")
    (out / "runs" / "sconet-mt-ske-118").write_text("in the way")
    result = CliRunner().invoke(app, call(store, out), catch_exceptions=False)
    assert result.exit_code == 1
    assert "failed: sconet-mt-ske-118 seed 0" in result.output
    content = json.loads((out / "table.json").read_text())
    assert [entry["job"] for entry in content["failures"]] == ["sconet-mt-ske-118 seed 0"]
    assert [row["name"] for row in content["rows"]] == ["body-only-sgd-112", "body-only-adamw-112"]


def test_shares_have_every_training_once_and_keep_those_together_that_start_from_one_another(tmp_path: Path) -> None:
    planned = plan_jobs(ReproductionFolder(tmp_path), choose_rows(), 3)
    for n in (1, 7, len(planned)):
        shared = [chain for k in range(1, n + 1) for chain in of_share(planned, (k, n))]
        assert sorted(job.name for chain in shared for job in chain) == sorted(
            job.name for chain in planned for job in chain
        )
        assert all(chain in planned for chain in shared)
    with pytest.raises(DataError, match="K from 1 to N"):
        of_share(planned, (0, 3))


def test_a_job_that_is_killed_says_so_and_takes_no_other_along(
    done: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A shell in the place of Python: it ends one job by SIGKILL, as a system short of memory does."""
    shell = tmp_path / "python"
    shell.write_text(
        '#!/bin/sh\n[ "$4" = drf-118 ] && kill -9 $$\nmkdir -p "$3/runs/$4"\n'
        f'cp -r "{done}/runs/$4/seed-$5" "$3/runs/$4"\n'
    )
    shell.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(shell))
    folder = ReproductionFolder(tmp_path / "out")
    killed, other = (folder.job(ROWS[row], 0) for row in ("drf-118", "sconet-mt-ske-118"))
    ended: list[str] = []
    failures = run_all(folder, [[killed], [other]], [{}], lambda job, failure: ended.append(job.name))
    assert ended == [killed.name, other.name]
    assert [(failure.job, failure.reason) for failure in failures] == [(killed, killed.failure)]
    assert killed.failure == "its process was killed by SIGKILL; mostly for want of memory"
    assert other.finished
    assert other.failure is None


@pytest.mark.slow
def test_tasks_of_an_array_make_the_table_of_one_call_and_one_that_was_refused_goes_on(
    done: Path, store: WalkStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The script itself, run by a shell as SLURM runs it, both tasks at once; the second meets a folder in its way."""
    monkeypatch.setenv("PATH", str(tmp_path))  # no sbatch
    out = tmp_path / "array"
    given = CliRunner().invoke(app, call(store, out, "--slurm", "--time=01:00:00"), catch_exceptions=False)
    monkeypatch.undo()
    assert given.exit_code == 0, given.output
    script = out / "reproduce.sbatch"
    assert "#SBATCH --array=1-2" in script.read_text()
    in_the_way = out / "runs" / "body-only-sgd-112" / "seed-0" / "train"
    in_the_way.mkdir(parents=True)
    (in_the_way / "letter.txt").write_text("mine")
    environment = os.environ | {"SLURM_CPUS_PER_TASK": "1"}
    tasks = [
        subprocess.Popen(
            ["/bin/sh", str(script)],
            env=environment | {"SLURM_ARRAY_TASK_ID": str(k)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for k in (1, 2)
    ]
    said = [task.communicate(timeout=400)[0] for task in tasks]
    assert [task.returncode for task in tasks] == [0, 1], said
    assert "remove the folder to start it again" in said[1]
    (in_the_way / "letter.txt").unlink()
    in_the_way.rmdir()
    assert not job_of(out, "body-only-sgd-112").finished
    result = CliRunner().invoke(app, call(store, out), catch_exceptions=False)
    assert result.exit_code == 0, result.output
    tables = [json.loads((folder / "table.json").read_text())["rows"] for folder in (done, out)]
    assert [row["ours"]["accuracy"]["seeds"] for row in tables[0]] == [
        row["ours"]["accuracy"]["seeds"] for row in tables[1]
    ]


@pytest.mark.slow
def test_processes_side_by_side_give_the_same_table(
    done: Path, store: WalkStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 2)  # two processes, one thread each
    result = CliRunner().invoke(
        app, call(store, tmp_path / "two", "--workers", "2", rows="sconet-mt-ske-118"), catch_exceptions=False
    )
    assert result.exit_code == 0, result.output
    rows = [json.loads((out / "table.json").read_text())["rows"][0] for out in (done, tmp_path / "two")]
    assert rows[0]["ours"]["accuracy"]["seeds"] == rows[1]["ours"]["accuracy"]["seeds"]


def refused(arguments: list[str]) -> str:
    result = CliRunner().invoke(app, arguments)
    assert isinstance(result.exception, ScoliogaitError), result.output
    return str(result.exception)


def test_bad_input_is_told_before_anything_is_trained(done: Path, store: WalkStore, tmp_path: Path) -> None:
    foreign = tmp_path / "foreign"
    foreign.mkdir()
    (foreign / "letter.txt").write_text("mine")
    assert "is no reproduction" in refused(call(store, foreign))
    assert "no such row" in refused(call(store, tmp_path / "new", rows="drf-119"))
    assert "no silhouettes" in refused(call(store, tmp_path / "new", rows="sconet-118"))
    assert "holds no tree" in refused(["reproduce", str(foreign), "--out", str(tmp_path / "new")])
    assert "holds a smoke run" in refused([part for part in call(store, done) if part != "--smoke"])
    assert not (tmp_path / "new").exists()
    assert [path.name for path in foreign.iterdir()] == ["letter.txt"]


def test_other_walks_are_refused(done: Path, tmp_path: Path) -> None:
    out = tmp_path / "copy"
    shutil.copytree(done, out)
    assert "other walks" in refused(call(tiny_store(tmp_path / "other"), out, rows="sconet-mt-ske-112"))


def half_trained(job: Job) -> None:
    job.done_file.unlink()
    (job.run.path / "run.json").write_text("{")


def without_predictions(job: Job) -> None:
    job.predictions_file.write_bytes(job.predictions_file.read_bytes()[:-9])


def of_another_row(job: Job) -> None:
    job.done_file.write_text('{"row": "drf-118"}')


@pytest.mark.parametrize("damage", [half_trained, without_predictions, of_another_row])
@pytest.mark.parametrize("more", [(), ("--shard", "1/1")])
def test_a_damaged_job_is_named_and_stops_no_other(
    done: Path, store: WalkStore, tmp_path: Path, damage: Callable[[Job], None], more: tuple[str, ...]
) -> None:
    """Neither those that are done nor those that are not, here and in processes of their own."""
    out = tmp_path / "copy"
    shutil.copytree(done, out)
    damage(job_of(out, "sconet-mt-ske-118"))
    last = job_of(out, "body-only-adamw-112")
    last.done_file.unlink()
    result = CliRunner().invoke(app, call(store, out, *more), catch_exceptions=False)
    assert result.exit_code == 1, result.output
    assert last.finished
    content = json.loads((out / "table.json").read_text())
    assert [entry["job"] for entry in content["failures"]] == ["sconet-mt-ske-118 seed 0"]
    assert "this job is damaged; remove the folder to start it again" in content["failures"][0]["reason"]
    assert [row["name"] for row in content["rows"]] == ["body-only-sgd-112", "body-only-adamw-112"]


def test_devices_must_be_there() -> None:
    assert places() == [None]
    assert places(2)[0] == places(2)[1] != {}
    with pytest.raises(DataError, match="no CUDA device of this machine"):
        places(devices=["cuda:99"])
    with pytest.raises(DataError, match="no CUDA device of this machine"):
        places(devices=["gpu"])


def test_devices_become_their_own_only_device(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("torch.cuda.device_count", lambda: 2)
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    assert places(devices=["cuda:1", "cuda:0"]) == [{"CUDA_VISIBLE_DEVICES": "1"}, {"CUDA_VISIBLE_DEVICES": "0"}]
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "4, 7")
    assert places(devices=["cuda:1"]) == [{"CUDA_VISIBLE_DEVICES": "7"}]
    with pytest.raises(DataError, match="twice"):
        places(devices=["cuda:0", "cuda:0"])


def test_a_gpu_is_found_by_its_uuid(monkeypatch: pytest.MonkeyPatch) -> None:
    uuids = ["11111111-0000-4000-8000-000000000001", "22222222-0000-4000-8000-000000000002"]
    monkeypatch.setattr("torch.cuda.device_count", lambda: 2)
    monkeypatch.setattr("torch.cuda.get_device_properties", lambda index: SimpleNamespace(uuid=uuids[index]))
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", f"7,GPU-{uuids[1]}")
    assert places(devices=[f"GPU-{uuids[1]}"]) == [{"CUDA_VISIBLE_DEVICES": f"GPU-{uuids[1]}"}]
    assert places(devices=[f"GPU-{uuids[0]}", "cuda:1"])[0] == {"CUDA_VISIBLE_DEVICES": "7"}
    with pytest.raises(DataError, match="twice"):
        places(devices=["cuda:1", f"GPU-{uuids[1]}"])
    with pytest.raises(DataError, match=f"no CUDA device of this machine .*GPU-{uuids[0]}"):
        places(devices=["GPU-3"])


def test_workers_have_a_gpu_each_where_there_are_some(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("torch.cuda.device_count", lambda: 2)
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    assert places(2) == [{"CUDA_VISIBLE_DEVICES": "0"}, {"CUDA_VISIBLE_DEVICES": "1"}]
    with pytest.raises(DataError, match="--workers 3: a training takes a GPU of its own, and this machine has 2"):
        places(3)


def test_two_calls_at_once_do_not_train_the_same_jobs(done: Path, store: WalkStore) -> None:
    with locked(done / ".reproduce.lock", 1.0):
        assert "another process" in refused(call(store, done))
