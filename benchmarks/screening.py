"""CPU seconds of screening many walks of 300 frames in each precision, and the ratio to another checkout.

``python -m benchmarks screening --against CHECKOUT`` screens the same files in the same run and in turns, each side in
one process of its own: there the model that comes with that checkout, here the same weights and windows as exported
files, one row each. A precision below fp32 is another way of computing: beside its ratio stands what it changes in the
answers of the other checkout. Imports and loading the model are not counted. ``--full`` takes 800 walks.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

import scoliogait as sg
from benchmarks.fresh_process import ROOT, Work, least_spent
from benchmarks.many_walks import write_many_walks
from benchmarks.walks_beside import N_FRAMES, N_ROUNDS
from scoliogait.answer_threshold import value_of
from scoliogait.checkpoints.model_folder import model_folder
from scoliogait.exported.form import Precision
from scoliogait.exported.formats import KINDS, ExportFormat
from scoliogait.exported.read import read_form
from scoliogait.labels import CLASS_NAMES

N_WALKS, N_WALKS_FULL = 50, 800
TARGET_RATIO = 5.0
_FILES: tuple[tuple[ExportFormat, Precision], ...] = (
    ("onnx", "fp32"),
    ("onnx", "int8"),
    ("openvino", "fp32"),
    ("openvino", "bf16"),
    ("openvino", "int8"),
)
_DEMO = "src/scoliogait/builtin/demo"
_BEFORE = """
import json
from pathlib import Path
from scoliogait.io.read import read_walk
from scoliogait.screening import load_model
model = load_model(arguments[0])
files = sorted(Path(arguments[1]).rglob("*.npz"))
def screened(file):
    return model.screen(read_walk(file)).to_dict()
screened(files[0])
"""
_CODE = "answers = [screened(file) for file in files]"
_AFTER = """
kept = {"runtime": answers[0]["model"].get("runtime", "torch"), "chances": [a["probabilities"] for a in answers]}
Path(arguments[2]).write_text(json.dumps(kept))
"""


def run(against: Path | None = None, full: bool = False) -> list[dict[str, Any]]:
    """Measure each precision here, and the other checkout; print the table, and give its rows."""
    n_walks = N_WALKS_FULL if full else N_WALKS
    bundle = model_folder("builtin:demo") if against is None else against / _DEMO
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        walks = write_many_walks(folder / "walks", n_walks, N_FRAMES)
        models = _exported(bundle, folder)
        places = {side: (model, ROOT) for side, model in models.items()}
        if against is not None:
            places["there"] = (bundle, against)
        works = {
            side: Work(_CODE, _BEFORE, [model, walks, folder / f"answers-{side}.json"], checkout, _AFTER)
            for side, (model, checkout) in places.items()
        }
        taken = {side: 1e3 * of.cpu_s / n_walks for side, of in least_spent(works, N_ROUNDS).items()}
        answers = {side: json.loads((folder / f"answers-{side}.json").read_text()) for side in works}
        threshold = value_of(read_form(next(iter(models.values())))[1].answer_threshold)
    rows = [row_of(side, taken, answers, threshold) for side in models]
    _print(rows, taken.get("there"), n_walks)
    return rows


def _exported(bundle: Path, folder: Path) -> dict[str, Path]:
    """The bundle in each format and precision whose packages are installed, by what they are called."""
    # Of other people than those that are screened (``many_walks``).
    cohort = sg.simulate(folder / "calibration", walks=100, frames=60, ratio="half", silhouettes=False, seed=15)
    files = {}
    for kind, precision in _FILES:
        if all(find_spec(package) for package in KINDS[kind].packages):
            file = folder / f"{kind}-{precision}{KINDS[kind].ending}"
            sg.export_model(bundle, file, kind, precision, None if precision == "fp32" else cohort.path)
            files[file.stem] = file
    return files


def row_of(side: str, taken: Mapping[str, float], answers: Mapping[str, Any], threshold: float) -> dict[str, Any]:
    """Of one precision: CPU ms a walk, their ratio, and what it changes in the answers of the other checkout."""
    row: dict[str, Any] = {"runtime": answers[side]["runtime"], "here": taken[side]}
    if "there" in taken:
        ours, theirs = (_chances(answers[of]["chances"]) for of in (side, "there"))
        moved = np.abs(ours - theirs).max(axis=1)
        row |= {
            "there": taken["there"],
            "ratio": taken["there"] / taken[side],
            "changed_calls": int((_calls(ours, threshold) != _calls(theirs, threshold)).sum()),
            "moved_mean": float(moved.mean()),
            "moved_at_most": float(moved.max()),
        }
    return row


def _chances(answers: Sequence[Mapping[str, float]]) -> NDArray[np.float64]:
    """(N, 3)."""
    return np.array([[of_walk[name] for name in CLASS_NAMES] for of_walk in answers])


def _calls(chances: NDArray[np.float64], threshold: float) -> NDArray[np.int64]:
    """(N,): the most probable class, -1 where it does not reach the threshold."""
    return np.where(chances.max(axis=1) >= threshold, chances.argmax(axis=1), -1)


def _print(rows: Sequence[Mapping[str, Any]], there: float | None, n_walks: int) -> None:
    title = f"Screening {n_walks} walks of {N_FRAMES} frames, CPU ms a walk; least of {N_ROUNDS} rounds"
    if there is not None:
        title += f"; there {there:.1f} ms, target >= {TARGET_RATIO:g}x"
    table = Table("network here", "here, ms", "ratio", "calls changed", "moved, mean", "at most", title=title)
    for row in rows:
        beside = (f"{row['ratio']:.2f}x", str(row["changed_calls"])) if "there" in row else ("", "")
        moved = (f"{row['moved_mean']:.2g}", f"{row['moved_at_most']:.2g}") if "there" in row else ("", "")
        table.add_row(row["runtime"], f"{row['here']:.1f}", *beside, *moved)
    Console().print(table)
