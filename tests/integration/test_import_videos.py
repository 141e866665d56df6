"""A folder of videos into a store: a kill costs one video, a bad one stops no other, nothing is passed over unsaid."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from scoliogait.data.importing import import_walks
from scoliogait.data.problems import Problem
from scoliogait.data.store import WalkStore
from scoliogait.errors import DataError
from scoliogait.io import backends
from scoliogait.io.native import write_walk
from scoliogait.walk import Walk
from seen_people import KnownPeople, known_people, write_numbered
from walker import draw_walker

pytest.importorskip("av")
T = 60
WALKER = draw_walker(T)
NAMES = ("a first walk.mp4", "b.mkv", "c (2).MOV", "d.avi")


def write_videos(folder: Path) -> Path:
    folder.mkdir()
    for n, name in enumerate(NAMES):
        write_numbered(folder / name, range(n, T))
    return folder


def looked_at(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many pictures people are looked for in from now on, in all videos."""
    known = KnownPeople([[pose] for pose in WALKER])
    looks: list[int] = []

    def find(rgb: np.ndarray) -> Any:
        looks.append(1)
        return known.find(rgb)

    monkeypatch.setattr(backends, "Detector", lambda engine: find)
    monkeypatch.setattr(backends, "Estimator", lambda engine: known.estimate)
    return looks


def import_once(folder: Path, out: Path, **more: Any) -> tuple[WalkStore, list[Problem]]:
    problems: list[Problem] = []
    return import_walks([folder], out, problems=problems, **more), problems


KILLED = """
import os, signal, sys
from pathlib import Path
sys.path.insert(0, {tests!r})
from pytest import MonkeyPatch
from scoliogait.data.importing import import_walks
from seen_people import known_people
from walker import draw_walker
known_people(MonkeyPatch(), [[pose] for pose in draw_walker({n})])

def progress(done, total, words=""):
    if done == 2:
        os.kill(os.getpid(), signal.SIGKILL)

import_walks([Path({folder!r})], Path({out!r}), progress=progress)
"""


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="needs SIGKILL")
def test_a_killed_import_goes_on_where_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, out = write_videos(tmp_path / "from the phone"), tmp_path / "store"
    code = KILLED.format(tests=str(Path(__file__).parents[1]), n=T, folder=str(folder), out=str(out))
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert ended.returncode == -signal.SIGKILL, ended.stderr
    assert not out.exists()
    looks = looked_at(monkeypatch)
    store, problems = import_once(folder, out)
    n_after_a_kill = len(looks)
    # One walker is filmed four times.
    assert {problem.kind for problem in problems} == {"noted-by-reader", "same-recording"}
    assert store.walk_ids == ("a first walk", "b", "c (2)", "d")
    looks.clear()
    whole, _ = import_once(folder, tmp_path / "at once")
    assert 0 < n_after_a_kill <= len(looks) / 2 + 1
    assert store.digest == whole.digest
    assert sorted(path.name for path in tmp_path.iterdir()) == ["at once", "from the phone", "store"]


def test_what_was_read_is_kept_when_a_bad_one_stops_the_import(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = write_videos(tmp_path / "videos")
    (folder / "e.mp4").touch()
    looks = looked_at(monkeypatch)
    with pytest.raises(DataError, match=r"1 problem makes.*what was read of 4 videos is kept for the next import"):
        import_once(folder, tmp_path / "store")
    looks.clear()
    store, problems = import_once(folder, tmp_path / "store", skip_unusable=True)
    assert looks == []
    assert len(store) == 4
    unusable = [problem for problem in problems if problem.severity == "unusable"]
    assert [(Path(problem.where).name, problem.kind) for problem in unusable] == [("e.mp4", "unreadable")]


def test_a_video_that_changed_is_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = write_videos(tmp_path / "videos")
    (folder / "e.mp4").touch()
    looks = looked_at(monkeypatch)
    with pytest.raises(DataError):
        import_once(folder, tmp_path / "store")
    write_numbered(folder / "b.mkv", range(10, T))
    looks.clear()
    store, _ = import_once(folder, tmp_path / "store", skip_unusable=True)
    assert looks != []
    assert store.n_frames("poses", 1) == T - 10


def test_a_mixed_folder_with_links_says_what_it_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    known_people(monkeypatch, [[pose] for pose in WALKER])
    folder = write_videos(tmp_path / "videos")
    write_walk(folder / "z.npz", Walk(walk_id="z", poses=WALKER, frame_rate_hz=30))
    (folder / "visit 2").mkdir()
    for name in ("notes.txt", "list.txt", "still.png", ".hidden.mp4", "README"):
        (folder / name).write_text("words")
    (folder / "a backward link.mp4").symlink_to(folder / NAMES[0])
    write_numbered(tmp_path / "elsewhere.mp4", range(5, T))
    (folder / "linked.mp4").symlink_to(tmp_path / "elsewhere.mp4")
    said: list[tuple[int, int, str]] = []
    pictures: list[str] = []
    store, problems = import_once(
        folder,
        tmp_path / "store",
        progress=lambda done, total, words="": said.append((done, total, words)),
        pictures=lambda done, total, words="": pictures.append(words),
    )
    assert set(store.walk_ids) == {"a first walk", "b", "c (2)", "d", "linked", "z"}
    assert {problem.kind for problem in problems if problem.severity == "note"} == {
        "repeated",
        "passed-over",
        "noted-by-reader",
    }
    passed_over = next(problem.message for problem in problems if problem.kind == "passed-over")
    for words in ("2 .txt", "1 .png", "1 without an ending", "1 folder (give it by itself)"):
        assert words in passed_over
    assert [words for _, _, words in said[:-1]] == [
        str(folder / name) for name in sorted((*NAMES, "linked.mp4", "z.npz"))
    ]
    assert (said[0][:2], said[-1][:2]) == ((0, 6), (6, 6))
    assert "1 person, now 223 px tall" in pictures
