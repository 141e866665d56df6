"""Writing a bundle as one file that needs no torch, and comparing the file with the bundle before it is kept."""

from __future__ import annotations

import math
from importlib.metadata import version
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray

from scoliogait import __version__
from scoliogait.checkpoints.bundle import Bundle, load_bundle
from scoliogait.checkpoints.config_file import CONFIG
from scoliogait.checkpoints.model_folder import model_folder
from scoliogait.errors import ModelError
from scoliogait.exported.examples import example_inputs
from scoliogait.exported.form import Agreement, ExportForm, Precision
from scoliogait.exported.model import ExportedModel
from scoliogait.exported.ports import input_shapes, output_shapes
from scoliogait.exported.programs import onnx_graph, program_of
from scoliogait.exported.read import load_exported
from scoliogait.exported.sealed_onnx import GRAPH, digest_of, seal
from scoliogait.files import atomic_file, read_json
from scoliogait.models.windows import mean_logits
from scoliogait.representation.arrays import Inputs
from scoliogait.representation.windows import Window, logits_of_windows

ExportFormat = Literal["onnx"]
# Walks of so many frames are compared: below, at and above what chunks and windows are cut at, and long ones.
CHECKED_FRAMES = (1, 2, 7, 8, 9, 15, 16, 17, 300, 720)
# Of a probability, in single precision.
TOLERANCE = 1e-5


def write_export(bundle_path: str | Path, out: str | Path, precision: Precision = "fp32") -> ExportForm:
    """Write a bundle as an ONNX file, and give what it says of itself.

    Raises ModelError where the bundle cannot be loaded, a package is missing, or the file's probabilities differ from
    the bundle's by more than 1e-5: then nothing is written. DataError where ``out`` cannot be written.
    """
    folder = model_folder(bundle_path)
    bundle = load_bundle(folder)
    graph = onnx_graph(
        program_of(bundle.module, bundle.architecture, bundle.contract), bundle.architecture, bundle.contract
    )
    unchecked = ExportForm(
        name=bundle.name,
        precision=precision,
        written_by={"scoliogait": __version__} | {name: version(name).partition("+")[0] for name in ("torch", "onnx", "onnxscript")},
        inputs=input_shapes(bundle.architecture, bundle.contract),
        outputs=output_shapes(bundle.architecture, bundle.contract),
        agreement=Agreement(frames=CHECKED_FRAMES, at_most=0.0, tolerance=TOLERANCE),
        config=read_json(folder / CONFIG),
        files={GRAPH: digest_of(graph)},
    )
    with atomic_file(out) as temporary:
        form = _checked(unchecked, graph, bundle, temporary)
        temporary.write_bytes(seal(graph, form.to_json().encode()))
    return form


def _checked(form: ExportForm, graph: bytes, bundle: Bundle, temporary: Path) -> ExportForm:
    """The form with what was measured; the file is read back as anybody reads it."""
    trial = temporary.with_suffix(".onnx")
    try:
        trial.write_bytes(seal(graph, form.to_json().encode()))
        difference = largest_difference(load_exported(trial), bundle)
    finally:
        trial.unlink(missing_ok=True)
    if not difference <= TOLERANCE:
        raise ModelError(
            f"{bundle.path}: its export would differ from it by {difference:.2g} in probability; at most {TOLERANCE:g} "
            "is allowed, so nothing was written"
        )
    return form.model_copy(update={"agreement": form.agreement.model_copy(update={"at_most": rounded_up(difference)})})


def rounded_up(difference: float) -> float:
    """To the next power of ten, at least 1e-6: below that machines differ, and a file should not."""
    return 10.0 ** max(math.ceil(math.log10(difference)) if difference > 0 else -6, -6)


def largest_difference(exported: ExportedModel, bundle: Bundle) -> float:
    """Of a probability, over walks of ``CHECKED_FRAMES`` frames: scored whole, and in the windows of the contract."""
    worst = 0.0
    for n_frames in CHECKED_FRAMES:
        inputs = example_inputs(bundle.contract, n_frames)
        for windows in ([(0, n_frames)], bundle.contract.windows(min(n_frames, bundle.contract.max_frames))):
            ours, theirs = exported.logits(inputs, windows), bundle_logits(bundle, inputs, windows)
            spread = np.abs(_probabilities(bundle, ours, windows) - _probabilities(bundle, theirs, windows))
            worst = max(worst, float(np.nan_to_num(spread, nan=np.inf).max()))
    return worst


def bundle_logits(bundle: Bundle, inputs: Inputs, windows: list[Window]) -> NDArray[np.float32]:
    """As ``ExportedModel.logits``, by the bundle's own network."""
    tensors = {name: torch.from_numpy(value) for name, value in inputs.items()}
    n_frames = next(len(inputs[name]) for name in ("frames", "poses") if name in inputs)
    with torch.no_grad():
        logits: NDArray[np.float32] = mean_logits(bundle.module, tensors, [n_frames], [windows]).numpy()
    return logits


def _probabilities(bundle: Bundle, logits: NDArray[np.float32], windows: list[Window]) -> NDArray[np.float64]:
    of_walk = bundle.scores(logits_of_windows(logits, [windows]))
    return np.asarray(bundle.probabilities(of_walk))
