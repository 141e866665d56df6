#!/usr/bin/env bash
# Pose2Sim's C3D to TRC converter writes metres under "mm" and makes a walk at 59.94 frames per second 1.6 % slower.
#
# Versions     pose2sim 0.10.49, c3d 0.6.0, ezc3d 1.7.2 (writes the recording), numpy 2.4.6.
# Naive guess  The TRC file says what the C3D file says: the same unit, the same rate, the first frame at its time.
# Behaviour    Points in mm are divided by 1000, the unit in the header stays "mm". The rate goes through int() for
#              the header and for the time of each frame. The first frame of the recording is at one frame, not at
#              zero.
# Seen         2026-11-28: a hip 900 mm high, 600 frames at 59.94 Hz from frame 1 (10.0 s): header 59 Hz and mm, hip
#              0.9, times 0.0169 s to 10.1695 s (true: 0 to 9.9933 s).
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
"${PYTHON:-python3}" -m venv venv
venv/bin/pip install --quiet --no-deps pose2sim==0.10.49 c3d==0.6.0 ezc3d==1.7.2 numpy==2.4.6
venv/bin/python -I -W ignore::UserWarning - <<'PY'
import ezc3d
import numpy as np
from Pose2Sim.Utilities.c3d_to_trc import c3d_to_trc_func

RATE_HZ, FRAMES = 59.94, 600
walk = ezc3d.c3d()
for name, value in {"RATE": [RATE_HZ], "LABELS": ["HIP"], "UNITS": ["mm"]}.items():
    walk["parameters"]["POINT"][name]["value"] = value
walk["data"]["points"] = np.array([0.0, 0.0, 900.0, 1.0])[:, None, None] * np.ones((1, 1, FRAMES))
walk.write("walk.c3d")
written = ezc3d.c3d("walk.c3d")
assert abs(written["header"]["points"]["frame_rate"] - RATE_HZ) < 1e-3
assert written["data"]["points"][2, 0, 0] == 900

c3d_to_trc_func("walk.c3d", "walk.trc")
lines = open("walk.trc").read().splitlines()
header = dict(zip(lines[1].split("\t"), lines[2].split("\t")))
first, last = ([float(cell) for cell in line.split("\t")] for line in (lines[5], lines[-1]))
print(f"in:  {RATE_HZ} Hz, mm, hip 900, {FRAMES} frames, 0 to {(FRAMES - 1) / RATE_HZ:.4f} s")
print(f"out: {header['DataRate']} Hz, {header['Units']}, hip {first[4]:g}, {first[1]:.4f} to {last[1]:.4f} s")
assert (header["DataRate"], header["Units"]) == ("59", "mm"), "behaviour changed"
assert abs(first[4] - 0.9) < 1e-6, "behaviour changed"
assert abs(first[1] - 1 / 59) < 1e-9 and abs(last[1] - 600 / 59) < 1e-9, "behaviour changed"
PY
