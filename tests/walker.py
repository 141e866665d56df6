"""A walker drawn by hand, whose posture and stride are known exactly."""

import numpy as np

from scoliogait.skeleton import JOINT_NAMES

# Position across (+ = walker's left) and height above the floor in body heights (eyes to ankles = 1).
_PLACES = {
    "nose": (0.0, 0.97),
    "eye": (0.02, 1.0),
    "ear": (0.04, 0.99),
    "shoulder": (0.12, 0.86),
    "elbow": (0.16, 0.65),
    "wrist": (0.17, 0.48),
    "hip": (0.06, 0.55),
    "knee": (0.06, 0.28),
    "ankle": (0.05, 0.0),
}


def draw_walker(
    n_frames: int = 90,
    *,
    rate_hz: float = 30.0,
    stride_hz: float = 0.9,
    height_px: float = 200.0,
    from_the_front: bool = True,
    shoulder_tilt_deg: float = 0.0,
    step_height: float = 0.12,
    yaw_deg: float = 0.0,
    roll_deg: float = 0.0,
) -> np.ndarray:
    """Poses float32 (T, 17, 3). The feet rise in turn by ``step_height`` body heights; nothing else moves.

    All drifts sideways by 0.002 px a frame, as two frames of a film are never the same to the last digit.

    yaw_deg turns the body about its long axis (90: side view), roll_deg turns the picture. A positive shoulder tilt
    lifts the left shoulder.
    """
    phase = 2 * np.pi * stride_hz * np.arange(n_frames) / rate_hz
    poses = np.ones((n_frames, len(JOINT_NAMES), 3))
    for index, name in enumerate(JOINT_NAMES):
        sign = {"left": 1.0, "right": -1.0}.get(name.split("_")[0], 0.0)
        across, up = _PLACES[name.split("_")[-1]]
        across = across * sign * np.cos(np.radians(yaw_deg))
        lift = np.zeros(n_frames)
        if name.endswith("ankle"):
            lift = step_height * np.maximum(0.0, sign * np.sin(phase))
        if name.endswith("shoulder"):
            lift = lift + across * np.tan(np.radians(shoulder_tilt_deg))
        x = (across if from_the_front else -across) * height_px
        y = -(up + lift) * height_px
        roll = np.radians(roll_deg)
        poses[:, index, 0] = 320 + 0.002 * np.arange(n_frames) + x * np.cos(roll) - y * np.sin(roll)
        poses[:, index, 1] = 300 + x * np.sin(roll) + y * np.cos(roll)
    return poses.astype(np.float32)
