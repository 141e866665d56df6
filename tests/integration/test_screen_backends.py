"""`scoliogait screen` and `data import` with a pose network of the user, or with poses that another program found."""

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner, Result

import dot_networks as dots
from bundles import untrained_bundle
from openpose_folder import write_frames
from scoliogait.cli import app
from scoliogait.data.store import WalkStore
from scoliogait.errors import ScoliogaitError
from seen_people import known_people, write_numbered
from videos import write_video
from walker import draw_walker

pytest.importorskip("av")
T = 75
WALKER = draw_walker(T, height_px=220)


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(untrained_bundle(tmp_path_factory.mktemp("bundle") / "model", simulated="yes"))


@pytest.fixture(autouse=True)
def _one_walker(monkeypatch: pytest.MonkeyPatch) -> None:
    known_people(monkeypatch, [[pose] for pose in WALKER])


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def test_poses_of_another_program_are_screened(bundle: str, tmp_path: Path) -> None:
    path = write_numbered(tmp_path / "walk.mp4", range(T))
    folder = write_frames(tmp_path / "poses", [[pose] for pose in WALKER])
    out, overlay = tmp_path / "out.json", tmp_path / "seen.png"
    files = ("--json", out, "--overlay", overlay)
    result = run("screen", path, "--backend", f"precomputed:{folder}", "--model", bundle, *files)
    assert result.exit_code == 0, result.output
    assert overlay.is_file()
    alone = run("screen", folder, "--frame-rate-hz", 30, "--model", bundle, "--json", tmp_path / "alone.json")
    assert alone.exit_code == 0, alone.output
    both = [json.loads(file.read_text())["walks"][0]["probabilities"] for file in (out, tmp_path / "alone.json")]
    assert both[0] == pytest.approx(both[1], abs=1e-3)


def test_refusals(bundle: str, tmp_path: Path) -> None:
    path = write_numbered(tmp_path / "walk.mp4", range(T))
    dark = write_video(tmp_path / "dark.mp4", [np.full((360, 640, 3), 20, np.uint8)] * T, [33 * t for t in range(T)])
    folder = write_frames(tmp_path / "poses", [[pose] for pose in WALKER])
    network = dots.write_network(tmp_path, dots.simcc_network(), dots.SIMCC)
    precomputed = f"precomputed:{folder}"
    lines = {
        ("screen", path, "--backend", "openpose"): "backend 'openpose': expected builtin, onnx:FILE.onnx",
        ("screen", path, path.parent / "poses", "--backend", precomputed): "and 2 inputs are given",
        ("screen", "--session", path, path, "--backend", precomputed): "and 2 inputs are given",
        ("screen", folder, "--backend", f"onnx:{network}"): "is no video; leave out --backend",
        ("screen", dark, "--backend", f"onnx:{network}"): "gives no trunk of theirs a confidence of 0.3",
        ("data", "import", folder, "--backend", f"onnx:{network}", "--out", tmp_path / "new"): "leave out --backend",
    }
    for arguments, words in lines.items():
        model = ("--model", bundle) if arguments[0] == "screen" else ()
        result = run(*arguments, *model)
        assert result.exit_code != 0
        assert isinstance(result.exception, ScoliogaitError | SystemExit)
        assert words in f"{' '.join(result.output.split())} {result.exception}"


def test_a_store_of_poses_of_another_program(tmp_path: Path) -> None:
    path = write_numbered(tmp_path / "walk.mp4", range(T))
    folder = write_frames(tmp_path / "poses", [[pose] for pose in WALKER])
    result = run("data", "import", path, "--backend", f"precomputed:{folder}", "--out", tmp_path / "store")
    assert result.exit_code == 0, result.output
    assert WalkStore.open(tmp_path / "store").walk_facts(0)["backend"] == "precomputed"
