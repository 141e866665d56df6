"""Imports point one way; read from the import statements, so that a wrong one fails before it is ever run."""

import ast
import os
import subprocess
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import scoliogait

ROOT = Path(scoliogait.__file__).parent
FACTS = {
    *("errors", "labels", "progress", "scores", "repeat_interval", "answer_threshold", "wording", "skeleton", "walk"),
    *("files", "field_problem", "json_file", "ledger", "provenance", "fact_text", "seen_facts", "class_words"),
    *("memory", "mistaken_path", "optional_package", "limits", "plain_text", "incoming", "yaml_text", "table_file"),
    *("side_colours", "result_states", "assignment", "catalogue", "long_frames", "time_ratio"),
}
READING = FACTS | {"io", "measurement", "representation", "identity"}
# room -> rooms it may import (itself is always allowed); a room stands below those that name it: no circle
ALLOWED: dict[str, set[str]] = {
    "errors": set(),
    "skeleton": set(),
    "side_colours": {"skeleton"},
    "result_states": set(),
    "assignment": set(),
    "labels": {"errors"},
    "scores": set(),
    "time_ratio": set(),
    "repeat_interval": {"scores"},
    "answer_threshold": {"labels"},
    "wording": set(),
    "progress": set(),
    "memory": {"errors"},
    "limits": set(),
    "plain_text": set(),
    "optional_package": {"errors"},
    "incoming": {"errors", "limits"},
    "yaml_text": {"limits", "plain_text"},
    "table_file": {"errors", "limits", "incoming", "plain_text"},
    "files": {"errors", "incoming", "limits"},
    "field_problem": set(),
    "mistaken_path": {"errors", "files"},
    "json_file": {"errors", "files", "field_problem"},
    "fact_text": {"errors"},
    "seen_facts": {"fact_text"},
    "catalogue": {"errors"},
    "provenance": {"errors", "labels", "fact_text", "seen_facts"},
    "class_words": {"provenance"},
    "long_frames": {"errors"},
    "walk": {"errors", "labels", "skeleton", "limits", "plain_text", "long_frames"},
    "ledger": {"errors", "files", "provenance"},
    "samples": set(),
    "recipes": set(),
    "io": FACTS | {"measurement", "video"},
    "measurement": FACTS,
    "evaluation": {
        "errors",
        "answer_threshold",
        "labels",
        "scores",
        "files",
        "json_file",
        "provenance",
        "incoming",
        "plain_text",
        "result_states",
        "table_file",
        "wording",
    },
    "representation": FACTS | {"measurement"},
    "identity": FACTS,
    "models": FACTS,
    "losses": FACTS,
    "video": FACTS | {"measurement", "representation"},
    "data": READING,
    "simulation": READING | {"data"},
    "checkpoints": FACTS | {"identity", "representation", "models"},
    "exported": FACTS | {"io", "samples", "representation", "models", "checkpoints", "video"},
    "survey": READING | {"data", "evaluation", "simulation"},
    "screening": READING | {"models", "checkpoints", "exported"},
    "explanation": READING | {"models", "checkpoints", "evaluation", "simulation"},
    "training": READING | {"data", "models", "losses", "checkpoints", "evaluation"},
    "results": READING | {"data", "models", "losses", "checkpoints", "evaluation", "training"},
    "report": READING | {"screening", "evaluation", "data", "survey"},
    "screening_report": FACTS | {"measurement", "evaluation"},
    "reproduction": READING | {"data", "models", "checkpoints", "evaluation", "training", "results", "report"},
    "district": READING | {"data"},
}
# What every command does, as a function: the room under the page and the command line, above all others.
ALLOWED["api"] = set(ALLOWED)
ALLOWED["serve"] = set(ALLOWED)
TOP = {"cli", "__main__"}  # may import everything, and nothing imports them
PUBLIC = "__init__"  # the package's front door, which re-exports the public names

TORCH_FREE = (
    FACTS
    | {"io", "measurement", "evaluation", "simulation", "survey", "samples", "recipes", "report"}
    | {"screening_report"}
)
# Read before any work begins, so nothing that they import, directly or not, may be a heavy library.
LIGHT = (
    "api.make_manifest",
    "api.report",
    "api.screen_manifest",
    "api.screen_many",
    "checkpoints.config_file",
    "checkpoints.model_folder",
    "checkpoints.presets",
    "data.importing",
    "data.roster",
    "data.splitting",
    "data.store",
    "data.tree_export",
    "evaluation.screening_plan",
    "exported.read",
    "io.read",
    "ledger",
    "models.config",
    "report.output_folders",
    "report.screening_files",
    "representation.contract",
    "reproduction.plan",
    "reproduction.run",
    "results.given_statistics",
    "results.model_place",
    "results.run_list",
    "results.verify",
    "serve.settings",
    "simulation.config",
    "simulation.split",
    "training.cheap_checks",
    "training.recipe_file",
)


def unit_of(path: Path) -> str:
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


def imported_modules(path: Path) -> set[str]:
    modules: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            modules.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import; write the full module name"
            modules.add(node.module or "")
            modules.update(f"{node.module}.{alias.name}" for alias in node.names)
    return modules


FILES = sorted(p for p in ROOT.rglob("*.py") if unit_of(p) != PUBLIC)


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_imports_point_down(path: Path) -> None:
    unit = unit_of(path)
    if unit in TOP:
        return
    assert unit in ALLOWED, f"{unit} is a new unit: say here what it may import"
    ours = {m.split(".")[1] for m in imported_modules(path) if m.startswith("scoliogait.")}
    wrong = ours - ALLOWED[unit] - {unit, "__version__"}
    assert not wrong, f"{path.relative_to(ROOT)} imports {sorted(wrong)}"


def test_no_circle_is_allowed() -> None:
    floors = TopologicalSorter(ALLOWED)
    assert set(floors.static_order()) == set(ALLOWED)


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_layers_without_torch(path: Path) -> None:
    if unit_of(path) in TORCH_FREE:
        roots = {m.split(".")[0] for m in imported_modules(path)}
        assert not roots & {"torch", "lightning"}, f"{path.relative_to(ROOT)} must not need torch"


def test_what_is_read_before_the_work_needs_no_heavy_library() -> None:
    code = "import import_guard, sys; sys.meta_path.insert(0, import_guard.Guard()); " + "; ".join(
        f"import scoliogait.{name}" for name in LIGHT
    )
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT.parent), str(Path(__file__).parent)])}
    ended = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
