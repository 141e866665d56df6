"""Folders as OpenPose writes them, from poses in COCO-17 order."""

import json
from pathlib import Path
from typing import Any

import numpy as np

from scoliogait.skeleton import JOINT

# Part names and numbers as OpenPose's documentation lists them.
_ARMS = ["Nose", "Neck", "RShoulder", "RElbow", "RWrist", "LShoulder", "LElbow", "LWrist"]
_LEGS = ["RHip", "RKnee", "RAnkle", "LHip", "LKnee", "LAnkle"]
_FACE = ["REye", "LEye", "REar", "LEar"]
COCO_18 = [*_ARMS, *_LEGS, *_FACE]
BODY_25 = [*_ARMS, "MidHip", *_LEGS, *_FACE, "LBigToe", "LSmallToe", "LHeel", "RBigToe", "RSmallToe", "RHeel"]
LAYOUTS = {"BODY_25": BODY_25, "COCO_18": COCO_18}
SIDES = {"L": "left_", "R": "right_"}


def coco_name(part: str) -> str:
    return "nose" if part == "Nose" else SIDES.get(part[0], "?") + part[1:].lower()


def keypoints(pose: np.ndarray, layout: list[str]) -> list[float]:
    rows = [pose[JOINT[coco_name(part)]] if coco_name(part) in JOINT else np.array([9.0, 9.0, 0.5]) for part in layout]
    return [float(value) for value in np.concatenate(rows)]


def write_frames(folder: Path, people: list[list[np.ndarray]], layout: list[str] = BODY_25) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for frame, poses in enumerate(people):
        content: dict[str, Any] = {
            "version": 1.3,
            "people": [{"person_id": [-1], "pose_keypoints_2d": keypoints(pose, layout)} for pose in poses],
        }
        (folder / f"video_{frame:012d}_keypoints.json").write_text(json.dumps(content))
    return folder
