"""A short run of the study: intervals hold the truth, verdicts are those that are due, and the tables are written."""

import json
from pathlib import Path

import pytest
from studies import strata_coverage
from studies.strata_coverage import KINDS, main, measure

from scoliogait.evaluation.strata_verdict import BETWEEN


@pytest.fixture(autouse=True)
def _small_population(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(strata_coverage, "_POPULATION", 10_000)


def test_verdicts_are_those_that_are_due() -> None:
    found = {kind.name: measure(kind, 20, 60) for kind in (KINDS[0], KINDS[-1])}
    assert found["telling sites only"].verdicts[BETWEEN] >= 18
    assert found["telling the sick only, sites alike"].verdicts["none"] >= 18
    for row in found.values():
        assert all(row.covered[name] >= 15 for name in ("pooled", "within", "between", "lost"))


def test_the_study_writes_its_tables(tmp_path: Path) -> None:
    main(["--out", str(tmp_path), "--trials", "2", "--resamples", "20"])
    rows = json.loads((tmp_path / "strata_coverage.json").read_text())["rows"]
    assert [row["kind"] for row in rows] == [kind.name for kind in KINDS]
    assert "| telling both | " in (tmp_path / "strata_coverage.md").read_text()
