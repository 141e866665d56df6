"""A short run of the study: every interval covers, and the study would notice one that does not."""

from pathlib import Path

import numpy as np
import pytest
from studies import interval_coverage
from studies.interval_coverage import COHORTS, DUELS, Coverage, measure, measure_duel, write_results

from scoliogait.evaluation.resampling import Resampled

N_TRIALS = 80


@pytest.fixture(scope="module")
def rows() -> dict[tuple[str, str], Coverage]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(interval_coverage, "_POPULATION", 20_000)
        return {(row.figure, row.method): row for row in measure(COHORTS[0], N_TRIALS, 200)}


@pytest.mark.slow
def test_every_interval_of_the_package_covers(rows: dict[tuple[str, str], Coverage]) -> None:
    # 95 % nominal; 80 trials have a standard error of 2.4 %.
    checked = {key: row.share for key, row in rows.items() if key[1] in {"BCa", "Wilson", "logit t", "inverted test"}}
    assert len(checked) == 12
    assert all(share >= 0.86 for share in checked.values()), checked
    assert np.mean(list(checked.values())) == pytest.approx(0.95, abs=0.025)


@pytest.mark.slow
def test_the_study_notices_walks_taken_as_people() -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(interval_coverage, "_POPULATION", 20_000)
        rows = {(row.figure, row.method): row for row in measure(COHORTS[4], 60, 50)}
    assert rows["accuracy", "Wilson, walks as people"].share < 0.93 <= rows["accuracy", "Wilson"].share + 0.03


@pytest.mark.slow
def test_differences_of_models_trained_three_times_cover() -> None:
    for row in measure_duel(DUELS[3], 40, 100):
        assert row.share >= 0.85


def test_percentiles_and_counts_by_hand(tmp_path: Path) -> None:
    draws = Resampled(np.array(0.5), np.arange(1001) / 1000, np.zeros(3))
    assert interval_coverage._percentile(draws) == pytest.approx((0.025, 0.975))
    row = Coverage("cohort", "figure", "method", 0.5)
    for interval in ((0.4, 0.6), (0.6, 0.7), (0.1, 0.2), (float("nan"), float("nan"))):
        row.add(interval)
    assert (row.trials, row.covered, row.above, row.below) == (4, 1, 1, 1)
    write_results([row], tmp_path / "out", 4, 10)
    assert "| 25.0 % | 25.0 % | 25.0 % |" in (tmp_path / "out" / "coverage.md").read_text()
