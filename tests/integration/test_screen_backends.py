"""`scoliogait screen` and `data import` with a pose network of the user, or with poses that another program found."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner, Result

import dot_networks as dots
from bundles import untrained_bundle
from here_engine import Here
from openpose_folder import write_frames
from scoliogait.cli import app
from scoliogait.data.store import WalkStore, write_store
from scoliogait.errors import ScoliogaitError
from scoliogait.walk import Walk
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


def test_a_manifest_of_videos_is_screened_with_a_network_of_ones_own(
    bundle: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As screen does it; a network that is another one meanwhile is refused, and poses of one video for many."""
    monkeypatch.setattr("scoliogait.cli.screen_manifest.Processes", lambda n_workers: Here())
    (tmp_path / "videos").mkdir()
    for name in ("a.mp4", "b.mp4"):
        write_numbered(tmp_path / "videos" / name, range(T))
    write_store(tmp_path / "videos" / "store", [Walk("s", poses=WALKER, frame_rate_hz=30.0)], {})
    folder = write_frames(tmp_path / "poses", [[pose] for pose in WALKER])
    network = dots.write_network(tmp_path, dots.simcc_network(), dots.SIMCC)
    listed, backend = tmp_path / "m.parquet", f"onnx:{network}"
    assert run("manifest", tmp_path / "videos", "--out", listed).exit_code == 0
    common = ("--backend", backend, "--model", bundle, "--csv")
    monkeypatch.chdir(tmp_path / "videos")
    run("screen", ".", *common, tmp_path / "plain.csv")
    command = ("screen", "--manifest", listed, "--out", tmp_path / "out")
    done = run(*command, *common, tmp_path / "many.csv")
    assert done.exit_code == 2, done.output  # the store
    plain, many = (list(csv.DictReader((tmp_path / name).open())) for name in ("plain.csv", "many.csv"))
    assert [row["file"] for row in many] == ["a.mp4", "b.mp4", "store"]
    assert "a store holds no videos; leave out --backend" in many[2]["reason"]
    assert many[2]["walk_id"] == "s"  # which the manifest knows, and screen does not
    assert [*many[:2], many[2] | {"walk_id": ""}] == plain
    assert "another backend" in str(run(*command, "--model", bundle).exception)
    dots.write_network(tmp_path, dots.simcc_network(shift=3), dots.SIMCC)
    assert "another backend" in str(run(*command, *common, tmp_path / "new.csv").exception)
    one_video = run(*command, "--backend", f"precomputed:{folder}", "--model", bundle)
    assert "holds the poses of one video, and 3 inputs are given" in str(one_video.exception)
