"""`scoliogait screen --session`: the passes of one person give one result, other walks an error of one line."""

import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from studies.there_and_back import ThereAndBack
from typer.testing import CliRunner

from scoliogait.cli import app
from scoliogait.io.native import write_walk
from scoliogait.walk import Walk
from walker import draw_walker


def write_pass(folder: Path, name: str, *, from_the_front: bool, subject: str | None = None) -> Path:
    poses = draw_walker(200, shoulder_tilt_deg=2, from_the_front=from_the_front, roll_deg=8)
    poses[..., :2] += np.random.default_rng(len(name)).normal(0, 0.5, (200, 17, 2))
    path = folder / f"{name}.npz"
    write_walk(path, Walk(walk_id=name, poses=poses, frame_rate_hz=30.0, subject_id=subject))
    return path


def test_there_and_back_are_one_result(tmp_path: Path) -> None:
    passes = [write_pass(tmp_path, "there", from_the_front=True), write_pass(tmp_path, "back", from_the_front=False)]
    out = tmp_path / "session.json"
    arguments = ["screen", "--session", *map(str, passes), "--json", str(out)]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.output
    assert "session of 2 passes" in result.output
    assert re.search(r"camera roll: \+[78]\.\d ± 0\.\d deg", result.output)
    content = json.loads(out.read_text(encoding="utf-8"))
    assert content["format"] == "scoliogait.session"
    assert content["asymmetry"]["shoulders"]["tilt_deg"]["value"] == pytest.approx(2, abs=0.4)
    assert [one["walk_id"] for one in content["passes"]] == ["there", "back"]
    assert CliRunner().invoke(app, arguments).exit_code != 0
    assert CliRunner().invoke(app, [*arguments, "--overwrite"]).exit_code == 0


def test_two_people_are_one_line_and_exit_code_2(tmp_path: Path) -> None:
    passes = [
        write_pass(tmp_path, "there", from_the_front=True, subject="a"),
        write_pass(tmp_path, "back", from_the_front=False, subject="b"),
    ]
    command = [sys.executable, "-m", "scoliogait", "screen", "--session", *map(str, passes)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == 2
    assert ended.stdout == ""
    assert len(ended.stderr.strip().splitlines()) == 1
    assert "shows subject 'b'" in ended.stderr


def test_a_table_of_a_session_is_refused_before_anything_is_read() -> None:
    command = [sys.executable, "-m", "scoliogait", "screen", "--session", "no/such.npz", "--csv", "t.csv"]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == 2
    assert "--csv: holds one row a walk" in ended.stderr


def test_one_recording_there_and_back_is_cut_into_its_passes(tmp_path: Path) -> None:
    film = next(ThereAndBack(roll_deg=2.0).films(6, 171))
    write_walk(tmp_path / "walk.npz", film.walk)
    out = tmp_path / "session.json"
    result = CliRunner().invoke(app, ["screen", "--session", str(tmp_path / "walk.npz"), "--json", str(out)])
    assert result.exit_code == 0, result.output
    assert "session of 2 passes" in result.output
    assert "was cut at its turns into 2 passes" in result.output
    content = json.loads(out.read_text(encoding="utf-8"))
    assert [one["quality"]["view"] for one in content["passes"]] == ["front", "back"]
    low, high = content["camera_roll_deg"]["interval"]
    assert low <= 2.0 <= high
