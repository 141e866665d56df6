#!/usr/bin/env bash
# rtmlib's PoseTracker keeps two people apart, but moves three of them between the rows of its answer.
#
# Versions     rtmlib 0.0.16, numpy 2.4.6, opencv-python-headless 5.0.0.93 (no network of rtmlib is needed or loaded).
# Naive guess  The tracker answers in the order of its identities ("reorder keypoints according to track id"), so row
#              0 is the same person in every frame, in whatever order the detector found the people.
# Behaviour    It uses the identities as indices, where their inverse is needed. A swap of two is its own inverse, so
#              every test with two people passes; a rotation of three is not. When the detector lists A, B, C as B, C,
#              A, the answer is C, A, B, and each row continues with somebody else's legs.
# Seen         2026-11-28: two people AB AB AB; three people ABC CAB BCA, where ABC ABC ABC was expected.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
"${PYTHON:-python3}" -m venv venv
venv/bin/pip install --quiet --no-deps rtmlib==0.0.16 numpy==2.4.6 opencv-python-headless==5.0.0.93 tqdm==4.70.1
venv/bin/python -I - <<'PY'
import numpy as np
from rtmlib import PoseTracker

LEFT_EDGE = {"A": 0, "B": 400, "C": 800}  # three people who stand far apart


class Detector:
    det_mode = "human"

    def __call__(self, image):
        return [[0, 0, 1200, 300]]


class Pose:
    """Finds the people of `orders[frame]` in that order, four keypoints each."""

    def __init__(self, orders):
        self.orders = iter(orders)

    def __call__(self, image, bboxes):
        box = np.array([[0.0, 0], [100, 0], [0, 300], [100, 300]])
        people = np.array([box + [LEFT_EDGE[name], 0] for name in next(self.orders)])
        return people, np.ones(people.shape[:2])


def tracked(orders):
    class Solution:
        def __init__(self, **settings):
            self.det_model, self.pose_model = Detector(), Pose(orders)

    tracker, names = PoseTracker(Solution), {left: name for name, left in LEFT_EDGE.items()}
    frames = [tracker(np.zeros((300, 1200, 3), np.uint8))[0] for _ in orders]
    return ["".join(names[person[0, 0]] for person in frame) for frame in frames]


two, three = tracked(["AB", "BA", "AB"]), tracked(["ABC", "BCA", "CAB"])
print("two people   found AB BA AB     answered", *two)
print("three people found ABC BCA CAB  answered", *three, " expected ABC ABC ABC")
assert two == ["AB", "AB", "AB"]
assert three == ["ABC", "CAB", "BCA"], "behaviour changed"
PY
