"""Orders in which pose estimators write the joints of a person, and where each joint of COCO-17 stands in them.

Orders as published by the estimators themselves: OpenPose (``poseParameters.cpp`` for COCO-18 and BODY_25, the training
repository for BODY_25B), Halpe-FullBody, COCO-WholeBody, MediaPipe's pose landmarker, SpineTrack (``spinepose``) and
Human3.6M. Some old configurations of Human3.6M-17 list the left leg before the right one, which no coordinate tells
apart: take the names from such a file, or exchange its sides first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from scoliogait.errors import DataError
from scoliogait.skeleton import JOINT_NAMES, N_JOINTS, TRUNK_AND_LEG_JOINTS

Poses = NDArray[np.float32]


@dataclass(frozen=True)
class Layout:
    """One order of joints. ``joints``: names, those of COCO-17 spelt as in ``skeleton.JOINT_NAMES``."""

    name: str
    joints: tuple[str, ...]

    @cached_property
    def columns(self) -> tuple[int | None, ...]:
        """For each COCO-17 joint its column in this layout, None where the layout lacks it."""
        return tuple(self.joints.index(joint) if joint in self.joints else None for joint in JOINT_NAMES)

    def to_coco17(self, points: NDArray[np.floating]) -> Poses:
        """(..., J, 3) in this layout as float32 (..., 17, 3); a joint that the layout lacks is 0, 0, confidence 0."""
        if points.ndim < 2 or points.shape[-2:] != (len(self.joints), 3):
            raise DataError(
                f"points have shape {points.shape}; {self.name} has {len(self.joints)} joints of x, y, confidence"
            )
        return take_columns(points, self.columns)


def take_columns(points: NDArray[np.floating], columns: Sequence[int | None]) -> Poses:
    """Float32 (..., 17, 3) from (..., J, 3): the joint of each column, zeros where it is None."""
    poses = np.zeros((*points.shape[:-2], N_JOINTS, 3), dtype=np.float32)
    present = [joint for joint, column in enumerate(columns) if column is not None]
    poses[..., present, :] = points[..., [column for column in columns if column is not None], :]
    return poses


_SIDE = {"L": "left", "R": "right"}


def _layout(name: str, *parts: str) -> Layout:
    """``LKnee`` stands for left_knee, ``*Knee`` for left_knee and right_knee, ``face:68`` for face_0 to face_67."""
    joints: list[str] = []
    for word in " ".join(parts).split():
        if ":" in word:
            stem, number = word.split(":")
            joints += [f"{stem}_{index}" for index in range(int(number))]
        elif word[0] == "*":
            joints += [f"{side}_{word[1:].lower()}" for side in _SIDE.values()]
        else:
            joints.append(f"{_SIDE[word[0]]}_{word[1:].lower()}" if word[0] in _SIDE else word)
    return Layout(name, tuple(joints))


_COCO_17 = "nose *Eye *Ear *Shoulder *Elbow *Wrist *Hip *Knee *Ankle"
_HALPE_26 = _COCO_17 + " head neck mid_hip *BigToe *SmallToe *Heel"
_FEET_ONE_AFTER_THE_OTHER = "LBigToe LSmallToe LHeel RBigToe RSmallToe RHeel"
_NECK_AND_ARMS = "nose neck RShoulder RElbow RWrist LShoulder LElbow LWrist"
_LEG_AFTER_LEG = "RHip RKnee RAnkle LHip LKnee LAnkle"
_FACE_AND_HANDS = "face:68 left_hand:21 right_hand:21"
_FACE_FROM_THE_RIGHT = "REye LEye REar LEar"

_ALL = (
    _layout("COCO-17", _COCO_17),
    _layout(
        "Human3.6M-17",
        "mid_hip",
        _LEG_AFTER_LEG,
        "spine thorax neck head LShoulder LElbow LWrist RShoulder RElbow RWrist",
    ),
    _layout("COCO-18", _NECK_AND_ARMS, _LEG_AFTER_LEG, _FACE_FROM_THE_RIGHT),
    _layout("BODY_25", _NECK_AND_ARMS, "mid_hip", _LEG_AFTER_LEG, _FACE_FROM_THE_RIGHT, _FEET_ONE_AFTER_THE_OTHER),
    _layout("BODY_25B", _COCO_17, "upper_neck head_top", _FEET_ONE_AFTER_THE_OTHER),
    _layout("HALPE-26", _HALPE_26),
    _layout(
        "BlazePose-33",
        "nose LEyeInner LEye LEyeOuter REyeInner REye REyeOuter *Ear *Mouth *Shoulder *Elbow *Wrist",
        "*Pinky *Index *Thumb *Hip *Knee *Ankle *Heel *FootIndex",
    ),
    _layout("SpineTrack-37", _HALPE_26, "spine_1 spine_2 spine_3 spine_4 spine_5 *Latissimus *Clavicle neck_2 neck_3"),
    _layout("WholeBody-133", _COCO_17, _FEET_ONE_AFTER_THE_OTHER, _FACE_AND_HANDS),
    _layout("HALPE-136", _HALPE_26, _FACE_AND_HANDS),
)
LAYOUTS: dict[str, Layout] = {layout.name: layout for layout in _ALL}
COCO_17 = LAYOUTS["COCO-17"]


def layouts_of(n_joints: int) -> tuple[Layout, ...]:
    """Every layout of this many joints, perhaps none."""
    return tuple(layout for layout in _ALL if len(layout.joints) == n_joints)


def layout_named(name: str) -> Layout:
    """The layout of this name; case, hyphens, dots and underscores do not matter. DataError lists the names."""
    for layout in _ALL:
        if _letters(layout.name) == _letters(name):
            return layout
    raise DataError(f"layout {name!r} is not known; expected one of {', '.join(LAYOUTS)}")


def columns_of_names(names: Sequence[str], where: str) -> tuple[int | None, ...]:
    """For each COCO-17 joint the column that a file declares for it, by name; None where the file lacks the joint.

    left_knee, LKnee, "Left Knee", l_knee and KneeLeft are the same joint. Human3.6M calls the ankles feet: where a file
    names a thorax and no ankle, its feet are taken as ankles. Raises DataError when a joint is named twice,
    or when a shoulder, hip, knee or ankle is not named.
    """
    found: dict[str, int] = {}
    letters = {_letters(name) for name in names}
    spellings = _SPELLINGS_OF_HUMAN36M if "thorax" in letters and not letters & _ANKLES else _SPELLINGS
    for column, name in enumerate(names):
        joint = spellings.get(_letters(name))
        if joint in found:
            raise DataError(f"{where}: names {joint} twice ({names[found[joint]]!r} and {name!r}); keep one of them")
        if joint is not None:
            found[joint] = column
    lacking = [JOINT_NAMES[joint] for joint in TRUNK_AND_LEG_JOINTS if JOINT_NAMES[joint] not in found]
    if lacking:
        raise DataError(f"{where}: names no {', '.join(lacking)}; trunk and legs are needed, as joints and not markers")
    return tuple(found.get(joint) for joint in JOINT_NAMES)


def _letters(text: str) -> str:
    return "".join(letter for letter in text.lower() if letter.isalnum())


def _spellings() -> dict[str, str]:
    spellings = {"nose": "nose"}
    for joint in JOINT_NAMES[1:]:
        side, part = joint.split("_")
        spellings |= dict.fromkeys((side + part, side[0] + part, part + side, part + side[0]), joint)
    return spellings


_SPELLINGS = _spellings()
_ANKLES = {spelling for spelling, joint in _SPELLINGS.items() if joint.endswith("ankle")}
_SPELLINGS_OF_HUMAN36M = _SPELLINGS | {ankle.replace("ankle", "foot"): _SPELLINGS[ankle] for ankle in _ANKLES}
