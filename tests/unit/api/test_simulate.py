"""``sg.simulate`` beside ``scoliogait simulate``: the same files; a cohort that shows itself."""

import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

import scoliogait as sg
from pictures import is_drawn
from scoliogait.api.simulate import SimulatedCohort
from scoliogait.cli import app
from scoliogait.data.partition import read_partition
from scoliogait.simulation.truth import read_truth


@pytest.fixture(scope="module")
def cohort(tmp_path_factory: pytest.TempPathFactory) -> SimulatedCohort:
    out = str(tmp_path_factory.mktemp("cohorts") / "cohort")
    return sg.simulate(out, walks=12, frames=16, subjects=9, seed=3, ratio="half", silhouettes=False, workers=1)


def test_the_command_writes_the_same_bytes(cohort: SimulatedCohort, tmp_path: Path) -> None:
    line = "simulate --walks 12 --frames 16 --subjects 9 --seed 3 --ratio half --no-silhouettes --workers 1 --out"
    answer = CliRunner().invoke(app, [*line.split(), str(tmp_path / "cohort")], catch_exceptions=False)
    assert answer.exit_code == 0
    assert "next: scoliogait train small-ske --data " in answer.output.replace("\n", "")
    written = sorted(path.name for path in cohort.path.iterdir())
    assert written == sorted(path.name for path in (tmp_path / "cohort").iterdir())
    for name in written:
        assert (tmp_path / "cohort" / name).read_bytes() == (cohort.path / name).read_bytes(), name


def test_a_cohort_knows_walks_partition_and_truth(cohort: SimulatedCohort) -> None:
    assert isinstance(cohort.path, Path)
    assert cohort.partition == read_partition(cohort.path / "partition.json")
    assert cohort.truth() == read_truth(cohort.path / "truth.parquet")
    assert [row["walk_id"] for row in cohort.truth()] == list(cohort.store.walk_ids)


def test_it_shows_itself(cohort: SimulatedCohort) -> None:
    for words in (str(cohort), cohort._repr_html_()):
        assert "12 walks of 9 simulated people" in words
        assert "not a medical device" in words
        assert "simulated: the figures say nothing about real people" in words
    assert repr(cohort) == "<SimulatedCohort: 12 walks of 9 simulated people>"
    assert is_drawn(cohort.plot())


def test_without_a_folder_it_lives_as_long_as_python() -> None:
    code = (
        "import scoliogait as sg\n"
        "cohort = sg.simulate(walks=6, frames=4, silhouettes=False, workers=1)\n"
        "assert (cohort.path / 'truth.parquet').is_file()\n"
        "print(cohort.path)"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert not Path(said.strip()).parent.exists()


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"walks": 5}, "simulate: walks is 5; expected 6 or more"),
        ({"walks": 8, "subjects": 9}, "9 subjects cannot share 8 walks"),
        ({"captured_share": 1.5}, "simulate: captured_share is 1.5; expected 1 or less"),
        ({"camera_height": 9.0}, "simulate: camera_height is 9.0; expected 3.9 or less"),
        ({"camera_height": "2:1"}, "simulate: camera_height is '2:1'; expected a number, or LOW:HIGH with LOW at most"),
        ({"camera_height": (1.0, 1.4, 2.0)}, "simulate: camera_height is .*; expected a number, or LOW:HIGH"),
        ({"camera_height": True}, "simulate: camera_height is True; expected a number, or LOW:HIGH"),
        ({"camera_height": "high"}, "simulate: camera_height is 'high'; expected a number, or LOW:HIGH"),
        ({"camera_height": ""}, "simulate: camera_height is ''; expected a number, or LOW:HIGH"),
        ({"camera_roll": float("nan")}, "simulate: camera_roll is nan; expected a finite number"),
        ({"camera_roll": "-8:inf"}, "simulate: camera_roll is '-8:inf'; expected a finite number"),
        ({"camera_roll": (-90, 8)}, "simulate: camera_roll is .*; expected -45 or more"),
        ({"noise": -0.1}, "simulate: noise is -0.1; expected 0 or more"),
        ({"noise": (-1.0, 1.0)}, "simulate: noise is .*; expected 0 or more"),
        ({"camera_distance": 0.5}, "simulate: camera_distance is 0.5; expected 3 or more"),
        ({"camera_pitch": 80}, "simulate: camera_pitch is 80; expected 45 or less"),
        ({"camera_pitch": "0:40"}, "simulate: a camera 1.4 m high .* looks down by 40 degrees misses the walker"),
        ({"camera_height": 3.9, "camera_distance": 12}, "misses the walker; expected a pitch within 13 degrees of 13"),
        ({"seed": "many"}, "simulate: seed is 'many'; expected a whole number"),
        ({"ratio": "113"}, "ratio '113' is not known"),
    ],
)
def test_values_that_cannot_be_are_refused_in_our_words(values: dict, message: str, tmp_path: Path) -> None:
    with pytest.raises(sg.DataError, match=message):
        sg.simulate(tmp_path / "cohort", **({"workers": 1} | values))
    assert not list(tmp_path.iterdir())


def test_what_is_there_is_not_replaced_unasked(cohort: SimulatedCohort) -> None:
    with pytest.raises(sg.DataError, match="exists"):
        sg.simulate(cohort.path, walks=6, frames=4, workers=1)
