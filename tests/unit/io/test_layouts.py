"""Tables of joint orders, against numbers written down from the estimators' own documentation."""

import numpy as np
import pytest

from scoliogait.errors import DataError
from scoliogait.io.layouts import LAYOUTS, columns_of_names, layout_named, layouts_of
from scoliogait.skeleton import FACE_JOINTS, JOINT, JOINT_NAMES

N_JOINTS = {
    "COCO-17": 17,
    "Human3.6M-17": 17,
    "COCO-18": 18,
    "BODY_25": 25,
    "BODY_25B": 25,
    "HALPE-26": 26,
    "BlazePose-33": 33,
    "SpineTrack-37": 37,
    "WholeBody-133": 133,
    "HALPE-136": 136,
}
SAME_START = list(range(17))
# Where nose, left eye, right eye, left ear ... right ankle stand, as other projects list it by number.
COLUMNS = {
    "COCO-17": SAME_START,
    "COCO-18": [0, 15, 14, 17, 16, 5, 2, 6, 3, 7, 4, 11, 8, 12, 9, 13, 10],
    "BODY_25": [0, 16, 15, 18, 17, 5, 2, 6, 3, 7, 4, 12, 9, 13, 10, 14, 11],
    "BODY_25B": SAME_START,
    "HALPE-26": SAME_START,
    "BlazePose-33": [0, 2, 5, 7, 8, 11, 12, 13, 14, 15, 16, 23, 24, 25, 26, 27, 28],
    "SpineTrack-37": SAME_START,
    "WholeBody-133": SAME_START,
    "HALPE-136": SAME_START,
    "Human3.6M-17": [None] * 5 + [11, 14, 12, 15, 13, 16, 4, 1, 5, 2, 6, 3],
}
# Some numbers of joints that COCO-17 does not have.
OTHERS = {
    "BODY_25": {1: "neck", 8: "mid_hip", 19: "left_bigtoe", 24: "right_heel"},
    "BODY_25B": {17: "upper_neck", 18: "head_top", 19: "left_bigtoe", 21: "left_heel", 22: "right_bigtoe"},
    "HALPE-26": {17: "head", 18: "neck", 19: "mid_hip", 20: "left_bigtoe", 21: "right_bigtoe", 25: "right_heel"},
    "BlazePose-33": {1: "left_eyeinner", 9: "left_mouth", 17: "left_pinky", 31: "left_footindex"},
    "SpineTrack-37": {19: "mid_hip", 26: "spine_1", 30: "spine_5", 33: "left_clavicle", 36: "neck_3"},
    "WholeBody-133": {17: "left_bigtoe", 22: "right_heel", 23: "face_0", 90: "face_67", 91: "left_hand_0"},
    "HALPE-136": {17: "head", 25: "right_heel", 26: "face_0", 93: "face_67", 94: "left_hand_0", 115: "right_hand_0"},
    "Human3.6M-17": {0: "mid_hip", 7: "spine", 8: "thorax", 10: "head"},
}


def test_every_layout_is_listed_here() -> None:
    assert {name: len(layout.joints) for name, layout in LAYOUTS.items()} == N_JOINTS
    assert COLUMNS.keys() == LAYOUTS.keys()
    assert all(len(set(layout.joints)) == len(layout.joints) for layout in LAYOUTS.values())


@pytest.mark.parametrize("name", LAYOUTS)
def test_joints_stand_where_the_estimators_put_them(name: str) -> None:
    layout = LAYOUTS[name]
    assert list(layout.columns) == COLUMNS[name]
    for column, joint in OTHERS.get(name, {}).items():
        assert layout.joints[column] == joint


@pytest.mark.parametrize("name", LAYOUTS)
def test_each_joint_is_carried_to_its_name(name: str) -> None:
    layout = LAYOUTS[name]
    marks = np.arange(4 * len(layout.joints) * 3, dtype=np.float64).reshape(4, -1, 3) + 1
    poses = layout.to_coco17(marks)
    assert poses.dtype == np.float32
    for joint, column in enumerate(COLUMNS[name]):
        np.testing.assert_array_equal(poses[:, joint], 0 if column is None else marks[:, column])
    with pytest.raises(DataError, match=f"{len(layout.joints)} joints"):
        layout.to_coco17(marks[:, 1:])


def test_a_face_that_a_layout_lacks_is_missing() -> None:
    poses = LAYOUTS["Human3.6M-17"].to_coco17(np.ones((2, 17, 3)))
    assert not poses[:, FACE_JOINTS].any()
    assert poses[:, JOINT["left_hip"] :].all()


def test_layouts_are_found_by_count_and_by_name() -> None:
    assert [layout.name for layout in layouts_of(25)] == ["BODY_25", "BODY_25B"]
    assert layouts_of(19) == ()
    for spelling in ("BODY_25B", "body25b", "Body-25B"):
        assert layout_named(spelling) is LAYOUTS["BODY_25B"]
    with pytest.raises(DataError, match=r"'BODY_26' is not known; expected one of COCO-17, .*WholeBody-133"):
        layout_named("BODY_26")


SPELLINGS = {
    "snake": lambda side, part: f"{side}_{part}",
    "camel": lambda side, part: side[0].upper() + part.capitalize(),
    "words": lambda side, part: f"{side.capitalize()} {part.capitalize()}",
    "capitals": lambda side, part: f"{side}_{part}".upper(),
    "part first": lambda side, part: f"{part.capitalize()}.{side.capitalize()}",
    "initial": lambda side, part: f"{side[0]}_{part}",
}


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_names_decide_in_any_order_and_spelling(spelling: str) -> None:
    order = np.random.default_rng(1).permutation(17)
    names = [
        JOINT_NAMES[joint] if JOINT_NAMES[joint] == "nose" else SPELLINGS[spelling](*JOINT_NAMES[joint].split("_"))
        for joint in order
    ]
    columns = columns_of_names(["Neck", *names, "LBigToe"], "file.csv")
    assert [order[column - 1] for column in columns if column is not None] == list(range(17))


# As MMPose's configuration of the data set and VideoPose3D spell them; ankles are called feet.
HUMAN36M = {
    "mmpose": "root right_hip right_knee right_foot left_hip left_knee left_foot spine thorax neck_base head "
    "left_shoulder left_elbow left_wrist right_shoulder right_elbow right_wrist",
    "short": "Hip RHip RKnee RFoot LHip LKnee LFoot Spine Thorax Neck/Nose Head LShoulder LElbow LWrist RShoulder "
    "RElbow RWrist",
}


@pytest.mark.parametrize("names", HUMAN36M.values(), ids=HUMAN36M)
def test_names_of_human36m_are_understood_in_any_order(names: str) -> None:
    listed = names.split()
    assert columns_of_names(listed, "x") == LAYOUTS["Human3.6M-17"].columns
    left_leg_first = [*listed[:1], *listed[4:7], *listed[1:4], *listed[7:]]
    columns = columns_of_names(left_leg_first, "x")
    assert [left_leg_first[column] for column in columns if column is not None] == [
        listed[column] for column in LAYOUTS["Human3.6M-17"].columns if column is not None
    ]


def test_feet_are_no_ankles_elsewhere() -> None:
    names = [name.replace("ankle", "foot") for name in JOINT_NAMES]
    with pytest.raises(DataError, match="names no left_ankle, right_ankle"):
        columns_of_names(names, "x")
    both = [*JOINT_NAMES, "left_foot", "thorax", "right_foot"]
    assert columns_of_names(both, "x") == tuple(range(17))


def test_names_that_lack_or_repeat_a_joint_are_refused() -> None:
    without_face = JOINT_NAMES[5:]
    assert columns_of_names(without_face, "x")[:5] == (None,) * 5
    with pytest.raises(DataError, match=r"a\.csv: names no left_hip, right_hip; .* not markers"):
        columns_of_names([name for name in JOINT_NAMES if "hip" not in name], "a.csv")
    with pytest.raises(DataError, match=r"names left_knee twice \('left_knee' and 'LKnee'\)"):
        columns_of_names([*JOINT_NAMES, "LKnee"], "a.csv")
