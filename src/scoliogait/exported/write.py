"""Writing a bundle as a file that needs no torch, and comparing the file with the bundle before it is kept."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import torch

from scoliogait import __version__
from scoliogait.checkpoints.bundle import Bundle, load_bundle
from scoliogait.checkpoints.config_file import CONFIG, BundleConfig, read_config
from scoliogait.checkpoints.model_folder import model_folder
from scoliogait.errors import DataError, ModelError
from scoliogait.exported.compare import (
    CHECKED_FRAMES,
    Call,
    calls,
    changed_calls,
    feeds_of,
    largest_difference,
    rounded_up,
    time_beside,
)
from scoliogait.exported.engines import Program, openvino_core
from scoliogait.exported.form import Agreement, ExportForm, Precision
from scoliogait.exported.formats import ExportFormat, files_of, refuse_impossible, refuse_occupied
from scoliogait.exported.graph import with_fewer_products
from scoliogait.exported.int8 import Quantised, quantised
from scoliogait.exported.model import ExportedModel
from scoliogait.exported.offset import logit_offset, with_offset
from scoliogait.exported.ports import input_shapes, output_shapes
from scoliogait.exported.programs import onnx_graph, program_of
from scoliogait.exported.read import load_exported, model_of
from scoliogait.exported.sealed_onnx import GRAPH, digest_of, seal
from scoliogait.files import atomic_file, read_json
from scoliogait.optional_package import install_command
from scoliogait.walk import Walk

# Of a probability, in single precision.
TOLERANCE = 1e-5
_FORM_FILE = "scoliogait-export.json"  # in files of torch.export


@dataclass(frozen=True)
class Export:
    """A file that was written.

    form: what it says of itself. calls: on the walks that were held back, where walks were given. runtime: what
    computed it here, when it was compared. time_beside_fp32: of a lower precision, its processor time on this machine,
    divided by that of the same model as an fp32 file.
    """

    path: Path
    form: ExportForm
    calls: tuple[Call, ...]
    runtime: str
    time_beside_fp32: float | None = None


def write_export(
    bundle_path: str | Path,
    out: str | Path,
    kind: ExportFormat = "onnx",
    precision: Precision = "fp32",
    walks: Sequence[Walk] = (),
) -> Export:
    """Write a bundle as a file of that kind and precision.

    walks: at least two for int8, at least two or none for bf16. On every second one is measured what the rounding
    shifts the logits by, which the file takes back, and for int8 first the network's values; what bundle and export
    call the others is compared.

    Raises DataError as ``refuse_impossible`` and ``quantised`` do, and where ``out`` cannot be written; ModelError
    where the bundle cannot be loaded, a package is missing, or the file's probabilities in fp32 differ from the
    bundle's by more than 1e-5: then nothing is written.
    """
    target = Path(out)
    refuse_impossible(target, kind, precision, bool(walks))
    refuse_occupied(target, kind, overwrite=True)
    if len(walks) < 2 and (walks or precision == "int8"):
        raise DataError(
            f"precision {precision}: takes at least two walks, one to measure on, one to compare; give more"
        )
    folder = model_folder(bundle_path)
    config, _ = read_config(folder / CONFIG)
    bundle = load_bundle(folder)
    program = program_of(with_fewer_products(bundle.module), bundle.architecture, bundle.contract)
    time_beside_fp32 = None
    with TemporaryDirectory() as temporary:
        trial = Path(temporary) / target.name
        graph = b"" if kind == "torch-export" else onnx_graph(program, bundle.architecture, bundle.contract)
        parts = graph_files(graph, kind, trial)
        form = _form(bundle, folder, kind, "fp32", parts)
        exported = in_fp32 = _trial(form, config, program, parts, trial)
        if precision != "fp32":
            measured = walks[::2]
            graph, fp32_layers = _lower_graph(bundle, kind, precision, in_fp32, measured)
            parts = graph_files(graph, kind, trial)
            form = _form(bundle, folder, kind, precision, parts, fp32_layers)
            exported = _trial(form, config, program, parts, trial)
            if measured:
                parts = graph_files(with_offset(graph, logit_offset(exported, bundle, measured)), kind, trial)
                form = _form(bundle, folder, kind, precision, parts, fp32_layers)
                exported = _trial(form, config, program, parts, trial)
            time_beside_fp32 = time_beside(exported, in_fp32)
        compared = tuple(calls(exported, bundle, walks[1::2]))
        form = _with_agreement(form, exported, bundle, compared)
        _write(form, program, parts, trial)
        with ExitStack() as together:  # none is replaced before all are written
            for file, made in zip(files_of(target, kind), files_of(trial, kind), strict=True):
                together.enter_context(atomic_file(file)).write_bytes(made.read_bytes())
    return Export(target, form, compared, exported.runtime, time_beside_fp32)


def _lower_graph(
    bundle: Bundle, kind: ExportFormat, precision: Precision, in_fp32: ExportedModel, walks: Sequence[Walk]
) -> Quantised:
    """The ONNX graph of a precision below fp32, with each convolution in one piece."""
    graph = onnx_graph(
        program_of(bundle.module, bundle.architecture, bundle.contract), bundle.architecture, bundle.contract
    )
    return quantised(graph, list(feeds_of(in_fp32, walks)), kind) if precision == "int8" else Quantised(graph)


def graph_files(graph: bytes, kind: ExportFormat, trial: Path) -> dict[str, bytes]:
    """The files of an ONNX graph in that format, by the names that the form gives them; none of torch.export."""
    if kind != "openvino":
        return {GRAPH: graph} if kind == "onnx" else {}
    try:
        import openvino
    except ImportError as error:
        raise ModelError(f"export: needs OpenVINO; {install_command('openvino')}") from error
    model = openvino_core().read_model(graph)
    openvino.save_model(model, str(trial), compress_to_fp16=False)
    return {"xml": trial.read_bytes(), "bin": trial.with_suffix(".bin").read_bytes()}


def _form(
    bundle: Bundle,
    folder: Path,
    kind: ExportFormat,
    precision: Precision,
    parts: dict[str, bytes],
    fp32_layers: tuple[str, ...] = (),
) -> ExportForm:
    wrote = ("torch", *(() if kind == "torch-export" else ("onnx", "onnxscript")))
    wrote += (("openvino",) if kind == "openvino" else ()) + (("onnxruntime",) if precision == "int8" else ())
    return ExportForm(
        name=bundle.name,
        precision=precision,
        fp32_layers=fp32_layers,
        written_by={"scoliogait": __version__} | {name: version(name).partition("+")[0] for name in wrote},
        inputs=input_shapes(bundle.architecture, bundle.contract),
        outputs=output_shapes(bundle.architecture, bundle.contract),
        agreement=Agreement(frames=CHECKED_FRAMES, at_most=0.0),
        config=read_json(folder / CONFIG),
        files={name: digest_of(content) for name, content in parts.items()},
    )


def _trial(form: ExportForm, config: BundleConfig, program: Any, parts: dict[str, bytes], trial: Path) -> ExportedModel:
    """The model as it will be: read back from files as anybody reads it; of torch.export the program at hand."""
    if not parts:
        return model_of(form, config, str(form.config["digest"]), trial, Program(program))
    _write(form, program, parts, trial)
    return load_exported(trial)


def _write(form: ExportForm, program: Any, parts: dict[str, bytes], path: Path) -> None:
    text = form.to_json()
    if not parts:
        torch.export.save(program, path, extra_files={_FORM_FILE: text})
    elif GRAPH in parts:
        path.write_bytes(seal(parts[GRAPH], text.encode()))
    else:
        for file, content in zip(files_of(path, "openvino"), (parts["xml"], parts["bin"], text.encode()), strict=True):
            file.write_bytes(content)


def _with_agreement(form: ExportForm, exported: ExportedModel, bundle: Bundle, compared: Sequence[Call]) -> ExportForm:
    difference = largest_difference(exported, bundle)
    single = form.precision == "fp32"
    tolerance, computed_by = (TOLERANCE, None) if single else (None, exported.runtime)
    if not np.isfinite(difference):
        raise ModelError(
            f"{bundle.path}: its {form.precision} export would give scores that are no numbers, so nothing was written"
        )
    if tolerance is not None and not difference <= tolerance:
        raise ModelError(
            f"{bundle.path}: its export would differ from it by {difference:.2g} in probability; at most {tolerance:g} "
            "is allowed, so nothing was written"
        )
    agreement = Agreement(
        frames=CHECKED_FRAMES, at_most=rounded_up(difference), tolerance=tolerance, computed_by=computed_by
    )
    changed = changed_calls(compared) if compared else None
    return form.model_copy(update={"agreement": agreement, "changed_calls": changed})
