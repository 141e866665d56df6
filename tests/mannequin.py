"""A mannequin seen from behind, drawn around joints: enough of a body for the networks to find it."""

import numpy as np

from scoliogait.skeleton import JOINT

_SKIN, _SHIRT, _TROUSERS, _SHOES, _HAIR = (205, 160, 130), (60, 90, 160), (40, 40, 50), (20, 20, 20), (60, 45, 35)
# Ends, colour and width, in heights from ankles to eyes.
_LIMBS = (
    ("hip", "knee", _TROUSERS, 0.09),
    ("knee", "ankle", _TROUSERS, 0.07),
    ("shoulder", "elbow", _SHIRT, 0.065),
    ("elbow", "wrist", _SKIN, 0.05),
)


def draw_mannequin(pose: np.ndarray, size_px: tuple[int, int], smooth: bool = True) -> np.ndarray:
    """The picture (H, W, 3) of a pose (17, 3) in px, on a grey ground."""
    import cv2

    picture = np.full((size_px[1], size_px[0], 3), 150, np.uint8)
    at = {name: tuple(np.round(pose[row, :2]).astype(int).tolist()) for name, row in JOINT.items()}
    height = float(pose[[JOINT["left_ankle"], JOINT["right_ankle"]], 1].max() - pose[JOINT["left_eye"], 1])
    sides = ("left", "right")
    for part, end, colour, width in _LIMBS:
        for side in sides:
            cv2.line(picture, at[f"{side}_{part}"], at[f"{side}_{end}"], colour, round(width * height))
    for side in sides:
        cv2.circle(picture, at[f"{side}_ankle"], round(0.035 * height), _SHOES, -1)
    corners = [at[name] for name in ("left_shoulder", "right_shoulder", "right_hip", "left_hip")]
    cv2.fillPoly(picture, [np.array(corners)], _SHIRT)
    cv2.polylines(picture, [np.array(corners)], True, _SHIRT, round(0.07 * height))
    neck, head = (_middle(pose, part) for part in ("shoulder", "ear"))
    cv2.line(picture, neck, head, _SKIN, round(0.055 * height))
    cv2.ellipse(picture, head, (round(0.06 * height), round(0.085 * height)), 0, 0, 360, _HAIR, -1)
    return cv2.GaussianBlur(picture, (5, 5), 0) if smooth else picture


def _middle(pose: np.ndarray, part: str) -> tuple[int, int]:
    x, y = pose[[JOINT[f"left_{part}"], JOINT[f"right_{part}"]], :2].mean(axis=0)
    return round(float(x)), round(float(y))
