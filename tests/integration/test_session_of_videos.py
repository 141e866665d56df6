"""`scoliogait screen --session` on two videos: one result of both, or one line that says why there is none."""

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner, Result

from bundles import untrained_bundle
from scoliogait.cli import app
from seen_people import known_people, write_numbered
from walker import draw_walker

pytest.importorskip("av")
T = 100
TOWARDS = draw_walker(T, height_px=220, shoulder_tilt_deg=3, roll_deg=2)
AWAY = draw_walker(T, height_px=220, shoulder_tilt_deg=3, roll_deg=2, from_the_front=False)


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(untrained_bundle(tmp_path_factory.mktemp("bundle") / "model", simulated="yes"))


def session_of(
    first: np.ndarray, second: np.ndarray, folder: Path, monkeypatch: pytest.MonkeyPatch, *options: object
) -> Result:
    """A video for each of the walkers (T, 17, 3); somebody stands beside the second one."""
    standing = draw_walker(len(second), step_height=0, height_px=150) + np.array([220, 0, 0], np.float32)
    known_people(monkeypatch, [*([pose] for pose in first), *([a, b] for a, b in zip(second, standing, strict=True))])
    there = write_numbered(folder / "there.mp4", range(len(first)))
    back = write_numbered(folder / "back.mp4", range(len(first), len(first) + len(second)))
    arguments = ("screen", "--session", there, back, *options)
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def test_two_videos_are_one_result_without_the_roll(
    bundle: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "session.json"
    result = session_of(TOWARDS, AWAY, tmp_path, monkeypatch, "--model", bundle, "--json", out)
    assert result.exit_code == 0, result.exception
    found = json.loads(out.read_text())
    assert (found["n_passes"], found["outcome"]) == (2, "inconclusive")  # the model is not trained
    assert found["camera_roll_deg"]["value"] == pytest.approx(2, abs=0.05)
    assert found["camera_roll_deg"]["from_both_directions"] is True
    assert found["asymmetry"]["shoulders"]["tilt_deg"]["value"] == pytest.approx(3, abs=0.05)
    assert "session of 2 passes" in result.output
    assert "Pass 2: 2 people were seen" in " ".join(result.output.split())


@pytest.mark.parametrize(
    ("second", "words"),
    [
        (draw_walker(T, height_px=260, from_the_front=False), "% taller than in"),
        (draw_walker(T, height_px=220, yaw_deg=80), "side view"),
        (AWAY[:20], "which is no stride"),
        (AWAY * np.array([0.4, 0.4, 1], np.float32), "at least 120 are needed"),
    ],
)
def test_without_two_passes_of_one_person_there_is_no_result(
    second: np.ndarray, words: str, bundle: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "session.json"
    result = session_of(TOWARDS, second, tmp_path, monkeypatch, "--model", bundle, "--json", out)
    assert result.exit_code != 0
    said = str(result.exception)
    assert said.startswith(str(tmp_path / "back.mp4"))
    assert words in said
    assert "\n" not in said
    assert not out.exists()
