"""Every manipulation of a good walk comes out as the table says, and the table in the docs is this one."""

from pathlib import Path

import numpy as np
import pytest

from captured_walks import captured_people, captured_poses
from manipulations import KINDS, ROWS, Row
from scoliogait.errors import DataError
from scoliogait.measurement.posture_cautions import posture_cautions
from scoliogait.measurement.quality import WalkQuality, assess_quality, doubts_of
from scoliogait.measurement.side_swaps import repaired_walk
from scoliogait.screening import measured_asymmetry
from scoliogait.simulation.cohort import simulate_cohort
from scoliogait.simulation.config import CohortConfig
from scoliogait.walk import Walk

PAGE = Path(__file__).parents[3] / "docs" / "cautions.md"


def judged(row: Row, kind: str) -> tuple[WalkQuality, tuple[str, ...]]:
    """What screening would say, without a model."""
    walk, swaps = repaired_walk(row.walk(kind))
    quality = assess_quality(walk, swaps)
    posture = posture_cautions(measured_asymmetry(walk, quality))
    return quality, () if quality.refusal else (*quality.cautions, *posture)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.manipulation)
def test_each_manipulation_is_refused_or_cautioned_by_name(row: Row, kind: str) -> None:
    if row.by_the_reader:
        with pytest.raises(DataError, match=row.words):
            row.walk(kind)
        return
    quality, cautions = judged(row, kind)
    outcome = "refused" if quality.refusal else "cautioned" if cautions else "not doubted"
    expected = {"passes": "not doubted", "put right": "not doubted"}.get(row.outcome, row.outcome)
    assert outcome in expected.split(" or ")
    said = (quality.refusal or "", *cautions) if outcome != "not doubted" else quality.notes
    assert any(row.words in sentence for sentence in said) or not row.words


def test_the_page_shows_this_table() -> None:
    shown = PAGE.read_text(encoding="utf-8").split("| done to the walk |")[1].split("\n\n")[0].splitlines()[2:]
    assert shown == [f"| {row.manipulation} | {row.outcome} | {row.words or '-'} |" for row in ROWS]


def test_captured_walks_raise_none_of_these_doubts() -> None:
    walks = [Walk(walk_id=name, poses=captured_poses(name), frame_rate_hz=30.0) for name in captured_people()]
    assert [doubt for walk in walks for doubt in doubts_of(walk)] == []


def test_simulated_walks_raise_none_of_these_doubts() -> None:
    cohort = simulate_cohort(CohortConfig(n_walks=40, n_frames=150, seed=90450, silhouettes=False))
    assert [doubt for one in cohort for doubt in doubts_of(repaired_walk(one.walk)[0])] == []


def test_a_walk_without_poses_has_the_doubts_of_its_reader_alone() -> None:
    walk = Walk(silhouettes=np.ones((40, 64, 64), np.uint8), view="090", notes=("Doubtful: who?", "A note."))
    assert doubts_of(walk) == ("Who?",)
