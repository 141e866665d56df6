#!/usr/bin/env bash
# trc-data-reader cannot read its own file of a lost marker: every later marker takes the place of the one before.
#
# Versions     trc-data-reader 0.4.1.
# Naive guess  A lost marker is saved as empty cells between tabs, as TRC files have it, and read back as lost.
# Behaviour    It is saved so, but lines are split on any white space, so empty cells vanish. Three cells fewer still
#              make whole markers: the knee is read as the hip, the ankle as the knee, and the ankle is lost. No
#              error, no warning, and all numbers lie where a leg could be.
# Seen         2026-11-28: hip lost in frame 2; read back: hip z = 500 (the knee's), knee z = 100 (the ankle's), ankle
#              nan.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
"${PYTHON:-python3}" -m venv venv
venv/bin/pip install --quiet trc-data-reader==0.4.1 c3d==0.6.0
venv/bin/python -I - <<'PY'
from math import isnan, nan

from trc import TRCData

LEG = {"HIP": 900.0, "KNEE": 500.0, "ANKLE": 100.0}  # heights in mm
seen = [[0.0, 0.0, z] for z in LEG.values()]
walk = TRCData(
    PathFileType="4", DataFormat="(X/Y/Z)", FileName="walk.trc", DataRate=100.0, CameraRate=100.0, NumFrames=2,
    NumMarkers=3, Units="mm", OrigDataRate=100.0, OrigDataStartFrame=1, OrigNumFrames=2, Markers=list(LEG),
)
walk["Frame#"] = [1, 2]
walk[1], walk[2] = (0.0, seen), (0.01, [[nan] * 3, *seen[1:]])  # the hip is lost in frame 2
walk.save("walk.trc")
print("written:", repr(open("walk.trc").read().splitlines()[-1]))

again = TRCData()
again.load("walk.trc", verbose=True)
heights = {name: again[name][1][2] for name in LEG}
print("read back, frame 2, heights in mm:", heights, " expected hip nan, knee 500, ankle 100")
assert heights["HIP"] == 500 and heights["KNEE"] == 100 and isnan(heights["ANKLE"]), "behaviour changed"
PY
