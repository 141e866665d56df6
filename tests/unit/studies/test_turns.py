"""The study of turns counts what it states, and its walkers go where they should."""

from pathlib import Path

import numpy as np
import pytest
from studies import turns as study
from studies.there_and_back import ThereAndBack

from scoliogait.measurement.body import height_px
from scoliogait.measurement.turns import facing_width


def test_they_come_nearer_turn_where_it_is_stated_and_go_away() -> None:
    film = next(ThereAndBack(standing_s=1.0).films(6, 7))
    (turn_s,) = film.turns_s
    size = height_px(film.walk.poses)
    nearest = round(turn_s * 15)
    assert size[:15].mean() == pytest.approx(size[0], rel=0.05)
    assert size[nearest] > 1.8 * max(size[0], size[-1])
    width = facing_width(film.walk.poses)
    assert abs(width[nearest]) < 0.25
    assert np.median(width[:nearest]) > 0.9
    assert np.median(width[nearest:]) < -0.9


def test_turns_are_counted_where_they_were_planted() -> None:
    counts = study.found_turns(ThereAndBack(n_passes=3), 6)
    assert counts == {"n": 6, "turns": 12, "found": 12, "false": 0, "cut": 6}


@pytest.mark.slow
def test_it_writes_all_tables(tmp_path: Path) -> None:
    study.main(["--out", str(tmp_path), "--people", "6"])
    page = (tmp_path / "turns.md").read_text(encoding="utf-8")
    assert page.count("6 of 6 [") >= 12
    assert page.count("| as a whole, camera rolled by ") == page.count("| cut into a session, camera rolled by ") == 2
