"""What the shell completes, asked the way that the shell asks, and the version."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

import scoliogait as sg
from scoliogait.cli import app


def completed(words: str, folder: Path) -> list[str]:
    """The answer to the tab key after these words, by the protocol of bash."""
    asked = {"COMP_WORDS": words, "COMP_CWORD": str(len(words.split(" ")) - 1), "_SCOLIOGAIT_COMPLETE": "complete_bash"}
    code = "from scoliogait.cli import app; app(prog_name='scoliogait')"
    environment = os.environ | asked
    said = subprocess.run([sys.executable, "-c", code], env=environment, cwd=folder, capture_output=True, text=True)
    return said.stdout.split()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("runs/first", "runs/study/second", "runs/no-run"):
        (tmp_path / name).mkdir(parents=True)
    for name in ("runs/first", "runs/study/second"):
        (tmp_path / name / "run.json").write_text("{}")
    return tmp_path


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("scoliogait train small-", ["small-pose-outline", "small-pose-set", "small-ske"]),
        ("scoliogait finetune drf-w", ["drf-warm-112"]),
        ("scoliogait train small-ske --partition 11", ["112", "114", "118", "1116"]),
        ("scoliogait evaluate runs/", ["runs/first", "runs/study/second"]),
        ("scoliogait evaluate buil", ["builtin:demo", "builtin:pose-set"]),
        ("scoliogait evaluate runs/first --partition 111", ["1116"]),
        ("scoliogait verify runs/s", ["runs/study/second"]),
        ("scoliogait promote runs/f", ["runs/first"]),
        ("scoliogait compare runs/first runs/st", ["runs/study/second"]),
        ("scoliogait screen walk.npz --model runs/f", ["runs/first"]),
        ("scoliogait finetune small-ske --from runs/f", ["runs/first"]),
        ("scoliogait evaluate nothing-like-it", []),
    ],
)
def test_names_are_completed(words: str, expected: list[str], folder: Path) -> None:
    assert completed(words, folder) == expected


def test_version() -> None:
    assert CliRunner().invoke(app, ["--version"]).output == f"scoliogait {sg.__version__}\n"
