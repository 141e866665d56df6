"""The study of repeatability counts what it says, and the package states what it found."""

from pathlib import Path

import numpy as np
import pytest
from studies import repeatability as study

from scoliogait.measurement.walk_to_walk import WALK_TO_WALK
from scoliogait.skeleton import PAIR_NAMES


def test_the_walk_to_walk_spread_in_the_package_is_that_of_the_captured_people() -> None:
    rows = {(row.pair, row.kind): row for row in study.captured_people()}
    assert {(row.repeat.n_people, row.repeat.n_values) for row in rows.values()} == {(5, 41)}
    found = [[rows[pair, kind].walk_to_walk for kind in study.KINDS] for pair in PAIR_NAMES]
    np.testing.assert_allclose([WALK_TO_WALK[pair] for pair in PAIR_NAMES], found, atol=0.0051)


@pytest.mark.slow
def test_it_writes_every_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    study.main(["--out", str(tmp_path), "--walks", "12"])
    assert "repeatability.json" in capsys.readouterr().out
    page = (tmp_path / "repeatability.md").read_text(encoding="utf-8")
    assert page.startswith("41 walks of 5 people.")
    assert page.count("| both | ") == page.count("| front | ") == 12
    assert "one direction each, opposite" in page
    assert "Log-odds of the demo model" in page
