#!/usr/bin/env bash
# torch.onnx.export of a network that works in chunks: frames past the example's number of chunks are ignored,
# silently.
#
# Versions     torch 2.13.0, onnx 1.23.2, onnxscript 0.7.2, onnxruntime 1.32.0, numpy 2.4.6.
# Naive guess  With `Dim.AUTO` the number of frames is free: the exported file reads any walk as the network does, or
#              the export complains. With a named `Dim("frames", min=1, max=4096)` all the more so.
# Behaviour    `range(0, frames, 8)` is unrolled: three chunks for an example of 20 frames, for ever. The file still
#              says that its input has any number of frames. A walk of 24 frames is right; of a walk of 40 it reads
#              the first 24 and answers without a word. The named Dim ends, without a warning too, in a file that
#              takes exactly 20 frames; that one at least refuses other walks.
# Seen         2026-11-28: input [a free symbol, 4]; 24 frames equal torch's, of 40 the peak in the last is lost (0
#              instead of 50); the named Dim gives the input [20, 4].
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
"${PYTHON:-python3}" -m venv venv
venv/bin/pip install --quiet torch==2.13.0
venv/bin/pip install --quiet onnx==1.23.2 onnxscript==0.7.2 onnxruntime==1.32.0 numpy==2.4.6
cat > export.py <<'PY'
import numpy as np
import onnxruntime
import torch


class Peak(torch.nn.Module):
    """The largest value of each feature over a walk (frames, 4), eight frames at a time to bound the memory."""

    def forward(self, walk):
        chunks = [walk[start : start + 8] * 1.0 for start in range(0, walk.shape[0], 8)]
        return torch.cat(chunks).amax(0)


def exported(frames):
    example = torch.zeros(20, 4)
    shapes = {"walk": {0: frames}}
    torch.onnx.export(Peak().eval(), (example,), "peak.onnx", dynamo=True, dynamic_shapes=shapes, verbose=False)
    return onnxruntime.InferenceSession("peak.onnx", providers=["CPUExecutionProvider"])


def difference(session, frames):
    walk = torch.zeros(frames, 4)
    walk[-1] = 50  # the peak is in the last frame
    return float(np.abs(session.run(None, {"walk": walk.numpy()})[0] - Peak()(walk).numpy()).max())


free = exported(torch.export.Dim.AUTO)
declared = free.get_inputs()[0].shape
short, long = difference(free, 24), difference(free, 40)
named = exported(torch.export.Dim("frames", min=1, max=4096)).get_inputs()[0].shape
print(f"Dim.AUTO: input {declared}; difference from torch: {short:g} with 24 frames, {long:g} with 40")
print(f"named Dim: input {named}")
assert isinstance(declared[0], str) and short < 1e-5
assert long == 50, "behaviour changed"
assert named == [20, 4], "behaviour changed"
PY
venv/bin/python -I export.py 2> export.log || { cat export.log >&2; exit 1; }
