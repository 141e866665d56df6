"""Exchanged sides: planted ones are found and put right, everything else is left as it is."""

from collections.abc import Iterator

import numpy as np
import pytest

import scoliogait as sg
from scoliogait.measurement import side_swaps
from scoliogait.measurement.side_swaps import PARTS, find_side_swaps, repair_side_swaps, repaired_walk
from scoliogait.simulation.cohort import plan_cohort, simulate_walk
from scoliogait.simulation.config import CohortConfig
from scoliogait.skeleton import JOINT, PAIRS
from scoliogait.walk import Walk
from walk_fixtures import mirror_poses
from walker import draw_walker

PLACES = {part: [pair for row in rows for pair in PAIRS[row]] for part, rows in PARTS.items()}
PLACES["whole body"] = [joint for joints in PLACES.values() for joint in joints]
PLACES["wrists"] = [JOINT["left_wrist"], JOINT["right_wrist"]]
PLACES |= {f"{part}s": [JOINT[f"left_{part}"], JOINT[f"right_{part}"]] for part in ("shoulder", "hip")}
PLACES["knees and ankles"] = [JOINT[f"{side}_{part}"] for part in ("knee", "ankle") for side in ("left", "right")]


def swapped(poses: np.ndarray, frames: list[int], joints: list[int]) -> np.ndarray:
    """Partners exchanged one by one, by a loop that shares nothing with the code."""
    out = poses.copy()
    for frame in frames:
        for left, right in zip(joints[::2], joints[1::2], strict=True):
            out[frame, left], out[frame, right] = poses[frame, right], poses[frame, left]
    return out


def simulated(n_walks: int, **settings: float) -> Iterator[np.ndarray]:
    config = CohortConfig(n_walks=max(6, n_walks), silhouettes=False, **settings)  # type: ignore[arg-type]
    for plan in plan_cohort(config)[:n_walks]:
        poses = simulate_walk(config, plan).walk.poses
        assert poses is not None
        yield poses


@pytest.fixture(scope="module")
def walks() -> list[np.ndarray]:
    """Towards the camera and away from it, with the turns between."""
    return list(simulated(8, n_frames=90, seed=101, turn_share=1.0))


@pytest.mark.parametrize("frames", [[20], [20, 22, 41, 60], list(range(30, 42))], ids=["one", "four", "a run"])
@pytest.mark.parametrize("part", PLACES)
def test_a_planted_exchange_is_found_and_undone(part: str, frames: list[int]) -> None:
    poses = draw_walker(90, shoulder_tilt_deg=2.0)
    poses[..., :2] += np.random.default_rng(3).normal(0, 0.8, poses[..., :2].shape)
    planted = swapped(poses, frames, PLACES[part])
    repaired, swaps = repair_side_swaps(planted)
    np.testing.assert_array_equal(np.flatnonzero(swaps.frames), frames)
    np.testing.assert_array_equal(repaired, poses)
    assert f"in {len(frames)} of 90 frames" in swaps.sentence


@pytest.mark.parametrize(
    ("part", "least"), [("arms", 0.95), ("legs", 0.95), ("whole body", 0.95), ("shoulders", 0.85), ("hips", 0.85)]
)
@pytest.mark.parametrize("share", [0.05, 0.4])
def test_simulated_walkers_get_their_sides_back(walks: list[np.ndarray], part: str, least: float, share: float) -> None:
    rng = np.random.default_rng(7)
    found = planted = touched = 0
    for poses in walks:
        frames = sorted(rng.choice(len(poses), round(share * len(poses)), replace=False).tolist())
        repaired, swaps = repair_side_swaps(swapped(poses, frames, PLACES[part]))
        right = (repaired == poses).all(axis=(1, 2))
        found += int(right[frames].sum())
        planted += len(frames)
        touched += int(swaps.n_frames - swaps.frames[frames].sum())
    assert found >= least * planted
    assert touched <= 0.005 * (sum(map(len, walks)) - planted)


def test_what_is_certain_from_a_part_of_the_costs_is_what_all_of_them_say(
    walks: list[np.ndarray], monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(11)
    samples = [sg.sample(name).poses for name in sg.sample_names()]
    sound = [poses for poses in (*walks, *samples) if poses is not None]
    sound += [mirror_poses(poses) for poses in walks]
    sound += [np.concatenate([poses[::2], poses[::-2]]) for poses in walks]
    noisy = [poses + rng.normal(0, 6, poses.shape).astype(np.float32) * (1, 1, 0) for poses in walks]
    planted = [
        swapped(poses, rng.choice(len(poses), 4, replace=False).tolist(), joints)
        for poses, joints in zip(walks, PLACES.values(), strict=False)
    ]
    everything = [*sound, *noisy, *planted]
    quick = [find_side_swaps(poses).pairs for poses in everything]
    certain: list[set[bool]] = []
    nothing_pays = side_swaps.nothing_pays

    def look_in_full(most_saved: np.ndarray, single: np.ndarray, changes: list[float]) -> bool:
        certain[-1].add(nothing_pays(most_saved, single, changes))
        return False

    monkeypatch.setattr(side_swaps, "nothing_pays", look_in_full)
    for pairs, poses in zip(quick, everything, strict=True):
        certain.append(set())
        np.testing.assert_array_equal(pairs, find_side_swaps(poses).pairs)
    assert certain[: len(walks)].count({True}) >= len(walks) / 2
    assert all(False in of_walk for of_walk in certain[-len(planted) :])


@pytest.mark.parametrize("name", sg.sample_names())
def test_real_walks_in_the_package_are_untouched(name: str) -> None:
    walk = sg.sample(name)
    same, swaps = repaired_walk(walk)
    assert same is walk
    assert swaps is not None
    assert swaps.n_frames == 0


@pytest.mark.parametrize(("noise", "rate_hz"), [(0.0, 15.0), (1.0, 30.0), (2.0, 15.0)])
def test_walks_without_an_exchange_are_left_alone(noise: float, rate_hz: float) -> None:
    """Some of them are cut where the walker turned: all partners jump at once, and no exchange explains it."""
    walks = simulated(20, n_frames=120, seed=102, noise_factor=noise, frame_rate_hz=rate_hz)
    assert sum(find_side_swaps(poses).n_frames for poses in walks) <= 0.005 * 20 * 120


def test_a_walk_without_an_exchange_stays_the_same_array() -> None:
    poses = draw_walker(60)
    repaired, swaps = repair_side_swaps(poses)
    assert repaired is poses
    assert swaps.n_frames_by_part == {"face": 0, "arms": 0, "legs": 0}


def test_the_repair_of_a_repaired_walk_changes_nothing(walks: list[np.ndarray]) -> None:
    for poses in walks:
        once, _ = repair_side_swaps(swapped(poses, [5, 17, 18, 40], PLACES["legs"]))
        again, swaps = repair_side_swaps(once)
        assert again is once
        assert swaps.n_frames == 0


def test_a_mirror_and_a_film_run_backwards_show_the_same_exchanges(walks: list[np.ndarray]) -> None:
    for poses in walks:
        planted = swapped(poses, [5, 17, 18, 40], PLACES["arms"])
        pairs = find_side_swaps(planted).pairs
        np.testing.assert_array_equal(find_side_swaps(mirror_poses(planted, 640.0)).pairs, pairs)
        np.testing.assert_array_equal(find_side_swaps(planted[::-1].copy()).pairs, pairs[::-1])


def test_place_size_and_a_turned_picture_do_not_matter() -> None:
    poses = draw_walker(60)
    planted = swapped(poses, [20, 21], PLACES["legs"])
    pairs = find_side_swaps(planted).pairs
    larger = planted.copy()
    larger[..., :2] = 3 * planted[..., :2] + 50
    turned = swapped(draw_walker(60, roll_deg=20), [20, 21], PLACES["legs"])
    assert pairs.any()
    np.testing.assert_array_equal(find_side_swaps(larger).pairs, pairs)
    np.testing.assert_array_equal(find_side_swaps(turned).pairs, pairs)


def test_gaps_and_missing_joints_do_not_hide_an_exchange() -> None:
    poses = draw_walker(90)
    poses[30:36] = 0.0
    poses[50:70, [JOINT["left_wrist"], JOINT["right_ankle"]]] = 0.0
    planted = swapped(poses, [15, 37, 60], PLACES["whole body"])
    repaired, _ = repair_side_swaps(planted)
    np.testing.assert_array_equal(repaired, poses)


def test_sides_exchanged_throughout_have_no_jump() -> None:
    poses = draw_walker(60)
    everywhere = swapped(poses, list(range(60)), PLACES["whole body"])
    assert find_side_swaps(everywhere).n_frames == 0


@pytest.mark.parametrize("n_frames", [1, 4, 12])
def test_short_and_empty_walks_are_left_alone(n_frames: int) -> None:
    assert find_side_swaps(draw_walker(n_frames)).n_frames == 0
    assert find_side_swaps(np.zeros((n_frames, 17, 3), np.float32)).n_frames == 0


def test_a_walk_without_poses_has_nothing_to_repair() -> None:
    walk = Walk(silhouettes=np.zeros((3, 4, 4), np.uint8))
    assert repaired_walk(walk) == (walk, None)
