#!/usr/bin/env bash
# movement reads DeepLabCut files without their frame numbers: after dropped rows, every time is too early.
#
# Versions     movement 0.15.0 (Python 3.11), pandas 3.1.1, numpy 2.4.6, xarray 2026.9.0.
# Naive guess  "The row index corresponds to the frame number", says the documentation of `from_dlc_style_df`; so a
#              table from which the frames without a person were dropped keeps the times of the others.
# Behaviour    The index is not read. Time is 0, 1, 2, ... over the rows that are there, divided by fps: gaps are
#              closed, cadence and speed come out too high, and a pose no longer meets its frame in the video.
# Seen         2026-11-28: frames 100 101 102 110 111 at 10 frames per second: 0.0 0.1 0.2 0.3 0.4 s (expected 10.0
#              10.1 10.2 11.0 11.1 s); without fps: "frames" 0 1 2 3 4.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
"${PYTHON:-python3.11}" -m venv venv
# Only what reading poses imports: all of movement's dependencies are more than a gigabyte.
venv/bin/pip install --quiet --no-deps movement==0.15.0
venv/bin/pip install --quiet sleap-io==0.9.5 xarray==2026.9.0 pandas==3.1.1 numpy==2.4.6 h5py==3.16.0 loguru==0.7.3 \
    opencv-python-headless==5.0.0.93 pynwb==4.2.0 scipy==1.17.1
venv/bin/python -I - 2> movement.log <<'PY' || { cat movement.log >&2; exit 1; }
import numpy as np
import pandas as pd
from movement.io import load_poses

columns = pd.MultiIndex.from_product(
    [["net"], ["hip", "knee"], ["x", "y", "likelihood"]], names=["scorer", "bodyparts", "coords"]
)
frames = [100, 101, 102, 110, 111]
pd.DataFrame(np.full((5, 6), 0.9), index=frames, columns=columns).to_csv("walk.csv")
seconds = load_poses.from_dlc_file("walk.csv", fps=10).time.values
numbers = load_poses.from_dlc_file("walk.csv", fps=None).time.values
print("frames in the file:", *frames)
print("time at 10 fps:    ", *seconds, " expected", *(frame / 10 for frame in frames))
print("without fps:       ", *numbers)
assert np.allclose(seconds, [0, 0.1, 0.2, 0.3, 0.4]), "behaviour changed"
assert list(numbers) == [0, 1, 2, 3, 4], "behaviour changed"
PY
