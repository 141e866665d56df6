"""A terminal that is not UTF-8 costs a few characters, and no result: commands run in processes with its encoding."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from scoliogait.cli.terminal import plain
from scoliogait.io.native import write_walk
from scoliogait.samples import sample_paths
from scoliogait.training.run_folder import RunFolder
from training_fixtures import tiny_store
from walk_fixtures import drawn_walks


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("terminal")
    tiny_store(root / "store")
    write_walk(root / "Zoë 走.npz", next(drawn_walks(1)))
    figure = {"value": 0.5, "interval": [0.1, 0.9]}
    about = {"recipe_name": "small-ske", "seed": 0, "data": "Zoë 走", "validation": {"macro_f1": figure}}
    RunFolder(root / "runs" / "Zoë–走").write_facts("finished", about)
    return root


def run(folder: Path, encoding: str, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    environment = os.environ | {"PYTHONUTF8": "0", "PYTHONIOENCODING": encoding, "COLUMNS": "100"}
    command = [sys.executable, "-m", "scoliogait", *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, check=False)


COMMANDS = {
    "help": (["--help"], 0),
    "help of a group": (["data", "--help"], 0),
    "help of a command": (["train", "--help"], 0),
    "runs": (["runs", "runs"], 0),
    "data check": (["data", "check", "store", "--partition", "118"], 2),
    "data split": (["data", "split", "store", "--proxy", "12", "--out", "a_proxy.json", "--overwrite"], 0),
    "a table of candidates": (["model", "inspect", "Zoë 走.npz"], 2),
    "refusal": (["runs", "Zoë – 走"], 2),
    "wrong option": (["runs", "--–"], 2),
    "screen": (["screen", str(sample_paths()[0]), "Zoë 走.npz"], 2),
}


@pytest.mark.parametrize("encoding", ["cp1252", "ascii", "utf-8"])
@pytest.mark.parametrize("name", COMMANDS)
def test_no_command_breaks_on_a_character(name: str, encoding: str, folder: Path) -> None:
    arguments, code = COMMANDS[name]
    ended = run(folder, encoding, *arguments)
    said = (ended.stdout + ended.stderr).decode(encoding)
    assert "Traceback" not in said
    assert ended.returncode == code, said


def test_what_is_written_says_the_same(folder: Path) -> None:
    screened = [run(folder, encoding, "screen", str(sample_paths()[0])).stdout for encoding in ("utf-8", "ascii")]
    told, in_ascii = screened[0].decode("utf-8"), screened[1].decode("ascii")
    assert "±" in told
    assert "█" in told
    assert in_ascii.split() == plain(told).split()


def test_json_loses_nothing(folder: Path) -> None:
    ended = run(folder, "ascii", "runs", "runs", "--json")
    (row,) = json.loads(ended.stdout.decode("ascii"))
    assert (row["name"], row["data"]) == ("Zoë–走", "Zoë 走")


def test_plain_letters() -> None:
    assert plain("0.4 ± 0.1 – Zoë ━│┏ █") == "0.4 +/- 0.1 - Zoe -|+ #"
    assert plain("走") == "\\u8d70"
