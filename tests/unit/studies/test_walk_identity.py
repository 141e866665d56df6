"""The study of walks found again: it runs in small, and a copy that is moved is missed."""

import json
from pathlib import Path

import pytest
from studies import walk_identity as study


@pytest.mark.slow
def test_it_writes_counts_and_tables(tmp_path: Path) -> None:
    study.main(["--out", str(tmp_path), "--walks", "12", "--frames", "60"])
    content = json.loads((tmp_path / "walk_identity.json").read_text())
    counts = {(row["cohort"], row["changed"]): row["missed"] for row in content if "changed" in row}
    for cohort in study.COHORTS:
        assert counts[cohort, "none"] == counts[cohort, "float16"] == counts[cohort, "first 12 frames"] == 0
        assert counts[cohort, "moved by 3 px"] == 12
    assert [row["taken_for_the_same"] for row in content if "n_pairs" in row] == [0, 0]
    assert "| moved by 3 px | 12 of 12 | 12 of 12 |" in (tmp_path / "walk_identity.md").read_text()
