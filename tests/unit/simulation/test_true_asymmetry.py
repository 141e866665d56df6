"""The truth of the robust PAV: even walkers have none, planted traits are found with their sign, mirrors turn it."""

import numpy as np
import pytest

from scoliogait.simulation.body import average_body
from scoliogait.simulation.mocap import captured_loops
from scoliogait.simulation.planting import mirror_walker
from scoliogait.simulation.true_asymmetry import regular_walk, true_asymmetry, true_midline_from_hips
from scoliogait.skeleton import PAIR_NAMES
from trait_fixtures import neutral_traits

BODY = average_body()
CURVES = "published curves"
EARS, SHOULDERS, HIPS, ANKLES = (PAIR_NAMES.index(name) for name in ("ears", "shoulders", "hips", "ankles"))
VERTICAL, MIDLINE, ANGULAR = range(3)


def asymmetry_with(**traits: float) -> np.ndarray:
    return true_asymmetry(regular_walk(BODY, neutral_traits() | traits, CURVES))


def test_an_even_walker_has_none() -> None:
    np.testing.assert_allclose(asymmetry_with(), 0, atol=1e-3)


@pytest.mark.parametrize(
    ("trait", "row"),
    [("shoulder_tilt_deg", SHOULDERS), ("pelvic_obliquity_deg", HIPS), ("head_tilt_deg", EARS)],
)
def test_a_planted_tilt_is_the_angle_of_its_pair(trait: str, row: int) -> None:
    planted = asymmetry_with(**{trait: 3.0})
    assert planted[row, ANGULAR] == pytest.approx(np.radians(3), rel=0.02)
    assert planted[row, VERTICAL] > 0


def test_a_trunk_shift_moves_the_upper_body_to_the_left_of_the_axis_and_hips_to_its_right() -> None:
    midline = asymmetry_with(trunk_shift_mm=20.0)[:, MIDLINE]
    # Eyes to the lower ankle: about nine tenths of the stature.
    shift = 128 * 0.020 / (0.9 * BODY.stature_m)
    assert midline[SHOULDERS] == pytest.approx(2 / 3 * shift, rel=0.1)
    assert midline[HIPS] == pytest.approx(-1 / 3 * shift, rel=0.1)
    joints = regular_walk(BODY, neutral_traits() | {"trunk_shift_mm": 20.0}, CURVES)
    assert true_midline_from_hips(joints)[SHOULDERS] == pytest.approx(shift, rel=0.1)
    assert true_midline_from_hips(joints)[HIPS] == 0


def test_the_mirror_image_has_the_opposite() -> None:
    traits = neutral_traits() | {"shoulder_tilt_deg": 2.0, "leg_abduction_difference_deg": 3.0}
    joints = regular_walk(BODY, traits, CURVES)
    np.testing.assert_allclose(true_asymmetry(mirror_walker(joints)), -true_asymmetry(joints), atol=1e-12)


def test_captured_walks_keep_all_their_strides() -> None:
    loop = captured_loops()[0]
    straight = regular_walk(BODY, neutral_traits(), f"captured {loop.name}")
    mirrored = regular_walk(BODY, neutral_traits(), f"captured {loop.name} mirrored")
    assert len(straight) == 120 * loop.n_strides
    np.testing.assert_allclose(true_asymmetry(mirrored), -true_asymmetry(straight), atol=1e-9)
