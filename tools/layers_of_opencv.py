"""Nodes that OpenCV runs as layers of its own and that all others run as the functions of ONNX that stand beside them.

    pip install onnx==1.23.2 numpy==2.4.6

OpenCV 5 takes a node of an unknown domain for a layer of that name, if it has one, and does not look at the functions
of a file; onnxruntime puts the function in place of the node before it does anything else, and runs what it ran without
one, to the bit. Two layers of OpenCV are worth it, as its reader of ONNX makes others of the standard nodes:
``ReLU6`` cuts the sums of a convolution before they are written, where a HardSigmoid passes over them once more and a
Clip is a layer of its own; ``Convolution`` knows Winograd's method, which needs less than half of the products of a
plain 3 x 3 convolution. Both names are those of OpenCV 5.0.
"""

from __future__ import annotations

import numpy as np
import onnx
from onnx import AttributeProto, TensorProto, helper, numpy_helper

DOMAIN = "opencv"
_OPSET = [helper.make_opsetid("", 17)]
# Winograd's method works on 6 x 6 pixels at once: on 13 x 13 as many are thrown away as are used.
_LEAST_WINOGRAD_PX = 26


def cut_to_one(model: onnx.ModelProto) -> None:
    """Hard sigmoids that cut numbers to 0..1 and do nothing else as ``ReLU6``."""
    for node in model.graph.node:
        if node.op_type != "HardSigmoid":
            continue
        if {attribute.name: attribute.f for attribute in node.attribute} != {"alpha": 1.0, "beta": 0.0}:
            raise SystemExit(f"{node.name}: is no cut to 0..1")
        node.op_type, node.domain = "ReLU6", DOMAIN
        _give(node, min_value=0.0, max_value=1.0)
    cut = helper.make_node("HardSigmoid", ["x"], ["y"], alpha=1.0, beta=0.0)
    _declare(model, "ReLU6", [cut], ["min_value", "max_value"])


def by_winograd(model: onnx.ModelProto) -> None:
    """3 x 3 convolutions of stride 1 with large outputs as ``Convolution``, whose weights are attributes."""
    constants = {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
    inferred = onnx.shape_inference.infer_shapes(model).graph
    height_of = {
        port.name: port.type.tensor_type.shape.dim[2].dim_value for port in (*inferred.value_info, *inferred.output)
    }
    for node in model.graph.node:
        known = {attribute.name: list(attribute.ints) for attribute in node.attribute}
        suits = known.get("kernel_shape") == [3, 3] and known.get("strides") == [1, 1] and known.get("pads") == [1] * 4
        if node.op_type != "Conv" or not suits or height_of[node.output[0]] < _LEAST_WINOGRAD_PX:
            continue
        weights, bias = (constants[name] for name in node.input[1:])
        half = weights.astype(np.float16)
        if not np.array_equal(half.astype(np.float32), weights):
            raise SystemExit(f"{node.name}: half precision does not hold its weights")
        node.op_type, node.domain, node.input[:] = "Convolution", DOMAIN, node.input[:1]
        _give(node, kernel_shape=[3, 3], pads=[1] * 4, num_output=len(bias))
        for name, values in (("weights", half), ("bias", bias)):
            node.attribute.append(helper.make_attribute(name, numpy_helper.from_array(values)))
    cast = helper.make_node("Cast", ["weights"], ["single"], to=TensorProto.FLOAT)
    convolve = helper.make_node("Conv", ["x", "single", "bias"], ["y"])
    for name in ("kernel_shape", "pads"):
        convolve.attribute.add(name=name, ref_attr_name=name, type=AttributeProto.INTS)
    made = [_attribute_as("weights"), _attribute_as("bias"), cast, convolve]
    _declare(model, "Convolution", made, ["kernel_shape", "pads", "num_output", "weights", "bias"])


def _give(node: onnx.NodeProto, **values: object) -> None:
    del node.attribute[:]
    node.attribute.extend(helper.make_attribute(name, value) for name, value in values.items())


def _attribute_as(name: str) -> onnx.NodeProto:
    node = helper.make_node("Constant", [], [name])
    node.attribute.add(name="value", ref_attr_name=name, type=AttributeProto.TENSOR)
    return node


def _declare(model: onnx.ModelProto, name: str, nodes: list[onnx.NodeProto], attributes: list[str]) -> None:
    model.functions.append(helper.make_function(DOMAIN, name, ["x"], ["y"], nodes, _OPSET, attributes))
    if all(known.domain != DOMAIN for known in model.opset_import):
        model.opset_import.append(helper.make_opsetid(DOMAIN, 1))
