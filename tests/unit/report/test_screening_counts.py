"""The last lines of a long screening, against counts made by hand."""

import pytest

from scoliogait.report.screening_counts import ScreeningCounts


def counts(*rows: tuple[str, str, str], training_walks: str = "recorded") -> ScreeningCounts:
    counted = ScreeningCounts()
    for outcome, predicted, reason in rows:
        row = {"outcome": outcome, "predicted": predicted, "reason": reason, "file": "w/a.npz"}
        counted.add(row | {"training_walks": training_walks})
    return counted


def test_of_each_kind() -> None:
    refusal = "w/a.npz: walk 'x: y' cannot be screened: "
    counted = counts(
        ("screened", "positive", ""),
        ("screened", "negative", ""),
        ("screened", "positive", ""),
        ("inconclusive", "positive", "No class."),
        ("not usable", "", f"{refusal}side view: the shoulders appear 0.1 trunk lengths wide; record"),
        ("not usable", "", f"{refusal}side view: the shoulders appear 0.2 trunk lengths wide; record"),
        ("not usable", "", f"{refusal}only 1 of 26 frames show legs; record"),
        ("not usable", "", f"{refusal}only 2 of 1,126 frames show legs; record"),
        ("not usable", "", f"{refusal}too short: 3 frames"),
        ("not usable", "", f"{refusal}never seen: nose"),
        ("unreadable", "", "w/a.npz: is not a walk; expected x"),
        ("unreadable", "", "w/a.npz/001.json: is not JSON (line 1)"),
    )
    assert counted.words() == (
        "12 inputs: 3 screened (1 negative, 2 positive), 1 inconclusive, 6 not usable, 2 unreadable"
    )
    assert counted.reasons() == [
        "why not usable: 2 side view; 2 only … of … frames show legs; 1 too short; 1 others",
        "why unreadable: 1 is not a walk; 1 is not JSON",
    ]
    assert not counted.all_screened
    assert counted.any_read


@pytest.mark.parametrize("training_walks", ["simulated", "unknown"])
def test_no_class_is_counted_bare_without_evidence(training_walks: str) -> None:
    rows = (("screened", "positive", ""), ("inconclusive", "positive", "No class."), ("screened", "negative", ""))
    counted = counts(*rows, training_walks=training_walks)
    assert counted.words() == (
        "3 inputs: 2 screened (highest probability: 1 negative, 1 positive), 1 inconclusive, 0 not usable, 0 unreadable"
    )


def test_inconclusive_ones_are_screened() -> None:
    assert counts(("inconclusive", "positive", "No class.")).all_screened
    assert counts(("inconclusive", "positive", "No class.")).words().startswith("1 input: 0 screened, 1 inconclusive")


def test_without_a_readable_walk_no_model_has_looked() -> None:
    assert not counts(("unreadable", "", "w/a.npz: is no file")).any_read
