"""Hazards of partitions: those of the release have known numbers, the others are planted."""

import json
from collections.abc import Iterable
from dataclasses import asdict

import pytest

from released_ids import released_roster
from scoliogait.data.partition import PUBLISHED, Partition, read_partition
from scoliogait.data.roster import ListedWalk, Roster
from scoliogait.data.splitting import parse_ratio, split_by_ratio
from scoliogait.survey.hazards import SEVERITIES, Hazard, partition_hazards

RELEASED = released_roster()
PARTITIONS = {name: read_partition(name) for name in PUBLISHED}
# (train of the first, test of the second): how many walks they share
SHARED_WALKS = {
    ("112", "114"): 354,
    ("112", "118"): 371,
    ("112", "1116"): 383,
    ("114", "118"): 298,
    ("114", "1116"): 303,
    ("118", "112"): 370,
    ("118", "114"): 297,
    ("118", "1116"): 225,
    ("1116", "118"): 226,
}


def released(name: str, *against: str) -> list[Hazard]:
    return partition_hazards(PARTITIONS[name], RELEASED, [PARTITIONS[other] for other in against])


def of_kind(hazards: Iterable[Hazard], kind: str) -> list[Hazard]:
    return [hazard for hazard in hazards if hazard.kind == kind]


def only(hazards: Iterable[Hazard], kind: str) -> Hazard:
    (hazard,) = of_kind(hazards, kind)
    return hazard


def listed(*rows: tuple[str, int, str | None]) -> Roster:
    return Roster("here", tuple(ListedWalk(*row) for row in rows))


@pytest.mark.parametrize(("trained", "tested"), SHARED_WALKS)
def test_the_overlap_of_the_released_partitions(trained: str, tested: str) -> None:
    expected = SHARED_WALKS[trained, tested]
    assert only(released(tested, trained), "overlap").numbers["n_test_seen_by_other"] == expected
    found = only(released(trained, tested), "overlap")
    assert found.numbers["n_seen_in_test_of_other"] == expected
    assert found.severity == "serious"


@pytest.mark.parametrize("name", PUBLISHED)
def test_the_released_ids_tell_the_class(name: str) -> None:
    found = only(released(name), "ids-reveal-class")
    assert found.numbers["accuracy_all"] == 1.0
    assert found.numbers["accuracy_test"] > 0.98
    assert found.severity == "serious"
    assert "100.0 % of all 1493 walks" in found.sentence


def test_ids_in_random_order_do_not_tell_the_class() -> None:
    rows = [(f"w{(k * 607) % 1493}", walk.label, None) for k, walk in enumerate(RELEASED.walks)]
    roster = listed(*rows)
    found = only(partition_hazards(split_by_ratio(roster, parse_ratio("1:1:2"), 0, "p"), roster), "ids-reveal-class")
    assert found.severity == "note"
    assert found.numbers["accuracy_all"] < 0.62
    named = listed(("anna", 0, None), ("ben", 1, None), ("carl", 2, None))
    assert not of_kind(partition_hazards(Partition("p", ("anna", "ben"), ("carl",)), named), "ids-reveal-class")


@pytest.mark.parametrize(
    ("name", "majority", "share"),
    [("112", "negative", 0.571), ("114", "positive", 0.493), ("118", "positive", 0.559), ("1116", "positive", 0.604)],
)
def test_the_score_of_the_majority_class(name: str, majority: str, share: float) -> None:
    found = only(released(name), "constant-answers")
    assert found.numbers["majority"] == majority
    assert found.numbers["scores"][majority]["accuracy"] == pytest.approx(share, abs=5e-4)


def test_the_published_row_that_predicts_one_class() -> None:
    scores = only(released("118"), "constant-answers").numbers["scores"]["negative"]
    assert [round(100 * value, 2) for value in scores.values()] == [27.24, 9.08, 33.33, 14.27]


def test_fourteen_neutral_walks_measure_little() -> None:
    hazards = of_kind(released("112"), "small-class")
    neutral = next(hazard for hazard in hazards if hazard.numbers["class"] == "neutral")
    assert neutral.severity == "serious"
    assert (neutral.numbers["n_walks"], neutral.numbers["n_right"]) == (14, 12)
    assert neutral.numbers["low"] == pytest.approx(0.60, abs=0.005)
    assert neutral.numbers["high"] == pytest.approx(0.96, abs=0.005)
    assert "2.4 points" in neutral.sentence
    assert {h.severity for h in hazards if h is not neutral} == {"note"}


def test_an_absent_class_is_said() -> None:
    roster = listed(("a1", 0, "a"), ("b1", 1, "b"), ("c1", 2, "c"), ("d1", 0, "d"), ("e1", 2, "e"))
    hazards = partition_hazards(Partition("p", ("a1", "b1", "c1"), ("d1", "e1")), roster)
    absent = next(h for h in of_kind(hazards, "small-class") if h.numbers["n_walks"] == 0)
    assert absent.sentence == "No test walk is neutral: its recall cannot be measured."
    assert absent.severity == "serious"


def test_class_shares_of_training_and_test() -> None:
    found = only(released("118"), "class-priors")
    assert found.severity == "serious"
    assert found.numbers["train"] == pytest.approx([596 / 744, 74 / 744, 74 / 744])
    assert found.numbers["test"] == pytest.approx([204 / 749, 126 / 749, 419 / 749])
    assert found.numbers["chi_square_p"] < 1e-50
    ids = [f"{c}{k}" for c in range(3) for k in range(20)]
    roster = listed(*((i, int(i[0]), i) for i in ids))
    alike = only(partition_hazards(Partition("p", tuple(ids[::2]), tuple(ids[1::2])), roster), "class-priors")
    assert (alike.severity, alike.numbers["largest_difference"]) == ("note", 0.0)


def test_people_unknown_and_on_both_sides() -> None:
    assert only(released("118"), "unknown-people").numbers == {"n_walks": 1493, "n_listed": 1493}
    rows = (("a1", 0, "a"), ("a2", 0, "a"), ("a3", 0, "a"), ("b1", 1, "b"), ("b2", 1, None), ("c1", 2, "c"))
    partition = Partition("p", ("a1", "b1", "c1"), ("a2", "a3"), validation=("b2",))
    hazards = partition_hazards(partition, listed(*rows), [Partition("q", ("a1",), ("c1",))])
    both = only(hazards, "people-on-both-sides")
    assert both.numbers == {"sides": ["train", "test"], "n_people": 1, "n_walks": 2}
    assert only(hazards, "unknown-people").numbers["n_walks"] == 1
    assert only(hazards, "people-overlap").numbers == {"other": "q", "n_walks": 2, "n_test": 2}
    assert not of_kind(hazards, "no-validation")


def test_broken_partitions_come_first() -> None:
    tree = tuple(ListedWalk(f"x-{view}", 0, "x", "x") for view in ("front", "back"))
    roster = Roster("here", (*tree, ListedWalk("y", 1, "y"), ListedWalk("z", -1, "z")))
    hazards = partition_hazards(Partition("p", ("x", "y"), ("x-back", "nobody", "z")), roster)
    assert [hazard.severity for hazard in hazards[:2]] == ["broken", "broken"]
    assert only(hazards, "unknown-ids").numbers["ids"] == ["nobody"]
    assert only(hazards, "walk-listed-twice").numbers["ids"] == ["x-back"]
    assert only(hazards, "unknown-classes").numbers["n_walks"] == 1
    order = [SEVERITIES.index(hazard.severity) for hazard in hazards]
    assert order == sorted(order)


def test_without_walks_only_ids_are_judged() -> None:
    hazards = partition_hazards(PARTITIONS["118"], None, [PARTITIONS["112"]])
    assert {hazard.kind for hazard in hazards} == {"overlap", "no-validation", "walks-not-given"}


def test_a_proxy_is_named_and_no_overlap_is_a_note() -> None:
    proxy = Partition("p_proxy", ("a",), ("b",), facts={"purpose": "proxy"})
    hazards = partition_hazards(proxy, None, [Partition("q", ("c",), ("d",))])
    assert only(hazards, "proxy").severity == "serious"
    assert only(hazards, "overlap").severity == "note"


def test_counts_and_that_everything_can_be_written_as_json() -> None:
    assert RELEASED.class_counts(PARTITIONS["112"])["test"] == {"negative": 427, "neutral": 14, "positive": 307}
    hazards = released("112", "114", "118", "1116")
    assert json.loads(json.dumps([asdict(hazard) for hazard in hazards]))[0]["kind"] == "overlap"
    assert all(hazard.sentence.endswith(".") for hazard in hazards)
