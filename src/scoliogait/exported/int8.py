"""An ONNX graph in 8-bit integers, its ranges measured on walks.

Of pictures the backbone alone: an addition of the heads in int8 moves the logits more than the whole backbone does.
Narrow layers move them much and gain little: for OpenVINO they stay in single precision, and the wide layers of a
network that begins narrow are rounded with care. Onnxruntime's convolutions give 8 bits too, or are slower than fp32.

Activations are unsigned: onnxruntime's default, signed ones, runs at a third of the speed. The graph is simplified by
loading it (onnxruntime writes what it made of it), because the package's own preparation stops at graphs that hold both
a mean and a maximum over an axis.
"""

from __future__ import annotations

import contextlib
import io
import logging
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from scoliogait.errors import DataError
from scoliogait.exported.engines import Arrays
from scoliogait.exported.formats import ExportFormat
from scoliogait.exported.int8_scales import divide_in_rounding, scale_channels_alike
from scoliogait.exported.ports import FRAMES, MAXIMA

# What takes nearly all of the time: of pictures the backbone, where values stay in int8 between its convolutions; of
# poses the linear maps of frames. The rest, pooling and heads, stays in single precision, which costs nothing. The
# heads' maps are products of matrices, whose scales the quantiser lays along what is added up: OpenVINO is wrong there.
_OF_PICTURES: tuple[str, ...] = ("Conv", "Add", "Relu")
_OF_POSES: tuple[str, ...] = ("Conv", "Gemm")
# Output channels below which a convolution is narrow (docs/studies/lower-precision.md has what other bounds give).
LEAST_CHANNELS = 64


class Quantised(NamedTuple):
    """An ONNX graph, and the narrow layers of its backbone that stayed in single precision."""

    graph: bytes
    fp32_layers: tuple[str, ...] = ()


class _Layer(NamedTuple):
    """node: its name in the graph. name: in the bundle. channels: that it gives."""

    node: str
    name: str
    channels: int


def quantised(graph: bytes, feeds: Sequence[Arrays], kind: ExportFormat) -> Quantised:
    """The graph with its backbone in int8 where it takes pictures, else its linear maps; for files of that format.

    feeds: what it was given. Of a network that begins narrow, for OpenVINO, its wide convolutions alone are in int8:
    their inputs are rounded in steps of each channel's own, and what they give is not rounded before it is added.

    Raises DataError where such a network has no wide layer.
    """
    import onnx
    import onnxruntime
    from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static

    class Reader(CalibrationDataReader):
        def __init__(self) -> None:
            self._left = iter(feeds)

        def get_next(self) -> Any:
            return next(self._left, None)

    with TemporaryDirectory() as folder, _silent():
        simple, small = Path(folder) / "simple.onnx", Path(folder) / "int8.onnx"
        options = onnxruntime.SessionOptions()
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
        options.optimized_model_filepath = str(simple)
        onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
        model = onnx.load(simple)
        operations, nodes = _OF_POSES, None
        fp32_layers: tuple[str, ...] = ()
        if FRAMES in feeds[0]:
            operations, nodes = _OF_PICTURES, _nodes_behind(model.graph, MAXIMA)
            layers = _layers(model.graph, nodes)
            if kind == "openvino" and layers[0].channels < LEAST_CHANNELS:
                nodes = _wide(layers)
                fp32_layers = tuple(layer.name for layer in layers if layer.node not in nodes)
                scale_channels_alike(model, nodes, feeds)
                onnx.save(model, simple)
        quantize_static(
            str(simple),
            str(small),
            Reader(),
            quant_format=QuantFormat.QDQ,
            op_types_to_quantize=list(operations),
            nodes_to_quantize=nodes,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            per_channel=True,
            extra_options={"OpTypesToExcludeOutputQuantization": ["Conv"]} if fp32_layers else {},
        )
        model = onnx.load(small)
    divide_in_rounding(model)
    for part in (model, model.graph):
        del part.metadata_props[:]
    del model.graph.value_info[:]
    return Quantised(bytes(model.SerializeToString(deterministic=True)), fp32_layers)


def _layers(graph: Any, nodes: Sequence[str]) -> list[_Layer]:
    """The convolutions among these nodes, from first to last."""
    channels = {held.name: held.dims[0] for held in graph.initializer if held.dims}
    return [
        _Layer(node.name, node.input[1].removeprefix("network.").removesuffix(".weight"), channels[node.input[1]])
        for node in graph.node
        if node.op_type == "Conv" and node.name in nodes
    ]


def _wide(layers: Sequence[_Layer]) -> list[str]:
    wide = [layer.node for layer in layers if layer.channels >= LEAST_CHANNELS]
    if not wide:
        raise DataError(
            f"precision int8: as openvino it is for layers of at least {LEAST_CHANNELS} channels, and this model has "
            "none; take bf16 or fp32"
        )
    return wide


def _nodes_behind(graph: Any, output: str) -> list[str]:
    """Names of the nodes that an output is computed by."""
    makers = {made: node for node in graph.node for made in node.output}
    found, left = {}, [output]
    while left:
        node = makers.get(left.pop())
        if node is not None and node.name not in found:
            found[node.name] = node
            left += node.input
    return list(found)


@contextlib.contextmanager
def _silent() -> Iterator[None]:
    """The quantiser prints advice to prepare the graph, by the function that cannot take it."""
    level = logging.root.level
    logging.root.setLevel(logging.ERROR)
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            yield
    finally:
        logging.root.setLevel(level)
