"""Samples and recipes by name, and what the commands list of them."""

import hashlib
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

import scoliogait as sg
from scoliogait.cli import app
from scoliogait.samples import rendered_paths

SOURCES = Path(sg.__file__).parent


def test_a_sample_is_the_walk_of_its_file() -> None:
    assert sg.sample_names() == tuple(sorted(path.stem for path in (SOURCES / "samples").glob("*.npz")))
    walk = sg.sample("intel_worker_back")
    assert walk.walk_id == "intel_worker_back"
    assert (walk.poses == sg.read_walk(SOURCES / "samples" / "intel_worker_back.npz").poses).all()


def test_a_wrong_name_is_refused_with_the_nearest() -> None:
    with pytest.raises(sg.DataError, match="no such sample walk; did you mean 'intel_worker_back'"):
        sg.sample("intel_worker")


def test_the_rendered_walker_says_what_it_is_and_is_the_file_that_its_origin_names() -> None:
    readme = (SOURCES / "samples" / "README.md").read_text(encoding="utf-8")
    for path in rendered_paths():
        walk = sg.read_walk(path)
        assert "no person was filmed" in walk.notes[0]
        assert walk.origin["rendered"] == "yes"
        assert float(walk.origin["planted_shoulder_tilt_deg"]) == -4.0
        assert f"| `rendered/{path.name}` | `{hashlib.sha256(path.read_bytes()).hexdigest()}` |" in readme
        assert path not in sg.sample_paths(), "those are real people"


def test_samples_lists_each_with_title_and_licence() -> None:
    listed = CliRunner(env={"COLUMNS": "200"}).invoke(app, ["samples"], catch_exceptions=False).output
    for name in sg.sample_names():
        (line,) = [line for line in listed.splitlines() if line.strip().startswith(f"{name} ")]
        origin = sg.sample(name).origin
        assert origin["title"] in line
        assert origin["licence"].split(":")[0] in line
    assert "next: scoliogait screen " in listed


def test_recipes_lists_each_with_the_first_sentence_of_its_file() -> None:
    listed = CliRunner(env={"COLUMNS": "300"}).invoke(app, ["recipes"], catch_exceptions=False).output
    lines = dict(line.strip().split(maxsplit=1) for line in listed.splitlines() if re.match(r" \S", line))
    assert list(lines) == sg.recipe_names()
    assert lines["small-ske"].startswith("An eighth-width ScoNet-MT on skeleton maps")
    assert all(line.endswith(".") for line in lines.values())
    assert "next: scoliogait train small-ske" in listed


def test_every_recipe_of_the_list_can_be_read() -> None:
    from scoliogait.training.recipe_file import load_recipe

    for name in sg.recipe_names():
        assert load_recipe(name).name == name
    files = (SOURCES / "recipes").rglob("*.yaml")
    assert {yaml.safe_load(file.read_text())["name"] for file in files}


@pytest.mark.parametrize("command", ["samples", "recipes", "--version"])
def test_lists_need_no_torch(command: str) -> None:
    code = (
        "import sys; from scoliogait.cli import app\n"
        f"try: app([{command!r}])\n"
        "except SystemExit: pass\n"
        "print('torch' in sys.modules)"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert said.splitlines()[-1] == "False"
