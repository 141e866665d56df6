#!/usr/bin/env bash
# sleap-io: one more detection in one frame, and the array of an untracked file has room for no people at all.
#
# Versions     sleap-io 0.9.5, numpy 2.4.6.
# Naive guess  `Labels.numpy()` of 100 frames with one person each has one column. If a second person is detected in
#              one frame, it has two columns, or an error says that tracks are missing.
# Behaviour    `untracked=False` is the default and is set aside only while no frame holds more than one person. The
#              first frame with two turns (100, 1, nodes, 2) into (100, 0, nodes, 2): no warning, and means over it
#              are NaN.
# Seen         2026-11-28: (100, 1, 2, 2), then (100, 0, 2, 2) with 101 detections in the file;
#              `numpy(untracked=True)` gives (100, 2, 2, 2).
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
"${PYTHON:-python3}" -m venv venv
venv/bin/pip install --quiet sleap-io==0.9.5 numpy==2.4.6
venv/bin/python -I -W error::UserWarning - <<'PY'
import numpy as np
import sleap_io as sio

skeleton, video = sio.Skeleton(nodes=["hip", "knee"]), sio.Video(filename="walk.mp4")


def person(x):
    points = np.array([[x, 2.0], [x, 4.0]])
    return sio.PredictedInstance.from_numpy(points, skeleton=skeleton, point_scores=np.full(2, 0.9), score=0.9)


def saved(frames):
    sio.Labels(frames).save("walk.slp")
    return sio.load_slp("walk.slp")


frames = [sio.LabeledFrame(video=video, frame_idx=i, instances=[person(i)]) for i in range(100)]
before = saved(frames).numpy().shape
frames[50].instances.append(person(500.0))
labels = saved(frames)
after, asked_for = labels.numpy().shape, labels.numpy(untracked=True).shape
print("one person in each frame:", before)
print(f"a second one in frame 50: {after}, {sum(len(f.instances) for f in labels)} detections in the file")
print("with untracked=True:     ", asked_for)
assert before == (100, 1, 2, 2)
assert asked_for == (100, 2, 2, 2)
assert after == (100, 0, 2, 2), "behaviour changed"
PY
