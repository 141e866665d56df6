"""Poses and silhouettes of a video the plain way, to compare with: OpenCV, one thing after the other.

The detector looks at every third picture, as it is; BlazePose runs on the square around each box, on the picture and
on its mirror image, one after the other; both are averaged. The networks are as they were converted.
Neither times nor turns of the file are looked at, nobody is followed, nobody is chosen.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np

LOOK_EVERY = 3
JOINTS = [0, 2, 5, 7, 8, 11, 12, 13, 14, 15, 16, 23, 24, 25, 26, 27, 28]
MIRROR = [0, 2, 1, 4, 3, 6, 5, 8, 7, 10, 9, 12, 11, 14, 13, 16, 15]
BLAZEPOSE_OUTPUTS = ["Identity", "Identity_1", "Identity_2", "Identity_3"]
NANODET_OUTPUTS = [f"Identity{number}:0" for number in ("", "_1", "_2", "_3", "_4", "_5")]
MEAN, STD = (103.53, 116.28, 123.675), (57.375, 57.12, 58.395)


def read_plainly(video: str, weights: str) -> tuple[list[list[np.ndarray]], list[list[np.ndarray]]]:
    """Of each picture the poses (17, 3) and the silhouettes (64, 64) of its people."""
    cv2.setNumThreads(1)
    blazepose = cv2.dnn.readNetFromONNX(str(Path(weights) / "blazepose-full.onnx"))
    nanodet = cv2.dnn.readNetFromONNX(str(Path(weights) / "nanodet-g-416.onnx"))
    poses, silhouettes, boxes = [], [], np.empty((0, 4))
    with av.open(video) as container:
        for number, frame in enumerate(container.decode(video=0)):
            rgb = frame.to_ndarray(format="rgb24")
            if number % LOOK_EVERY == 0:
                boxes = found_people(nanodet, rgb)
            people = [person for box in boxes if (person := pose_in(blazepose, rgb, box)) is not None]
            poses.append([pose for pose, _ in people])
            silhouettes.append([silhouette_of(outline) for _, outline in people])
    return poses, silhouettes


def found_people(net: Any, rgb: np.ndarray) -> np.ndarray:
    """Boxes (P, 4), left, top, right, bottom."""
    height, width = rgb.shape[:2]
    scale = 416 / max(height, width)
    w, h = round(width * scale), round(height * scale)
    left, top = (416 - w) // 2, (416 - h) // 2
    square = np.full((416, 416, 3), 114, np.uint8)
    square[top : top + h, left : left + w] = cv2.resize(rgb, (w, h), interpolation=cv2.INTER_AREA)
    picture = (square[..., ::-1].astype(np.float32) - np.float32(MEAN)) / np.float32(STD)
    net.setInput(np.ascontiguousarray(picture.transpose(2, 0, 1)[None]))
    outputs = net.forward(NANODET_OUTPUTS)
    boxes, scores = [], []
    for score, sides, stride in zip(outputs[:3], outputs[3:], (8, 16, 32), strict=True):
        n = 416 // stride
        for place in np.flatnonzero(score[0, :, 0] >= 0.35):
            weight = np.exp(sides[0, place].reshape(4, 11))
            reach = (weight * np.arange(11)).sum(axis=1) / weight.sum(axis=1) * stride
            x, y = place % n * stride + (stride - 1) / 2, place // n * stride + (stride - 1) / 2
            boxes.append([x - reach[0], y - reach[1], reach[0] + reach[2], reach[1] + reach[3]])
            scores.append(float(score[0, place, 0]))
    kept = [boxes[row] for row in cv2.dnn.NMSBoxes(boxes, scores, 0.35, 0.5)] if boxes else []
    corners = np.array(kept, dtype=np.float64).reshape(-1, 4)
    corners[:, 2:] += corners[:, :2]
    return (corners - [left, top, left, top]) / scale


def pose_in(net: Any, rgb: np.ndarray, box: np.ndarray) -> tuple[np.ndarray, np.ndarray] | None:
    """Pose (17, 3) and outline (256, 256) of the person in a box."""
    side = 1.3 * max(box[2] - box[0], box[3] - box[1])
    left, top = (box[0] + box[2] - side) / 2, (box[1] + box[3] - side) / 2
    scale = side / 256
    matrix = np.array([[scale, 0, left + scale / 2 - 0.5], [0, scale, top + scale / 2 - 0.5]])
    square = cv2.warpAffine(rgb, matrix, (256, 256), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)
    plain = run_blazepose(net, square)
    twin = run_blazepose(net, square[:, ::-1])
    if min(plain[1], twin[1]) < 0.5:
        return None
    mirrored = twin[0][MIRROR] * [-1, 1, 1] + [256, 0, 0]
    pose = (plain[0] + mirrored) / 2
    pose[:, :2] = pose[:, :2] * scale + [left, top]
    pose[:, 2] = np.minimum(plain[0][:, 2], mirrored[:, 2])
    return pose, np.where(plain[2] + twin[2][:, ::-1] > 0, 255, 0).astype(np.uint8)


def run_blazepose(net: Any, square: np.ndarray) -> tuple[np.ndarray, float, np.ndarray]:
    """Joints (17, 3) in px of the square, the probability of a person, and the logits of the outline."""
    net.setInput(np.ascontiguousarray(square, np.float32)[None] / np.float32(255))
    landmarks, presence, outline, heat = net.forward(BLAZEPOSE_OUTPUTS)
    values = landmarks.reshape(39, 5)[JOINTS]
    places = np.array([refined(x, y, heat[0, :, :, row]) for (x, y), row in zip(values[:, :2], JOINTS, strict=True)])
    joints = np.column_stack([places, 1 / (1 + np.exp(-values[:, 3]))])
    return joints, float(presence.item()), outline[0, ..., 0]


def refined(x: float, y: float, heat: np.ndarray) -> tuple[float, float]:
    """A place moved to the middle of the heat around it."""
    column, row = int(x // 4), int(y // 4)
    if not (0 <= column < 64 and 0 <= row < 64):
        return x, y
    top, left = max(0, row - 3), max(0, column - 3)
    near = 1 / (1 + np.exp(-heat[top : row + 4, left : column + 4].astype(float)))
    if near.max() < 0.5:
        return x, y
    rows, columns = np.indices(near.shape)
    return 4 * ((columns + left) * near).sum() / near.sum(), 4 * ((rows + top) * near).sum() / near.sum()


def silhouette_of(outline: np.ndarray) -> np.ndarray:
    """The person 64 px tall in the middle of (64, 64)."""
    small = np.zeros((64, 64), np.uint8)
    rows = np.flatnonzero(outline.any(axis=1))
    if not len(rows):
        return small
    person = outline[rows[0] : rows[-1] + 1]
    wide = max(1, person.shape[1] * 64 // len(person))
    resized = cv2.resize(person, (wide, 64), interpolation=cv2.INTER_CUBIC)
    middle = int(np.median(np.nonzero(resized)[1])) if resized.any() else wide // 2
    padded = np.pad(resized, ((0, 0), (32, 32)))
    return padded[:, middle : middle + 64]
