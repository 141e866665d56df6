"""A short run of the study: nothing right is refused, planted faults are found, and the tables are written."""

import json
from pathlib import Path

import numpy as np
import pytest
from studies.layouts import FAULTS, count_faults, count_good, main
from studies.layouts_scenes import captured_recordings, simulated_recordings


@pytest.fixture(scope="module")
def recordings() -> list:
    return list(simulated_recordings(24, seed=60))


def test_no_false_alarm_and_no_miss(recordings: list) -> None:
    for row in (*count_good(recordings), *count_faults(recordings, FAULTS, np.random.default_rng(0))):
        assert row.n_right == row.n, row


def test_captured_walks_pass_from_every_side() -> None:
    (row,) = count_good(captured_recordings())
    assert row.n_right == row.n > 100


@pytest.mark.slow
def test_the_study_writes_its_tables(tmp_path: Path) -> None:
    main(["--out", str(tmp_path), "--n", "8", "--seed", "61"])
    figures = json.loads((tmp_path / "layouts.json").read_text())
    assert {row["what"] for row in figures["planted fault found"]} == set(FAULTS)
    assert "| x and y exchanged | " in (tmp_path / "layouts.md").read_text()
