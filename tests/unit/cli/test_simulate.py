"""`scoliogait simulate --check`: what it says when a statistic is missed."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from scoliogait.cli import app
from scoliogait.data.store import WalkStore
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
