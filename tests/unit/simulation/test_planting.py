"""Planted traits can be measured back, mirror with the curve, and change no bone."""

import numpy as np
import pytest

from scoliogait.representation.asymmetry import postural_asymmetry
from scoliogait.simulation.body import average_body
from scoliogait.simulation.frames import hanging_angle_deg, line_angle_deg
from scoliogait.simulation.gait import symmetric_walker
from scoliogait.simulation.planting import (
    HIPS,
    SHOULDERS,
    middle,
    mirror_walker,
    plant_traits,
    spread_arms,
    step_on_the_spot,
)
from scoliogait.simulation.spine import Curve, mirrored
from scoliogait.simulation.traits import SIDED_NAMES, draw_traits
from scoliogait.skeleton import JOINT, PAIRS
from trait_fixtures import neutral_traits
from walker_laws import assert_bones_keep_their_lengths

BODY = average_body("male", 14.0)
# Whole gait cycles, so that means are means over the cycle.
EVEN = symmetric_walker(BODY, np.arange(180) / 60.0)


def with_trait(name: str, value: float) -> np.ndarray:
    return plant_traits(EVEN, BODY, neutral_traits() | {name: value})


def line(xyz: np.ndarray, pair: tuple[int, int], plane: str) -> np.ndarray:
    return line_angle_deg(xyz[:, pair[0]] - xyz[:, pair[1]], plane)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "pair", "plane"),
    [
        ("shoulder_tilt_deg", SHOULDERS, "frontal"),
        ("thorax_rotation_deg", SHOULDERS, "axial"),
        ("shoulder_protraction_deg", SHOULDERS, "axial"),
        ("pelvic_obliquity_deg", HIPS, "frontal"),
        ("pelvic_rotation_deg", HIPS, "axial"),
    ],
)
def test_planted_tilts_and_turns_are_measured_back(name: str, pair: tuple[int, int], plane: str) -> None:
    assert line(with_trait(name, 3.0), pair, plane).mean() == pytest.approx(3.0, abs=0.05)


def test_planted_ranges_are_measured_back() -> None:
    assert np.ptp(line(with_trait("pelvic_obliquity_range_deg", 6.0), HIPS, "frontal")) == pytest.approx(6.0, abs=0.1)
    assert np.ptp(line(with_trait("thorax_rotation_range_deg", 5.0), SHOULDERS, "axial")) == pytest.approx(5.0, abs=0.1)
    arms = with_trait("arm_swing_range_deg", 24.0)
    upper = arms[:, JOINT["left_elbow"]] - arms[:, JOINT["left_shoulder"]]
    assert np.ptp(hanging_angle_deg(upper)) == pytest.approx(24.0, abs=0.5)


def test_trunk_shift_moves_the_shoulders_over_the_hips_by_that_much() -> None:
    shifted, even = with_trait("trunk_shift_mm", 12.0), with_trait("trunk_shift_mm", 0.0)
    offset = (middle(shifted, SHOULDERS) - middle(shifted, HIPS))[:, 0] - (
        middle(even, SHOULDERS) - middle(even, HIPS)
    )[:, 0]
    np.testing.assert_allclose(1e3 * offset, 12.0, atol=0.3)


def test_unequal_arm_swing_is_shared_out_between_the_arms() -> None:
    walker = with_trait("arm_swing_asymmetry", 0.2)
    ranges = [
        np.ptp(hanging_angle_deg(walker[:, JOINT[f"{side}_elbow"]] - walker[:, JOINT[f"{side}_shoulder"]]))
        for side in ("left", "right")
    ]
    assert ranges[0] / ranges[1] == pytest.approx(1.2 / 0.8, rel=0.01)


def test_step_width_is_the_planted_one() -> None:
    walker = with_trait("step_width_mm", 130.0)
    width = (walker[:, JOINT["left_ankle"]] - walker[:, JOINT["right_ankle"]])[:, 0].mean()
    assert 1e3 * width == pytest.approx(130.0, abs=12.0)


def test_planting_keeps_bones_and_leaves_its_input_alone() -> None:
    before = EVEN.copy()
    traits = draw_traits(np.random.default_rng(1), Curve(35.0, "left", "lumbar"))
    gain = 1.0 + 0.05 * np.sin(np.arange(len(EVEN)))
    assert_bones_keep_their_lengths(plant_traits(EVEN, BODY, traits, gain))
    assert_bones_keep_their_lengths(spread_arms(EVEN, 3.0 * gain))
    assert_bones_keep_their_lengths(step_on_the_spot(EVEN, BODY, np.clip(gain, 0, 1)))
    np.testing.assert_array_equal(EVEN, before)


def test_mirrored_traits_give_the_mirrored_walker() -> None:
    curve = Curve(28.0, "right", "thoracic")
    traits = draw_traits(np.random.default_rng(4), curve)
    image = {name: -value if name in SIDED_NAMES else value for name, value in traits.items()}
    planted = plant_traits(EVEN, BODY, traits)
    np.testing.assert_allclose(plant_traits(mirror_walker(EVEN), BODY, image), mirror_walker(planted), atol=1e-9)
    assert mirrored(mirrored(curve)) == curve


def test_without_curve_and_asymmetry_left_and_right_are_equal_over_whole_cycles() -> None:
    walker = plant_traits(EVEN, BODY, neutral_traits())
    centred = walker - middle(walker, HIPS)[:, None]
    for left, right in PAIRS:
        assert (centred[:, left, 1] - centred[:, right, 1]).mean() == pytest.approx(0.0, abs=1e-4)
        assert (centred[:, left, 0] + centred[:, right, 0]).mean() == pytest.approx(0.0, abs=1e-4)


def test_standing_even_walker_has_no_asymmetry_and_a_tilted_one_has() -> None:
    still = symmetric_walker(BODY, np.array([0.0]))
    both = 0.5 * (still + mirror_walker(still))
    np.testing.assert_allclose(postural_asymmetry(_front_view(both)), 0.0, atol=1e-4)
    tilted = _front_view(plant_traits(both, BODY, neutral_traits() | {"shoulder_tilt_deg": 3.0}))
    vertical = postural_asymmetry(tilted)[:, 0]
    height = np.ptp(both[0, :, 1])
    expected = 128.0 / height * 2 * BODY.shoulder_half_width_m * np.sin(np.deg2rad(3.0))
    # Averaging the two step phases narrows the shoulders a little.
    assert vertical[2] == pytest.approx(expected, rel=0.02)


def _front_view(xyz: np.ndarray) -> np.ndarray:
    """Orthographic poses (T, 17, 3), the walker coming."""
    return np.stack([xyz[..., 0], -xyz[..., 1], np.ones(xyz.shape[:2])], axis=-1) * [100.0, 100.0, 1.0]
