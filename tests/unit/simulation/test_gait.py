"""The healthy walker follows the published curves, is symmetric, and keeps its bones and its feet on the floor."""

import numpy as np
import pytest

from scoliogait.simulation import gait
from scoliogait.simulation.body import average_body
from scoliogait.simulation.frames import hanging_angle_deg
from scoliogait.simulation.planting import mirror_walker
from scoliogait.skeleton import JOINT
from walker_laws import assert_bones_keep_their_lengths

PHASE = np.arange(120) / 60.0
BODY = average_body("female", 13.0)
WALKER = gait.symmetric_walker(BODY, PHASE)


@pytest.mark.parametrize("table", [gait.HIP_FLEXION_DEG, gait.KNEE_FLEXION_DEG])
def test_fourier_fit_passes_near_the_table_and_repeats(table: tuple[float, ...]) -> None:
    at_table = np.arange(10) / 10.0
    fitted = gait.fourier_curve(table, at_table)
    assert np.abs(fitted - table).max() < 2.5
    np.testing.assert_allclose(gait.fourier_curve(table, at_table + 3.0), fitted, atol=1e-9)
    # All harmonics that ten values allow reproduce the table itself.
    np.testing.assert_allclose(np.mean(fitted), np.mean(table), atol=1e-9)


def test_fourier_fit_of_a_cosine_is_that_cosine() -> None:
    table = tuple(3.0 + 2.0 * np.cos(2 * np.pi * np.arange(10) / 10.0))
    phase = np.linspace(0, 1, 37)
    np.testing.assert_allclose(gait.fourier_curve(table, phase), 3.0 + 2.0 * np.cos(2 * np.pi * phase), atol=1e-9)


def test_bones_keep_their_lengths() -> None:
    assert_bones_keep_their_lengths(WALKER)
    left = np.linalg.norm(WALKER[:, JOINT["left_hip"]] - WALKER[:, JOINT["left_knee"]], axis=1)
    np.testing.assert_allclose(left, BODY.thigh_m)


def test_half_a_cycle_later_the_walker_is_its_mirror_image() -> None:
    np.testing.assert_allclose(gait.symmetric_walker(BODY, PHASE + 0.5), mirror_walker(WALKER), atol=1e-9)


def test_one_ankle_is_always_near_the_floor_and_steps_have_a_real_length() -> None:
    ankles = WALKER[:, [JOINT["left_ankle"], JOINT["right_ankle"]]]
    lowest = ankles[..., 1].min(axis=1)
    assert np.all((lowest > BODY.ankle_height_m - 1e-6) & (lowest < BODY.ankle_height_m + 0.008))
    step = np.ptp(ankles[:, 0, 2] - ankles[:, 1, 2]) / 2
    assert 0.33 < step / BODY.stature_m < 0.42


def test_left_foot_leads_at_left_heel_strike_while_the_left_arm_is_back() -> None:
    first = WALKER[0]
    assert first[JOINT["left_ankle"], 2] > first[JOINT["right_ankle"], 2] + 0.3
    assert first[JOINT["left_wrist"], 2] < first[JOINT["right_wrist"], 2]


def test_knees_only_bend_backwards() -> None:
    for side in ("left", "right"):
        hip, knee, ankle = (WALKER[:, JOINT[f"{side}_{part}"]] for part in ("hip", "knee", "ankle"))
        flexion = hanging_angle_deg(knee - hip) - hanging_angle_deg(ankle - knee)
        assert flexion.min() > 0
        assert 55 < flexion.max() < 65


def test_body_rises_and_falls_by_about_three_centimetres() -> None:
    hips = WALKER[:, [JOINT["left_hip"], JOINT["right_hip"]], 1].mean(axis=1)
    assert 0.02 < np.ptp(hips) < 0.05
