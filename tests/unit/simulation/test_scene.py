"""Cameras and noise as one value or as a range: what a range changes, and what it must not."""

from collections import Counter

import numpy as np
import pytest
from pydantic import ValidationError

from scoliogait.simulation.cohort import plan_cohort, simulate_walk
from scoliogait.simulation.config import CohortConfig
from scoliogait.simulation.scene import draw_scene

SMALL = {"n_walks": 40, "n_frames": 12, "seed": 4, "silhouettes": False}
RANGES = {
    "noise_factor": (0.5, 2.0),
    "camera_height_m": (0.9, 2.2),
    "camera_roll_deg": (-10.0, 10.0),
    "camera_pitch_deg": (4.0, 9.0),
    "camera_distance_m": (3.2, 6.0),
}
# Left shoulder, right hip and nose (x, y in pixels) in the last frame of walk 0, written before there were ranges.
RECORDED = {5: (674.990, 248.951), 12: (634.237, 324.928), 0: (649.812, 227.424)}


def poses(n: int = 3, **settings: object) -> np.ndarray:
    config = CohortConfig(**SMALL | settings)
    return np.stack([simulate_walk(config, plan).walk.poses for plan in plan_cohort(config)[:n]])


@pytest.mark.parametrize(
    "settings",
    [
        {"camera_height_m": (1.4, 1.4), "noise_factor": "1:1"},
        {"camera_height_m": "1.4", "camera_roll_deg": 0, "camera_distance_m": 3.6, "camera_pitch_deg": 6.0},
    ],
)
def test_the_usual_values_written_out_give_the_usual_walks(settings: dict) -> None:
    np.testing.assert_array_equal(poses(**settings), poses())


def test_the_usual_walks_are_those_of_before_there_were_ranges() -> None:
    last = poses(n=1)[0, -1]
    for joint, place in RECORDED.items():
        np.testing.assert_allclose(last[joint, :2], place, atol=0.01)
    assert "camera_roll_deg" not in CohortConfig(**SMALL).as_origin()


@pytest.mark.parametrize("name", RANGES)
def test_a_range_is_drawn_per_walk_over_its_whole_width_and_stated(name: str) -> None:
    config = CohortConfig(**SMALL | {name: RANGES[name]})
    attribute = {"noise_factor": name}.get(name, name.removeprefix("camera_"))
    drawn = np.array([getattr(draw_scene(config, walk), attribute) for walk in range(400)])
    low, high = RANGES[name]
    assert low <= drawn.min() < low + 0.05 * (high - low)
    assert high >= drawn.max() > high - 0.05 * (high - low)
    assert drawn.mean() == pytest.approx((low + high) / 2, abs=0.06 * (high - low))
    spread = {"camera_height_m": 0.25, "camera_roll_deg": 2.0, "camera_pitch_deg": 5.0}.get(name, 1e-12)
    for plan in plan_cohort(config)[:5]:
        assert simulate_walk(config, plan).truth[name] == pytest.approx(drawn[plan.walk], abs=spread)


def test_walks_of_one_person_have_cameras_of_their_own() -> None:
    config = CohortConfig(**SMALL | RANGES)
    plans = plan_cohort(config)
    busiest, _ = Counter(plan.subject for plan in plans).most_common(1)[0]
    of_one = [plan.walk for plan in plans if plan.subject == busiest]
    assert len(of_one) > 1
    assert len({draw_scene(config, walk) for walk in of_one}) == len(of_one)


def test_a_range_of_one_setting_leaves_the_others_as_they_are() -> None:
    alone, both = CohortConfig(**SMALL, noise_factor=(0.5, 2)), CohortConfig(**SMALL | RANGES)
    assert [draw_scene(alone, w).noise_factor for w in range(9)] == [draw_scene(both, w).noise_factor for w in range(9)]
    config = CohortConfig(**SMALL, camera_roll_deg=(-10, 10))
    plain = CohortConfig(**SMALL)
    for plan in plan_cohort(config)[:4]:
        ranged, usual = simulate_walk(config, plan).truth, simulate_walk(plain, plan).truth
        assert {name for name in usual if usual[name] != ranged[name]} == {"camera_roll_deg"}


def test_a_rolled_camera_turns_the_picture_about_its_middle() -> None:
    clean = {"noise_factor": 0.0}
    level, rolled = poses(**clean)[..., :2], poses(**clean, camera_roll_deg=8.0)[..., :2]
    # Shoulders, which carry no offset of the estimator: the same figure, turned by 8 degrees about (640, 360).
    level, rolled = level[:, :, 5:7] - (640, 360), rolled[:, :, 5:7] - (640, 360)
    turn = np.deg2rad(8.0)
    expected = level @ np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    np.testing.assert_allclose(rolled, expected, atol=0.01)


def test_further_away_is_smaller_and_more_noise_is_less_smooth() -> None:
    def height(found: np.ndarray) -> float:
        return float(np.ptp(found[..., 1], axis=2).mean())

    assert height(poses(camera_distance_m=8.0)) < 0.8 * height(poses())
    clean, usual, noisy = (poses(noise_factor=factor) for factor in (0.0, 1.0, 3.0))
    assert np.abs(noisy - clean)[..., :2].mean() > 2.5 * np.abs(usual - clean)[..., :2].mean()


def test_every_corner_of_the_ranges_keeps_the_walker_in_the_picture() -> None:
    seen = poses(n=12, **{name: RANGES[name] for name in ("camera_height_m", "camera_distance_m")})
    middle = seen[..., 11:13, :2].mean(axis=2)
    assert ((middle > 0) & (middle < (1280, 720))).all()


def test_a_range_survives_the_record_in_a_store() -> None:
    config = CohortConfig(**SMALL | RANGES)
    assert CohortConfig.model_validate_json(config.as_origin()) == config


def test_a_setting_from_code_is_checked_too() -> None:
    with pytest.raises(ValidationError, match=r"camera_height_m is \(1\.0, 5\.0\); expected 3\.9 or less"):
        CohortConfig(camera_height_m=(1.0, 5.0))
