"""A healthy gait cycle from published joint-angle curves, as the joints of a perfectly symmetric walker.

Phase 0 is the left heel strike; the right side runs half a cycle later. The curves are Fourier fits of tables in
degrees against per cent of the cycle: knee of typically developing children at free speed (Schwartz 2008, as
distributed with detrend1d), hip and ankle of adults (Perry; Winter). Peak-to-peak motions of pelvis, thorax and arms
are in docs/simulated-cohort.md, each with its source.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from scoliogait.simulation.body import Body
from scoliogait.simulation.frames import Array, turn
from scoliogait.skeleton import JOINT, N_JOINTS

# Degrees at 0, 10, ..., 90 % of the cycle.
HIP_FLEXION_DEG = (30.0, 25.0, 17.5, 10.0, 0.0, -10.0, -6.0, 14.0, 28.5, 31.0)
KNEE_FLEXION_DEG = (5.5, 18.9, 16.9, 10.8, 6.8, 11.6, 34.1, 59.4, 50.8, 19.0)
N_HARMONICS = 4
# The hip table counts from the pelvis, which is tilted forward by about this much; a thigh that hangs is at 0.
PELVIC_TILT_DEG = 8.0

# Population means, peak to peak. The traits of a walker scale them.
PELVIC_OBLIQUITY_RANGE_DEG = 9.0
PELVIC_ROTATION_RANGE_DEG = 9.0
THORAX_LIST_RANGE_DEG = 4.5
THORAX_ROTATION_RANGE_DEG = 7.5
TRUNK_SWAY_RANGE_MM = 12.0
ARM_SWING_RANGE_DEG = 35.0
ELBOW_RANGE_DEG = 30.0
STRIDE_LENGTH_STATURES = 0.79

_PELVIC_SWAY_RANGE_M = 0.040
_ARM_MEAN_DEG = -2.5
_ELBOW_MEAN_DEG = 28.0
_ARM_ABDUCTION_DEG = 11.0
_FOREARM_INWARD_DEG = 7.0
_STEP_WIDTH_STATURES = 0.056


def fourier_curve(table: tuple[float, ...], phase: Array, n_harmonics: int = N_HARMONICS) -> Array:
    """Value at each phase (cycles) of the periodic least-squares Fourier fit to an equally spaced table."""
    coefficients = np.fft.rfft(np.asarray(table)) / len(table)
    orders = np.arange(1, n_harmonics + 1)
    waves = np.exp(2j * np.pi * np.multiply.outer(phase, orders))
    return coefficients[0].real + 2.0 * (waves @ coefficients[1 : n_harmonics + 1]).real


def symmetric_walker(body: Body, phase: Array) -> Array:
    """Joints (T, 17, 3) of a healthy, symmetric walker at each phase (cycles), before any trait is planted.

    Metres; x to the walker's left, y up from the floor, z forward of the moving hip midpoint.
    """
    xyz = np.zeros((len(phase), N_JOINTS, 3), order="F")
    sway = 0.5 * _PELVIC_SWAY_RANGE_M * np.cos(2 * np.pi * (phase - 0.30))
    centre = np.stack([sway, np.zeros_like(sway), np.zeros_like(sway)], axis=-1)
    _place_legs(xyz, body, phase, centre)
    shoulders = _place_shoulders(xyz, body, phase, centre)
    _place_arms(xyz, body, phase)
    place_head(xyz, body, shoulders, head_forward_m=0.012 * body.stature_m)
    return stand_on_floor(xyz, body)


def _place_legs(xyz: Array, body: Body, phase: Array, centre: Array) -> None:
    to_left = turn(
        _constant(phase, (body.hip_half_width_m, 0.0, 0.0)),
        "frontal",
        0.5 * PELVIC_OBLIQUITY_RANGE_DEG * np.cos(2 * np.pi * (phase - 0.14)),
    )
    to_left = turn(to_left, "axial", 0.5 * PELVIC_ROTATION_RANGE_DEG * np.cos(2 * np.pi * phase))
    for side, sign, own_phase in (("left", 1.0, phase), ("right", -1.0, phase + 0.5)):
        hip = centre + sign * to_left
        thigh_deg = fourier_curve(HIP_FLEXION_DEG, own_phase) - PELVIC_TILT_DEG
        shank_deg = thigh_deg - fourier_curve(KNEE_FLEXION_DEG, own_phase)
        down = _constant(phase, (0.0, -1.0, 0.0))
        thigh = body.thigh_m * turn(down, "sagittal", thigh_deg)
        shank = body.shank_m * turn(down, "sagittal", shank_deg)
        foot_x = sign * 0.5 * _STEP_WIDTH_STATURES * body.stature_m
        outward_deg = np.rad2deg(np.arcsin((foot_x - hip[:, 0]) / -(thigh + shank)[:, 1]))
        knee = hip + turn(thigh, "frontal", outward_deg)
        xyz[:, JOINT[f"{side}_hip"]] = hip
        xyz[:, JOINT[f"{side}_knee"]] = knee
        xyz[:, JOINT[f"{side}_ankle"]] = knee + turn(shank, "frontal", outward_deg)


def _place_shoulders(xyz: Array, body: Body, phase: Array, centre: Array) -> Array:
    # The trunk leans against the sway of the pelvis, so that the head travels straighter than the hips.
    lean = -0.5e-3 * TRUNK_SWAY_RANGE_MM * np.cos(2 * np.pi * (phase - 0.30))
    up = np.sqrt(body.trunk_m**2 - lean**2)
    middle = centre + np.stack([lean, up, np.zeros_like(lean)], axis=-1)
    to_left = turn(
        _constant(phase, (body.shoulder_half_width_m, 0.0, 0.0)),
        "frontal",
        -0.5 * THORAX_LIST_RANGE_DEG * np.cos(2 * np.pi * (phase - 0.14)),
    )
    to_left = turn(to_left, "axial", -0.5 * THORAX_ROTATION_RANGE_DEG * np.cos(2 * np.pi * phase))
    xyz[:, JOINT["left_shoulder"]] = middle + to_left
    xyz[:, JOINT["right_shoulder"]] = middle - to_left
    return middle


def _place_arms(xyz: Array, body: Body, phase: Array) -> None:
    for side, sign, own_phase in (("left", 1.0, phase), ("right", -1.0, phase + 0.5)):
        shoulder = xyz[:, JOINT[f"{side}_shoulder"]]
        swing = -np.cos(2 * np.pi * own_phase)
        arm_deg = _ARM_MEAN_DEG + 0.5 * ARM_SWING_RANGE_DEG * swing
        elbow_deg = _ELBOW_MEAN_DEG + 0.5 * ELBOW_RANGE_DEG * swing
        upper = body.upper_arm_m * turn(_constant(phase, (0.0, -1.0, 0.0)), "sagittal", arm_deg)
        fore = body.forearm_m * turn(_constant(phase, (0.0, -1.0, 0.0)), "sagittal", arm_deg + elbow_deg)
        elbow = shoulder + turn(upper, "frontal", sign * _ARM_ABDUCTION_DEG)
        xyz[:, JOINT[f"{side}_elbow"]] = elbow
        inward_deg = sign * (_ARM_ABDUCTION_DEG - _FOREARM_INWARD_DEG)
        xyz[:, JOINT[f"{side}_wrist"]] = elbow + turn(fore, "frontal", inward_deg)


def place_head(xyz: Array, body: Body, shoulders: Array, head_forward_m: float) -> None:
    """Set the five face joints upright above the middle of the shoulders (T, 3); the head is rigid."""
    up = float(np.sqrt(body.neck_m**2 - head_forward_m**2))
    ears = shoulders + np.array([0.0, up, head_forward_m])
    for name, offset in face_offsets(body).items():
        xyz[:, JOINT[name]] = ears + offset


def face_offsets(body: Body) -> dict[str, NDArray[np.float64]]:
    """Face joints relative to the middle of the ears, metres (left, up, forward)."""
    width = body.head_half_width_m
    return {
        "nose": np.array([0.0, -0.010, 0.10]),
        "left_eye": np.array([0.43 * width, 0.025, 0.08]),
        "right_eye": np.array([-0.43 * width, 0.025, 0.08]),
        "left_ear": np.array([width, 0.0, 0.0]),
        "right_ear": np.array([-width, 0.0, 0.0]),
    }


def stand_on_floor(xyz: Array, body: Body) -> Array:
    """Shift each frame so that the lower ankle is at ankle height (a soft minimum, so that the body does not jerk)."""
    ankles = xyz[:, [JOINT["left_ankle"], JOINT["right_ankle"]], 1]
    softness_m = 0.01
    lowest = -softness_m * np.logaddexp(-ankles[:, 0] / softness_m, -ankles[:, 1] / softness_m)
    raised = xyz.copy(order="K")
    raised[..., 1] += (body.ankle_height_m - lowest)[:, None]
    return raised


def _constant(phase: Array, vector: tuple[float, float, float]) -> Array:
    return np.broadcast_to(np.asarray(vector), (len(phase), 3)).copy()
