"""The passes of one person on one day as one result."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.special import expit, logit
from studies.there_and_back import ThereAndBack

import scoliogait as sg
from bundles import untrained_bundle
from scoliogait.api.session_probability import mean_probabilities
from scoliogait.skeleton import JOINT
from walker import draw_walker


def one_pass(name: str, seed: int, *, from_the_front: bool = True, roll_deg: float = 0.0) -> sg.Walk:
    poses = draw_walker(200, shoulder_tilt_deg=2, from_the_front=from_the_front, roll_deg=roll_deg)
    poses[..., :2] += np.random.default_rng(seed).normal(0, 0.5, (200, 17, 2))
    return sg.Walk(walk_id=name, poses=poses, frame_rate_hz=30.0, source=f"{name}.npz")


@pytest.fixture(scope="module")
def demo() -> sg.Screener:
    return sg.load_model("builtin:demo", "cpu")


@pytest.fixture(scope="module")
def there_and_back() -> list[sg.Walk]:
    return [one_pass("there", 0, roll_deg=4), one_pass("back", 1, from_the_front=False, roll_deg=4)]


def test_towards_and_away_cancel_the_roll(demo: sg.Screener, there_and_back: list[sg.Walk]) -> None:
    session = sg.Session.screen(there_and_back, demo)
    assert session.asymmetry.camera_roll_deg is not None
    assert session.asymmetry.camera_roll_deg.value == pytest.approx(4, abs=0.2)
    tilt = session.asymmetry["shoulders"].tilt_deg
    assert tilt is not None
    assert tilt.value == pytest.approx(2, abs=0.3)
    assert session.notes == ()
    # One caution for the camera, and not one more from each pass.
    assert sum("camera is rolled" in reason for reason in session.reasons) == 1


def test_a_network_that_disagrees_with_itself_widens_the_session(
    demo: sg.Screener, there_and_back: list[sg.Walk]
) -> None:
    unsure = [walk.with_changes(mirror_difference=np.full((8, 2), 3.0)) for walk in there_and_back]
    (low, high), (lower, higher) = (
        sg.Session.screen(walks, demo).asymmetry["shoulders"].tilt_deg.interval for walks in (there_and_back, unsure)
    )
    assert higher - lower > high - low
    assert higher + lower == pytest.approx(high + low)


def test_probabilities_are_the_mean_of_the_passes(demo: sg.Screener, there_and_back: list[sg.Walk]) -> None:
    session = sg.Session.screen(there_and_back, demo)
    for name, chance in session.probabilities.items():
        assert chance == pytest.approx(np.mean([walk.probabilities[name] for walk in session.passes]))
        low, high = session.probability_intervals[name]
        assert low < chance < high
    assert session.predicted == max(session.probabilities, key=session.probabilities.get)


def stated_interval(chance: float, spread: float) -> tuple[float, float]:
    """Of a pass whose log-odds vary by this standard deviation between repeats: two of them differ by its root of 2."""
    half = 1.959964 * np.sqrt(2) * spread
    return float(expit(logit(chance) - half)), float(expit(logit(chance) + half))


def test_the_interval_narrows_with_passes_that_agree_and_not_with_what_they_share() -> None:
    def width(*chances: float) -> float:
        passes = [{"a": chance, "b": 1 - chance} for chance in chances]
        intervals = [{name: stated_interval(p, 0.4) for name, p in one.items()} for one in passes]
        means, found = mean_probabilities(passes, intervals)
        assert means["a"] == pytest.approx(np.mean(chances))
        assert found is not None
        assert found["a"] == pytest.approx((1 - found["b"][1], 1 - found["b"][0]))
        return float(np.subtract(*logit(found["a"][::-1])))

    alone = width(0.4)
    assert alone == pytest.approx(2 * 1.959964 * np.sqrt(2) * 0.4, rel=1e-5)
    assert width(0.4, 0.4) < 0.9 * alone
    assert width(*[0.4] * 20) < width(0.4, 0.4)
    assert width(*[0.4] * 2000) == pytest.approx(alone * np.sqrt(0.25), rel=0.01)
    assert width(0.2, 0.6) > width(0.4, 0.4)


def test_one_pass_has_its_own_interval(demo: sg.Screener, there_and_back: list[sg.Walk]) -> None:
    session = sg.Session.screen(there_and_back[:1], demo)
    for name, ends in session.passes[0].probability_intervals.items():
        assert session.probability_intervals[name] == pytest.approx(ends)


def test_without_windows_there_is_no_interval(there_and_back: list[sg.Walk], tmp_path: Path) -> None:
    session = sg.Session.screen(there_and_back, untrained_bundle(tmp_path / "model", simulated="yes"))
    assert session.probability_intervals is None
    assert session.to_dict()["probability_intervals"] is None
    assert "probabilities have no interval: the model scores whole walks" in str(session)


def test_one_pass_is_allowed_with_the_roll_said(demo: sg.Screener, there_and_back: list[sg.Walk]) -> None:
    session = sg.Session.screen(there_and_back[:1], demo)
    assert "One direction only was seen: a roll of the camera" in session.notes[0]
    assert session.asymmetry["shoulders"].tilt_deg == session.passes[0].asymmetry["shoulders"].tilt_deg
    assert dict(session.probabilities) == pytest.approx(dict(session.passes[0].probabilities))


def test_everything_is_in_the_plain_values_and_in_the_words(demo: sg.Screener, there_and_back: list[sg.Walk]) -> None:
    session = sg.Session.screen(there_and_back, demo)
    content = json.loads(json.dumps(session.to_dict()))
    assert content["n_passes"] == len(content["passes"]) == 2
    assert content["outcome"] == ("inconclusive" if content["reasons"] else "screened")
    assert content["asymmetry"]["shoulders"]["tilt_deg"]["n_strides"] == 12
    words = str(session)
    assert "session of 2 passes" in words
    assert "shoulder less hip tilt" in words
    assert session.plot().axes


def test_what_is_no_session_is_refused(there_and_back: list[sg.Walk]) -> None:
    """Before any model is loaded: this one does not exist."""
    there, back = there_and_back
    with pytest.raises(sg.DataError, match="at least one walk"):
        sg.Session.screen([], "no/such/model")
    with pytest.raises(sg.DataError, match=r"there\.npz: the same recording as there\.npz"):
        sg.Session.screen([there, there], "no/such/model")
    people = [replace(there, subject_id="a"), replace(back, subject_id="b")]
    with pytest.raises(sg.DataError, match=r"back\.npz: shows subject 'b', and there\.npz shows 'a'"):
        sg.Session.screen(people, "no/such/model")
    child = back.poses.copy()
    child[:, 13:, 1] += 0.6 * (child[:, 13:, 1] - child[:, 11:12, 1])
    with pytest.raises(sg.DataError, match="the limbs have other proportions"):
        sg.Session.screen([there, replace(back, poses=child)], "no/such/model")


def test_somebody_taller_at_the_same_place_is_refused(there_and_back: list[sg.Walk]) -> None:
    there, back = there_and_back
    feet = back.poses[:, 15:17, 1].max()
    taller = back.poses.copy()
    taller[..., :2] = (taller[..., :2] - [640, feet]) * 1.06 + [640, feet]
    with pytest.raises(sg.DataError, match=r"back\.npz: at the same place of the picture the body is 6 % taller"):
        sg.Session.screen([there, replace(back, poses=taller.astype(np.float32))], "no/such/model")
    # Another size of picture: another camera, which says nothing of heights.
    sized = [replace(there, frame_size_px=(1280, 720)), replace(back, poses=taller, frame_size_px=(1920, 1080))]
    with pytest.raises(sg.ModelError):
        sg.Session.screen(sized, "no/such/model")


def test_a_pass_that_cannot_be_screened_is_named(demo: sg.Screener, there_and_back: list[sg.Walk]) -> None:
    standing = replace(there_and_back[1], poses=draw_walker(200, step_height=0, from_the_front=False))
    with pytest.raises(sg.DataError, match=r"back\.npz.*no walking seen"):
        sg.Session.screen([there_and_back[0], standing], demo)


def test_one_recording_there_and_back_is_cut_at_its_turn(demo: sg.Screener) -> None:
    film = next(ThereAndBack(roll_deg=5.0).films(6, 161))
    session = sg.Session.screen([film.walk], demo)
    assert [one.screening.quality.view for one in session.passes] == ["front", "back"]
    assert session.notes == (f"{film.walk.source} was cut at its turns into 2 passes.",)
    roll = session.asymmetry.camera_roll_deg
    assert roll is not None
    assert roll.from_both_directions
    assert roll.value == pytest.approx(5.0, abs=1.0)


def test_a_recording_is_left_whole_where_cutting_would_lose_something(demo: sg.Screener) -> None:
    film = next(ThereAndBack().films(6, 161))
    fewer = np.zeros((film.walk.n_frames - 3, 64, 64), np.uint8)
    session = sg.Session.screen([film.walk.with_changes(silhouettes=fewer, silhouettes_aligned=True)], demo)
    assert len(session.passes) == 1
    assert "holds 2 passes and was taken as a whole, as it holds more than poses" in session.notes[0]
    still = film.walk.poses.copy()
    n_first = sg.passes_of(film.walk)[0].n_frames
    still[:n_first, :, :2] = still[0, :, :2] + 0.01 * np.arange(n_first)[:, None, None]
    session = sg.Session.screen([film.walk.with_changes(poses=still)], demo)
    assert len(session.passes) == 1
    assert "taken as a whole, as pass 1 alone cannot be screened: no walking seen" in session.notes[0]


def test_another_person_after_the_turn_is_a_doubt(demo: sg.Screener) -> None:
    film = next(ThereAndBack(length_m=6.0).films(6, 161))
    swapped = film.walk.poses.copy()
    first = sg.passes_of(film.walk)[0].n_frames + 12
    knees = [JOINT["left_knee"], JOINT["right_knee"]]
    hips = [JOINT["left_hip"], JOINT["right_hip"]]
    swapped[first:, knees, 1] -= 0.4 * (swapped[first:, knees, 1] - swapped[first:, hips, 1])
    session = sg.Session.screen([film.walk.with_changes(poses=swapped)], demo)
    assert len(session.passes) == 2
    assert "pass 2: the limbs have other proportions than in" in session.reasons[-1]


def test_a_result_of_one_recording_states_its_passes(demo: sg.Screener, tmp_path: Path) -> None:
    film = next(ThereAndBack(roll_deg=2.0).films(6, 161))
    result = sg.screen(film.walk, demo)
    first, second = sg.passes_of(film.walk)
    assert f"holds 2 passes: {first.notes[-1].split(': ')[1].rstrip('.')}, {second.notes[-1].split(': ')[1]}" in str(
        result
    )
    assert "seen from front and back" in str(result)
    assert [one["side"] for one in result.to_dict()["quality"]["passes"]] == [1, -1]
    sg.write_walk(tmp_path / "walk.npz", film.walk)
    (outcome,) = sg.screen_many(tmp_path / "walk.npz", demo)
    assert "holds 2 passes" in str(outcome.to_row()["notes"])
