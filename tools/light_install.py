"""Prove the light install: the base and the extra ``runtime`` screen, report and look at data, and name what they lack.

    make light

Runs where only these are installed (``.venv-light``). What trains and tests models must be missing there, and every
command that needs it must say in one line what installs it. The models of the package run from their exported files.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

import scoliogait as sg
from scoliogait.api.places import DEFAULT_MODEL
from scoliogait.checkpoints.model_folder import model_folder
from scoliogait.report.screening_files import ScreeningFiles
from scoliogait.result_states import INCONCLUSIVE, SCREENED

ABSENT = ("torch", "lightning", "sklearn", "safetensors", "tensorboard")
PRESENT = ("onnxruntime",)
# What no file may have loaded by the time that a walk is screened.
UNUSED = (*ABSENT, "scipy", "pyarrow", "matplotlib")
INSTALL = 'pip install "scoliogait[train]"'
# Command line (capitals are paths), its exit code, and words that it must print.
COMMANDS: tuple[tuple[str, int, str], ...] = (
    ("samples", 0, "intel_worker_back"),
    ("data import SAMPLE --out STORE", 0, "STORE"),
    ("data check STORE", 2, "recording-doubted 1"),
    ("report RESULT --out REPORTS", 0, "REPORTS"),
    ("screen SAMPLE", 0, "intel_worker_back"),
    ("report SAMPLE --out REPORTS --overwrite", 0, "REPORTS"),
    ("screen SAMPLE --model BUNDLE", 2, INSTALL),
    ("demo --out RUN", 2, INSTALL),
    ("explain SAMPLE builtin:demo --out RUN", 2, INSTALL),
)


def screen(path: Path, result: Path, model: str = DEFAULT_MODEL) -> str:
    """Screen the walk of a file, write its result, and say in one word what came of it."""
    screenings = sg.screen_many(path, model)
    with ScreeningFiles(json=result).open() as opened:
        (outcome,) = screenings
        opened.add(outcome.to_row(), outcome.to_dict())
        opened.finish(screenings.model, finished=True)
    return outcome.outcome


def loaded(modules: Sequence[str]) -> list[str]:
    """Those of ``modules`` that this process has imported."""
    return [name for name in modules if name in sys.modules]


def problems(folder: Path) -> list[str]:
    """Everything that is not as it must be, a line each."""
    found = [f"{name} is installed" for name in ABSENT if find_spec(name) is not None]
    found += [f"{name} is not installed" for name in PRESENT if find_spec(name) is None]
    sample, result = sg.sample_path("intel_worker_back"), folder / "result.json"
    outcome = screen(sample, result)
    if outcome not in (SCREENED, INCONCLUSIVE):
        found.append(f"the sample was not screened: {outcome}")
    found += [f"screening a walk loaded {name}" for name in loaded(UNUSED)]
    paths = {"SAMPLE": sample, "RESULT": result, "STORE": folder / "store", "REPORTS": folder / "reports"}
    paths["BUNDLE"] = model_folder(DEFAULT_MODEL)
    named = {name: str(path) for name, path in (paths | {"RUN": folder / "run"}).items()}
    for line, code, words in COMMANDS:
        command = [named.get(word, word) for word in line.split()]
        ended = subprocess.run(
            [sys.executable, "-m", "scoliogait", *command], capture_output=True, text=True, check=False
        )
        said = ended.stdout + ended.stderr
        if ended.returncode != code or named.get(words, words) not in said.replace("\n", ""):
            found.append(f"scoliogait {line}: exit code {ended.returncode}, expected {code} and {words!r}:\n{said}")
    return found


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as temporary:
        wrong = problems(Path(temporary))
    print("\n".join(wrong) or "the light install screens, reports and names what it lacks", flush=True)
    sys.exit(1 if wrong else 0)
