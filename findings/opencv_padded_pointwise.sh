#!/usr/bin/env bash
# OpenCV 5: a 1 x 1 convolution with a margin gives numbers of other pixels, or of no pixel at all.
#
# Versions     opencv-python-headless 5.0.0.93, onnx 1.23.2, numpy 2.4.6, on the CPU of an x86-64 machine.
# Naive guess  A Conv of ONNX with kernel_shape [1, 1] and pads [1, 1, 1, 1] gives each pixel in the middle as without
#              the margin and the bias around them, as in PyTorch, onnxruntime and onnx's own evaluator. Or such a
#              margin is refused.
# Behaviour    The shape is right and the numbers are wrong, with the new engine and the older one: a shortcut for 1 x 1
#              kernels does not look at pads, so that the first pixels of the input fill the first rows of the output,
#              margin included, and what is missing at the end comes from elsewhere in memory. Nothing is said. Kernels
#              of any other size are right, and so is one channel alone. Move the margin into a Pad.
# Seen         2026-11-30, 4 x 4 pixels 1 to 16 in the first of two channels, identity kernel, no bias: first row of six
#              1, 2, 3, 4, 5, 6 with both engines; onnx's evaluator 0, 0, 0, 0, 0, 0.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
"${PYTHON:-python3}" -m venv venv
venv/bin/pip install --quiet opencv-python-headless==5.0.0.93 onnx==1.23.2 numpy==2.4.6
venv/bin/python -I - <<'PY'
import cv2
import numpy as np
from onnx import TensorProto, checker, helper, numpy_helper
from onnx.reference import ReferenceEvaluator

CHANNELS, SIDE, MARGIN = 2, 4, 1
OUT = SIDE + 2 * MARGIN


def model(size):
    """Each pixel as it is, by a kernel of one pixel or of 3 x 3 with a one in the middle, and a margin of one pixel."""
    kernel = np.zeros((CHANNELS, CHANNELS, size, size), np.float32)
    kernel[range(CHANNELS), range(CHANNELS), size // 2, size // 2] = 1
    around = [MARGIN + size // 2] * 4
    node = helper.make_node("Conv", ["x", "kernel"], ["y"], kernel_shape=[size, size], strides=[1, 1], pads=around)
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, CHANNELS, SIDE, SIDE])
    y = helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, CHANNELS, OUT, OUT])
    graph = helper.make_graph([node], "margin", [x], [y], [numpy_helper.from_array(kernel, "kernel")])
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    checker.check_model(made, full_check=True)
    return made


def run(model, engine):
    net = cv2.dnn.readNetFromONNX(np.frombuffer(model.SerializeToString(), np.uint8), engine)
    net.setInput(picture, "x")
    return net.forward()[0, 0]


picture = np.arange(1, CHANNELS * SIDE * SIDE + 1, dtype=np.float32).reshape(1, CHANNELS, SIDE, SIDE)
right = np.pad(picture[0, 0], MARGIN)
for size in (1, 3):
    reference = ReferenceEvaluator(model(size)).run(None, {"x": picture})[0][0, 0]
    assert np.array_equal(reference, right)
    for name, engine in (("new", cv2.dnn.ENGINE_NEW), ("older", cv2.dnn.ENGINE_CLASSIC)):
        found = run(model(size), engine)
        print(f"{size} x {size}, {name} engine: first row {found[0].tolist()}, onnx {reference[0].tolist()}")
        assert found.shape == right.shape
        assert np.array_equal(found, right) == (size == 3), "behaviour changed"
PY
