"""CPU seconds of screening many walks of 300 frames, and the ratio to another checkout with the same model.

``python -m benchmarks screening --against CHECKOUT`` screens the same files in the same run and in turns, each side in
one process of its own: there the model that comes with that checkout, here the same weights and windows as an exported
file. Imports and loading the model are not counted. ``--full`` takes 800 walks.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

import scoliogait as sg
from benchmarks.fresh_process import ROOT, Work, least_spent
from benchmarks.many_walks import write_many_walks
from scoliogait.checkpoints.model_folder import model_folder

N_FRAMES = 300
N_WALKS, N_WALKS_FULL = 50, 800
N_ROUNDS = 3
TARGET_RATIO = 5.0
_DEMO = "src/scoliogait/builtin/demo"
_BEFORE = """
import sys
from pathlib import Path
from scoliogait.io.read import read_walk
from scoliogait.screening import load_model
model = load_model(arguments[0])
files = sorted(Path(arguments[1]).rglob("*.npz"))
def screened(file):
    return model.screen(read_walk(file)).to_dict()
screened(files[0])
"""
_CODE = "for file in files: screened(file)"


def run(against: Path | None = None, full: bool = False) -> dict[str, Any]:
    """Measure here and in the other checkout, print the table, and give its row."""
    n_walks = N_WALKS_FULL if full else N_WALKS
    bundle = model_folder("builtin:demo") if against is None else against / _DEMO
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        walks = write_many_walks(folder / "walks", n_walks, N_FRAMES)
        exported = folder / "model.onnx"
        sg.export_model(bundle, exported)
        works = {"here": Work(_CODE, _BEFORE, [exported, walks], ROOT)}
        if against is not None:
            works["there"] = Work(_CODE, _BEFORE, [bundle, walks], against)
        taken = {side: 1e3 * of.cpu_s / n_walks for side, of in least_spent(works, N_ROUNDS).items()}
    row = {"walks": n_walks, **taken, "ratio": taken["there"] / taken["here"] if "there" in taken else None}
    _print(row)
    return row


def _print(row: dict[str, Any]) -> None:
    title = f"Screening {row['walks']} walks of {N_FRAMES} frames, CPU ms a walk; least of {N_ROUNDS} rounds"
    table = Table("here, ms", "there, ms", "ratio", "target", title=title)
    there = ("", "") if row["ratio"] is None else (f"{row['there']:.1f}", f"{row['ratio']:.2f}x")
    table.add_row(f"{row['here']:.1f}", *there, f">= {TARGET_RATIO:.0f}x")
    Console().print(table)
