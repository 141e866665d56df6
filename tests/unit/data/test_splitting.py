"""Partitions made by rule: sizes known from the release, people kept together, order and seed."""

import random
from collections.abc import Callable

import numpy as np
import pytest

from released_ids import class_of_id, released_roster
from scoliogait.data import splitting
from scoliogait.data.partition import PUBLISHED, Partition, read_partition
from scoliogait.data.roster import ListedWalk, Roster
from scoliogait.errors import DataError

RELEASED = released_roster()
RATIOS = {"112": "1:1:2", "114": "1:1:4", "118": "1:1:8", "1116": "1:1:16"}


def with_people(n_walks: int = 400, n_people: int = 150, seed: int = 0) -> Roster:
    """Walks of people with one class each, and some walks of nobody known."""
    rng = np.random.default_rng(seed)
    class_of_person = rng.choice(3, n_people, p=[0.5, 0.2, 0.3])
    people = rng.integers(0, n_people, n_walks)
    walks = [
        ListedWalk(f"w{k:03d}", int(class_of_person[p]), None if k % 20 == 0 else f"p{p}") for k, p in enumerate(people)
    ]
    return Roster("people", tuple(walks))


PEOPLE = with_people()
SUBJECT = {walk.id: walk.subject_id for walk in PEOPLE.walks}
LABEL = {walk.id: walk.label for walk in PEOPLE.walks}


def counts(ids: tuple[str, ...]) -> tuple[int, int, int]:
    """negative, neutral, positive ids of the release."""
    negative, neutral, positive = np.bincount([class_of_id(i) for i in ids], minlength=3).tolist()
    return negative, neutral, positive


def people_of(ids: tuple[str, ...]) -> set[str]:
    return {SUBJECT[i] for i in ids} - {None}


def ratios(*texts: str) -> list[splitting.TrainRatio]:
    return [splitting.parse_ratio(text) for text in texts]


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_ratio_gives_the_sizes_of_the_release(name: str) -> None:
    released = read_partition(name)
    made = splitting.split_by_ratio(RELEASED, *ratios(RATIOS[name]), seed=1, name="mine")
    assert counts(made.train) == counts(released.train)
    assert counts(made.test) == counts(released.test)
    assert made.train != released.train
    assert sorted(made.ids) == sorted(released.ids)


def test_people_stay_on_one_side_and_the_ratio_is_met_nearly() -> None:
    made = splitting.split_by_ratio(PEOPLE, *ratios("1:1:2"), seed=0, name="mine")
    assert not people_of(made.train) & people_of(made.test)
    assert sorted(made.ids) == sorted(SUBJECT)
    negative, neutral, positive = np.bincount([LABEL[i] for i in made.train], minlength=3)
    assert positive == pytest.approx(neutral, abs=3)
    assert negative == pytest.approx(2 * neutral, abs=4)
    assert len(set(LABEL[i] for i in made.test)) == 3


def test_the_fixed_pool_of_118_with_the_ratio_of_112() -> None:
    source = read_partition("118")
    made = splitting.fixed_pool(RELEASED, source, *ratios("1:1:2"), seed=0, name="118_fixedpool_train112")
    assert counts(made.train) == (148, 74, 74)
    assert made.test == source.test
    assert set(made.train) < set(source.train)
    kept = {i for i in source.train if class_of_id(i) != 0}
    assert kept <= set(made.train)
    assert made.is_subset
    other = splitting.fixed_pool(RELEASED, source, *ratios("1:1:2"), seed=1, name="x")
    assert set(other.train) != set(made.train)


def test_a_smaller_pool_is_part_of_a_larger_one() -> None:
    small, large = (
        set(splitting.fixed_pool(RELEASED, read_partition("118"), ratio, 0, "x").train)
        for ratio in ratios("1:1:2", "1:1:4")
    )
    assert small < large


def test_validation_is_listed_and_taken_from_training() -> None:
    source = read_partition("118")
    made = splitting.with_validation(RELEASED, source, 0.15, seed=0)
    assert made.test == source.test
    assert sorted(made.train + made.validation) == sorted(source.train)
    assert np.array(counts(made.validation)) == pytest.approx(0.15 * np.array(counts(source.train)), abs=2)
    with pytest.raises(DataError, match="lists a validation set already"):
        splitting.with_validation(RELEASED, made, 0.15, seed=0)


def test_folds_hold_out_each_walk_once_and_keep_people_together() -> None:
    folds = splitting.subject_folds(PEOPLE, 5, seed=0, name="cv")
    assert [fold.name for fold in folds] == [f"cv_fold{k}of5" for k in range(1, 6)]
    assert sorted(i for fold in folds for i in fold.test) == sorted(SUBJECT)
    for fold in folds:
        assert sorted(fold.ids) == sorted(SUBJECT)
        assert not people_of(fold.train) & people_of(fold.test)
        shares = np.bincount([LABEL[i] for i in fold.test], minlength=3) / len(fold.test)
        all_shares = np.bincount(list(LABEL.values())) / len(LABEL)
        assert shares == pytest.approx(all_shares, abs=0.08)


def test_folds_within_a_partition_leave_its_test_set_alone() -> None:
    source = splitting.with_validation(RELEASED, read_partition("118"), 0.15, seed=0)
    folds = splitting.subject_folds(RELEASED, 3, seed=0, name="118", partition=source)
    assert all(fold.test == source.test for fold in folds)
    assert sorted(i for fold in folds for i in fold.validation) == sorted(source.train + source.validation)


def test_what_is_made_of_a_proxy_stays_a_proxy() -> None:
    proxy = splitting.proxy_subset(RELEASED, 120, seed=0, name="proxy", partition=read_partition("118"))
    for made in (
        *splitting.subject_folds(RELEASED, 3, seed=0, name="x", partition=proxy),
        splitting.with_validation(RELEASED, proxy, 0.3, seed=0),
        splitting.fixed_pool(RELEASED, proxy, *ratios("1:1:2"), seed=0, name="x"),
    ):
        assert made.is_proxy
        assert made.is_subset


def test_a_proxy_is_small_says_so_and_never_opens_the_test_set() -> None:
    source = read_partition("118")
    made = splitting.proxy_subset(RELEASED, 60, seed=0, name="118_proxy60", partition=source)
    assert made.is_proxy
    assert made.is_subset
    assert len(made.ids) == 60
    assert set(made.ids) <= set(source.train)
    assert min(counts(made.train) + counts(made.test)) >= 2
    assert len(made.train) == pytest.approx(len(made.test), abs=3)
    small = splitting.proxy_subset(RELEASED, 12, seed=0, name="proxy12")
    assert counts(small.train) == counts(small.test) == (2, 2, 2)


@pytest.mark.slow
def test_the_common_test_set_is_trained_on_by_nobody() -> None:
    sources = [read_partition(name) for name in PUBLISHED]
    made = splitting.common_test(RELEASED, sources)
    assert len({partition.test for partition in made}) == 1
    assert counts(made[0].test) == (6, 2, 183)
    for source, partition in zip(sources, made, strict=True):
        assert partition.train == source.train
        assert not set(made[0].test) & set(source.train)


def test_a_common_test_set_leaves_out_people_who_train() -> None:
    walks = [ListedWalk(f"{person}{k}", c, person) for c, person in enumerate("abc") for k in range(2)]
    roster = Roster("six", (*walks, ListedWalk("d0", 0, "d")))
    first = Partition("first", ("a0",), ("a1", "b0", "d0"))
    second = Partition("second", ("b1",), ("d0", "a1", "b0"))
    assert [p.test for p in splitting.common_test(roster, [first, second])] == [("d0",)] * 2
    with pytest.raises(DataError, match="none is left to test"):
        splitting.common_test(roster, [Partition("x", ("a0",), ("a1",)), Partition("y", ("a0",), ("a1",))])
    with pytest.raises(DataError, match="two partitions or more"):
        splitting.common_test(roster, [first])


def test_a_ratio_study_changes_nothing_but_the_ratio() -> None:
    made = splitting.ratio_study(RELEASED, ratios(*RATIOS.values()), 0.3, seed=0, name="study")
    assert [p.name for p in made] == [f"study_train{name}" for name in RATIOS]
    assert {counts(p.test) for p in made} == {(240, 60, 148)}
    assert len({p.test for p in made}) == 1
    assert np.ptp([len(p.train) for p in made]) <= 2
    assert counts(made[2].train) == (450, 56, 56)
    for fewer, more in zip(made[1:], made, strict=False):
        abnormal = {i for i in fewer.train if class_of_id(i)}
        assert abnormal < set(more.train)
    with_people = splitting.ratio_study(PEOPLE, ratios("1:1:2", "1:1:4"), 0.3, seed=0, name="study")
    for partition in with_people:
        assert not people_of(partition.train) & people_of(partition.test)


MAKERS: list[Callable[[Roster, int], list[Partition]]] = [
    lambda roster, seed: [splitting.split_by_ratio(roster, *ratios("1:1:2"), seed, "x")],
    lambda roster, seed: splitting.subject_folds(roster, 3, seed, "x"),
    lambda roster, seed: [splitting.proxy_subset(roster, 40, seed, "x")],
    lambda roster, seed: splitting.ratio_study(roster, ratios("1:1:2", "1:1:3"), 0.3, seed, "x"),
    lambda roster, seed: [
        splitting.with_validation(roster, splitting.split_by_ratio(roster, *ratios("1:1:2"), 0, "x"), 0.2, seed)
    ],
]


@pytest.mark.parametrize("make", MAKERS)
def test_the_seed_decides_and_the_order_of_the_walks_does_not(make: Callable[[Roster, int], list[Partition]]) -> None:
    shuffled = list(PEOPLE.walks)
    random.Random(0).shuffle(shuffled)
    assert make(PEOPLE, 0) == make(Roster("people", tuple(shuffled)), 0)
    assert make(PEOPLE, 0) != make(PEOPLE, 1)


def test_unknown_people_are_said() -> None:
    assert splitting.unknown_people(RELEASED.walks).startswith("unknown for 1493 of 1493 walks")
    made = splitting.split_by_ratio(PEOPLE, *ratios("1:1:2"), 0, "x")
    assert made.facts["people"].startswith("unknown for 20 of 400 walks")
    known = [walk for walk in PEOPLE.walks if walk.subject_id]
    assert splitting.unknown_people(known) == "known for all walks"


def test_facts_say_how_it_was_made_and_that_it_is_simulated() -> None:
    made = splitting.split_by_ratio(Roster("x", PEOPLE.walks, simulated=True), *ratios("1:1:2"), 3, "x")
    assert made.facts["made_as"] == "train ratio 1:1:2"
    assert made.facts["seed"] == "3"
    assert made.facts["simulated"] == "yes"


@pytest.mark.parametrize("available", [(1, 5, 9), (300, 14, 20), (596, 74, 74)])
@pytest.mark.parametrize("text", ["1:1:2", "2:3:7", "1:1:16"])
def test_as_many_walks_as_the_scarcest_class_allows(available: tuple[int, int, int], text: str) -> None:
    (ratio,) = ratios(text)
    most = ratio.most_walks(np.array(available))
    assert (ratio.counts(most) <= available).all()
    assert (ratio.counts(most + 1) > available).any()


@pytest.mark.parametrize("text", ["1:1", "1:1:0", "1:1:-2", "a:b:c", "1:1:8:1", "1:1:1.5", ""])
def test_what_is_no_ratio_is_refused(text: str) -> None:
    with pytest.raises(DataError, match="expected positive:neutral:negative"):
        splitting.parse_ratio(text)


def test_what_cannot_be_made_is_refused_in_words() -> None:
    source = read_partition("118")
    with pytest.raises(DataError, match="trains on 596 negative walks, ratio 1:1:16 needs 1184"):
        splitting.fixed_pool(RELEASED, source, *ratios("1:1:16"), 0, "x")
    with pytest.raises(DataError, match="74 positive and 74 neutral walks, all of which are kept; ratio 2:1:4"):
        splitting.fixed_pool(RELEASED, source, *ratios("2:1:4"), 0, "x")
    with pytest.raises(DataError, match="expected at least 2"):
        splitting.subject_folds(RELEASED, 1, 0, "x")
    with pytest.raises(DataError, match="300 folds: only 200 people are neutral"):
        splitting.subject_folds(RELEASED, 300, 0, "x")
    for n_walks in (11, 5000):
        with pytest.raises(DataError, match=f"proxy of {n_walks} walks: expected at least 12"):
            splitting.proxy_subset(RELEASED, n_walks, 0, "x")
    with pytest.raises(DataError, match="test share is 1;"):
        splitting.ratio_study(RELEASED, ratios("1:1:2"), 1, 0, "x")
    with pytest.raises(DataError, match="lacks 1493 of the 1493 ids of partition 118"):
        splitting.fixed_pool(PEOPLE, source, *ratios("1:1:2"), 0, "x")
    two = Roster("two", (ListedWalk("a", 0), ListedWalk("b", 2)))
    with pytest.raises(DataError, match="two: leaves no neutral walk in the list"):
        splitting.split_by_ratio(two, *ratios("1:1:2"), 0, "x")
    three = Roster("three", (*two.walks, ListedWalk("c", 1)))
    with pytest.raises(DataError, match="ratio 1:1:2: leaves no negative and no neutral and no positive walk in train"):
        splitting.split_by_ratio(three, *ratios("1:1:2"), 0, "x")
    nameless = Roster("nameless", (*three.walks, ListedWalk("d", -1)))
    with pytest.raises(DataError, match="the class of 1 of 4 walks is unknown, the first: d"):
        splitting.split_by_ratio(nameless, *ratios("1:1:2"), 0, "x")
