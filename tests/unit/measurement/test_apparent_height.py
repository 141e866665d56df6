"""Heights at one place of the picture, against a camera drawn by hand."""

import numpy as np
import pytest

from captured_walks import captured_people, captured_poses
from scoliogait.measurement.apparent_height import apparent_height, difference_of_heights
from scoliogait.measurement.passes import unlike_heights
from scoliogait.skeleton import JOINT
from walker import draw_walker

FOCAL_PX, HORIZON_PX, CAMERA_HEIGHT_M = 1000.0, 360.0, 1.4
_WALKER = draw_walker(200)
_TALL_PX = np.ptp(_WALKER[..., 1], axis=1).mean()


def seen_at(distance_m: np.ndarray, stature_m: float, seed: int = 0) -> np.ndarray:
    """Poses of a walker of this stature (eyes to ankles) at these distances (T,) from a level pinhole camera."""
    poses = _WALKER[: len(distance_m)].copy()
    px_per_m = FOCAL_PX / distance_m
    feet_px = HORIZON_PX + CAMERA_HEIGHT_M * px_per_m
    scale = (stature_m * px_per_m / _TALL_PX)[:, None]
    lowest = poses[..., 1].max()
    poses[..., 0] = 640 + (poses[..., 0] - poses[..., 0].mean()) * scale
    poses[..., 1] = feet_px[:, None] + (poses[..., 1] - lowest) * scale
    poses[..., :2] += np.random.default_rng(seed).normal(0, 1.0, poses[..., :2].shape)
    return poses


def test_the_ratio_is_that_of_the_statures_wherever_each_walks() -> None:
    near, far = np.linspace(3.5, 6.0, 200), np.linspace(8.0, 4.5, 200)
    for stature in (1.4, 1.5, 1.6):
        one, other = apparent_height(seen_at(near, 1.5)), apparent_height(seen_at(far, stature, seed=1))
        assert one is not None
        assert other is not None
        assert difference_of_heights(one, other) == pytest.approx(np.log(1.5 / stature), abs=0.012)


def test_without_a_common_place_nothing_is_said() -> None:
    near, far = (apparent_height(seen_at(np.linspace(*way, 200), 1.5)) for way in ((3.0, 4.0), (6.0, 8.0)))
    assert near is not None
    assert far is not None
    assert difference_of_heights(near, far) is None
    assert unlike_heights([near, None, far]) is None
    assert apparent_height(seen_at(np.full(10, 4.0), 1.5)) is None


def test_the_most_different_pair_is_named() -> None:
    way = np.linspace(3.5, 7.0, 200)
    heights = [apparent_height(seen_at(way, stature, seed)) for seed, stature in enumerate((1.5, 1.51, 1.6))]
    found = unlike_heights(heights)
    assert found is not None
    assert found[:2] == (0, 2)
    assert found[2] == pytest.approx(np.log(1.5 / 1.6), abs=0.012)
    assert unlike_heights(heights[:2]) is None


@pytest.mark.parametrize("missing", [("nose", "eye"), ("nose", "eye", "ear"), ("ear",), ("ankle",)])
def test_joints_that_one_pass_lacks_do_not_make_it_another_person(missing: tuple[str, ...]) -> None:
    """From behind, or under hair, no face is seen; feet are lost in single frames."""
    way = np.linspace(3.5, 7.0, 200)
    front, back = seen_at(way, 1.5), seen_at(way, 1.5, seed=1)
    for frames in (slice(None), slice(None, None, 3)):
        partly = back.copy()
        partly[frames][:, [joint for name, joint in JOINT.items() if name.endswith(missing)]] = 0
        assert unlike_heights([apparent_height(front), apparent_height(partly)]) is None


@pytest.mark.parametrize("person", sorted(set(captured_people().values())))
def test_walks_of_one_captured_person_are_as_tall(person: str) -> None:
    names = [name for name, owner in captured_people().items() if owner == person]
    heights = [apparent_height(captured_poses(name)) for name in names]
    assert None not in heights
    assert unlike_heights(heights) is None
