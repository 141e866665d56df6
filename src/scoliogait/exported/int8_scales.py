"""Channels of a layer brought to one range before they are rounded: else the largest decides how far the others move.

A channel is divided by its share of the largest value, and the weights that it meets are multiplied by that: the same
sums. The division is part of the rounding, so it costs no pass of its own. (Nagel et al., Data-free quantization
through weight equalization and bias correction, ICCV 2019, fold it into the layer before; an addition has none.)
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scoliogait.exported.engines import Arrays

# A channel is divided by no less than this: one that the walks hardly lit may be lit by others.
_LEAST_SHARE = np.float32(0.1)
_ALIKE = "_alike"


def scale_channels_alike(model: Any, layers: Sequence[str], feeds: Iterable[Arrays]) -> None:
    """Divide the inputs (N, C, H, W) of the convolutions of these names by the shares of their channels, in place.

    model: an ONNX model. feeds: what shows how large channels become.
    """
    from onnx import helper, numpy_helper

    nodes = [node for node in model.graph.node if node.name in layers]
    weights = {held.name: held for held in model.graph.initializer}
    for value, largest in _largest_of_channels(model, sorted({node.input[0] for node in nodes}), feeds).items():
        share = np.maximum(largest / max(largest.max(), np.finfo(np.float32).tiny), _LEAST_SHARE)[:, None, None]
        taking = [node for node in nodes if node.input[0] == value]
        factors = numpy_helper.from_array(1 / share, f"{value}_factors")
        division = helper.make_node("Mul", [value, factors.name], [value + _ALIKE], name=value + _ALIKE)
        model.graph.initializer.append(factors)
        model.graph.node.insert(min(list(model.graph.node).index(node) for node in taking), division)
        for node in taking:
            node.input[0] = value + _ALIKE
            held = weights[node.input[1]]
            held.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(held) * share, held.name))


def divide_in_rounding(model: Any) -> None:
    """Take those divisions out of the quantised model, in place: the rounding behind each gets steps of channels."""
    from onnx import helper, numpy_helper

    nodes, held = model.graph.node, {one.name: one for one in model.graph.initializer}
    divisions = {node.output[0]: node for node in nodes if node.name.endswith(_ALIKE)}
    for node in nodes:
        if node.op_type == "QuantizeLinear" and node.input[0] in divisions:
            value, factors = divisions[node.input[0]].input
            step, zero = (numpy_helper.to_array(held[name]) for name in node.input[1:])
            steps = step / numpy_helper.to_array(held[factors]).ravel()
            of_channels = {f"{value}_steps": steps, f"{value}_zeros": np.full_like(steps, zero, zero.dtype)}
            model.graph.initializer.extend(numpy_helper.from_array(array, name) for name, array in of_channels.items())
            node.input[:] = [value, *of_channels]
            node.attribute.append(helper.make_attribute("axis", 1))
    for division in divisions.values():
        nodes.remove(division)


def _largest_of_channels(model: Any, values: Sequence[str], feeds: Iterable[Arrays]) -> dict[str, NDArray[np.float32]]:
    """(C,) of each value: how far its channels are from 0 at most."""
    import onnx
    import onnxruntime

    shown = onnx.ModelProto()
    shown.CopyFrom(model)
    del shown.graph.output[:]
    shown.graph.output.extend(onnx.helper.make_empty_tensor_value_info(value) for value in values)
    session = onnxruntime.InferenceSession(shown.SerializeToString(), providers=["CPUExecutionProvider"])
    of_feeds = ([np.abs(value).max(axis=(0, 2, 3)) for value in session.run(list(values), dict(fed))] for fed in feeds)
    return {value: np.maximum.reduce(seen) for value, seen in zip(values, zip(*of_feeds, strict=True), strict=True)}
