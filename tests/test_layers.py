"""Imports point one way; read from the import statements, so that a wrong one fails before it is ever run."""

import ast
from pathlib import Path

import pytest

import scoliogait

ROOT = Path(scoliogait.__file__).parent
BASE = {"errors", "labels", "skeleton", "walk", "files"}
READING = BASE | {"io", "representation"}
# unit -> units it may import (itself is always allowed)
ALLOWED: dict[str, set[str]] = {
    "errors": set(),
    "labels": {"errors"},
    "skeleton": set(),
    "files": {"errors"},
    "walk": {"errors", "labels", "skeleton"},
    "io": BASE,
    "representation": BASE,
    "models": BASE,
    "losses": BASE,
    "simulation": READING,
    "data": READING | {"evaluation"},  # the hazards of a partition are figures with intervals; evaluation knows no data
    "checkpoints": BASE | {"representation", "models"},
    "evaluation": {"errors", "labels", "files"},
    "quality": READING,
    "samples": set(),
    "screening": READING | {"models", "checkpoints", "quality"},
    "training": READING | {"data", "models", "losses", "checkpoints", "evaluation"},
    "report": READING | {"screening", "evaluation", "quality", "data"},  # data: the page on a store
    "recipes": set(),
}
TOP = {"cli", "__main__"}  # may import everything, and nothing imports them
PUBLIC = "__init__"  # the package's front door, which re-exports the public names

TORCH_FREE = {"errors", "labels", "skeleton", "walk", "files", "io", "evaluation"}


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


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_layers_without_torch(path: Path) -> None:
    if unit_of(path) in TORCH_FREE:
        roots = {m.split(".")[0] for m in imported_modules(path)}
        assert not roots & {"torch", "lightning"}, f"{path.relative_to(ROOT)} must not need torch"
