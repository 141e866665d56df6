"""What lower precision shifts the logits by, measured on walks and taken back in the graph itself.

Rounding moves every walk in much the same way, because weights are rounded once for all. That part is a constant, so it
needs few walks to be known, and one addition of three numbers to be taken back.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from scoliogait.checkpoints.bundle import Bundle
from scoliogait.exported.compare import bundle_logits
from scoliogait.exported.model import ExportedModel
from scoliogait.exported.ports import LOGITS, OF_FRAMES
from scoliogait.representation.arrays import model_arrays
from scoliogait.walk import Walk


def logit_offset(exported: ExportedModel, bundle: Bundle, walks: Sequence[Walk]) -> NDArray[np.float32]:
    """(1, 3): the bundle's logits less those of its export, mean over the windows of at least one walk.

    Raises DataError where the contract refuses a walk.
    """
    missing = []
    for walk in walks:
        inputs = model_arrays(bundle.contract, walk)
        windows = bundle.contract.windows(next(len(inputs[name]) for name in OF_FRAMES if name in inputs))
        missing.append(bundle_logits(bundle, inputs, windows) - exported.logits(inputs, windows))
    offset: NDArray[np.float32] = np.concatenate(missing).mean(axis=0, keepdims=True, dtype=np.float64)
    return offset.astype(np.float32)


def with_offset(graph: bytes, offset: NDArray[np.float32]) -> bytes:
    """The ONNX graph with ``offset`` (1, 3) added to its logits."""
    import onnx

    model = onnx.load_from_string(graph)
    before, constant = f"{LOGITS}_before_offset", f"{LOGITS}_offset"
    last = next(node for node in model.graph.node if LOGITS in node.output)
    last.output[list(last.output).index(LOGITS)] = before
    model.graph.initializer.append(onnx.numpy_helper.from_array(offset, constant))
    model.graph.node.append(onnx.helper.make_node("Add", [before, constant], [LOGITS], name="add_offset"))
    return bytes(model.SerializeToString(deterministic=True))
