"""From a file to a screening result, nothing heavy is loaded: neither torch nor what data sets and figures need."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from tools.light_install import COMMANDS, loaded

import import_guard
import scoliogait as sg
from scoliogait.checkpoints.model_folder import builtin_models
from scoliogait.cli import app
from scoliogait.io.native import write_walk
from scoliogait.result_states import INCONCLUSIVE, SCREENED
from trees import write_array_pickle

ROOT = Path(__file__).parents[2]
CODE = """
import sys, json
sys.path[:0] = [{root!r}, {tests!r}]
import import_guard
class NotInstalled(import_guard.WithoutTrain):
    forbidden = ({names})
sys.meta_path.insert(0, NotInstalled())
from pathlib import Path
from tools.light_install import UNUSED, loaded, screen
print(json.dumps([screen(Path({walk!r}), Path({result!r}), {model!r}), loaded(UNUSED)]))
"""
FORBIDDEN = ("torch", "lightning", "scipy", "pyarrow", "sklearn", "matplotlib", "safetensors", "tensorboard", "jinja2")


@pytest.fixture(params=["as it is", "with gaps", "in a folder"])
def walk(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A real walk; with gaps, joints are filled from other frames, which scikit-learn did once.

    A folder is asked whether it is a store, whose table pyarrow reads.
    """
    if request.param == "as it is":
        return sg.sample_path("intel_worker_back")
    recorded = sg.sample("intel_worker_back")
    assert recorded.poses is not None
    if request.param == "in a folder":
        write_array_pickle(tmp_path / "poses" / "poses.pkl", recorded.poses)
        return tmp_path / "poses"
    poses = recorded.poses.copy()
    poses[10:14, 9] = 0
    write_walk(tmp_path / "gaps.npz", recorded.with_changes(poses=poses))
    return tmp_path / "gaps.npz"


@pytest.mark.parametrize("model", builtin_models())
def test_screening_a_walk_loads_nothing_heavy(model: str, walk: Path, tmp_path: Path) -> None:
    tests, result = str(Path(import_guard.__file__).parent), tmp_path / "result.json"
    names = ", ".join(map(repr, FORBIDDEN))
    code = CODE.format(model=model, root=str(ROOT), tests=tests, names=names, walk=str(walk), result=str(result))
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    outcome, heavy = json.loads(ended.stdout)
    assert outcome in (SCREENED, INCONCLUSIVE)
    assert heavy == []
    (entry,) = json.loads(result.read_text())["walks"]
    assert sum(entry["probabilities"].values()) == pytest.approx(1)


def test_a_module_that_is_loaded_would_be_seen() -> None:
    assert loaded(["json", "no_such_module"]) == ["json"]


def test_what_is_tried_there_is_a_command() -> None:
    known = typer.main.get_command(app).commands  # type: ignore[attr-defined]
    assert {line.split()[0] for line, _, _ in COMMANDS} <= set(known)
