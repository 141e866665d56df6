"""The landmarks that become joints are those of that name in the layout of BlazePose."""

from scoliogait.io.layouts import LAYOUTS
from scoliogait.skeleton import JOINT_NAMES
from scoliogait.video.estimate import _JOINTS


def test_joints_are_landmarks_of_their_name() -> None:
    assert [LAYOUTS["BlazePose-33"].joints[row] for row in _JOINTS] == list(JOINT_NAMES)
