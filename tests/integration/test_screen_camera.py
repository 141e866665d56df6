"""`scoliogait screen --camera`: a walk that is recorded now, from a file behind the interface of a camera."""

import json
import signal
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner, Result

import scoliogait as sg
from bundles import untrained_bundle
from file_camera import FileCamera, looked_at_in_time
from scoliogait.cli import app
from scoliogait.errors import DataError
from scoliogait.io import backends
from scoliogait.video.camera import Camera
from seen_people import KnownPeople, known_people, write_numbered
from walker import draw_walker

pytest.importorskip("av")
T = 75
WALKER = draw_walker(T, height_px=220)


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(untrained_bundle(tmp_path_factory.mktemp("bundle") / "model", simulated="yes"))


@pytest.fixture
def given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FileCamera:
    """A camera before which the drawn walker walks for 2.5 s, on a machine that keeps up."""
    camera = FileCamera(write_numbered(tmp_path / "film.mkv", range(T)))
    known = KnownPeople([[pose] for pose in WALKER])
    looks = looked_at_in_time(camera, known.estimate)
    monkeypatch.setattr(backends, "Detector", lambda engine: known.find)
    monkeypatch.setattr(backends, "Estimator", lambda engine: looks)
    turned_on = partial(sg.Camera, turn_on=lambda number: camera, clock=camera.clock)
    monkeypatch.setattr(sg, "Camera", turned_on)
    return camera


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["screen", *(str(argument) for argument in arguments)])


def test_the_same_walk_as_from_the_file(bundle: str, tmp_path: Path, given: FileCamera, monkeypatch: Any) -> None:
    outs = "--jsonl", tmp_path / "now.jsonl", "--save", tmp_path / "kept.npz"
    result = run("--camera", "0", "--seconds", "2.41", "--model", bundle, *outs)
    assert result.exit_code == 0, result.output
    assert "camera 0 records for 2.41 s; Ctrl-C ends it earlier. No picture is stored." in result.output
    assert given.released.is_set()
    row = json.loads((tmp_path / "now.jsonl").read_text())
    assert (row["file"], row["walk_id"], row["n_frames"]) == ("camera 0", "camera 0", 73)
    kept = sg.read_walk(tmp_path / "kept.npz")
    assert kept.poses is not None
    np.testing.assert_array_equal(kept.poses, WALKER[:73])
    assert kept.walk_id == "kept"
    assert kept.frame_rate_hz == pytest.approx(30, rel=1e-3)
    known_people(monkeypatch, [[pose] for pose in WALKER])
    film = write_numbered(tmp_path / "the same.mkv", range(73))
    assert run(film, "--model", bundle, "--jsonl", tmp_path / "film.jsonl").exit_code == 0
    of_film = json.loads((tmp_path / "film.jsonl").read_text())
    assert row["probability_positive"] == of_film["probability_positive"]
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        *("film.jsonl", "film.mkv", "kept.npz", "now.jsonl", "the same.mkv")
    ]


def test_in_python(given: FileCamera) -> None:
    walk = sg.read_walk(given.camera(2.41))
    assert (walk.n_frames, walk.source, walk.doubts) == (73, "camera 0", ())
    assert len(walk.notes) == 1  # where the camera stands is not seen in so short a film; no picture was passed over
    assert issubclass(Camera, type(given.camera()))
    with pytest.raises(DataError, match="camera 0: states its joints and its rate"):
        sg.read_walk(given.camera(), frame_rate_hz=30)


def test_ctrl_c_ends_the_recording_and_the_walk_is_screened(
    bundle: str, tmp_path: Path, given: FileCamera, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = given.read

    def read_until_interrupted() -> Any:
        if given._next == 60:
            signal.raise_signal(signal.SIGINT)
        return read()

    given.read = read_until_interrupted  # type: ignore[method-assign]
    result = run("--camera", "0", "--model", bundle, "--jsonl", tmp_path / "now.jsonl")
    assert result.exit_code == 0, result.output
    row = json.loads((tmp_path / "now.jsonl").read_text())
    assert 60 <= row["n_frames"] <= 75
    assert "stopped" not in (row["notes"] or "")


def test_a_camera_that_stops_early_makes_the_result_inconclusive(
    bundle: str, tmp_path: Path, given: FileCamera
) -> None:
    result = run("--camera", "0", "--model", bundle, "--jsonl", tmp_path / "now.jsonl")
    assert result.exit_code == 0, result.output
    row = json.loads((tmp_path / "now.jsonl").read_text())
    assert row["outcome"] == "inconclusive"
    assert "The camera stopped after 2.5 of 15 s" in row["reason"]


def test_no_camera(bundle: str, tmp_path: Path) -> None:
    result = run("--camera", "98", "--model", bundle, "--csv", tmp_path / "o.csv", "--save", tmp_path / "w.npz")
    assert result.exit_code == 2
    lines = result.output.splitlines()
    assert sum("unreadable: camera 98: cannot be opened" in line for line in lines) == 1
    assert "is not written: no walk was read" in " ".join(lines)
    assert [path.name for path in tmp_path.iterdir()] == ["o.csv"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "no walk is named; give a video, a walk file or a folder, or --camera 0"),
        (("--seconds", "3"), "give --camera 0 too"),
        (("film.mkv", "--camera", "0"), "leave out film.mkv"),
        (("--camera", "0", "--session"), "--session: takes recorded passes"),
        (("--camera", "0", "--overlay", "o.webm"), "no picture of a camera is stored"),
        (("--camera", "0", "--seconds", "601"), "cannot record for 601 s"),
        (("--camera", "0", "--save", "w.txt"), "is written as .npz"),
        (("--camera", "0", "--save", "w.npz"), "give --overwrite"),
        (("film.mkv", "film.mkv", "--session", "--save", "new.npz"), "keeps one walk"),
        ((".", "--save", "new.npz"), "keeps one walk, and 2 are given"),
    ],
)
def test_what_is_refused_is_refused_before_the_recording(
    arguments: tuple[str, ...], words: str, tmp_path: Path, given: FileCamera, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    sg.write_walk("w.npz", sg.Walk(poses=WALKER, frame_rate_hz=30))
    result = run(*arguments)
    assert isinstance(result.exception, DataError)
    assert words in str(result.exception)
    assert given._next == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["film.mkv", "w.npz"]


def test_the_walk_of_a_file_is_kept_too(bundle: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    known_people(monkeypatch, [[pose] for pose in WALKER])
    made = write_numbered(tmp_path / "a.mp4", range(T))
    result = run(made, "--model", bundle, "--save", tmp_path / "a.npz")
    assert result.exit_code == 0, result.output
    np.testing.assert_array_equal(sg.read_walk(tmp_path / "a.npz").poses, WALKER)
