"""`scoliogait model` as a user types it."""

import json
import subprocess
import sys
from pathlib import Path

import torch
from typer.testing import CliRunner

from scoliogait.cli import app
from shared_data import GOLDEN

AUTHOR_STYLE = GOLDEN / "drf" / "DRF_118_author_style-08000.pt"


def run(*arguments: object) -> str:
    result = CliRunner().invoke(app, ["model", *map(str, arguments)], catch_exceptions=False, env={"COLUMNS": "80"})
    assert result.exit_code == 0, result.output
    return result.output


def write_yaml(folder: Path) -> Path:
    path = folder / "drf.yaml"
    path.write_text("data_cfg: {dataset_partition: a/Scoliosis1K_112.json}\nmodel_cfg: {model: DRF}\n")
    return path


def test_inspect_as_tables_of_80_columns(tmp_path: Path) -> None:
    output = run("inspect", AUTHOR_STYLE, "--config", write_yaml(tmp_path))
    assert max(map(len, output.splitlines())) <= 80
    assert "probably negative, positive, neutral" in output
    assert "the file name says 118" in output


def test_inspect_as_json(tmp_path: Path) -> None:
    told = json.loads(run("inspect", AUTHOR_STYLE, "--config", write_yaml(tmp_path), "--json"))
    assert told["facts"]["modality"] == "skeleton map"
    assert told["verdicts"]["yaml"][0]["outcome"] == "contradicts"


def test_a_file_of_four_classes_is_reported_and_one_that_is_none_ends_in_one_line(tmp_path: Path) -> None:
    state = torch.load(GOLDEN / "sconet_small_c2.pt", weights_only=True)
    torch.save(state | {"BNNecks.fc_bin": torch.zeros(16, 32, 4)}, tmp_path / "four.pt")
    assert "4 classes" in run("inspect", tmp_path / "four.pt")
    (tmp_path / "half.pt").write_bytes(AUTHOR_STYLE.read_bytes()[:100_000])
    command = [sys.executable, "-m", "scoliogait", "model", "inspect", str(tmp_path / "half.pt")]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert len(ended.stderr.splitlines()) == 1
    assert "half.pt" in ended.stderr
