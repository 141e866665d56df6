"""An ONNX graph in 8-bit integers, its ranges measured on walks.

Of pictures the backbone alone: an addition of the heads in int8 moves the logits more than the whole backbone does.

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
from typing import Any

from scoliogait.exported.engines import Arrays
from scoliogait.exported.ports import FRAMES, MAXIMA

# What takes nearly all of the time: of pictures the backbone, where values stay in int8 between its convolutions; of
# poses the linear maps. The rest, pooling and heads, stays in single precision, which costs nothing.
_OF_PICTURES = ("Conv", "Add", "Relu")
_OF_POSES = ("Conv", "MatMul", "Gemm")


def quantised(graph: bytes, feeds: Sequence[Arrays]) -> bytes:
    """The graph with its backbone in int8 where it takes pictures, else its linear maps. feeds: what it was given."""
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
        of_pictures = FRAMES in feeds[0]
        quantize_static(
            str(simple),
            str(small),
            Reader(),
            quant_format=QuantFormat.QDQ,
            op_types_to_quantize=list(_OF_PICTURES if of_pictures else _OF_POSES),
            nodes_to_quantize=_nodes_behind(onnx.load(simple).graph, MAXIMA) if of_pictures else None,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            per_channel=True,
        )
        model = onnx.load(small)
    for part in (model, model.graph):
        del part.metadata_props[:]
    del model.graph.value_info[:]
    return bytes(model.SerializeToString(deterministic=True))


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
