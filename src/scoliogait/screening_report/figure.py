"""The mean body of a walk without a face: what page 1 shows of the person."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from scoliogait.measurement.body import TrunkSeen, seen
from scoliogait.screening_report.content import BodyFigure
from scoliogait.skeleton import FACE_JOINTS, JOINT, JOINT_NAMES

_MIN_FRAMES = 5
_LEFT, _RIGHT = "left", "right"
_BODY = [name for name in JOINT_NAMES if name.startswith((_LEFT, _RIGHT)) and JOINT[name] not in set(FACE_JOINTS)]


def body_figure(poses: NDArray[np.float32] | None) -> BodyFigure | None:
    """From poses (T, 17, 3), seen from the side that most frames show; None where too few show the body clearly.

    Each frame is moved to the middle of its hips and scaled to the length from shoulders to ankles before the mean.
    """
    if poses is None or len(poses) < _MIN_FRAMES:
        return None
    trunk, visible = TrunkSeen.of(poses), seen(poses)
    front = (trunk.facing > 0).sum() >= (trunk.facing < 0).sum()
    frames = trunk.facing == (1 if front else -1)
    needed = [JOINT[f"{side}_{name}"] for side in (_LEFT, _RIGHT) for name in ("shoulder", "hip", "ankle")]
    frames &= visible[:, needed].all(axis=1)
    if frames.sum() < _MIN_FRAMES:
        return None
    xy = poses[frames, :, :2].astype(np.float64)
    middles = {name: (xy[:, JOINT[f"left_{name}"]] + xy[:, JOINT[f"right_{name}"]]) / 2 for name in ("shoulder", "hip")}
    ankles = (xy[:, JOINT["left_ankle"]] + xy[:, JOINT["right_ankle"]]) / 2
    length = np.linalg.norm(middles["shoulder"] - ankles, axis=1)
    if not (length > 0).all():
        return None
    placed = (xy - middles["hip"][:, None]) / length[:, None, None]
    shown = visible[frames]
    points = {name: _mean(placed[:, JOINT[name]], shown[:, JOINT[name]]) for name in _BODY}
    face = list(FACE_JOINTS)
    points["head"] = _mean(placed[:, face].reshape(-1, 2), shown[:, face].reshape(-1))
    known = {name: point for name, point in points.items() if point is not None}
    return BodyFigure(seen_from="front" if front else "back", points=known)


def _mean(points: NDArray[np.float64], shown: NDArray[np.bool_]) -> tuple[float, float] | None:
    if shown.sum() < _MIN_FRAMES:
        return None
    x, y = np.round(points[shown].mean(axis=0), 3) + 0.0
    return float(x), float(y)
