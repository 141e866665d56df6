#!/usr/bin/env bash
# torch on a CPU: the last bit of exp2 depends on where in a tensor a number stands.
#
# Versions     torch 2.13.0, numpy 2.4.6, on an x86-64 machine with AVX-512, one thread.
# Naive guess  An elementwise operation is a function of the element: the same float32 gives the same float32, wherever
#              it stands and however long the tensor is. So a batch may be cut or padded without a change of results.
# Behaviour    A tensor is gone through in pieces of 32 floats; what is left over at its end goes through another
#              implementation of 2^x, whose last bit differs for some 5 % of the numbers. Sixteen floats, a whole
#              register of AVX-512, are such a rest too. Tensors with rows that lie apart in memory are cut row by row,
#              so there every row has a rest, and the same picture differs with the width of what it was drawn in.
# Seen         2026-11-30, 1,000 numbers of -40 to 0, each repeated: rows of 32 and 64 give one result for each number;
#              with 33, 40 and 48 the last 1, 8 and 16 of a row differ from the others for 51 of the numbers.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
"${PYTHON:-python3}" -m venv venv
venv/bin/pip install --quiet torch==2.13.0 numpy==2.4.6
venv/bin/python -I - <<'PY'
import sys

import torch

torch.set_num_threads(1)
if torch.backends.cpu.get_cpu_capability() != "AVX512":
    sys.exit("needs AVX-512, which torch does not find here")
numbers = torch.linspace(-40, 0, 1000)
for length, expected in ((32, 0), (33, 1), (40, 8), (48, 16), (64, 0)):
    rows = torch.stack([number.repeat(length).exp2() for number in numbers])
    others = rows != rows[:, :1]
    columns = int(others.any(dim=0).sum())
    print(f"rows of {length}: {columns} places of a row differ from the first, for {int(others.any(dim=1).sum())} numbers")
    assert columns == expected, "behaviour changed"
PY
