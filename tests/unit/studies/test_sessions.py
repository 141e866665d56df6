"""The study of sessions counts what it says, and simulated passes share what a session shares."""

from pathlib import Path

import numpy as np
import pytest
from studies import sessions as study
from studies.simulated_sessions import Sessions

from scoliogait.measurement.body import height_px
from scoliogait.simulation.cohort import plan_cohort


def test_passes_of_a_day_share_the_camera_and_differ_in_everything_else() -> None:
    sessions = Sessions(6, 60, 7)
    person, other = plan_cohort(sessions.config)[:2]
    first, again = (sessions.walk(person, 0, 0) for _ in range(2))
    np.testing.assert_array_equal(first.poses, again.poses)
    assert not np.array_equal(first.poses, sessions.walk(person, 0, 1).poses)
    assert not np.array_equal(first.poses, sessions.walk(person, 1, 0).poses)
    one, two = (sessions.walk(who, 0, 0, camera=0).poses for who in (person, other))
    assert np.median(height_px(one)) != pytest.approx(np.median(height_px(two)), rel=0.005)


@pytest.mark.slow
def test_it_writes_both_tables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(study, "SEEDS", (7,))
    monkeypatch.setattr(study, "FILMED", (60,))
    monkeypatch.setattr(study, "N_PASSES", 2)
    study.main(["--out", str(tmp_path), "--people", "6"])
    page = (tmp_path / "sessions.md").read_text(encoding="utf-8")
    assert page.count("| 60 | ") == 2
    assert page.count(" of 36 |") == 2  # 6 people, 2 days, 3 classes
    assert page.count("| either | ") == 3
