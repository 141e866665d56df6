"""From who is seen in a video to the walk of the one who walks; who is seen is known exactly."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from scoliogait.errors import DataError, NotUsableError
from scoliogait.io.even_rate import evenly_timed
from scoliogait.io.read import read_walk
from scoliogait.skeleton import JOINT, PAIR_NAMES
from seen_people import known_people, write_numbered
from walker import draw_walker

pytest.importorskip("av")
T = 60
WALKER = draw_walker(T)


def along(poses: np.ndarray, x_px: float, px_per_frame: float = 0.0) -> np.ndarray:
    moved = poses.copy()
    moved[..., 0] += x_px + px_per_frame * np.arange(len(poses))[:, None]
    return moved


def test_the_walk_is_the_walker_in_pixels_at_the_rate_of_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known_people(monkeypatch, [[pose] for pose in WALKER])
    walk = read_walk(write_numbered(tmp_path / "my walk.mp4", range(T)))
    np.testing.assert_array_equal(walk.poses, WALKER)
    assert walk.walk_id == "my walk"
    assert walk.frame_rate_hz == pytest.approx(30, rel=1e-3)
    assert walk.frame_size_px == (640, 360)
    assert walk.silhouettes is not None
    assert walk.silhouettes.shape == (T, 64, 64)
    assert walk.silhouettes_aligned
    assert walk.people is not None
    assert walk.people.n_people == 1
    assert [note for note in walk.notes if "height of the camera does not show" not in note] == []


def test_what_the_network_preferred_stays_with_the_walk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    side_px = np.zeros((17, 2), np.float32)
    side_px[JOINT["right_hip"], 1] = 2.0
    known_people(monkeypatch, [[pose] for pose in WALKER], side_px)
    found = read_walk(write_numbered(tmp_path / "a.mp4", range(T))).mirror_difference
    assert found is not None
    assert found[PAIR_NAMES.index("hips"), 0] > 0
    assert np.count_nonzero(found) == 1


def test_frames_without_anybody_are_empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    frames = [[] if t in (20, 21, 22) else [WALKER[t]] for t in range(T)]
    known_people(monkeypatch, frames)
    walk = read_walk(write_numbered(tmp_path / "a.mp4", range(T)))
    assert walk.poses is not None
    assert walk.silhouettes is not None
    seen = (walk.poses[..., 2] > 0).any(axis=1)
    assert np.flatnonzero(~seen).tolist() == [20, 21, 22]
    assert len(walk.silhouettes) == T - 3


def test_a_walker_who_was_framed_twice_keeps_every_silhouette(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    again = WALKER.copy()
    again[:, 5:, 0] += 1.5
    again[:, :5, 2], again[:, 5:, 2] = 0.9, 0.4
    first = WALKER.copy()
    first[:, :5, 2], first[:, 5:, 2] = 0.5, 0.8
    known_people(monkeypatch, [[first[t], again[t]] for t in range(T)])
    walk = read_walk(write_numbered(tmp_path / "a.mp4", range(T)))
    assert walk.people is not None
    assert walk.people.n_people == 1
    assert walk.silhouettes is not None
    assert len(walk.silhouettes) == T


def test_id_class_and_view_come_from_the_place_in_a_tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    known_people(monkeypatch, [[pose] for pose in WALKER])
    folder = tmp_path / "00007" / "positive" / "000_180"
    folder.mkdir(parents=True)
    walk = read_walk(write_numbered(folder / "clip.mp4", range(T)))
    assert (walk.walk_id, walk.view) == ("00007", "000_180")
    assert walk.label is not None
    assert walk.label.name.lower() == "positive"


def test_uneven_times_become_even_and_that_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    poses = along(WALKER, 0, 1.5)
    known_people(monkeypatch, [[pose] for pose in poses])
    kept = [*range(30), *range(32, T, 2)]
    walk = read_walk(write_numbered(tmp_path / "a.mp4", kept, [round(1000 * number / 30) for number in kept]))
    assert walk.frame_rate_hz == pytest.approx(30, rel=0.02)
    assert walk.poses is not None
    assert len(walk.poses) == kept[-1] + 1
    hips = walk.poses[:, 11:13, 0].mean(axis=1)
    np.testing.assert_allclose(hips, poses[: len(hips), 11:13, 0].mean(axis=1), atol=0.3)
    assert any("uneven rate" in note for note in walk.notes)


def test_nothing_is_made_up_over_a_longer_pause(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    known_people(monkeypatch, [[pose] for pose in WALKER])
    times = [round(1000 * number / 30) + (400 if number >= 30 else 0) for number in range(T)]
    walk = read_walk(write_numbered(tmp_path / "a.mp4", range(T), times))
    assert walk.poses is not None
    empty = np.flatnonzero(~(walk.poses[..., 2] > 0).any(axis=1))
    assert empty.tolist() == list(range(30, 42))


def test_times_of_no_recording_are_refused() -> None:
    times = np.array([*(np.arange(T - 1) / 1000), 1.5e6])
    with pytest.raises(DataError, match=r"a\.mp4: its times are not those of one recording \(0.001 s between pictures"):
        evenly_timed(WALKER, times, Path("a.mp4"))


def test_a_bystander_is_left_out_and_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    standing = along(draw_walker(T, step_height=0.0, height_px=180), 200)
    known_people(monkeypatch, [[standing[t], WALKER[t]] for t in range(T)])
    made = write_numbered(tmp_path / "a.mp4", range(T))
    walk = read_walk(made)
    np.testing.assert_array_equal(walk.poses, WALKER)
    assert walk.people is not None
    assert (walk.people.n_people, walk.people.walker, walk.people.n_frames_together) == (2, 1, T)
    assert walk.people.reason == "the only one who walks"
    np.testing.assert_array_equal(read_walk(made, person=2).poses, standing)


def test_two_walkers_are_refused_until_one_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = along(draw_walker(T, stride_hz=1.1), 200)
    known_people(monkeypatch, [[other[t], WALKER[t]] for t in range(T)])
    made = write_numbered(tmp_path / "a.mp4", range(T))
    with pytest.raises(DataError, match=r"persons 1 and 2 cannot be told apart as the walker.*--person N"):
        read_walk(made)
    np.testing.assert_array_equal(read_walk(made, person=2).poses, other)


def test_nobody_is_followed_through_another_person(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = along(WALKER, -220, 7), along(draw_walker(T, height_px=150), 200, -7)
    frames = [[first[t]] if 26 <= t < 34 else [first[t], second[t]] for t in range(T)]
    known_people(monkeypatch, frames)
    walk = read_walk(write_numbered(tmp_path / "a.mp4", range(T)), person=1)
    assert walk.poses is not None
    assert walk.people is not None
    seen = np.flatnonzero((walk.poses[..., 2] > 0).any(axis=1))
    assert seen.max() < 26 or seen.min() >= 34
    assert any("not certain who is who" in doubt for doubt in walk.people.doubts)


def test_an_empty_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    known_people(monkeypatch, [[]] * T)
    with pytest.raises(DataError, match="no frame shows a person"):
        read_walk(write_numbered(tmp_path / "a.mp4", range(T)))


def test_a_walker_who_is_too_small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    known_people(monkeypatch, [[pose] for pose in draw_walker(T, height_px=90)])
    with pytest.raises(DataError, match=r"the walker is about 100 px tall; at least 120 are needed"):
        read_walk(write_numbered(tmp_path / "a.mp4", range(T)))
    known_people(monkeypatch, [[pose] for pose in draw_walker(T, height_px=118)])
    assert read_walk(tmp_path / "a.mp4").poses is not None


@pytest.mark.parametrize(
    ("n", "words"), [(1, "holds 1 picture"), (8, r"lasts 0.27 s \(8 pictures\), which is no stride")]
)
def test_too_short(n: int, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    known_people(monkeypatch, [[pose] for pose in WALKER])
    with pytest.raises(DataError, match=words):
        read_walk(write_numbered(tmp_path / "a.mp4", range(n)))


def test_a_mirror_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    known_people(monkeypatch, [[WALKER[0]]] * 256)  # the number of a mirrored picture is not where it was
    made = write_numbered(
        tmp_path / "a.mp4", range(T), change=lambda stream: stream.set_display_rotation(0, hflip=True)
    )
    assert any("mirrored from left to right" in note for note in read_walk(made).notes)


def test_what_was_cut_off_is_a_doubt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    known_people(monkeypatch, [[pose] for pose in WALKER])
    made = write_numbered(tmp_path / "a.mp4", range(T), change=_index_first)
    made.write_bytes(made.read_bytes()[: round(0.8 * made.stat().st_size)])
    walk = read_walk(made)
    assert walk.poses is not None
    assert 35 < len(walk.poses) < T
    assert len(walk.doubts) == 1
    assert walk.notes[0] == walk.doubts[0]


def test_a_refusal_also_says_that_the_file_breaks_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = write_numbered(tmp_path / "a.mp4", range(T), change=_index_first)
    whole = made.read_bytes()
    for share, seen, refusal in ((0.8, [[]] * T, "no frame shows a person"), (0.35, [[]] * T, "is no stride")):
        known_people(monkeypatch, seen)
        made.write_bytes(whole[: round(share * len(whole))])
        with pytest.raises(NotUsableError, match=rf"{refusal}[^.]*\. The (?:video was read in part|file states)"):
            read_walk(made)


def _index_first(stream: object) -> None:
    stream.container.options["movflags"] = "faststart"  # type: ignore[attr-defined]


def test_a_missing_extra_names_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = write_numbered(tmp_path / "a.mp4", range(2))
    monkeypatch.setitem(sys.modules, "av", None)
    with pytest.raises(DataError, match=r'a\.mp4: this format needs PyAV; pip install "scoliogait\[video\]"'):
        read_walk(made)


def test_joints_and_rates_that_a_video_states_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    known_people(monkeypatch, [[pose] for pose in WALKER])
    made = write_numbered(tmp_path / "a.mp4", range(T))
    with pytest.raises(DataError, match="leave out --joints"):
        read_walk(made, layout="COCO-17")
    with pytest.raises(DataError, match="leave out --frame-rate-hz"):
        read_walk(made, frame_rate_hz=25)


@pytest.mark.parametrize(
    ("path", "forbidden"), [("walk.npz", {"av", "onnxruntime", "torch"}), ("empty.mp4", {"torch", "matplotlib"})]
)
def test_what_reading_does_not_load(path: str, forbidden: set[str], tmp_path: Path) -> None:
    from scoliogait.io.native import write_walk
    from scoliogait.walk import Walk

    write_walk(tmp_path / "walk.npz", Walk(poses=WALKER, frame_rate_hz=30))
    write_numbered(tmp_path / "empty.mp4", [0] * 6, [200 * n for n in range(6)])
    code = (
        "import sys, scoliogait as sg\n"
        f"try: sg.read_walk({str(tmp_path / path)!r})\n"
        "except sg.DataError as error: assert 'no frame shows a person' in str(error), error\n"
        f"assert not {forbidden!r} & set(sys.modules), sorted({forbidden!r} & set(sys.modules))"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
