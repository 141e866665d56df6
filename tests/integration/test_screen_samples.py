"""`scoliogait screen` on every real recording: a result or a stated refusal, never a traceback."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bundles import untrained_bundle
from captured_walks import write_captured_walks
from hostile_files import walk_files
from openpose_folder import write_frames
from recorded import recording
from scoliogait.cli import app
from scoliogait.errors import DataError
from scoliogait.io.native import write_walk
from scoliogait.measurement.body import EYES_TO_ANKLES
from scoliogait.report.screening_files import SCREENINGS
from scoliogait.samples import sample_paths
from scoliogait.walk import Walk
from walker import draw_walker

UNFIT = [recording(f"walks/{name}.npz") for name in ("intel_two_people_front_right", "sports2d_notwalking_man")]
REFUSED = {
    "intel_two_people_front_right": "only 1 of 26 frames show",
    "sports2d_notwalking_man": "no walking seen",
    "sports2d_woman_side": "side view",
}


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(untrained_bundle(tmp_path_factory.mktemp("bundle") / "model", simulated="yes"))


def screen(*arguments: object):
    return CliRunner().invoke(app, ["screen", *map(str, arguments)])


def good_walk(folder: Path) -> Path:
    path = folder / "good.npz"
    write_walk(path, Walk(walk_id="good", poses=draw_walker(90), frame_rate_hz=30.0))
    return path


def test_every_real_recording(bundle: str, tmp_path: Path) -> None:
    recordings = [*sample_paths(), *UNFIT, *write_captured_walks(tmp_path / "captured")]
    assert len(recordings) == 6 + 2 + 43
    result = screen(*recordings, "--model", bundle, "--json", tmp_path / "out.json")
    assert result.exit_code == 2
    content = json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))
    assert content["format"] == SCREENINGS.name
    assert [Path(walk["file"]) for walk in content["walks"]] == recordings
    for walk in content["walks"]:
        stem = Path(walk["file"]).stem
        if stem in REFUSED:
            assert walk["outcome"] == "not usable"
            assert REFUSED[stem] in walk["reason"]
            assert walk["quality"]["refusal"] in walk["reason"]
            continue
        assert walk["outcome"] == ("inconclusive" if walk["inconclusive"] else "screened"), walk
        assert sum(walk["probabilities"].values()) == pytest.approx(1)
        assert walk["asymmetry"]["shoulders"]["tilt_deg"]["n_strides"] >= 1
        assert abs(walk["asymmetry"]["shoulders"]["tilt_deg"]["value"]) < 10
        assert any("simulated walkers" in statement for statement in walk["statements"])
    lines = result.output.splitlines()
    assert sum(line.startswith("not usable: ") for line in lines) == len(REFUSED)
    assert any("not a medical device" in line for line in lines)


def test_unreadable_files_do_not_stop_the_others(bundle: str, tmp_path: Path) -> None:
    broken = tmp_path / "broken.npz"
    broken.write_bytes(b"not a zip")
    result = screen(broken, good_walk(tmp_path), tmp_path / "none.npz", "--model", bundle)
    assert result.exit_code == 2
    lines = result.output.splitlines()
    assert sum(line.startswith("unreadable: ") for line in lines) == 2
    assert any(line.startswith("good: ") for line in lines)


def test_no_bad_file_ends_a_batch(bundle: str, tmp_path: Path) -> None:
    """Every hostile file at once, and the good walk at the end is screened."""
    paths = []
    for name, write in walk_files():
        (tmp_path / name).mkdir()
        paths.append(write(tmp_path / name))
    beyond = tmp_path / ("x" * 300)
    result = screen(*paths, beyond, good_walk(tmp_path), "--model", bundle, "--json", tmp_path / "out.json")
    assert result.exit_code == 2, result.exception
    outcomes = [walk["outcome"] for walk in json.loads((tmp_path / "out.json").read_text())["walks"]]
    *of_bad, of_good = outcomes
    assert len(of_bad) == len(paths) + 1
    assert set(of_bad) == {"unreadable", "not usable"}  # some are read, and show nobody
    assert of_good == "inconclusive"
    assert not set(result.output) & set("\x1b\x07\x00\u202e")


def test_a_file_beyond_the_memory_does_not_stop_the_others(
    bundle: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_memory(*_: object, **__: object) -> None:
        raise MemoryError

    large = tmp_path / "large.pkl"
    large.write_bytes(b"")
    monkeypatch.setattr("scoliogait.io.opengait_pickle.load_arrays", no_memory)
    result = screen(large, good_walk(tmp_path), "--model", bundle)
    assert result.exit_code == 2, result.exception
    assert "large.pkl: takes more memory than there is" in result.output
    assert "\ngood: " in result.output


def test_good_walks_alone_exit_with_zero(bundle: str, tmp_path: Path) -> None:
    result = screen(good_walk(tmp_path), "--model", bundle)
    assert result.exit_code == 0, result.output
    for word in ("negative", "neutral", "positive", "shoulders", "front view"):
        assert word in result.output


def test_an_older_result_is_kept_unless_told_otherwise(bundle: str, tmp_path: Path) -> None:
    out, walk = tmp_path / "out.json", good_walk(tmp_path)
    assert screen(walk, "--model", bundle, "--json", out).exit_code == 0
    before = out.read_bytes()
    again = screen(walk, "--model", bundle, "--json", out)
    assert isinstance(again.exception, DataError)
    assert "give --overwrite" in str(again.exception)
    assert out.read_bytes() == before
    assert screen(walk, "--model", bundle, "--json", out, "--overwrite").exit_code == 0
    foreign = tmp_path / "notes.json"
    foreign.write_text('{"mine": 1}', encoding="utf-8")
    refused = screen(walk, "--model", bundle, "--json", foreign, "--overwrite")
    assert isinstance(refused.exception, DataError)
    assert foreign.read_text(encoding="utf-8") == '{"mine": 1}'


def test_of_two_walkers_one_is_chosen_by_number(bundle: str, tmp_path: Path) -> None:
    first, second = draw_walker(90), draw_walker(90, height_px=210)
    second[..., 0] += 150
    folder = write_frames(tmp_path / "walk", [list(people) for people in zip(first, second, strict=True)])
    refused = screen(folder, "--model", bundle)
    assert refused.exit_code == 2
    assert "persons 1 and 2 cannot be told apart" in refused.output
    chosen = screen(folder, "--model", bundle, "--person", "2", "--json", tmp_path / "out.json")
    assert chosen.exit_code == 0, chosen.output
    assert "2 people were seen, in 90 frames together; the walker is person 2" in chosen.output
    quality = json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))["walks"][0]["quality"]
    assert quality["height_px"] == pytest.approx(210 / EYES_TO_ANKLES, rel=0.05)
    assert any("the walker is person 2" in note for note in quality["notes"])
