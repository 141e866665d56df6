#!/usr/bin/env bash
# torch on a CPU: batch norm in training is some hundred times less precise in the channels-last layout.
#
# Versions     torch 2.13.0, numpy 2.4.6, on the CPU of an x86-64 machine (with AVX-512), one thread.
# Naive guess  Channels last is a matter of speed: the same float32 numbers in another order of memory, so the results
#              differ in the last bit or two, as two orders of summation do.
# Behaviour    Channels first the sums of a channel are taken so that rounding does not pile up; channels last they are
#              not. With the 180,224 values a channel of a usual clip (64 frames of 64 x 44), outputs are off by some
#              240 times as much and the running variance by 500 times, and outputs the more so the farther the mean is
#              from 0. Nothing says so: two runs that differ in the layout alone differ in the fourth digit.
# Seen         2026-11-30, largest error against float64, channels first and last, by the mean of the values (deviation
#              1): outputs 4.6e-07 and 1.1e-04 (mean 0), 4.9e-07 and 1.2e-04 (3), 6.4e-06 and 1.5e-03 (100); variance,
#              relative, 9.0e-08 and 4.7e-05, 9.0e-08 and 4.4e-05, 8.5e-08 and 4.1e-05.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
"${PYTHON:-python3}" -m venv venv
venv/bin/pip install --quiet torch==2.13.0 numpy==2.4.6
venv/bin/python -I - <<'PY'
import torch
from torch import nn

torch.set_num_threads(1)


@torch.no_grad()
def errors(x, layout):
    """Largest error of the outputs, and relative error of the variance, against float64."""
    exact, norm = nn.BatchNorm2d(4, momentum=1.0).double().train(), nn.BatchNorm2d(4, momentum=1.0).train()
    wanted = exact(x.double())
    output = (norm(x.contiguous(memory_format=layout)).double() - wanted).abs().max()
    variance = (norm.running_var.double() / exact.running_var - 1).abs().max()
    return float(output), float(variance)


for mean in (0, 3, 100):
    x = torch.randn(64, 4, 64, 44, generator=torch.Generator().manual_seed(0)) + mean
    first, last = errors(x, torch.contiguous_format), errors(x, torch.channels_last)
    print(f"mean {mean:3}: outputs {first[0]:.1e} and {last[0]:.1e}, variance {first[1]:.1e} and {last[1]:.1e}")
    assert last[0] > 50 * first[0], "behaviour changed"
    assert last[1] > 20 * first[1], "behaviour changed"
PY
