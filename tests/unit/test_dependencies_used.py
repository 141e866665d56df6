"""Every package that pyproject.toml asks for is used: imported, or named by what stands in for an import."""

import ast
import re
import tomllib
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PROJECT = PYPROJECT["project"]
# Lightning's loggers import these for us: the file must name the logger.
LOGGERS = {"tensorboard": "TensorBoardLogger", "wandb": "WandbLogger"}
# What only a word in a file names: a plugin by its option, the kernel that runs a notebook by the notebook's own words.
STANDS_FOR = {
    "atheris": ("tools/fuzz/one.py", "import atheris"),  # is not installed where others are developed
    "uvicorn": ("src/scoliogait/serve/server.py", "import uvicorn"),  # tests ask the page over its socket
    "playwright": ("tests/browser.py", "playwright.sync_api"),  # nor are browsers installed everywhere
    "axe-playwright-python": ("tests/browser.py", "axe_playwright_python.sync_playwright"),
    "onnx": ("src/scoliogait/exported/programs.py", "from onnx import"),  # nor are exporters, which are large
    "onnxscript": ("src/scoliogait/exported/programs.py", "import onnxscript"),
    "pikepdf": ("src/scoliogait/screening_report/pdf.py", "import pikepdf"),  # tests read PDFs with another library
    "openvino": ("src/scoliogait/exported/engines.py", "import openvino"),
    "pytest-xdist": ("Makefile", "--numprocesses"),
    "ipykernel": ("examples/first_steps.ipynb", '"kernelspec"'),
}
# What names the tools that are not imported.
CONFIGURATION = ("Makefile", "pyproject.toml", "mkdocs.yml", ".pre-commit-config.yaml")


def name_of(requirement: str) -> str:
    """``scikit-learn>=1.5`` -> ``scikit-learn``, in the one spelling that all names are compared in."""
    return canonical(re.split(r"[\[<>=!~; ]", requirement, maxsplit=1)[0])


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


@cache
def distributions_imported(*folders: str) -> set[str]:
    modules: set[str] = set()
    for file in (file for folder in folders for file in (ROOT / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                modules.update(alias.name.partition(".")[0] for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module:
                modules.add(node.module.partition(".")[0])
    owners = packages_distributions()
    return {canonical(owner) for module in modules for owner in owners.get(module, ())}


IMPORTED = distributions_imported("src")
EXTRAS = PROJECT["optional-dependencies"]
EXTRAS_FOR_USERS = ("train", "runtime", "wandb", "formats", "video", "report", "serve", "cluster")
FOR_USERS = [*PROJECT["dependencies"], *(r for extra in EXTRAS_FOR_USERS for r in EXTRAS.get(extra, ()))]
FOR_DEVELOPERS = [r for extra, asked in EXTRAS.items() if extra not in EXTRAS_FOR_USERS for r in asked]


@pytest.mark.parametrize("requirement", FOR_USERS)
def test_what_users_install_is_imported_by_the_package(requirement: str) -> None:
    name = name_of(requirement)
    if name in LOGGERS:
        loggers = (ROOT / "src/scoliogait/training/loggers.py").read_text(encoding="utf-8")
        assert f"import {LOGGERS[name]}" in loggers or re.search(rf"import .*\b{LOGGERS[name]}\b", loggers)
    else:
        assert name in IMPORTED


@pytest.mark.parametrize("requirement", FOR_DEVELOPERS)
def test_what_developers_install_is_imported_or_configured(requirement: str) -> None:
    name = name_of(requirement)
    if name.startswith("types-"):
        assert name.removeprefix("types-") in IMPORTED
        return
    if name in STANDS_FOR:
        file, word = STANDS_FOR[name]
        assert word in (ROOT / file).read_text(encoding="utf-8")
        return
    imported = distributions_imported("tests", "studies", "benchmarks", "tools", "examples")
    assert name in imported or tool_is_configured(name)


def tool_is_configured(name: str) -> bool:
    """Whether a file of ``CONFIGURATION`` names it outside the requirements: ``pytest-timeout`` as ``timeout``."""
    word = re.compile(rf"\b{re.escape(re.sub('^(pytest|mkdocs)-|-python$', '', name))}\b")
    for file in (ROOT / file_name for file_name in CONFIGURATION):
        text = file.read_text(encoding="utf-8") if file.is_file() else ""
        if word.search(text[text.index("[project.scripts]") :] if file.suffix == ".toml" else text):
            return True
    return False


def test_an_unused_package_would_be_noticed() -> None:
    assert "statsmodels" not in IMPORTED
    assert not tool_is_configured("pillow")
    assert {"scikit-learn", "opencv-python-headless", "pyyaml"} <= IMPORTED
