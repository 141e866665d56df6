"""From a bundle's network to torch.export's program and to the bytes of an ONNX graph."""

from __future__ import annotations

import contextlib
import io
import logging
import warnings
from collections.abc import Iterator
from typing import Any

import torch

from scoliogait.errors import ModelError
from scoliogait.exported.graph import window_graph
from scoliogait.exported.ports import OF_FRAMES, Shape, input_shapes, output_shapes
from scoliogait.models.config import ModelConfig
from scoliogait.optional_package import install_command
from scoliogait.representation.contract import InputContract

# Of the example that a graph is traced with: odd, and no number that stands in a network.
_EXAMPLE_FRAMES = 5
# Read by every onnxruntime and OpenVINO that the constraints allow.
_OPSET = 18


def program_of(module: torch.nn.Module, architecture: ModelConfig, contract: InputContract) -> Any:
    """torch.export's program of one window, for any number of frames (torch refuses where one is built in)."""
    shapes = input_shapes(architecture, contract)
    example = tuple(torch.rand(_example(shape)) for shape in shapes.values())
    frames = torch.export.Dim.DYNAMIC
    free = tuple({0: frames} if name in OF_FRAMES else None for name in shapes)
    with torch.no_grad(), _quiet():
        return torch.export.export(window_graph(module), example, dynamic_shapes=free, strict=False)


def onnx_graph(program: Any, architecture: ModelConfig, contract: InputContract) -> bytes:
    """The program as an ONNX graph in one piece; the same bytes each time, naming no place of this machine.

    Raises ModelError where the exporter's packages are not installed.
    """
    try:
        import onnxscript  # noqa: F401 -- torch.onnx imports it late, and says less
        from onnx import ModelProto
    except ImportError as error:
        raise ModelError(f"export: needs {error.name}; {install_command('export')}") from error
    names, outputs = list(input_shapes(architecture, contract)), output_shapes(architecture, contract)
    with torch.no_grad(), _quiet():
        exported = torch.onnx.export(
            program, dynamo=True, verbose=False, input_names=names, output_names=list(outputs), opset_version=_OPSET
        )
    assert exported is not None
    model: ModelProto = exported.model_proto
    _strip(model)
    return model.SerializeToString(deterministic=True)


def _strip(model: Any) -> None:
    """Takes out what the exporter wrote about itself, such as lines of source code, and names the number of frames."""
    graph = model.graph
    for part in (model, graph, *graph.node, *graph.initializer, *graph.input, *graph.output):
        del part.metadata_props[:]
        part.doc_string = ""
    del graph.value_info[:]
    for port in graph.input:
        if port.name in OF_FRAMES:
            port.type.tensor_type.shape.dim[0].dim_param = f"number of {port.name}"


def _example(shape: Shape) -> tuple[int, ...]:
    return tuple(_EXAMPLE_FRAMES if side is None else side for side in shape)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Exporters print progress and warn of their own insides."""
    loggers = [logging.getLogger(name) for name in ("torch.onnx", "onnxscript", "onnx_ir")]
    levels = [logger.level for logger in loggers]
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        for logger in loggers:
            logger.setLevel(logging.ERROR)
        try:
            yield
        finally:
            for logger, level in zip(loggers, levels, strict=True):
                logger.setLevel(level)
