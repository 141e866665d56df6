"""Captured walks as motion-capture software writes them: TRC as text, C3D with ezc3d."""

from collections.abc import Sequence
from pathlib import Path

import ezc3d
import numpy as np

from captured_walks import captured_joints
from scoliogait.skeleton import JOINT_NAMES

RATE_HZ = 30.0
NAMES = [name if name == "nose" else name.split("_")[0][0].upper() + name.split("_")[1].title() for name in JOINT_NAMES]


def travelling(name: str = "06_01", speed_m_s: float = 1.2, heading_deg: float = 0.0) -> np.ndarray:
    """Joints (T, 17, 3) in metres, x and z along the floor, y up, walking along z turned by the heading about y."""
    joints = captured_joints()[name].astype(np.float64).copy()
    joints[..., 2] += speed_m_s * np.arange(len(joints))[:, None] / RATE_HZ
    angle = np.radians(heading_deg)
    turn = np.array([[np.cos(angle), 0, np.sin(angle)], [0, 1, 0], [-np.sin(angle), 0, np.cos(angle)]])
    return joints @ turn.T + np.array([0.4, 0.0, -0.7])


def write_trc(
    path: Path,
    joints: np.ndarray,
    names: Sequence[str] = NAMES,
    unit: str = "mm",
    rate_hz: float = RATE_HZ,
    first: int = 1,
) -> Path:
    """NaN is an empty cell."""
    scale = {"m": 1, "mm": 1000}[unit]
    n_frames, n_markers = joints.shape[:2]
    rate = f"{rate_hz:g}"
    lines = [
        ["PathFileType", "4", "(X/Y/Z)", path.name],
        [
            "DataRate",
            "CameraRate",
            "NumFrames",
            "NumMarkers",
            "Units",
            "OrigDataRate",
            "OrigDataStartFrame",
            "OrigNumFrames",
        ],
        [rate, rate, str(n_frames), str(n_markers), unit, rate, str(first), str(n_frames)],
        ["Frame#", "Time", *(cell for name in names for cell in (name, "", ""))],
        ["", "", *(f"{axis}{marker}" for marker in range(1, n_markers + 1) for axis in "XYZ")],
        [],
    ]
    for frame, row in enumerate((joints * scale).reshape(n_frames, -1).tolist()):
        cells = ["" if value != value else f"{value:.6f}" for value in row]
        lines.append([str(first + frame), f"{frame / rate_hz:.6f}", *cells])
    path.write_text("\n".join("\t".join(line) for line in lines) + "\n")
    return path


def write_c3d(path: Path, joints: np.ndarray, names: Sequence[str] = NAMES, unit: str = "mm", first: int = 0) -> Path:
    """NaN is a residual of -1."""
    scale = {"m": 1, "mm": 1000}.get(unit, 1)
    content = ezc3d.c3d()
    point = content["parameters"]["POINT"]
    point["RATE"]["value"], point["UNITS"]["value"], point["LABELS"]["value"] = [RATE_HZ], [unit], tuple(names)
    places = (joints * scale).transpose(2, 1, 0)
    missing = np.isnan(places).any(axis=0)
    content["data"]["points"] = np.concatenate([np.where(missing, 0, places), np.ones((1, *missing.shape))])
    content["data"]["meta_points"]["residuals"] = np.where(missing, -1.0, 0.0)[None]
    content["header"]["points"]["first_frame"] = first
    with_suffix = path.with_name("written.c3d")  # ezc3d adds it
    content.write(str(with_suffix))
    with_suffix.replace(path)
    return path
