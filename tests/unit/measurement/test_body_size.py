"""One height of a person in the picture, for every limit and every line that names it."""

from pathlib import Path

import numpy as np
import pytest

from body_parts import LEGS, UPPER, only
from scoliogait.errors import NotUsableError
from scoliogait.io.native import read_native
from scoliogait.io.read import read_walk
from scoliogait.measurement.body import EYES_TO_ANKLES
from scoliogait.measurement.body_size import person_height_px
from scoliogait.measurement.caution_limits import MIN_HEIGHT_PX, SMALLEST_WALKER_PX
from scoliogait.measurement.quality import assess_quality
from scoliogait.samples import sample_paths
from scoliogait.screening_report.recording_checks import recording_checks
from scoliogait.skeleton import JOINT
from scoliogait.video.so_far import SoFar
from scoliogait.walk import Walk
from seen_people import known_people, write_numbered
from walker import draw_walker

T = 60


def test_from_head_to_feet() -> None:
    assert person_height_px(draw_walker(T, height_px=180)) == pytest.approx(200, rel=0.01)
    assert person_height_px(np.zeros((T, 17, 3), np.float32)) is None
    assert person_height_px(np.zeros((0, 17, 3), np.float32)) is None


def test_arms_above_the_head_and_a_picture_that_lies_on_its_side_change_nothing() -> None:
    poses = draw_walker(T, height_px=180)
    raised, lying = poses.copy(), poses.copy()
    raised[:, [JOINT["left_wrist"], JOINT["right_wrist"]], 1] -= 300
    lying[..., :2] = poses[..., 1::-1]
    assert person_height_px(raised) == person_height_px(poses)
    assert person_height_px(lying) == pytest.approx(person_height_px(poses))


@pytest.mark.parametrize("joints", [UPPER, LEGS], ids=["upper body", "legs"])
def test_a_body_that_is_never_seen_whole_is_known_by_its_parts(joints: list[int]) -> None:
    assert person_height_px(only(draw_walker(T, height_px=180), joints)) == pytest.approx(200, rel=0.15)


def test_frames_that_show_the_whole_body_count_alone() -> None:
    poses = draw_walker(T, height_px=180)
    poses[: T // 2 + 5] = only(draw_walker(T // 2 + 5, height_px=90), UPPER)
    assert person_height_px(poses) == pytest.approx(200, rel=0.01)


def test_from_above_it_is_what_is_seen_and_not_what_foreshortened_segments_say() -> None:
    path = next(path for path in sample_paths() if path.stem == "intel_worker_back")
    poses = read_native(path, modalities=("poses",)).poses
    assert poses is not None
    ends = poses[:, [JOINT["left_eye"], JOINT["right_eye"], JOINT["left_ankle"], JOINT["right_ankle"]], 1]
    seen = float(np.median(ends.max(axis=1) - ends.min(axis=1))) / EYES_TO_ANKLES
    assert person_height_px(poses) == pytest.approx(seen, rel=0.02)


def test_bar_gate_list_note_and_report_name_the_same_height(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("av")
    poses = draw_walker(T, height_px=140)
    poses[:, LEGS, 1] += 20  # legs that are longer than the standing figure's
    expected = f"{person_height_px(poses):.0f} px tall"
    known_people(monkeypatch, [[pose] for pose in poses])
    bar = SoFar()
    for n, pose in enumerate(poses):
        bar.add(n / 30, [pose], [np.array([300.0, 90, 340, 310])])
    walk = read_walk(write_numbered(tmp_path / "a.mp4", range(T)))
    quality = assess_quality(walk)
    assert walk.people is not None
    assert expected in bar.words()
    assert expected in " ".join(walk.notes)
    assert expected in walk.people.listed[0]
    assert f"{quality.height_px:.0f} px tall" == expected


@pytest.mark.parametrize("size_px", [100, 106, 108, 111])
def test_the_gate_goes_by_this_height(size_px: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("av")
    poses = draw_walker(T, height_px=size_px)
    known_people(monkeypatch, [[pose] for pose in poses])
    video, height_px = write_numbered(tmp_path / "a.mp4", range(T)), person_height_px(poses)
    assert height_px is not None
    if height_px < SMALLEST_WALKER_PX:
        with pytest.raises(NotUsableError, match=f"about {height_px:.0f} px tall"):
            read_walk(video)
    else:
        assert assess_quality(read_walk(video)).height_px == pytest.approx(height_px, rel=1e-3)


def test_a_report_wants_of_a_video_what_its_gate_wants() -> None:
    poses = draw_walker(150, height_px=100)
    of_video, of_poses = (
        assess_quality(Walk("a", poses, frame_rate_hz=30, origin=origin)) for origin in ({"backend": "builtin"}, {})
    )
    for quality, limit, verdict in ((of_video, SMALLEST_WALKER_PX, "doubtful"), (of_poses, MIN_HEIGHT_PX, "good")):
        check = {one.name: one for one in recording_checks(quality.to_dict(), None)}["body_height"]
        assert (check.limit, check.verdict) == (limit, verdict)
    assert any("only 111 px tall; 120 px or more are wanted" in caution for caution in of_video.cautions)
