"""The COCO-17 skeleton: names, left/right partners, limbs, and the joint sets that skeleton maps are drawn from.

Code refers to keypoints by these names, never by a bare number. "Left" is the walker's left.
"""

from __future__ import annotations

from typing import Literal

JOINT_NAMES: tuple[str, ...] = (
    "nose",
    "left_eye",
    "right_eye",
    "left_ear",
    "right_ear",
    "left_shoulder",
    "right_shoulder",
    "left_elbow",
    "right_elbow",
    "left_wrist",
    "right_wrist",
    "left_hip",
    "right_hip",
    "left_knee",
    "right_knee",
    "left_ankle",
    "right_ankle",
)
N_JOINTS = len(JOINT_NAMES)
JOINT: dict[str, int] = {name: index for index, name in enumerate(JOINT_NAMES)}

# The eight left/right pairs in the row order of the Postural Asymmetry Vector.
PAIR_NAMES: tuple[str, ...] = ("eyes", "ears", "shoulders", "elbows", "wrists", "hips", "knees", "ankles")
PAIRS: tuple[tuple[int, int], ...] = tuple((1 + 2 * row, 2 + 2 * row) for row in range(len(PAIR_NAMES)))
LEFT_OF_PAIRS: list[int] = [left for left, _ in PAIRS]
RIGHT_OF_PAIRS: list[int] = [right for _, right in PAIRS]

# Index that swaps left and right: poses[:, MIRROR] is the pose with its sides exchanged.
MIRROR: tuple[int, ...] = (0, *(joint for left, right in PAIRS for joint in (right, left)))

FACE_JOINTS: tuple[int, ...] = tuple(JOINT[n] for n in ("nose", "left_eye", "right_eye", "left_ear", "right_ear"))
ANKLE_JOINTS: list[int] = [JOINT["left_ankle"], JOINT["right_ankle"]]
BODY_JOINTS: tuple[int, ...] = tuple(j for j in range(N_JOINTS) if j not in FACE_JOINTS)
# Without these a walk cannot be centred, scaled or judged.
TRUNK_AND_LEG_JOINTS: tuple[int, ...] = tuple(
    JOINT[f"{side}_{part}"] for part in ("shoulder", "hip", "knee", "ankle") for side in ("left", "right")
)


def _limb(first: str, second: str) -> tuple[int, int]:
    return JOINT[first], JOINT[second]


# In the order of OpenGait's skeleton maps. There is no shoulder line: the shoulders hang on the nose.
LIMBS: tuple[tuple[int, int], ...] = (
    _limb("nose", "left_eye"),
    _limb("nose", "right_eye"),
    _limb("left_eye", "left_ear"),
    _limb("right_eye", "right_ear"),
    _limb("nose", "left_shoulder"),
    _limb("left_shoulder", "left_elbow"),
    _limb("left_elbow", "left_wrist"),
    _limb("nose", "right_shoulder"),
    _limb("right_shoulder", "right_elbow"),
    _limb("right_elbow", "right_wrist"),
    _limb("left_shoulder", "left_hip"),
    _limb("left_hip", "left_knee"),
    _limb("left_knee", "left_ankle"),
    _limb("right_shoulder", "right_hip"),
    _limb("right_hip", "right_knee"),
    _limb("right_knee", "right_ankle"),
    _limb("left_hip", "right_hip"),
)
# What pictures for people show besides.
SHOULDER_LINE: tuple[int, int] = _limb("left_shoulder", "right_shoulder")

JointSetName = Literal["full-body", "body-only", "head-lite"]

# full-body: everything. body-only: no face joint. head-lite: body and nose, with the limbs from nose to shoulders.
JOINT_SETS: dict[JointSetName, tuple[int, ...]] = {
    "full-body": tuple(range(N_JOINTS)),
    "body-only": BODY_JOINTS,
    "head-lite": (JOINT["nose"], *BODY_JOINTS),
}


def limbs_of(joints: JointSetName) -> tuple[tuple[int, int], ...]:
    """Limbs whose two ends both belong to the joint set, in map order."""
    members = set(JOINT_SETS[joints])
    return tuple(limb for limb in LIMBS if members.issuperset(limb))
