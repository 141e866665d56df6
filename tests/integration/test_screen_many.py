"""`scoliogait screen` on many walks: one row an input whatever happens, and files that hold what was finished."""

import csv
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

import scoliogait as sg
from bundles import untrained_bundle
from openpose_folder import write_frames
from scoliogait.checkpoints.config_file import CONFIG
from scoliogait.cli import app
from scoliogait.data.store import WalkStore, write_store
from scoliogait.errors import DataError
from scoliogait.io.native import write_walk
from scoliogait.report.screening_table import COLUMNS
from scoliogait.walk import Walk
from trees import write_pose_tree
from walker import draw_walker


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(untrained_bundle(tmp_path_factory.mktemp("bundle") / "model", simulated="yes"))


def screen(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["screen", *map(str, arguments)])


def walk(walk_id: str = "walk", **fields: Any) -> Walk:
    return Walk(walk_id=walk_id, poses=draw_walker(60), frame_rate_hz=30.0, **fields)


def good(path: Path, walk_id: str = "good") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    write_walk(path, walk(walk_id))
    return path


def rows(path: Path) -> list[dict[str, Any]]:
    if path.suffix == ".jsonl":
        return [json.loads(line) for line in path.read_text().splitlines()]
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_all_kinds_of_inputs_at_once(bundle: str, tmp_path: Path) -> None:
    """Two folders, a tree, a store, a pattern, a missing path, a file that is none, and one given twice."""
    walks = tmp_path / "walks"
    one, other = good(walks / "a" / "x.npz", "same"), good(walks / "b" / "x.npz", "same")
    (walks / "bad.npz").write_text("no archive")
    (walks / "README.md").write_text("about")
    frames = write_frames(tmp_path / "frames", [[pose] for pose in draw_walker(60)])
    tree = write_pose_tree(tmp_path / "tree", 2)
    store = write_store(tmp_path / "store", [walk("s1"), walk("s2")], {}).path
    matched = good(tmp_path / "more" / "deep" / "y.npz")
    given = [walks, one, frames, tree, store, tmp_path / "more" / "**" / "*.npz", tmp_path / "none", tmp_path / "t.txt"]
    (tmp_path / "t.txt").write_text("text")
    outputs = {name: tmp_path / "out" / f"r.{name}" for name in ("csv", "jsonl", "json")}
    result = screen(
        *given, "--model", bundle, *(part for name, path in outputs.items() for part in (f"--{name}", path))
    )
    assert result.exit_code == 2, result.exception

    lines, cells = rows(outputs["jsonl"]), rows(outputs["csv"])
    inside_tree = [row["file"] for row in lines if row["file"].startswith(str(tree))]
    assert len(inside_tree) == 2
    expected = [
        (walks / "bad.npz", None, "unreadable"),
        (one, "same", "good"),
        (other, "same", "good"),
        (frames, "frames", "good"),
        *((Path(file), Path(file).parts[-3], "not usable") for file in inside_tree),  # of 12 frames
        (store, "s1", "good"),
        (store, "s2", "good"),
        (matched, "good", "good"),
        (tmp_path / "none", None, "unreadable"),
        (tmp_path / "t.txt", None, "unreadable"),
    ]
    assert [(Path(row["file"]), row["walk_id"]) for row in lines] == [(path, id_) for path, id_, _ in expected]
    for row, (_, _, kind) in zip(lines, expected, strict=True):
        assert row["outcome"] in (("screened", "inconclusive") if kind == "good" else (kind,))
    assert all(tuple(row) == COLUMNS for row in (*lines, *cells))
    for line, cell in zip(lines, cells, strict=True):
        assert {name: "" if value is None else str(value) for name, value in line.items()} == cell
    entries = json.loads(outputs["json"].read_text())
    assert entries["finished"] is True
    assert [entry["file"] for entry in entries["walks"]] == [row["file"] for row in lines]
    assert sum("probabilities" in entry for entry in entries["walks"]) == 6

    said = result.output
    assert f"left out, as they repeat others or lead back: {one}" in said
    assert "passed over: 1 file that is no walk (1 .md)" in said
    assert "11 inputs: 0 screened, 6 inconclusive, 2 not usable, 3 unreadable" in said
    assert "why unreadable: 1 is not a whole .npz archive" in said
    assert f"{store}: walk 's2'" in said
    assert len([line for line in said.splitlines() if str(one) in line and "left out" not in line]) == 1


def test_a_row_holds_what_the_walk_and_the_model_are(bundle: str, tmp_path: Path) -> None:
    side_view = sg.sample_path("sports2d_woman_side")
    paths = [sg.sample_path("intel_worker_back"), side_view]
    assert screen(*paths, "--jsonl", tmp_path / "r.jsonl").exit_code == 2
    shown, refused = rows(tmp_path / "r.jsonl")
    found = sg.screen(paths[0])
    assert shown["outcome"] == "inconclusive"
    assert shown["predicted"] == found.predicted
    assert [shown[f"probability_{name}"] for name in found.probabilities] == list(found.probabilities.values())
    assert found.probability_intervals is not None
    for name, ends in found.probability_intervals.items():
        assert (shown[f"probability_{name}_low"], shown[f"probability_{name}_high"]) == ends
    tilt = found.asymmetry["shoulders"].tilt_deg
    assert tilt is not None
    assert (shown["shoulders_tilt_deg"], shown["shoulders_tilt_deg_error"]) == (tilt.value, tilt.standard_error)
    assert shown["reason"] == " ".join(found.screening.reasons)
    assert shown["notes"] == (" ".join(found.screening.quality.notes) or None)
    assert shown["n_strides"] == found.screening.quality.n_strides
    assert shown["model_digest"] == refused["model_digest"] == found.screener.model.digest
    assert (shown["model"], shown["training_walks"]) == ("pose-set", "simulated")
    assert shown["statements"] == " ".join(found.screening.statements)
    assert "trained on simulated walkers" in shown["statements"]
    assert refused["outcome"] == "not usable"
    assert "side view" in refused["reason"]
    assert (refused["view"], refused["predicted"], refused["probability_neutral"]) == ("side", None, None)


def test_people_seen_are_in_the_row(bundle: str, tmp_path: Path) -> None:
    first, second = draw_walker(90), draw_walker(90, height_px=210)
    second[..., 0] += 150
    folder = write_frames(tmp_path / "walk", [list(people) for people in zip(first, second, strict=True)])
    assert screen(folder, "--model", bundle, "--person", 2, "--jsonl", tmp_path / "r.jsonl").exit_code == 0
    (row,) = rows(tmp_path / "r.jsonl")
    assert (row["n_people"], row["n_frames_together"], row["walker"]) == (2, 90, 2)


def test_few_are_shown_in_full_and_many_in_a_line_each(bundle: str, tmp_path: Path) -> None:
    for number in range(5):
        good(tmp_path / f"{number}.npz")
    assert screen(tmp_path, "--model", bundle).output.count("quality: ") == 5
    good(tmp_path / "5.npz")
    many = screen(tmp_path, "--model", bundle)
    assert many.exit_code == 0
    assert "quality: " not in many.output
    assert sum(str(tmp_path) in line for line in many.output.splitlines()) == 6
    assert "6 inputs: 0 screened, 6 inconclusive, 0 not usable" in many.output


def test_a_damaged_store_and_its_neighbours(bundle: str, tmp_path: Path) -> None:
    damaged = write_store(tmp_path / "a" / "damaged", [walk("s1")], {}).path
    (damaged / "walks.parquet").unlink()
    good(tmp_path / "a" / "b.npz")
    assert screen(tmp_path / "a", "--model", bundle, "--csv", tmp_path / "r.csv").exit_code == 2
    assert {Path(row["file"]).name: row["outcome"] for row in rows(tmp_path / "r.csv")}["damaged"] == "unreadable"
    assert len(rows(tmp_path / "r.csv")) == 2


def test_a_store_walk_whose_frames_were_cut_is_a_row(
    bundle: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_store(tmp_path / "store", [walk("s1"), walk("s2")], {})
    read = WalkStore.walk

    def failing(store: WalkStore, index: int, *others: Any) -> Walk:
        if index == 0:
            raise DataError(f"{store.path}: cut")
        return read(store, index, *others)

    monkeypatch.setattr(WalkStore, "walk", failing)
    assert screen(tmp_path / "store", "--model", bundle, "--csv", tmp_path / "r.csv").exit_code == 2
    first, second = rows(tmp_path / "r.csv")
    assert (first["walk_id"], first["outcome"], first["reason"]) == ("s1", "unreadable", f"{tmp_path / 'store'}: cut")
    assert second["outcome"] in ("screened", "inconclusive")


def test_all_bad_is_written_without_loading_the_model(bundle: str, tmp_path: Path) -> None:
    for number in range(7):
        (tmp_path / f"{number}.npz").write_text("no archive")
    without_weights = tmp_path / "config_alone"
    without_weights.mkdir()
    (without_weights / CONFIG).write_bytes((Path(bundle) / CONFIG).read_bytes())
    outputs = [part for name in ("csv", "jsonl", "json") for part in (f"--{name}", tmp_path / f"r.{name}")]
    result = screen(tmp_path / "*.npz", "--model", without_weights, *outputs)
    assert result.exit_code == 2, result.exception
    digest = json.loads((without_weights / CONFIG).read_text())["digest"]
    assert {(row["outcome"], row["model_digest"]) for row in rows(tmp_path / "r.csv")} == {("unreadable", digest)}
    assert len(rows(tmp_path / "r.jsonl")) == 7
    content = json.loads((tmp_path / "r.json").read_text())
    assert content["model"]["digest"] == digest
    assert len(content["walks"]) == 7
    assert "0 screened" in result.output
    assert "not a medical device" not in result.output


def test_our_own_files_are_no_walks(bundle: str, tmp_path: Path) -> None:
    """A folder that holds earlier results is screened as before."""
    good(tmp_path / "a" / "walk.npz")
    outputs = [part for name in ("csv", "jsonl", "json") for part in (f"--{name}", tmp_path / f"r.{name}")]
    for overwrite in ((), ("--overwrite",)):
        result = screen(tmp_path, "--model", bundle, *outputs, *overwrite)
        assert result.exit_code == 0, result.exception
        assert len(rows(tmp_path / "r.csv")) == 1
    assert "passed over: 3 files that are no walks (1 .csv, 1 .json, 1 .jsonl)" in result.output


@pytest.mark.parametrize("option", ["--csv", "--jsonl", "--json"])
def test_an_output_that_cannot_be_is_refused_before_anything_is_read(
    option: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: object, **__: object) -> None:
        raise AssertionError("a walk was read")

    monkeypatch.setattr("scoliogait.api.screen_many.read_walk", never)
    path = good(tmp_path / "walk.npz")
    (tmp_path / "foreign").write_text("mine\n")
    (tmp_path / "folder").mkdir()
    for out, words in (
        (tmp_path / "folder", "is a folder"),
        (tmp_path / "foreign", "exists and is not a"),
        (tmp_path / "foreign" / "r.csv", "cannot be written"),
        (path, "exists and is not a"),
    ):
        refused = screen(path, option, out, "--overwrite")
        assert isinstance(refused.exception, DataError), refused.output
        assert words in str(refused.exception)
        assert (tmp_path / "foreign").read_text() == "mine\n"
        assert "\n" not in str(refused.exception)


def test_older_tables_are_kept_unless_they_may_be_replaced(bundle: str, tmp_path: Path) -> None:
    path = good(tmp_path / "walk.npz")
    for option in ("--csv", "--jsonl"):
        out = tmp_path / f"r{option}"
        assert screen(path, "--model", bundle, option, out).exit_code == 0
        before = out.read_bytes()
        again = screen(path, "--model", bundle, option, out)
        assert "give --overwrite" in str(again.exception)
        assert screen(path, "--model", bundle, option, out, "--overwrite").exit_code == 0
        assert out.read_bytes() == before


def test_one_name_for_two_files_is_refused(tmp_path: Path) -> None:
    refused = screen(tmp_path, "--csv", tmp_path / "r", "--jsonl", tmp_path / "r")
    assert "is given for two kinds of file" in str(refused.exception)


def test_a_model_that_cannot_be_loaded_ends_everything_and_leaves_nothing(bundle: str, tmp_path: Path) -> None:
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / CONFIG).write_bytes((Path(bundle) / CONFIG).read_bytes())
    result = screen(good(tmp_path / "walk.npz"), "--model", tmp_path / "model", "--csv", tmp_path / "r.csv")
    assert isinstance(result.exception, sg.ModelError)
    assert not list(tmp_path.glob("*r.csv*")) + list(tmp_path.glob(".*"))


def test_ctrl_c_keeps_what_is_finished_and_says_what_is_not(
    bundle: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(8):
        good(tmp_path / "walks" / f"{number}.npz")
    from scoliogait.screening import Screener

    given = Screener.screen

    def interrupted(screener: Screener, one: Walk) -> Any:
        if "3.npz" in one.source:
            signal.raise_signal(signal.SIGINT)
        return given(screener, one)

    monkeypatch.setattr(Screener, "screen", interrupted)
    outputs = [part for name in ("csv", "jsonl", "json") for part in (f"--{name}", tmp_path / f"r.{name}")]
    # Python leaves the signal alone where its parent ignores it, as the background of a shell does.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        result = screen(tmp_path / "walks", "--model", bundle, *outputs)
    finally:
        signal.signal(signal.SIGINT, before)
    assert result.exit_code == 130
    assert "interrupted: 5 inputs were not screened and are in no file" in result.output
    assert "3 inputs: 0 screened, 3 inconclusive" in result.output
    assert len(rows(tmp_path / "r.csv")) == len(rows(tmp_path / "r.jsonl")) == 3
    content = json.loads((tmp_path / "r.json").read_text())
    assert (content["finished"], len(content["walks"])) == (False, 3)


def until(ready: Iterator[bool]) -> None:
    deadline = time.monotonic() + 120
    while not next(ready):
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.mark.slow
def test_a_kill_leaves_whole_rows_which_the_next_call_removes(bundle: str, tmp_path: Path) -> None:
    store = write_store(tmp_path / "store", [walk(f"s{number}") for number in range(2_000)], {}).path
    command = [
        sys.executable,
        "-m",
        "scoliogait",
        "screen",
        str(store),
        "--model",
        bundle,
        "--csv",
        str(tmp_path / "r.csv"),
    ]

    def parts() -> Iterator[bool]:
        while True:
            yield any(path.stat().st_size > 20_000 for path in tmp_path.glob(".r.csv.*.part"))

    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        until(parts())
        process.kill()
    (part,) = tmp_path.glob(".r.csv.*.part")
    assert not (tmp_path / "r.csv").exists()
    assert all(row["model_digest"] for row in rows(part)[:-1])
    assert screen(good(tmp_path / "walk.npz"), "--model", bundle, "--csv", tmp_path / "r.csv").exit_code == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["r.csv", "store", "walk.npz"]


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="pipes end otherwise")
def test_a_reader_that_goes_away_does_not_cost_what_is_finished(bundle: str, tmp_path: Path) -> None:
    for number in range(300):
        good(tmp_path / "walks" / f"{number:0200d}.npz")
    command = [sys.executable, "-m", "scoliogait", "screen", str(tmp_path / "walks"), "--model", bundle]
    with subprocess.Popen([*command, "--jsonl", str(tmp_path / "r.jsonl")], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        for _ in ("banner", "heading"):
            process.stdout.readline()
        process.stdout.close()
    assert process.returncode == 1
    assert 0 < len(rows(tmp_path / "r.jsonl")) < 300
