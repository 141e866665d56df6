#!/usr/bin/env bash
# OpenVINO: a matrix product with int8 weights is wrong where each row that is added up has a scale of its own.
#
# Versions     openvino 2026.4.1, onnx 1.23.2, onnxruntime 1.32.0, numpy 2.4.6, on the CPU of an x86-64 machine.
# Naive guess  DequantizeLinear with an axis multiplies along that axis, and MatMul follows: whatever the axis, the result
#              is that of the weights multiplied out, as onnxruntime has it. The quantiser of onnxruntime itself lays the
#              scales of stacked weights (1, K, N) along K.
# Behaviour    OpenVINO's CPU plugin takes scales along the outputs (N) right. Scales along what is added up (K), which
#              cannot be taken out of the sum, give finite numbers of the usual size that are wrong by a third to all of
#              the largest, for (K, N) and (1, K, N), with and without its low-precision transformations. If the
#              multiplied weights are an output of the graph as well, the product is right.
# Seen         2026-11-30, K = 384, N = 64, largest error and largest value: scales along N 0.07 of 16 and 0.07 of 23,
#              scales along K 9.8 of 11 and 5.2 of 14; onnxruntime at most 6e-6 in all.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
"${PYTHON:-python3}" -m venv venv
venv/bin/pip install --quiet openvino==2026.4.1 onnx==1.23.2 onnxruntime==1.32.0 numpy==2.4.6
venv/bin/python -I - <<'PY'
import numpy as np
import onnxruntime
import openvino
from onnx import TensorProto, helper, numpy_helper

K, N = 384, 64
rng = np.random.default_rng(0)
core = openvino.Core()


def graph(weights, scales, axis, shape, with_weights):
    nodes = [
        helper.make_node("DequantizeLinear", ["weights", "scales", "zeros"], ["factors"], axis=axis),
        helper.make_node("MatMul", ["x", "factors"], ["y"]),
    ]
    held = {"weights": weights, "scales": scales, "zeros": np.zeros(len(scales), np.int8)}
    outputs = ["y", "factors"] if with_weights else ["y"]
    model = helper.make_graph(
        nodes,
        "product",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in outputs],
        [numpy_helper.from_array(array, name) for name, array in held.items()],
    )
    return helper.make_model(model, opset_imports=[helper.make_opsetid("", 21)], ir_version=10).SerializeToString()


for lead in ((), (1,)):
    for along, n in (("K", K), ("N", N)):
        axis = len(lead) + (along == "N")
        weights = rng.integers(-127, 128, (*lead, K, N)).astype(np.int8)
        scales = rng.uniform(0.001, 0.011, n).astype(np.float32)
        x = rng.random((*lead, 1, K)).astype(np.float32)
        stretched = scales.reshape([n if place == axis else 1 for place in range(len(lead) + 2)])
        exact = x @ (weights * stretched)
        largest, errors = np.abs(exact).max(), []
        for with_weights in (False, True):
            model = graph(weights, scales, axis, x.shape, with_weights)
            config = {"INFERENCE_PRECISION_HINT": "f32", "LP_TRANSFORMS_MODE": "NO"}
            compiled = core.compile_model(core.read_model(model), "CPU", config)
            errors.append(float(np.abs(compiled({"x": x})["y"] - exact).max()))
        theirs = float(np.abs(onnxruntime.InferenceSession(model).run(["y"], {"x": x})[0] - exact).max())
        print(
            f"weights {weights.shape}, scales along {along}: largest {largest:.1f}, OpenVINO is off by {errors[0]:.2g}, "
            f"with the weights as an output by {errors[1]:.2g}, onnxruntime by {theirs:.2g}"
        )
        assert (errors[0] > 0.2 * largest) == (along == "K"), "behaviour changed"
        assert errors[1] < 0.02 * largest, "behaviour changed"
        assert theirs < 0.02 * largest, "onnxruntime changed"
PY
