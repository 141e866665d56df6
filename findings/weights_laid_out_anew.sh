#!/usr/bin/env bash
# torch on a CPU: a convolution lays out its weights anew in every call, in inference and in channels last, too.
#
# Versions     torch 2.13.0, numpy 2.4.6, on an x86-64 machine with AVX-512, one thread.
# Naive guess  Weights in channels last, frames in channels last, inference mode: nothing is left to be converted, and
#              what oneDNN wants beyond that it keeps after the first call.
# Behaviour    oneDNN computes from weights in a blocked layout. torch converts them in every call and throws the result
#              away; nothing but oneDNN's own log shows it, profilers count it as the convolution. For wide layers and
#              few frames it takes a good part of the time. Inference mode does not change that, and the convolution is
#              asked for as one of training. Weights that were converted by hand, as torch's own compiler does it,
#              are used as they are.
# Seen         2026-11-30, three calls of 256 to 256 channels, 3 x 3, eight frames of 16 x 11: three conversions of the
#              weights and three convolutions of kind forward_training; with weights converted before, none and three of
#              forward_inference.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
"${PYTHON:-python3}" -m venv venv
venv/bin/pip install --quiet torch==2.13.0 numpy==2.4.6
cat > calls.py <<'PY'
import sys

import torch
import torch.nn.functional as F

torch.set_num_threads(1)
mkldnn = torch.backends.mkldnn
frames = torch.rand(8, 256, 16, 11).contiguous(memory_format=torch.channels_last)
weight = torch.rand(256, 256, 3, 3).contiguous(memory_format=torch.channels_last)
shape = ([1, 1], [1, 1], [1, 1], 1)
with torch.inference_mode():
    packed = torch.ops.mkldnn._reorder_convolution_weight(weight, *shape, list(frames.shape))
    calls = {
        "plain": lambda: F.conv2d(frames, weight, padding=1),
        "packed": lambda: torch.ops.mkldnn._convolution_pointwise(frames, packed, None, *shape, "none", [], None),
    }
    call = calls[sys.argv[1]]
    call()
    with mkldnn.verbose(mkldnn.VERBOSE_ON):
        for _ in range(3):
            call()
PY
for kind in plain packed; do
  venv/bin/python -I calls.py "$kind" > log
  reorders=$(grep -c ',exec,cpu,reorder,' log || true)
  training=$(grep -c ',exec,cpu,convolution,.*forward_training' log || true)
  inference=$(grep -c ',exec,cpu,convolution,.*forward_inference' log || true)
  echo "$kind weights: $reorders conversions, $training convolutions of training, $inference of inference"
  echo "$reorders $training $inference" >> seen
done
[ "$(tr '\n' ';' < seen)" = "3 3 0;0 0 3;" ] || { echo "behaviour changed"; exit 1; }
