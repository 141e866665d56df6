"""Which layers of a backbone are in int8, and that channels scaled alike lose less and change nothing else."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
from numpy.typing import NDArray
from onnx import helper, numpy_helper

from scoliogait.errors import DataError
from scoliogait.exported.int8 import LEAST_CHANNELS, quantised
from scoliogait.exported.int8_scales import scale_channels_alike
from scoliogait.exported.ports import FRAMES, MAXIMA

WIDE = LEAST_CHANNELS
FEEDS = [{FRAMES: np.random.default_rng(seed).random((3, 2, 8, 6), np.float32)} for seed in range(4)]


def backbone(channels: Sequence[int]) -> bytes:
    """Convolutions with a ReLU behind each, then the maximum over frames. Channels of a layer differ up to 30-fold."""
    rng, nodes, held, value, before = np.random.default_rng(1), [], [], FRAMES, 2
    for number, n in enumerate(channels):
        weights = rng.normal(0, 0.3, (n, before, 3, 3)) * np.geomspace(1, 30, n)[:, None, None, None]
        name = f"network.backbone.layer{number}.weight"
        held.append(numpy_helper.from_array((weights / weights.std()).astype(np.float32), name))
        nodes += [
            helper.make_node("Conv", [value, name], [f"sum{number}"], name=f"conv{number}", pads=[1] * 4),
            helper.make_node("Relu", [f"sum{number}"], [f"relu{number}"], name=f"relu{number}"),
        ]
        value, before = f"relu{number}", n
    held.append(numpy_helper.from_array(np.array([0]), "axis"))
    nodes.append(helper.make_node("ReduceMax", [value, "axis"], [MAXIMA], name="maximum"))
    frames = helper.make_tensor_value_info(FRAMES, onnx.TensorProto.FLOAT, ["n", 2, 8, 6])
    maxima = helper.make_tensor_value_info(MAXIMA, onnx.TensorProto.FLOAT, [1, before, 8, 6])
    graph = helper.make_graph(nodes, "backbone", [frames], [maxima], held)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=8)
    return bytes(model.SerializeToString())


def maxima(graph: bytes) -> NDArray[np.float32]:
    session = onnxruntime.InferenceSession(graph, providers=["CPUExecutionProvider"])
    found: NDArray[np.float32] = session.run([MAXIMA], FEEDS[0])[0]
    return found


def roundings(graph: bytes) -> dict[str, Any]:
    """The steps by which values, not weights, are rounded."""
    model = onnx.load_from_string(graph)
    held = {one.name: numpy_helper.to_array(one) for one in model.graph.initializer}
    return {node.input[0]: held[node.input[1]] for node in model.graph.node if node.op_type == "QuantizeLinear"}


def test_of_a_network_that_begins_narrow_openvino_has_the_wide_layers_in_int8() -> None:
    exact = backbone((4, WIDE, WIDE))
    made = quantised(exact, FEEDS, "openvino")
    assert made.fp32_layers == ("backbone.layer0",)
    steps = roundings(made.graph)
    assert {name: step.shape for name, step in steps.items()} == {"relu0": (4,), "relu1": (WIDE,)}
    assert steps["relu1"].max() > 5 * steps["relu1"].min()
    kinds = [node.op_type for node in onnx.load_from_string(made.graph).graph.node]
    assert "Mul" not in kinds
    right = maxima(exact)
    assert 0 < np.abs(maxima(made.graph) - right).max() < 0.02 * right.max()


def test_steps_of_channels_lose_less_than_one_step_for_all(monkeypatch: pytest.MonkeyPatch) -> None:
    exact = backbone((4, WIDE, WIDE))
    of_channels = maxima(quantised(exact, FEEDS, "openvino").graph)
    monkeypatch.setattr("scoliogait.exported.int8.scale_channels_alike", lambda *_: None)
    of_all = maxima(quantised(exact, FEEDS, "openvino").graph)
    left = [float(np.square(found - maxima(exact)).mean()) for found in (of_channels, of_all)]
    assert left[0] < 0.9 * left[1]


def test_scaling_channels_changes_no_sum() -> None:
    exact = backbone((4, WIDE))
    model = onnx.load_from_string(exact)
    scale_channels_alike(model, ["conv1"], FEEDS)
    assert model.SerializeToString() != exact
    right = maxima(exact)
    np.testing.assert_allclose(maxima(model.SerializeToString()), right, rtol=0, atol=1e-5 * right.max())


@pytest.mark.parametrize(("channels", "kind"), [((4, WIDE), "onnx"), ((WIDE, 4, WIDE), "openvino")])
def test_all_other_backbones_are_whole_in_int8(channels: tuple[int, ...], kind: Any) -> None:
    made = quantised(backbone(channels), FEEDS, kind)
    assert made.fp32_layers == ()
    assert {step.shape for step in roundings(made.graph).values()} == {()}
    assert FRAMES in roundings(made.graph)


def test_where_no_layer_is_wide_openvino_has_nothing_to_gain() -> None:
    with pytest.raises(DataError, match="layers of at least 64 channels, and this model has none; take bf16 or fp32"):
        quantised(backbone((4, 8)), FEEDS, "openvino")
