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
    """(1, 3): the bundle's logits less those of its export, mean over walks, as far as that is ``beyond_chance``.

    Raises DataError where the contract refuses a walk.
    """
    missing = []
    for walk in walks:
        inputs = model_arrays(bundle.contract, walk)
        windows = bundle.contract.windows(next(len(inputs[name]) for name in OF_FRAMES if name in inputs))
        difference = bundle_logits(bundle, inputs, windows) - exported.logits(inputs, windows)
        missing.append(difference.mean(axis=0, dtype=np.float64))
    return beyond_chance(np.stack(missing))


def beyond_chance(differences: NDArray[np.float64]) -> NDArray[np.float32]:
    """(N, 3), of N walks, to their mean (1, 3), shrunk towards 0 by the share that chance explains (James and Stein's
    estimator, its positive part): zeros of one walk. What all classes share is left out: it changes no probability.
    """
    spread = differences - differences.mean(axis=1, keepdims=True)
    mean = spread.mean(axis=0, keepdims=True)
    size = float((mean**2).sum())
    if len(spread) < 2 or size == 0.0:
        return np.zeros((1, spread.shape[1]), np.float32)
    by_chance = float(spread.var(axis=0, ddof=1).sum()) / len(spread)
    shrunk: NDArray[np.float64] = mean * max(0.0, 1.0 - by_chance / size)
    return shrunk.astype(np.float32)


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
