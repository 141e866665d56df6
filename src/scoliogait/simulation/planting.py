"""Planting traits on a walker: every change turns or shifts whole parts, so that no bone changes its length in time."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from scoliogait.simulation import gait
from scoliogait.simulation.body import Body
from scoliogait.simulation.frames import Array, LinePlane, hanging_angle_deg, line_angle_deg, turn, turn_joints
from scoliogait.simulation.traits import Traits
from scoliogait.skeleton import FACE_JOINTS, JOINT, MIRROR

LEGS = {side: (JOINT[f"{side}_knee"], JOINT[f"{side}_ankle"]) for side in ("left", "right")}
ARMS = {side: (JOINT[f"{side}_elbow"], JOINT[f"{side}_wrist"]) for side in ("left", "right")}
SHOULDERS = (JOINT["left_shoulder"], JOINT["right_shoulder"])
HIPS = (JOINT["left_hip"], JOINT["right_hip"])
UPPER_BODY = (*FACE_JOINTS, *SHOULDERS, *ARMS["left"], *ARMS["right"])
SIGN = {"left": 1.0, "right": -1.0}


def middle(xyz: Array, pair: tuple[int, int]) -> Array:
    """Midpoint (T, 3) of two joints."""
    return 0.5 * (xyz[:, pair[0]] + xyz[:, pair[1]])


def mirror_walker(xyz: Array) -> Array:
    """The mirror image of a walker: sides exchanged, x negated."""
    return xyz[:, MIRROR] * np.array([-1.0, 1.0, 1.0])


def plant_traits(xyz: Array, body: Body, traits: Traits, gain: NDArray[np.float64] | float = 1.0) -> Array:
    """Joints (T, 17, 3) of a walker with these traits, made from an even walker's.

    ``gain`` (T,) scales all movements per frame, as strides differ. Movements are scaled about their means over the
    frames, so a walk of less than a stride is scaled about its own middle.
    """
    xyz = _plant_legs(xyz, body, traits, gain)
    xyz = _plant_pelvis(xyz, traits, gain)
    xyz = _plant_trunk(xyz, body, traits, gain)
    xyz = _plant_shoulders(xyz, traits, gain)
    xyz = _plant_arms(xyz, traits, gain)
    xyz = _plant_head(xyz, body, traits)
    return gait.stand_on_floor(xyz, body)


def step_on_the_spot(xyz: Array, body: Body, moving: NDArray[np.float64]) -> Array:
    """Legs and arms nearer to hanging straight where the walker turns: ``moving`` (T,) is 1 at full stride."""
    for side, joints in LEGS.items():
        hip, knee = xyz[:, JOINT[f"{side}_hip"]], xyz[:, joints[0]]
        thigh_deg = hanging_angle_deg(knee - hip)
        flexion_deg = thigh_deg - hanging_angle_deg(xyz[:, joints[1]] - knee)
        xyz = turn_joints(xyz, joints[1:], knee, "sagittal", (1.0 - moving) * flexion_deg)
        xyz = turn_joints(xyz, joints, hip, "sagittal", -(1.0 - moving) * thigh_deg)
    for side, joints in ARMS.items():
        shoulder = xyz[:, JOINT[f"{side}_shoulder"]]
        elbow = xyz[:, joints[0]]
        upper_deg = hanging_angle_deg(elbow - shoulder)
        flexion_deg = hanging_angle_deg(xyz[:, joints[1]] - elbow) - upper_deg
        xyz = turn_joints(xyz, joints[1:], elbow, "sagittal", -(1.0 - moving) * flexion_deg)
        xyz = turn_joints(xyz, joints, shoulder, "sagittal", -(1.0 - moving) * upper_deg)
    return gait.stand_on_floor(xyz, body)


def spread_arms(xyz: Array, outward_deg: NDArray[np.float64]) -> Array:
    """Both arms turned away from the body (negative: towards it) by an angle per frame (T,)."""
    for side, joints in ARMS.items():
        xyz = turn_joints(xyz, joints, xyz[:, JOINT[f"{side}_shoulder"]], "frontal", SIGN[side] * outward_deg)
    return xyz


def even_out(xyz: Array) -> Array:
    """Remove the constant tilts of shoulders, hips, trunk and head, and the offsets of arms and legs between sides.

    Captured skeletons carry such offsets from their fit. What remains uneven is movement, which is kept.
    """
    hips = xyz[:, HIPS[0]] - xyz[:, HIPS[1]]
    xyz = _turn_pelvis(xyz, -line_angle_deg(hips, "frontal").mean(), "frontal")
    xyz = _turn_pelvis(xyz, -line_angle_deg(hips, "axial").mean(), "axial")
    lean = middle(xyz, SHOULDERS) - middle(xyz, HIPS)
    xyz = _carry_upper_body(xyz, turn(lean, "frontal", np.rad2deg(np.arctan2(lean[:, 0], lean[:, 1]).mean())) - lean)
    shoulders = xyz[:, SHOULDERS[0]] - xyz[:, SHOULDERS[1]]
    xyz = _turn_shoulders(xyz, -line_angle_deg(shoulders, "frontal").mean(), "frontal")
    xyz = _turn_shoulders(xyz, -line_angle_deg(shoulders, "axial").mean(), "axial")
    xyz = _even_limbs(xyz)
    return _even_head(xyz)


def _even_limbs(xyz: Array) -> Array:
    for limbs, roots in ((ARMS, ("shoulder", "elbow")), (LEGS, ("hip", "knee"))):
        for plane in ("frontal", "sagittal"):
            angles = {}
            for side in limbs:
                bone = xyz[:, JOINT[f"{side}_{roots[1]}"]] - xyz[:, JOINT[f"{side}_{roots[0]}"]]
                outward = SIGN[side] * np.rad2deg(np.arctan2(bone[:, 0], -bone[:, 1]))
                angles[side] = float((outward if plane == "frontal" else hanging_angle_deg(bone)).mean())
            half = 0.5 * (angles["left"] - angles["right"])
            for side, joints in limbs.items():
                pivot = xyz[:, JOINT[f"{side}_{roots[0]}"]]
                correction = -half if plane == "frontal" else -SIGN[side] * half
                xyz = turn_joints(xyz, joints, pivot, plane, correction)
    return xyz


def _even_head(xyz: Array) -> Array:
    ears = (JOINT["left_ear"], JOINT["right_ear"])
    tilt = line_angle_deg(xyz[:, ears[0]] - xyz[:, ears[1]], "frontal").mean()
    xyz = turn_joints(xyz, FACE_JOINTS, middle(xyz, ears), "frontal", -tilt)
    twist = line_angle_deg(xyz[:, ears[0]] - xyz[:, ears[1]], "axial").mean()
    xyz = turn_joints(xyz, FACE_JOINTS, middle(xyz, ears), "axial", -twist)
    neck = middle(xyz, ears) - middle(xyz, SHOULDERS)
    lean = np.rad2deg(np.arctan2(neck[:, 0], neck[:, 1])).mean()
    moved = xyz.copy(order="K")
    moved[:, FACE_JOINTS] += (turn(neck, "frontal", lean) - neck)[:, None]
    return moved


def _plant_legs(xyz: Array, body: Body, traits: Traits, gain: NDArray[np.float64] | float) -> Array:
    step_factor = traits["stride_length_statures"] / gait.STRIDE_LENGTH_STATURES
    ankles = xyz[:, LEGS["left"][1]] - xyz[:, LEGS["right"][1]]
    # Half of the wanted change of step width, as an outward turn of each leg.
    wider_m = 0.5 * (1e-3 * traits["step_width_mm"] - float(ankles[:, 0].mean()))
    outward_deg = np.rad2deg(wider_m / (body.thigh_m + body.shank_m))
    for side, joints in LEGS.items():
        hip, knee = xyz[:, JOINT[f"{side}_hip"]], xyz[:, joints[0]]
        thigh_deg = hanging_angle_deg(knee - hip)
        flexion_deg = thigh_deg - hanging_angle_deg(xyz[:, joints[1]] - knee)
        sign = SIGN[side]
        knee_factor = traits["knee_range_factor"] * (1.0 + sign * traits["knee_range_asymmetry"])
        xyz = turn_joints(xyz, joints[1:], knee, "sagittal", -(knee_factor * gain - 1.0) * _deviation(flexion_deg))
        swing_deg = (step_factor * gain - 1.0) * _deviation(thigh_deg)
        xyz = turn_joints(xyz, joints, hip, "sagittal", swing_deg + sign * traits["step_length_asymmetry_deg"])
        abduction = sign * outward_deg + 0.5 * traits["leg_abduction_difference_deg"]
        xyz = turn_joints(xyz, joints, hip, "frontal", abduction)
    return xyz


def _plant_pelvis(xyz: Array, traits: Traits, gain: NDArray[np.float64] | float) -> Array:
    line = xyz[:, HIPS[0]] - xyz[:, HIPS[1]]
    movements: tuple[tuple[LinePlane, str, float, float], ...] = (
        ("frontal", "pelvic_obliquity", gait.PELVIC_OBLIQUITY_RANGE_DEG, traits["pelvic_obliquity_deg"]),
        ("axial", "pelvic_rotation", gait.PELVIC_ROTATION_RANGE_DEG, traits["pelvic_rotation_deg"]),
    )
    for plane, name, usual, offset in movements:
        factor = traits[f"{name}_range_deg"] / usual
        change = _reshaped(line_angle_deg(line, plane), factor * gain, traits[f"{name}_unevenness"])
        xyz = _turn_pelvis(xyz, change + offset, plane)
    return xyz


def _plant_trunk(xyz: Array, body: Body, traits: Traits, gain: NDArray[np.float64] | float) -> Array:
    trunk = middle(xyz, SHOULDERS) - middle(xyz, HIPS)
    longer = trunk * traits["trunk_length_factor"]
    lean_deg = np.rad2deg(np.arctan2(longer[:, 0], longer[:, 1]))
    factor = traits["trunk_sway_range_mm"] / gait.TRUNK_SWAY_RANGE_MM
    shift_deg = np.rad2deg(np.arcsin(1e-3 * traits["trunk_shift_mm"] / body.trunk_m))
    leaned = turn(longer, "frontal", -(factor * gain - 1.0) * _deviation(lean_deg) - shift_deg)
    leaned = turn(leaned, "sagittal", -traits["trunk_lean_deg"])
    return _carry_upper_body(xyz, leaned - trunk)


def _plant_shoulders(xyz: Array, traits: Traits, gain: NDArray[np.float64] | float) -> Array:
    line = xyz[:, SHOULDERS[0]] - xyz[:, SHOULDERS[1]]
    rotation = traits["thorax_rotation_deg"] + traits["shoulder_protraction_deg"]
    movements: tuple[tuple[LinePlane, str, float, float], ...] = (
        ("frontal", "thorax_list", gait.THORAX_LIST_RANGE_DEG, traits["shoulder_tilt_deg"]),
        ("axial", "thorax_rotation", gait.THORAX_ROTATION_RANGE_DEG, rotation),
    )
    for plane, name, usual, offset in movements:
        factor = traits[f"{name}_range_deg"] / usual
        change = _reshaped(line_angle_deg(line, plane), factor * gain, traits[f"{name}_unevenness"])
        xyz = _turn_shoulders(xyz, change + offset, plane)
    return xyz


def _plant_arms(xyz: Array, traits: Traits, gain: NDArray[np.float64] | float) -> Array:
    swing = traits["arm_swing_range_deg"] / gait.ARM_SWING_RANGE_DEG
    elbow_factor = traits["elbow_range_deg"] / gait.ELBOW_RANGE_DEG
    for side, joints in ARMS.items():
        sign = SIGN[side]
        shoulder, elbow = xyz[:, JOINT[f"{side}_shoulder"]], xyz[:, joints[0]]
        upper_deg = hanging_angle_deg(elbow - shoulder)
        flexion_deg = hanging_angle_deg(xyz[:, joints[1]] - elbow) - upper_deg
        bend = (elbow_factor * gain - 1.0) * _deviation(flexion_deg)
        bend = bend + 0.5 * sign * traits["elbow_flexion_difference_deg"]
        xyz = turn_joints(xyz, joints[1:], elbow, "sagittal", bend)
        factor = swing * (1.0 + sign * traits["arm_swing_asymmetry"])
        xyz = turn_joints(xyz, joints, shoulder, "sagittal", (factor * gain - 1.0) * _deviation(upper_deg))
        outward = sign * (traits["arm_abduction_deg"] - 9.0) + 0.5 * traits["arm_abduction_difference_deg"]
        xyz = turn_joints(xyz, joints, shoulder, "frontal", outward)
    return xyz


def _plant_head(xyz: Array, body: Body, traits: Traits) -> Array:
    ears = (JOINT["left_ear"], JOINT["right_ear"])
    shift_deg = np.rad2deg(np.arcsin(1e-3 * traits["head_shift_mm"] / body.neck_m))
    neck = middle(xyz, ears) - middle(xyz, SHOULDERS)
    moved = xyz.copy(order="K")
    carried = turn(turn(neck, "frontal", -shift_deg), "sagittal", -traits["head_forward_deg"])
    moved[:, FACE_JOINTS] += (carried - neck)[:, None]
    return turn_joints(moved, FACE_JOINTS, middle(moved, ears), "frontal", traits["head_tilt_deg"])


def _turn_pelvis(xyz: Array, angle_deg: NDArray[np.float64] | float, plane: LinePlane) -> Array:
    """Turn the hip line about its middle; the legs are carried along, keeping their directions."""
    return _turn_line(xyz, HIPS, LEGS, angle_deg, plane)


def _turn_shoulders(xyz: Array, angle_deg: NDArray[np.float64] | float, plane: LinePlane) -> Array:
    """Turn the shoulder line about its middle; the arms are carried along, keeping their directions."""
    return _turn_line(xyz, SHOULDERS, ARMS, angle_deg, plane)


def _turn_line(
    xyz: Array,
    pair: tuple[int, int],
    limbs: dict[str, tuple[int, int]],
    angle_deg: NDArray[np.float64] | float,
    plane: LinePlane,
) -> Array:
    turned = turn_joints(xyz, pair, middle(xyz, pair), plane, angle_deg)
    for side, joint in zip(limbs, pair, strict=True):
        turned[:, limbs[side]] += (turned[:, joint] - xyz[:, joint])[:, None]
    return turned


def _carry_upper_body(xyz: Array, by: Array) -> Array:
    moved = xyz.copy(order="K")
    moved[:, UPPER_BODY] += by[:, None]
    return moved


def _deviation(angle_deg: Array) -> Array:
    return angle_deg - angle_deg.mean()


def _reshaped(angle_deg: Array, factor: NDArray[np.float64] | float, unevenness: float) -> Array:
    """Change that scales a movement about its mean and makes its two halves differ, keeping the mean."""
    deviation = _deviation(angle_deg)
    uneven = np.abs(deviation)
    return (factor - 1.0) * deviation + unevenness * (uneven - uneven.mean())
