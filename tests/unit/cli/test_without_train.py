"""Without the extra ``train``: what needs it names the install command in one line, and all else answers."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer

import import_guard
from scoliogait.cli import app
from scoliogait.io.native import write_walk
from scoliogait.samples import sample_paths
from training_fixtures import tiny_store
from walk_fixtures import drawn_walks

INSTALL = 'pip install "scoliogait[train]"'
# Names in capitals are paths of the fixture; each command is given what it could be run with.
NEEDS_TRAIN = {
    "demo": "demo --out NEW",
    "train": "train small-ske --data STORE --out NEW",
    "finetune": "finetune small-ske --from builtin:demo --data STORE --out NEW",
    "evaluate": "evaluate builtin:demo --subset train --data STORE --out NEW",
    "reproduce": "reproduce STORE --out NEW --rows drf-118",
    "screen": "screen WALK --model BUNDLE",
    "report": "report WALK --out NEW --model BUNDLE",
    "explain": "explain WALK builtin:demo --out NEW",
    "serve": "serve --model BUNDLE",
    "model inspect": "model inspect CHECKPOINT",
    "model export": "model export builtin:demo --out NEW.onnx",
    "model convert": "model convert CHECKPOINT --preset opengait-sil --label-order ORDER --out NEW",
    "model convert to": "model convert BUNDLE --to-opengait NEW.pt",
    "data split": "data split STORE --folds 2 --out NEW",
    "data analyze": "data analyze STORE --out NEW",
    "data export": "data export STORE --out NEW",
}
ANSWERS = {
    "samples": "samples",
    "screen": "screen WALK",
    "report": "report WALK --out NEW_reports",
    "recipes": "recipes",
    "model card": "model card builtin:pose-set",
    "data import": "data import WALK --out NEW_import",
    "data split by proxy": "data split STORE --proxy 12 --out NEW_proxy.json",
    "data export of poses": "data export STORE --kind poses --out NEW_poses",
    "simulate": "simulate --out NEW_cohort --walks 6 --subjects 6 --frames 30",
    "runs": "runs FOLDER",
    "manifest": "manifest WALK --out NEW.parquet",
}
# What these say depends on what they are given, here nothing of use or doubtful walks.
JUDGE = {
    "drift": ("drift FOLDER", "holds no results"),
    "data check": ("data check STORE", "not-screenable 24"),
    "compare": ("compare FOLDER FOLDER", "FOLDER"),
    "verify": ("verify FOLDER", "is not a run folder"),
    "promote": ("promote FOLDER --provenance empirical", "is not a run folder"),
}
IN_PYTHON = {
    "train": "sg.train('small-ske', data='STORE', out='NEW')",
    "load_model": "sg.load_model('BUNDLE')",
    "screen": "sg.screen('WALK', 'BUNDLE')",
    "render_skeleton_maps": "sg.render_skeleton_maps",
}
# Refused for what it is, and not for want of torch.
REFUSED_ANYWAY = {
    "sg.load_model('FOLDER')": "is no model bundle",
    "sg.load_model('builtin:pose-set', runtime='exported').bundle": "is an exported model",
}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    root = tmp_path_factory.mktemp("light")
    tiny_store(root / "store")
    (root / "runs").mkdir()
    (root / "old.pt").write_bytes(b"PK")
    write_walk(root / "walk.npz", next(drawn_walks(1)))
    bundle = Path(sys.modules["scoliogait"].__path__[0]) / "builtin" / "demo"
    paths = {"STORE": root / "store", "WALK": sample_paths()[0], "FOLDER": root / "runs", "CHECKPOINT": root / "old.pt"}
    named = {name: str(path) for name, path in (paths | {"NEW": root / "new", "BUNDLE": bundle}).items()}
    return named | {"ORDER": "negative,neutral,positive"}


def _filled(word: str, world: dict[str, str]) -> str:
    for name, path in world.items():
        if word == name or word.startswith((f"{name}.", f"{name}_")):
            return path + word.removeprefix(name)
    return word


@pytest.fixture(scope="module")
def results(world: dict[str, str]) -> dict[str, dict[str, Any]]:
    lines = {**NEEDS_TRAIN, **{f"answer {name}": line for name, line in ANSWERS.items()}}
    lines |= {name: line for name, (line, _) in JUDGE.items()}
    lines |= {f"help {command}": f"{command} --help" for command in _commands()}
    arguments = [[_filled(word, world) for word in line.split()] for line in lines.values()]
    program = [sys.executable, import_guard.__file__, "train"]
    ended = subprocess.run(program, input=json.dumps(arguments), capture_output=True, text=True, check=True)
    return dict(zip(lines, json.loads(ended.stdout), strict=True))


def _commands() -> list[str]:
    def below(command: object, path: list[str]) -> list[str]:
        inside = getattr(command, "commands", None)
        if inside is None:
            return [" ".join(path)]
        return [name for key, one in inside.items() for name in below(one, [*path, key])]

    return below(typer.main.get_command(app), [])


@pytest.mark.parametrize("case", NEEDS_TRAIN)
def test_a_command_names_what_installs_what_it_lacks(case: str, results: dict[str, dict[str, Any]]) -> None:
    result = results[case]
    assert result["code"] == 2, result["out"] + result["err"]
    assert INSTALL in result["err"], result["out"] + result["err"]
    assert len(result["err"].strip().splitlines()) == 1


@pytest.mark.parametrize("case", ANSWERS)
def test_what_needs_no_model_answers(case: str, results: dict[str, dict[str, Any]]) -> None:
    result = results[f"answer {case}"]
    assert result["code"] == 0, result["out"] + result["err"]


@pytest.mark.parametrize("case", JUDGE)
def test_what_judges_needs_no_model(case: str, results: dict[str, dict[str, Any]], world: dict[str, str]) -> None:
    result, words = results[case], _filled(JUDGE[case][1], world)
    assert result["code"] == 2
    assert words in result["out"] + result["err"]
    assert "Traceback" not in result["err"]
    assert INSTALL not in result["err"]


def test_every_command_is_here() -> None:
    lines = [*NEEDS_TRAIN.values(), *ANSWERS.values(), *(line for line, _ in JUDGE.values())]
    assert [command for command in _commands() if not any(line.startswith(command) for line in lines)] == []


@pytest.mark.parametrize("command", _commands())
def test_every_command_has_its_help(command: str, results: dict[str, dict[str, Any]]) -> None:
    assert results[f"help {command}"]["code"] == 0, results[f"help {command}"]["err"]


def test_nothing_is_left_behind(results: dict[str, dict[str, Any]], world: dict[str, str]) -> None:
    assert results
    assert not Path(world["NEW"]).exists()


@pytest.mark.parametrize("case", IN_PYTHON)
def test_a_function_names_what_installs_what_it_lacks(case: str, world: dict[str, str]) -> None:
    call = IN_PYTHON[case]
    for name, path in world.items():
        call = call.replace(f"'{name}'", repr(path))
    code = (
        "import sys, import_guard; sys.meta_path.insert(0, import_guard.WithoutTrain()); import scoliogait as sg\n"
        f"from scoliogait.errors import MissingPackageError\ntry:\n    {call}\n"
        "except MissingPackageError as error:\n    print(error)"
    )
    folder = Path(import_guard.__file__).parent
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=folder, check=False)
    assert INSTALL in ended.stdout, ended.stderr


@pytest.mark.parametrize("call", REFUSED_ANYWAY)
def test_what_is_wrong_anyway_is_said_first(call: str, world: dict[str, str]) -> None:
    words = REFUSED_ANYWAY[call]
    code = (
        "import sys, import_guard; sys.meta_path.insert(0, import_guard.WithoutTrain()); import scoliogait as sg\n"
        f"try:\n    {call.replace('FOLDER', world['FOLDER'])}\nexcept sg.ModelError as error:\n    print(error)"
    )
    folder = Path(import_guard.__file__).parent
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=folder, check=False)
    assert words in ended.stdout, ended.stderr
