"""Each rule of the quality check with a walk that breaks only it, and the real recordings with their known faults."""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from captured_walks import captured_people, captured_poses
from recorded import recording
from scoliogait.io.read import read_walk
from scoliogait.measurement.caution_limits import MIN_FRAMES
from scoliogait.measurement.posture import measure_posture
from scoliogait.measurement.quality import assess_quality
from scoliogait.samples import sample_paths
from scoliogait.skeleton import FACE_JOINTS, JOINT
from scoliogait.walk import PeopleSeen, Walk
from walker import draw_walker


def walk_of(poses: np.ndarray, rate_hz: float | None = 30.0, **fields: object) -> Walk:
    return Walk(walk_id="w", poses=poses, frame_rate_hz=rate_hz, **fields)  # type: ignore[arg-type]


def test_a_good_walk_has_nothing_against_it() -> None:
    quality = assess_quality(walk_of(draw_walker(150)))
    assert (quality.refusal, quality.cautions, quality.notes) == (None, (), ())
    assert (quality.n_frames, quality.duration_s, quality.view) == (150, 5.0, "front")
    assert quality.usable_share == 1
    assert quality.mean_confidence == 1
    assert quality.n_strides == pytest.approx(4.5, abs=0.2)


@pytest.mark.parametrize(("n_hidden", "doubted"), [(0, False), (70, False), (80, True), (150, True)])
def test_a_body_without_its_head_is_doubted(n_hidden: int, doubted: bool) -> None:
    """The height that all values are given in reaches from the head to the feet."""
    poses = draw_walker(150)
    poses[:n_hidden, FACE_JOINTS, 2] = 0.1
    quality = assess_quality(walk_of(poses))
    assert quality.refusal is None
    words = f"Only {150 - n_hidden} of 150 usable frames show the head"
    assert [caution.startswith(words) for caution in quality.cautions] == ([True] if doubted else [])


def test_without_a_head_values_are_in_shares_of_less_than_the_height() -> None:
    poses = draw_walker(150, shoulder_tilt_deg=3)
    headless = poses.copy()
    headless[:, FACE_JOINTS, 2] = 0
    whole, cut = (measure_posture(p, 30.0)["shoulders"].height_difference_percent for p in (poses, headless))
    assert whole is not None
    assert cut is not None
    assert 1.1 < cut.value / whole.value < 1.25


def without(joint: str) -> np.ndarray:
    poses = draw_walker(120)
    poses[:, JOINT[joint]] = 0
    return poses


@pytest.mark.parametrize(
    ("walk", "reason"),
    [
        (walk_of(draw_walker(1)), r"too short: 1 frame \(0\.0 s\)"),
        (walk_of(draw_walker(MIN_FRAMES - 1), rate_hz=None), "too short: 14 frames;"),
        (walk_of(draw_walker(29)), r"too short: 29 frames \(1\.0 s\)"),
        (walk_of(np.zeros((60, 17, 3))), "no joint is visible in any frame"),
        (walk_of(without("left_shoulder")), "never seen: left_shoulder; trunk and legs are needed"),
        (walk_of(without("right_ankle")), "never seen: right_ankle"),
        (walk_of(draw_walker(120), frame_size_px=(640, 250)), "only 0 of 120 frames show both shoulders"),
        (walk_of(draw_walker(120, roll_deg=90)), "not upright"),
        (walk_of(draw_walker(120, roll_deg=180)), "not upright"),
        (walk_of(draw_walker(120, yaw_deg=80)), "side view"),
        (walk_of(draw_walker(120, step_height=0)), "no walking seen"),
    ],
)
def test_a_refusal_names_the_reason(walk: Walk, reason: str) -> None:
    quality = assess_quality(walk)
    assert quality.refusal is not None
    assert re.search(reason, quality.refusal)
    assert "\n" not in quality.refusal
    assert quality.cautions == ()


SEVERAL = PeopleSeen(2, 40, 1, 150, "the only one who walks", ("person 1: left", "person 2: right"))


def test_other_people_are_a_note_and_a_doubt_about_them_a_caution() -> None:
    alone = PeopleSeen(1, 0, 1, 150, "the only person seen")
    quality = assess_quality(walk_of(draw_walker(150), people=alone))
    assert (quality.refusal, quality.cautions, quality.notes) == (None, (), ())
    quality = assess_quality(walk_of(draw_walker(150), people=SEVERAL))
    assert (quality.refusal, quality.cautions, quality.notes) == (None, (), (SEVERAL.sentence,))
    assert SEVERAL.sentence.startswith(
        "2 people were seen, in 40 frames together; the walker is person 1, in 150 frames"
    )
    quality = assess_quality(walk_of(draw_walker(150), people=replace(SEVERAL, doubts=("Who is who?",))))
    assert quality.cautions == ("Who is who?",)


@pytest.mark.parametrize("rate_hz", [100, 120, 200, 240])
def test_a_refusal_that_an_unknown_rate_explains_says_so(rate_hz: int) -> None:
    poses = draw_walker(4 * rate_hz, rate_hz=rate_hz)
    refusal = assess_quality(walk_of(poses, rate_hz=None)).refusal
    assert refusal is not None
    assert "The frame rate is unknown" in refusal
    assert re.search(rf"at .*\b{rate_hz}\b.* this would be walking, so give --frame-rate-hz", refusal)
    assert assess_quality(walk_of(poses, rate_hz=rate_hz)).refusal is None


@pytest.mark.parametrize(("recorded_hz", "stated_hz"), [(120, 25), (240, 30), (60, 240), (30, 120), (25, 100)])
def test_a_refusal_that_a_wrongly_stated_rate_explains_says_so(recorded_hz: int, stated_hz: int) -> None:
    poses = draw_walker(2 * recorded_hz + 2 * stated_hz, rate_hz=recorded_hz)
    refusal = assess_quality(walk_of(poses, rate_hz=stated_hz)).refusal
    assert refusal is not None
    assert f"at the stated {stated_hz} frames a second" in refusal
    assert re.search(rf"; at .*\b{recorded_hz}\b.* this would be walking, so state the rate", refusal)


def at_more_frames(poses: np.ndarray, factor: int) -> np.ndarray:
    """The same movement at ``factor`` times the frame rate."""
    time = np.linspace(0, len(poses) - 1, factor * (len(poses) - 1) + 1)
    flat = poses.reshape(len(poses), -1)
    columns = [np.interp(time, np.arange(len(poses)), column) for column in flat.T]
    return np.stack(columns, axis=1).reshape(-1, *poses.shape[1:])


@pytest.mark.parametrize("factor", [2, 4, 8])
def test_no_captured_walk_of_a_higher_unknown_rate_passes_without_a_word(factor: int) -> None:
    for walk_id in captured_people():
        quality = assess_quality(walk_of(at_more_frames(captured_poses(walk_id), factor), rate_hz=None))
        assert "rate is unknown" in " ".join((quality.refusal or "", *quality.cautions)), walk_id


def test_an_unknown_rate_of_30_is_not_doubted() -> None:
    qualities = [assess_quality(walk_of(captured_poses(walk_id), rate_hz=None)) for walk_id in captured_people()]
    assert [quality.refusal for quality in qualities] == [None] * 43
    assert not any("rate is unknown" in " ".join(quality.cautions) for quality in qualities)


def test_who_walks_at_no_rate_is_no_question_of_the_rate() -> None:
    unknown = assess_quality(walk_of(draw_walker(120, step_height=0), rate_hz=None)).refusal
    assert unknown is not None
    assert "would be walking" not in unknown
    assert "give --frame-rate-hz if it is not 15 to 30 a second, else record a person" in unknown
    known = assess_quality(walk_of(draw_walker(120, step_height=0))).refusal
    assert known is not None
    assert "frame rate" not in known


def test_what_a_reader_noted_is_a_note() -> None:
    noted = assess_quality(walk_of(draw_walker(150), notes=("It was turned.",)))
    assert (noted.cautions, noted.notes) == ((), ("It was turned.",))
    assert assess_quality(Walk(silhouettes=np.ones((40, 64, 64), np.uint8), notes=("a",))).notes[1:] == ("a",)


def test_a_refusal_says_what_the_reader_doubted() -> None:
    doubts = ("Doubtful: the walker is dark: half of the body is darker than 3 of 255.", "A note.")
    refusal = assess_quality(walk_of(draw_walker(120, yaw_deg=80), notes=doubts)).refusal
    assert refusal is not None
    assert refusal.startswith("side view")
    assert refusal.endswith(". The walker is dark: half of the body is darker than 3 of 255")


def test_a_refusal_says_that_somebody_else_was_there() -> None:
    quality = assess_quality(walk_of(draw_walker(120, step_height=0), people=SEVERAL))
    assert quality.refusal is not None
    assert "no walking seen" in quality.refusal
    assert "2 people were seen" in quality.refusal
    assert "--person N" in quality.refusal


@pytest.mark.parametrize(
    ("walk", "caution"),
    [
        (walk_of(draw_walker(50)), "strides were seen"),
        (walk_of(draw_walker(150, yaw_deg=55)), "oblique"),
        (walk_of(draw_walker(150, height_px=50)), "only 56 px tall"),
        (walk_of(draw_walker(60, rate_hz=5), rate_hz=5), "cannot be judged whether the person walks"),
    ],
)
def test_a_caution_does_not_refuse(walk: Walk, caution: str) -> None:
    quality = assess_quality(walk)
    assert quality.refusal is None
    assert len(quality.cautions) == 1
    assert caution in quality.cautions[0]


def test_a_face_never_seen_is_a_note() -> None:
    quality = assess_quality(walk_of(without("left_ear")))
    assert quality.refusal is None
    assert quality.cautions == ()
    assert quality.joints_never_seen == ("left_ear",)
    assert "left_ear" in quality.notes[0]


def test_legs_unseen_most_of_the_time_are_a_caution() -> None:
    poses = draw_walker(150)
    poses[:90, JOINT["left_knee"], 2] = 0.1
    quality = assess_quality(walk_of(poses))
    assert quality.usable_share == pytest.approx(0.4)
    assert quality.cautions == ("Only 60 of 150 frames show trunk and legs inside the picture.",)


def test_walking_there_and_back_is_one_walk() -> None:
    there, back = draw_walker(150), draw_walker(150, from_the_front=False)
    assert assess_quality(walk_of(np.concatenate([there, back]))).view == "front and back"


def test_silhouettes_alone_are_only_counted() -> None:
    quality = assess_quality(Walk(walk_id="s", silhouettes=np.ones((40, 64, 64), np.uint8), frame_rate_hz=15))
    assert quality.refusal is None
    assert quality.usable_share is None
    assert "no poses" in quality.notes[0]
    short = assess_quality(Walk(walk_id="s", silhouettes=np.ones((3, 64, 64), np.uint8)))
    assert short.refusal is not None
    assert "too short: 3 frames" in short.refusal


# What each recording must come to; its description names the faults.
REFUSED = {
    "intel_two_people_front_right": "only 1 of 26 frames",  # legs below the frame edge
    "sports2d_notwalking_man": "no walking seen",
    "sports2d_woman_side": "side view",
}
CAUTIONED = {
    "intel_woman_front": "strides",
    "intel_worker_back": "camera looks down",
    "35_01": "strides",
    "35_30": "strides",
}
FILMED = [*sample_paths(), *(recording(f"walks/{name}.npz") for name in REFUSED if name != "sports2d_woman_side")]


def assert_judged(walk: Walk, name: str) -> None:
    quality = assess_quality(walk)
    if name in REFUSED:
        assert quality.refusal is not None
        assert REFUSED[name] in quality.refusal
        return
    assert quality.refusal is None
    assert quality.view == (walk.view or "front")
    cautions = " ".join(quality.cautions)
    assert CAUTIONED[name] in cautions if name in CAUTIONED else cautions == ""


@pytest.mark.parametrize("path", FILMED, ids=lambda path: path.stem)
def test_filmed_walks(path: Path) -> None:
    assert_judged(read_walk(path), path.stem)


@pytest.mark.parametrize("name", captured_people())
def test_captured_walks(name: str) -> None:
    assert_judged(Walk(walk_id=name, poses=captured_poses(name), frame_rate_hz=30.0), name)
