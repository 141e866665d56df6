"""``sg.screen_many``: the outcomes of the command, one by one."""

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import scoliogait as sg
from scoliogait.checkpoints.model_folder import model_folder
from scoliogait.data.store import write_store
from scoliogait.report.screening_table import COLUMNS
from scoliogait.walk import Walk
from walker import draw_walker


@pytest.fixture
def walks(tmp_path: Path) -> Path:
    for name in ("a", "b"):
        sg.write_walk(tmp_path / f"{name}.npz", Walk(walk_id="same", poses=draw_walker(60), frame_rate_hz=30.0))
    (tmp_path / "c.npz").write_text("no archive")
    return tmp_path


def test_each_is_what_screen_gives(walks: Path) -> None:
    model = sg.load_model("builtin:demo")
    screenings = sg.screen_many(walks, model)
    assert len(screenings) == 3
    first, second, bad = screenings
    assert first.screening == sg.screen(walks / "a.npz", model).screening
    assert (first.where, second.where) == (str(walks / "a.npz"), str(walks / "b.npz"))
    assert first.walk_id == second.walk_id == "same"
    assert first.reason is None
    assert (bad.outcome, bad.screening, bad.walk_id) == ("unreadable", None, None)
    assert isinstance(bad.error, sg.DataError)
    assert bad.reason == " ".join(str(bad.error).split())
    assert screenings.model == model.facts
    assert screenings.statements == model.statements


def test_rows_make_a_table(walks: Path) -> None:
    table = [outcome.to_row() for outcome in sg.screen_many(str(walks))]
    assert {tuple(row) for row in table} == {COLUMNS}
    assert [row["probability_negative"] is None for row in table] == [False, False, True]


def test_they_are_screened_when_their_turn_comes(walks: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[Path] = []

    def reading(path: Path, **others: Any) -> Walk:
        read.append(path)
        return sg.read_walk(path, **others)

    monkeypatch.setattr("scoliogait.api.screen_many.read_walk", reading)
    outcomes: Iterator[sg.ScreeningOutcome] = iter(sg.screen_many(walks))
    assert read == []
    next(outcomes)
    assert read == [walks / "a.npz"]


def test_what_holds_for_all_walks(walks: Path) -> None:
    (one,) = sg.screen_many(walks / "a.npz", frame_rate_hz=25.0)
    assert one.outcome == "unreadable"
    assert "states 30 frames a second, but 25 were given" in str(one.reason)
    (one,) = sg.screen_many(walks / "a.npz", person=2)
    assert "holds one person" in str(one.reason)


def test_a_store_holds_one_person_a_walk(tmp_path: Path) -> None:
    ids = ["w1", "w0", "w2"]
    store = write_store(tmp_path / "store", (Walk(walk_id=id_, poses=draw_walker(60)) for id_ in ids), {}).path
    assert [outcome.walk_id for outcome in sg.screen_many(store)] == ids
    (refused,) = sg.screen_many(store, person=1)
    assert "a store holds one person a walk" in str(refused.reason)


def test_a_refused_walk_of_a_store_is_named_by_the_store(tmp_path: Path) -> None:
    short = Walk(walk_id="w0", poses=draw_walker(5), frame_rate_hz=30.0, source="recorder 3")
    store = write_store(tmp_path / "store", [short], {}).path
    (refused,) = sg.screen_many(store)
    assert refused.outcome == "not usable"
    assert str(refused.reason).startswith(f"{store}: walk 'w0' cannot be screened: too short")


def test_memory_that_is_short_is_a_refusal(walks: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_memory(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr("scoliogait.screening.Screener.screen", no_memory)
    outcomes = list(sg.screen_many(walks))
    assert [outcome.outcome for outcome in outcomes] == ["not usable", "not usable", "unreadable"]
    assert "takes more memory to screen than there is" in str(outcomes[0].reason)


def test_nothing_given_and_no_model_are_errors(tmp_path: Path) -> None:
    with pytest.raises(sg.DataError, match="no path is given"):
        sg.screen_many([])
    with pytest.raises(sg.ModelError, match="no such model"):
        sg.screen_many(tmp_path, "builtin:best")


def test_a_run_whose_model_is_a_folder_is_no_loaded_model(walks: Path) -> None:
    """A TrainedRun calls the folder of its bundle ``model``, and a Screener what it has loaded."""
    run = SimpleNamespace(path=model_folder("builtin:demo"), model=model_folder("builtin:demo"))
    screenings = sg.screen_many(walks / "a.npz", run)
    assert "runtime" not in screenings.model
    assert next(iter(screenings)).screening is not None
    assert screenings.model["runtime"].startswith("torch")
