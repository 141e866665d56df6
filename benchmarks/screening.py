"""CPU seconds of screening many walks of 300 frames, and the ratio to another checkout with the same model.

``python -m benchmarks screening --against CHECKOUT`` screens the same files in the same run and in turns, each side in
one process of its own: there the model that comes with that checkout, here the same weights and windows as an exported
file. Imports and loading the model are not counted. ``--full`` takes 800 walks.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import scoliogait as sg
from benchmarks.fresh_process import ROOT, Work
from benchmarks.many_walks import write_many_walks
from benchmarks.walks_beside import N_FRAMES, row_of
from scoliogait.checkpoints.model_folder import model_folder

N_WALKS, N_WALKS_FULL = 50, 800
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
        return row_of("Screening", works, n_walks, TARGET_RATIO)
