import numpy as np
import pytest

from scoliogait.measurement.camera_roll import AxisAngles, find_camera_roll


@pytest.mark.parametrize("angle", [0.1, 1.0, 3.0, 30.0])
def test_the_roll_follows_the_angle_however_large_it_is(angle: float) -> None:
    both_ways = AxisAngles(np.full(8, angle), np.array([1, -1] * 4), keypoint_error=0.001)
    roll = find_camera_roll([both_ways])
    assert roll.angle == pytest.approx(angle, rel=0.2)
    assert np.isfinite(roll.error)
