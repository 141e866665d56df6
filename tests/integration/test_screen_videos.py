"""`scoliogait screen` and `data import` on videos: the good ones go through, each bad one is a line with its reason."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner, Result

from bundles import untrained_bundle
from scoliogait.cli import app
from scoliogait.data.store import WalkStore
from scoliogait.io.native import write_walk
from scoliogait.walk import Walk
from seen_people import known_people, write_numbered
from walker import draw_walker

pytest.importorskip("av")
T = 75
WALKER = draw_walker(T, height_px=220)
# The numbers of pictures that show nobody, and of those that show somebody small.
NOBODY, SMALL = range(T, T + 45), range(T + 45, T + 90)


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(untrained_bundle(tmp_path_factory.mktemp("bundle") / "model", simulated="yes"))


@pytest.fixture(autouse=True)
def _one_walker(monkeypatch: pytest.MonkeyPatch) -> None:
    people = [*([pose] for pose in WALKER), *([] for _ in NOBODY)]
    known_people(monkeypatch, [*people, *([pose] for pose in draw_walker(len(SMALL), height_px=60))])


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def rows(path: Path) -> dict[str, dict[str, Any]]:
    return {Path(row["file"]).name: row for row in map(json.loads, path.read_text().splitlines())}


TOO_LITTLE = {
    "short.mp4": "lasts 0.27 s (8 pictures)",
    "one.webm": "holds 1 picture",
    "empty room.mp4": "no frame shows a person",
    "far away.mp4": "at least 120 are needed",
}


def write_bad_videos(folder: Path) -> dict[str, str]:
    """Files that are named as videos, with a part of the reason for which each is refused."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "empty.mp4").touch()
    (folder / "playlist.mp4").write_text("#EXTM3U\n#EXTINF:10,\nother.mp4\n")
    (folder / "picture.mp4").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(100))
    unfinished = write_numbered(folder / "unfinished.mov", range(T))
    unfinished.write_bytes(unfinished.read_bytes()[:-400])  # the index stands at the end
    write_numbered(folder / "short.mp4", range(8))
    write_numbered(folder / "one.webm", range(1), codec="libvpx")
    write_numbered(folder / "empty room.mp4", NOBODY)
    write_numbered(folder / "far away.mp4", SMALL)
    (folder / "list.mp4").write_text("file 'first walk.mp4'\n")
    return {
        "empty.mp4": "is empty (0 bytes)",
        "playlist.mp4": "is a playlist and no video",
        "picture.mp4": "is a PNG picture and no video",
        "list.mp4": "is text and no video",
        "unfinished.mov": "no picture can be decoded",
    } | TOO_LITTLE


def test_a_folder_of_everything(bundle: str, tmp_path: Path) -> None:
    folder = tmp_path / "what the phone gave"
    reasons = write_bad_videos(folder)
    write_numbered(folder / "first walk.mp4", range(T))
    (folder / "visit 2").mkdir()
    uneven = [*range(30), *range(30, T, 2)]
    write_numbered(folder / "visit 2" / "uneven.MOV", uneven, [round(1000 * n / 30) for n in uneven])
    write_walk(folder / "poses.npz", Walk(walk_id="poses", poses=WALKER, frame_rate_hz=30))
    for name in ("notes.txt", "types.ts", ".hidden.mp4"):
        (folder / name).write_text("export const x = 1")
    result = run("screen", folder, "--model", bundle, "--jsonl", tmp_path / "out.jsonl")
    assert result.exit_code == 2
    found = rows(tmp_path / "out.jsonl")
    assert set(found) == {*reasons, "first walk.mp4", "uneven.MOV", "poses.npz"}
    for name, words in reasons.items():
        assert found[name]["outcome"] == ("not usable" if name in TOO_LITTLE else "unreadable")
        assert words in found[name]["reason"]
        assert sum(name in line and words in line for line in result.output.splitlines()) == 1
    for name in ("first walk.mp4", "uneven.MOV", "poses.npz"):
        assert found[name]["outcome"] in ("screened", "inconclusive")
    assert found["first walk.mp4"]["probability_positive"] == found["poses.npz"]["probability_positive"]
    assert "uneven rate" in found["uneven.MOV"]["notes"]
    assert (found["first walk.mp4"]["n_people"], found["first walk.mp4"]["walker"]) == (1, 1)


def test_exit_code_0_when_every_video_is_screened(bundle: str, tmp_path: Path) -> None:
    made = write_numbered(tmp_path / "a walk.mp4", range(T))
    result = run("screen", made, "--model", bundle)
    assert result.exit_code == 0
    assert "1 input: 0 screened, 1 inconclusive" in result.output


def test_person_chooses_in_a_video(bundle: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = WALKER + np.array([250, 0, 0], np.float32)
    known_people(monkeypatch, [[WALKER[t], other[t]] for t in range(T)])
    made = write_numbered(tmp_path / "two.mp4", range(T))
    result = run("screen", made, "--model", bundle)
    assert result.exit_code == 2
    assert "cannot be told apart as the walker" in result.output
    chosen = run("screen", made, "--model", bundle, "--person", "2", "--jsonl", tmp_path / "out.jsonl")
    assert chosen.exit_code == 0
    assert rows(tmp_path / "out.jsonl")["two.mp4"]["walker"] == 2


def test_a_folder_of_videos_becomes_a_store(tmp_path: Path) -> None:
    folder = tmp_path / "videos"
    reasons = write_bad_videos(folder)
    write_numbered(folder / "a.mp4", range(T))
    write_walk(folder / "b.npz", Walk(walk_id="b", poses=WALKER, frame_rate_hz=30))
    (folder / "still.png").write_bytes(b"\x89PNG")
    refused = run("data", "import", folder, "--out", tmp_path / "store")
    assert f"{len(reasons)} problems make walks unusable" in str(refused.exception)
    assert not (tmp_path / "store").exists()
    result = run("data", "import", folder, "--out", tmp_path / "store", "--skip-unusable")
    assert result.exit_code == 0, result.output
    printed = "".join(result.output.split())  # lines break anywhere in a path
    assert [words for words in reasons.values() if words.replace(" ", "") not in printed] == []
    store = WalkStore.open(tmp_path / "store")
    assert store.walk_ids == ("a", "b")
    np.testing.assert_array_equal(store.frames("poses", 0), WALKER)
