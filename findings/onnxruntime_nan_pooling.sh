#!/usr/bin/env bash
# onnxruntime: with one NaN pixel, MaxPool and ReduceMax may answer NaN, a plausible number or a wrong maximum.
#
# Versions     onnxruntime 1.32.0, onnx 1.23.2, numpy 2.4.6, on the CPU of an x86-64 machine (with AVX-512).
# Naive guess  A lost joint that was drawn as NaN makes the output NaN, as in PyTorch and numpy, so a check of the
#              result finds it. Or NaN is ignored, always, and the answer is the maximum of the other pixels.
# Behaviour    Both depend on where the NaN lies. MaxPool 2 x 2 is NaN only if the NaN is the last of the four.
#              ReduceMax of a 4 x 4 picture is NaN, the maximum of the others, or a number that is not the maximum of
#              anything in particular: 14 of 0 to 15. onnx's own reference evaluator answers NaN each time. A finite
#              output does not prove a finite input: check what goes in.
# Seen         2026-11-28, NaN at places 1, 2, 3, 4 of the upper left window: MaxPool 5, 5, 5, nan; ReduceMax nan, 14,
#              15, 15 (other vector units may differ in which; the script asks only that some are finite).
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
"${PYTHON:-python3}" -m venv venv
venv/bin/pip install --quiet onnx==1.23.2 onnxruntime==1.32.0 numpy==2.4.6
venv/bin/python -I - <<'PY'
import numpy as np
import onnxruntime
from onnx import TensorProto, helper
from onnx.reference import ReferenceEvaluator


def model(operator, **attributes):
    node = helper.make_node(operator, ["x"], ["y"], **attributes)
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 1, 4, 4])
    y = helper.make_tensor_value_info("y", TensorProto.FLOAT, None)
    graph = helper.make_graph([node], operator, [x], [y])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)


def picture(row, column):
    """0 to 15, with one NaN in the upper left window [[0, 1], [4, 5]]."""
    x = np.arange(16, dtype=np.float32).reshape(1, 1, 4, 4)
    x[0, 0, row, column] = np.nan
    return x


def run(model, x):
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return session.run(None, {"x": x})[0]


pool, largest = model("MaxPool", kernel_shape=[2, 2], strides=[2, 2]), model("ReduceMax", keepdims=0)
places = [picture(row, column) for row in (0, 1) for column in (0, 1)]
pooled = [float(run(pool, x)[0, 0, 0, 0]) for x in places]
reduced = [float(run(largest, x)) for x in places]
reference = [float(ReferenceEvaluator(largest).run(None, {"x": x})[0]) for x in places]
print("NaN at place 1, 2, 3, 4 of the window")
print("MaxPool:  ", pooled)
print("ReduceMax:", reduced, " onnx reference:", reference)
assert np.isnan(reference).all()
assert np.isfinite(pooled).any(), "behaviour changed"
assert np.isfinite(reduced).any(), "behaviour changed"
PY
