"""Nodes that OpenCV takes for layers of its own: the same numbers, in onnxruntime to the bit."""

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from tools.layers_of_opencv import DOMAIN, by_winograd, cut_to_one

SIDE, CHANNELS = 28, 8


def network(beta: float = 0.0, dtype: type = np.float16) -> onnx.ModelProto:
    """A large convolution, a cut to 0..1, one that halves the picture, and a small one; weights in half precision."""
    rng = np.random.default_rng(0)
    nodes, constants, before = [], [], "x"
    for name, stride in (("large", 1), ("halving", 2), ("small", 1)):
        weights = (rng.standard_normal((CHANNELS, CHANNELS, 3, 3)) / 8).astype(dtype).astype(np.float32)
        bias = rng.random(CHANNELS, dtype=np.float32)
        constants += [numpy_helper.from_array(weights, f"{name}_w"), numpy_helper.from_array(bias, f"{name}_b")]
        inputs = [before, f"{name}_w", f"{name}_b"]
        around = {"kernel_shape": [3, 3], "strides": [stride] * 2, "pads": [1] * 4}
        before = f"{name}_cut"
        nodes.append(helper.make_node("Conv", inputs, [name], name=name, **around))
        nodes.append(helper.make_node("HardSigmoid", [name], [before], name=before, alpha=1.0, beta=beta))
    ports = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, CHANNELS, side, side])
        for name, side in (("x", SIDE), (before, SIDE // 2))
    ]
    graph = helper.make_graph(nodes, "network", ports[:1], ports[1:], constants)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def rewritten() -> onnx.ModelProto:
    model = network()
    by_winograd(model)
    cut_to_one(model)
    onnx.checker.check_model(model)
    return model


def picture() -> np.ndarray:
    return np.random.default_rng(1).random((1, CHANNELS, SIDE, SIDE), dtype=np.float32)


def test_only_the_large_convolution_of_stride_1_and_all_cuts_are_rewritten() -> None:
    nodes = rewritten().graph.node
    assert [node.op_type for node in nodes] == ["Convolution", "ReLU6", "Conv", "ReLU6", "Conv", "ReLU6"]
    assert {node.domain for node in nodes if node.op_type != "Conv"} == {DOMAIN}


def test_onnxruntime_gives_the_same_bits() -> None:
    onnxruntime = pytest.importorskip("onnxruntime")
    before, after = (
        onnxruntime.InferenceSession(model.SerializeToString()).run(None, {"x": picture()})[0]
        for model in (network(), rewritten())
    )
    assert 0 < before.mean() < 1
    np.testing.assert_array_equal(before, after)


def test_opencv_takes_its_own_layers_and_gives_the_same_numbers() -> None:
    import cv2

    contents = [np.frombuffer(model.SerializeToString(), np.uint8) for model in (network(), rewritten())]
    nets = [cv2.dnn.readNetFromONNX(content) for content in contents]
    for net in nets:
        net.setInput(picture(), "x")
    before, after = (net.forward() for net in nets)
    np.testing.assert_allclose(before, after, atol=1e-5)
    plan = nets[1].dump()
    assert plan.count(" Convolution {") == 1
    assert plan.count("fused_activation: Clip") == 2, "the cuts after the two plain convolutions are parts of them"


def test_another_activation_is_no_cut() -> None:
    with pytest.raises(SystemExit, match=r"large_cut: is no cut to 0\.\.1"):
        cut_to_one(network(beta=0.5))


def test_weights_that_half_precision_does_not_hold_are_refused() -> None:
    with pytest.raises(SystemExit, match="large: half precision does not hold its weights"):
        by_winograd(network(dtype=np.float32))
