"""`scoliogait simulate --check`: what it says when a statistic is missed."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from scoliogait.cli import app
from scoliogait.data.store import WalkStore
from scoliogait.errors import DataError
from scoliogait.simulation.truth import read_truth
from scoliogait.survey.cohort_check import PublishedComparison

SMALL = ["--walks", "12", "--frames", "10", "--no-silhouettes", "--workers", "1", "--captured-share", "0"]


@pytest.mark.parametrize("kept", [True, False])
def test_a_missed_statistic_says_where_the_store_is(
    kept: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [PublishedComparison("a", "1", 1.0, 0.9, 1.1, 1), PublishedComparison("b", "1", 1.2, 0.9, 1.1, 1)]
    monkeypatch.setattr("scoliogait.survey.cohort_check.check_cohort", lambda folder: rows)
    out = tmp_path / "cohort"
    result = CliRunner().invoke(app, ["simulate", *SMALL, "--check", *(["--out", str(out)] if kept else [])])
    assert result.exit_code == 1
    said = " ".join(result.output.split())
    assert "1 of 2 statistics are missed" in said
    assert (f"the store was written all the same: {out}" in said) is kept
    assert ("no store was kept" in said) is not kept
    if kept:
        assert len(WalkStore.open(out)) == 12


def test_ranges_on_the_command_line_reach_the_record_and_the_truth(tmp_path: Path) -> None:
    out = tmp_path / "cohort"
    ranges = ["--camera-height", "1.0:2.0", "--camera-roll", "-8:8", "--noise", "0.7:2", "--camera-distance", "5"]
    result = CliRunner().invoke(app, ["simulate", *SMALL, *ranges, "--out", str(out)], catch_exceptions=False)
    assert result.exit_code == 0
    settings = json.loads(WalkStore.open(out).origin["settings"])
    assert settings["camera_height_m"] == [1.0, 2.0]
    assert settings["camera_roll_deg"] == [-8.0, 8.0]
    assert settings["noise_factor"] == [0.7, 2.0]
    assert settings["camera_distance_m"] == 5.0
    truth = read_truth(out / "truth.parquet")
    assert len({row["noise_factor"] for row in truth}) == 12
    assert all(0.7 <= row["noise_factor"] <= 2 for row in truth)
    assert {row["camera_distance_m"] for row in truth} == {5.0}


def test_a_range_that_cannot_be_is_one_line(tmp_path: Path) -> None:
    words = ["simulate", *SMALL, "--camera-roll", "8:-8", "--out", str(tmp_path / "cohort")]
    with pytest.raises(DataError, match=r"^simulate: camera_roll is '8:-8'; expected a number, or LOW:HIGH .*$"):
        CliRunner().invoke(app, words, catch_exceptions=False)
    assert not any(tmp_path.iterdir())
