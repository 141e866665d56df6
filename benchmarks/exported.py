"""The full-size ScoNet as exported files are run: what ``model export`` writes, in each format and precision.

The weights are random, so what int8 and bf16 change here says nothing of a trained model.
``studies/lower_precision.py`` does.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import torch

from scoliogait.exported.engines import Engine, Onnxruntime, OpenVino
from scoliogait.exported.form import Agreement, ExportForm, Precision
from scoliogait.exported.formats import KINDS, ExportFormat
from scoliogait.exported.graph import window_graph, with_fewer_products
from scoliogait.exported.int8 import quantised
from scoliogait.exported.model import CHUNK_FRAMES, ExportedModel
from scoliogait.exported.ports import BEFORE, FRAMES, MAXIMA, input_shapes, output_shapes
from scoliogait.exported.programs import onnx_graph, program_of
from scoliogait.exported.write import graph_files
from scoliogait.models.sconet import ScoNet
from scoliogait.representation.contract import OPENGAIT_SKELETON


@cache
def network() -> ScoNet:
    """Of the published widths, on skeleton maps; always the same weights."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return ScoNet(in_channels=2).eval()


FILES: tuple[tuple[ExportFormat, Precision], ...] = (
    ("onnx", "fp32"),
    ("openvino", "fp32"),
    ("openvino", "bf16"),
    ("onnx", "int8"),
    ("openvino", "int8"),
)


@cache
def exported(kind: ExportFormat, precision: Precision) -> ExportedModel:
    """The network as a file of that format and precision, loaded again."""
    config = network().config
    form = ExportForm(
        name="random",
        precision=precision,
        written_by={},
        inputs=input_shapes(config, OPENGAIT_SKELETON),
        outputs=output_shapes(config, OPENGAIT_SKELETON),
        agreement=Agreement(frames=(1,), at_most=0.0),
        config={},
        files={},
    )
    return ExportedModel(
        architecture=config,
        contract=OPENGAIT_SKELETON,
        provenance={},
        digest="",
        path=Path("random"),
        form=form,
        engine=_engine(_graph(kind, precision), kind, form),
    )


def _engine(graph: bytes, kind: ExportFormat, form: ExportForm) -> Engine:
    path = Path(f"random{KINDS[kind].ending}")
    if kind == "onnx":
        return Onnxruntime(graph, form, path)
    with TemporaryDirectory() as folder:
        parts = graph_files(graph, kind, Path(folder) / path)
    return OpenVino(parts["xml"], parts["bin"], form, path)


@cache
def _graph(kind: ExportFormat, precision: Precision) -> bytes:
    module, config = network(), network().config
    if precision == "fp32":
        return onnx_graph(program_of(with_fewer_products(module), config, OPENGAIT_SKELETON), config, OPENGAIT_SKELETON)
    if precision == "int8":
        frames = np.random.default_rng(0).random((CHUNK_FRAMES, *OPENGAIT_SKELETON.frame_shape), np.float32)
        before = np.zeros(output_shapes(config, OPENGAIT_SKELETON)[MAXIMA], np.float32)
        return quantised(_direct_graph(), [{FRAMES: frames, BEFORE: before}], kind).graph
    return _direct_graph()


@cache
def _direct_graph() -> bytes:
    config = network().config
    return onnx_graph(program_of(network(), config, OPENGAIT_SKELETON), config, OPENGAIT_SKELETON)


def as_run(precision: Precision) -> Callable[[], object]:
    """The operations of one chunk as such a file does them, by torch, to count them."""
    graph = window_graph(with_fewer_products(network()) if precision == "fp32" else network())
    frames = torch.rand(CHUNK_FRAMES, *OPENGAIT_SKELETON.frame_shape)
    before = torch.zeros(output_shapes(network().config, OPENGAIT_SKELETON)[MAXIMA])
    return lambda: graph(frames, before)
