"""The script of an array: what a shell reads in it is what was meant, and nothing from outside is run by it."""

import os
import shlex
import subprocess
from pathlib import Path

import pytest

from scoliogait.district.slurm import checked_options, submit, write_script
from scoliogait.errors import DataError


def test_options_are_words_of_sbatch() -> None:
    assert checked_options("--time=02:00:00  --partition=day,night --exclusive --mem=4G") == (
        "--time=02:00:00",
        "--partition=day,night",
        "--exclusive",
        "--mem=4G",
    )
    assert checked_options("") == ()


@pytest.mark.parametrize(
    "text", ["time=1", "--time=1;reboot", "--time=$(id)", "--x=`id`", "-p day", "--Time=1", "--mail='a b'", "--x=\\"]
)
def test_what_is_no_option_is_refused(text: str) -> None:
    with pytest.raises(DataError, match="is no option; expected words such as --time"):
        checked_options(text)


@pytest.mark.parametrize("text", ["--array=1-5", "--output=x", "--wrap=reboot"])
def test_what_the_script_says_itself_is_refused(text: str) -> None:
    with pytest.raises(DataError, match="is set by the script"):
        checked_options(text)


def test_a_task_runs_its_share_of_the_command(tmp_path: Path) -> None:
    """Run by a real shell, with a program that prints its words in the place of ours."""
    odd = "walks of 'M & S' $(id).parquet"
    script = write_script(tmp_path / "some.sbatch", ["--time=1:00"], ["printf", "%s\\n", odd], 4)
    heads = [line for line in script.read_text().splitlines() if line.startswith("#SBATCH")]
    assert {"#SBATCH --array=1-4", "#SBATCH --time=1:00"} <= set(heads)
    environment = os.environ | {"SLURM_ARRAY_TASK_ID": "3", "SLURM_CPUS_PER_TASK": "2"}
    ended = subprocess.run(["sh", str(script)], env=environment, capture_output=True, text=True, check=True)
    assert ended.stdout.splitlines() == [odd, "--shard", "3/4", "--workers", "2"]


def test_a_task_that_is_one_process_has_its_cores_as_threads(tmp_path: Path) -> None:
    script = write_script(tmp_path / "x.sbatch", [], ["sh", "-c", 'echo "$OMP_NUM_THREADS" "$@"', "x"], 5, True)
    environment = os.environ | {"SLURM_ARRAY_TASK_ID": "5", "SLURM_CPUS_PER_TASK": "8"}
    ended = subprocess.run(["sh", str(script)], env=environment, capture_output=True, text=True, check=True)
    assert ended.stdout.split() == ["8", "--shard", "5/5"]


def test_names_that_cannot_stand_in_a_script(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="with a space"):
        write_script(tmp_path / "a b" / "x.sbatch", [], ["x"], 1)
    with pytest.raises(DataError, match="with a line break"):
        write_script(tmp_path / "x.sbatch", [], ["x\n#SBATCH --uid=root"], 1)


def test_it_is_given_to_sbatch_where_there_is_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = write_script(tmp_path / "x.sbatch", [], ["true"], 1)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert submit(script) is None
    fake = tmp_path / "sbatch"
    fake.write_text("#!/bin/sh\necho '4711;cluster'\n")
    fake.chmod(0o755)
    assert submit(script) == "4711"
    fake.write_text("#!/bin/sh\necho 'error: no such partition' >&2\nexit 1\n")
    with pytest.raises(DataError, match=f"sbatch refused {shlex.quote(str(script))}: error: no such partition"):
        submit(script)
