"""Turns planted into simulated walks are found; walks one way, looks back and exchanged sides are left alone."""

from itertools import pairwise

import numpy as np
import pytest
from studies.there_and_back import ThereAndBack

import scoliogait as sg
from captured_walks import captured_joints, captured_poses
from scoliogait.measurement.pass_strides import look_at
from scoliogait.measurement.posture import posture_of
from scoliogait.measurement.quality import assess_quality, doubts_of
from scoliogait.measurement.side_swaps import exchange_pairs, repair_side_swaps, repaired_walk
from scoliogait.measurement.stride import find_strides
from scoliogait.measurement.turns import PassSpan, facing_width, find_passes, look_for_turns, passes_note
from scoliogait.skeleton import JOINT, PAIR_NAMES
from walker import draw_walker

RATE_HZ = 15.0


def turning(headings_deg: np.ndarray) -> np.ndarray:
    """The drawn walker, one frame for each heading; it comes nearer while seen from the front, and goes away after."""
    straight = draw_walker(len(headings_deg))
    middle = straight[..., :1].mean(axis=1, keepdims=True)
    poses = straight.copy()
    poses[..., :1] = middle + (straight[..., :1] - middle) * np.cos(np.radians(headings_deg))[:, None, None]
    return poses


def there_turn_and_back(n_frames: int, n_turn: int) -> np.ndarray:
    return np.concatenate([np.zeros(n_frames), np.linspace(0, 180, n_turn), np.full(n_frames, 180.0)])


def test_passes_lie_between_the_frames_of_the_turn() -> None:
    passes = find_passes(turning(there_turn_and_back(100, 40)), 30.0)
    # 0.85 of the width is a heading of 32 degrees, 7 of the 40 frames into the turn; the median is 9 frames long.
    assert [one.side for one in passes] == [1, -1]
    assert passes[0].first == 0
    assert passes[0].stop == pytest.approx(107, abs=4)
    assert passes[1].first == pytest.approx(133, abs=4)
    assert passes[1].stop == 240


def test_half_the_width_is_a_heading_of_sixty_degrees() -> None:
    width = facing_width(turning(np.array([0.0, 60.0, 90.0, 120.0, 180.0]).repeat(20)))
    full = width[0]
    np.testing.assert_allclose(width[::20] / full, [1, 0.5, 0, -0.5, -1], atol=1e-3)
    assert full == pytest.approx(1, abs=0.15)


@pytest.mark.parametrize("joint", ["left_shoulder", "right_hip"])
def test_one_pair_is_enough(joint: str) -> None:
    poses = turning(there_turn_and_back(100, 40))
    whole = find_passes(poses, 30.0)
    poses[:, JOINT[joint]] = 0
    assert find_passes(poses, 30.0) == whole
    poses[:, [JOINT["left_shoulder"], JOINT["right_hip"]]] = 0
    assert find_passes(poses, 30.0) == ()


@pytest.mark.parametrize("seen_for_s", [0.3, 1.5])
def test_a_look_back_is_no_turn(seen_for_s: float) -> None:
    back = np.concatenate([np.linspace(0, 180, 15), np.full(round(30 * seen_for_s), 180.0), np.linspace(180, 0, 15)])
    assert find_passes(turning(np.concatenate([np.zeros(100), back, np.zeros(100)])), 30.0) == ()


def test_a_turn_that_nobody_saw_is_one_and_a_jump_of_the_sides_is_not() -> None:
    poses = turning(there_turn_and_back(100, 30))
    unseen = poses.copy()
    unseen[95:135] = 0
    assert len(find_passes(unseen, 30.0)) == 2
    jump = turning(there_turn_and_back(100, 0))
    assert find_passes(jump, 30.0) == ()


@pytest.mark.parametrize("goes_on_growing", [False, True])
def test_sides_that_jump_are_a_cut_of_the_film_only_where_the_way_of_walking_says_so(goes_on_growing: bool) -> None:
    """Nearer and then away again: two passes. Nearer all the time: one pass, whose sides are exchanged."""
    there = np.linspace(0.5, 0.75, 100)
    size = np.concatenate([there, np.linspace(0.75, 1, 100) if goes_on_growing else there[::-1]])
    poses = turning(there_turn_and_back(100, 0))
    poses[..., :2] = poses[..., :2] * size[:, None, None] + np.random.default_rng(0).normal(0, 2, (200, 17, 2))
    found = [(one.first, one.stop) for one in find_passes(poses, 30.0)]
    assert found == ([] if goes_on_growing else [(0, 100), (100, 200)])


@pytest.mark.parametrize("captured", [False, True])
def test_a_pass_whose_sides_are_exchanged_from_the_turn_on_is_doubted(captured: bool) -> None:
    """Width says nothing then: the person turns out of the front view and back into it. The way of walking does."""
    n_doubted = 0
    for film in ThereAndBack(captured=captured).films(12, 143):
        from_turn_on = np.arange(film.walk.n_frames) >= film.turns_s[0] * RATE_HZ
        exchanged = exchange_pairs(film.walk.poses, from_turn_on[:, None].repeat(len(PAIR_NAMES), axis=1))
        walk, swaps = repaired_walk(film.walk.with_changes(poses=exchanged))
        quality = assess_quality(walk, swaps)
        doubted = [caution for caution in quality.cautions if "took left for right after a turn" in caution]
        assert doubted or swaps.n_frames > 0.3 * film.walk.n_frames  # put right
        assert doubted == [caution for caution in doubts_of(walk) if "took left for right" in caution]
        assert not (doubted and quality.passes)
        n_doubted += bool(doubted)
        assert look_for_turns(film.walk.poses, RATE_HZ).doubts == ()
    assert n_doubted > 0


def test_nothing_seen_gives_no_passes() -> None:
    assert find_passes(np.zeros((50, 17, 3), np.float32)) == ()
    assert find_passes(draw_walker(1)) == ()


def test_the_note_lists_some_of_many() -> None:
    passes = [PassSpan(50 * number, 50 * number + 40, 1 if number % 2 else -1) for number in range(6)]
    (note,) = passes_note(passes)
    assert "6 passes: away from the camera in frames 0 to 39, towards the camera in frames 50 to 89" in note
    assert "and 2 more" in note
    assert tuple(passes_note(())) == ()


@pytest.mark.parametrize("name", sg.sample_names())
def test_samples_are_single_passes(name: str) -> None:
    walk = sg.sample(name)
    for rate_hz in (walk.frame_rate_hz, None):
        assert find_passes(repair_side_swaps(walk.poses)[0], rate_hz) == ()


def test_captured_walks_are_single_passes() -> None:
    for name in captured_joints():
        assert find_passes(repair_side_swaps(captured_poses(name))[0], 30.0) == ()


def found_and_false(kind: ThereAndBack, n_people: int, exchanged: bool = False) -> tuple[int, int, int]:
    """Planted turns, those found within half a second, and cuts further from any."""
    planted = found = false = 0
    for number, film in enumerate(kind.films(n_people, 141)):
        poses = film.walk.poses
        if exchanged:
            frames = np.arange(len(poses)) - int(len(poses) * (0.1 + 0.04 * (number % 10)))
            stretch = (frames >= 0) & (frames < 0.4 * len(poses))
            poses = exchange_pairs(poses, stretch[:, None].repeat(len(PAIR_NAMES), axis=1))
        passes = find_passes(repair_side_swaps(poses)[0], kind.rate_hz)
        cuts = [(one.stop + other.first) / 2 / kind.rate_hz for one, other in pairwise(passes)]
        planted += len(film.turns_s)
        found += sum(any(abs(turn - cut) <= 0.5 for cut in cuts) for turn in film.turns_s)
        false += sum(all(abs(turn - cut) > 0.5 for turn in film.turns_s) for cut in cuts)
    return planted, found, false


@pytest.mark.parametrize(
    "kind", [ThereAndBack(), ThereAndBack(captured=True), ThereAndBack(n_passes=5, length_m=3.0, turn_s=0.6)]
)
def test_planted_turns_are_found(kind: ThereAndBack) -> None:
    planted, found, false = found_and_false(kind, 20)
    assert found >= 0.95 * planted
    assert false == 0


@pytest.mark.parametrize("heading_deg", [0.0, 180.0, 50.0, 90.0])
@pytest.mark.parametrize("exchanged", [False, True])
def test_walks_one_way_are_not_cut(heading_deg: float, exchanged: bool) -> None:
    kind = ThereAndBack(n_passes=1, length_m=6.0, heading_deg=heading_deg)
    assert found_and_false(kind, 10, exchanged) == (0, 0, 0)


@pytest.mark.slow
def test_of_a_hundred_walkers_turns_are_found_and_of_two_hundred_single_passes_none_is_cut() -> None:
    planted, found, false = found_and_false(ThereAndBack(), 100)
    assert planted == 100
    assert found >= 95
    assert false == 0
    for captured in (False, True):
        kind = ThereAndBack(n_passes=1, length_m=6.0, captured=captured)
        assert found_and_false(kind, 100, exchanged=True) == (0, 0, 0)


def test_across_and_back_is_a_side_view_and_not_cut() -> None:
    assert found_and_false(ThereAndBack(heading_deg=90.0), 10) == (10, 0, 0)


@pytest.mark.slow
def test_a_rolled_camera_cancels_between_the_passes_that_were_cut() -> None:
    held = {"roll": 0, "shoulders": 0, "hips": 0}
    for film in ThereAndBack(roll_deg=5.0).films(60, 142):
        passes = sg.passes_of(film.walk)
        assert len(passes) == 2
        posture = posture_of([look_at(one.poses, find_strides(one.poses, RATE_HZ).stride_frames) for one in passes])
        low, high = posture.camera_roll_deg.interval
        held["roll"] += posture.camera_roll_deg.from_both_directions and low <= 5.0 <= high
        for pair in ("shoulders", "hips"):
            low, high = posture[pair].tilt_deg.interval
            held[pair] += low <= np.rad2deg(film.truth[PAIR_NAMES.index(pair), 2]) <= high
    assert min(held.values()) >= 0.88 * 60, held
