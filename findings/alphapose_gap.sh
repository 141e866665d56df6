#!/usr/bin/env bash
# Pose2Sim's AlphaPose converter: the last frame before a gap gets the number of the last frame of the gap.
#
# Versions     pose2sim 0.10.49.
# Naive guess  Each `image_id` of the AlphaPose file becomes one OpenPose file of that number; frames in which nobody
#              was detected have no file (AlphaPose leaves them out).
# Behaviour    A file is written when the next image comes and is named after *that* number minus one. Without gaps
#              this is the same. With a gap, the pose before it moves to the end of the gap: here frame 3 is written
#              as 9, six frames late, right before frame 10; frame 3 seems to be the lost one.
# Seen         2026-11-28: frames 1 2 3 10 11 give files 1 2 9 10 11; file 9 holds the pose of frame 3.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
"${PYTHON:-python3}" -m venv venv
venv/bin/pip install --quiet --no-deps pose2sim==0.10.49
venv/bin/python -I - <<'PY'
import json
from pathlib import Path

from Pose2Sim.Utilities.AlphaPose_to_OpenPose import AlphaPose_to_OpenPose_func

frames = [1, 2, 3, 10, 11]
people = [
    {"image_id": f"{n}.jpg", "category_id": 1, "keypoints": [float(n), 0.0, 0.9] * 17, "score": 2.5} for n in frames
]
Path("alphapose.json").write_text(json.dumps(people))
AlphaPose_to_OpenPose_func("alphapose.json", "openpose")

found = {
    int(path.stem): int(json.loads(path.read_text())["people"][0]["pose_keypoints_2d"][0])
    for path in sorted(Path("openpose").glob("*.json"))
}
print("frames:", frames)
print("number of the file -> frame whose pose it holds:", found)
assert found == {1: 1, 2: 2, 9: 3, 10: 10, 11: 11}, "behaviour changed"
PY
