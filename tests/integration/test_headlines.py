"""No class as a headline without recorded walks behind the model: console, lines, tables, notebook, picture."""

import csv
import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

import scoliogait as sg
from bundles import untrained_bundle
from scoliogait.class_words import CLASS_NOTE
from scoliogait.cli import app
from scoliogait.labels import CLASS_NAMES
from walker import draw_walker

CLASSES = "|".join(CLASS_NAMES)
# A class that stands as a result: after a colon or at the beginning of a line, and not "highest probability: positive".
BARE = re.compile(
    rf"^(?!.*highest)(?:\S+: ({CLASSES})\b(?!:)|({CLASSES}) +[01]\.\d+ +[01]\.\d+ +[01]\.\d+)", re.MULTILINE
)
ORIGINS = {"simulated": {"simulated": "yes"}, "unknown": {}, "recorded": {"simulated": "no"}}
SAID_ABOVE = {"simulated": "learned from simulated walkers", "unknown": "not recorded on which walks it learned"}


@pytest.fixture(params=ORIGINS)
def origin(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def model(origin: str, tmp_path: Path) -> str:
    """Temperature 0.05 makes some class of an untrained model certain."""
    return str(untrained_bundle(tmp_path / "model", temperature=0.05, **ORIGINS[origin]))


@pytest.fixture
def walks(tmp_path: Path) -> list[str]:
    folder = tmp_path / "walks"
    folder.mkdir()
    names = [folder / f"w{number}.npz" for number in range(6)]
    for number, name in enumerate(names):
        poses = draw_walker(120, shoulder_tilt_deg=0.2 * number)
        sg.write_walk(name, sg.Walk(walk_id=name.stem, poses=poses, frame_rate_hz=30.0))
    return [str(name) for name in names]


def said(*line: str) -> str:
    result = CliRunner().invoke(app, ["screen", *line], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


@pytest.mark.parametrize("n_walks", [1, 6], ids=["in full", "a line each"])
def test_on_the_console(origin: str, model: str, walks: list[str], n_walks: int) -> None:
    output = said(*walks[:n_walks], "--model", model)
    assert " ".join(output.split()).count(CLASS_NOTE) == 1
    if origin == "recorded":
        assert BARE.search(output)
        assert not any(words in output for words in (*SAID_ABOVE.values(), "highest"))
        return
    assert not BARE.search(output)
    assert SAID_ABOVE[origin] in output.partition("highest")[0]  # before anything that was computed
    assert re.search(rf"\(highest probability: \d ({CLASSES})", output)


def test_of_a_session(origin: str, model: str, walks: list[str], tmp_path: Path) -> None:
    output = said("--session", walks[0], walks[1], "--model", model, "--json", str(tmp_path / "s.json"))
    headline = json.loads((tmp_path / "s.json").read_text())["headline"]
    assert f"session of 2 passes: {headline}" in output
    assert headline == "inconclusive" or (headline in CLASS_NAMES) == (origin == "recorded")
    assert (SAID_ABOVE.get(origin, "----") in output) == (origin != "recorded")


def test_in_python_and_in_a_notebook(origin: str, model: str, walks: list[str]) -> None:
    result = sg.screen(walks[0], model)
    assert not result.inconclusive
    bare = f"w0: {result.predicted}  ("
    chance = result.probabilities[result.predicted]
    for words in (str(result), repr(result), result._repr_html_()):
        assert (bare in words) == (origin == "recorded")
        assert (f"w0: highest probability: {result.predicted} ({chance:.2f})" in words) == (origin != "recorded")
        assert (SAID_ABOVE.get(origin, "----") in words) == (origin != "recorded")
    panel = result.plot().subfigs[-1].get_suptitle()
    assert panel == ("a result comes out" if origin == "recorded" else "what was computed")


def test_in_tables(origin: str, model: str, walks: list[str], tmp_path: Path) -> None:
    files = {name: tmp_path / f"r.{name}" for name in ("csv", "jsonl", "json")}
    said(*walks, "--model", model, *(part for name, path in files.items() for part in (f"--{name}", str(path))))
    with files["csv"].open() as stream:
        cells = list(csv.DictReader(stream))
    lines = [json.loads(line) for line in files["jsonl"].read_text().splitlines()]
    entries = json.loads(files["json"].read_text())["walks"]
    for row in (*cells, *lines, *entries):
        assert row["training_walks"] == origin
        assert row["predicted"] in CLASS_NAMES  # the value for machines stays
        chance = float(row.get("probability_" + row["predicted"]) or row["probabilities"][row["predicted"]])
        computed = f"highest probability: {row['predicted']} ({chance:.2f})"
        assert row["headline"] == (row["predicted"] if origin == "recorded" else computed)
