"""What a partition does to the results measured on it: each hazard with its numbers.

A broken partition cannot be used. Of the other hazards, serious ones make a result mean something else than it seems
to, cautions limit what can be concluded, notes are worth knowing.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.stats import chi2_contingency
from sklearn.tree import DecisionTreeClassifier

from scoliogait.data.partition import Partition
from scoliogait.data.roster import ListedWalk, Roster
from scoliogait.evaluation.headline import PRINTED_METRICS
from scoliogait.evaluation.intervals import wilson_interval
from scoliogait.evaluation.metrics import VanishedClassWarning, screening_metrics
from scoliogait.labels import CLASS_NAMES

HazardSeverity = Literal["broken", "serious", "caution", "note"]
SEVERITIES: tuple[HazardSeverity, ...] = ("broken", "serious", "caution", "note")

# Blocks of ids that the tree may separate: one more than three classes in six runs need.
_ID_LEAVES = 6
# A difference between the shares of a class in training and test that is worth a caution, and one that is serious.
_PRIOR_CAUTION, _PRIOR_SERIOUS = 0.03, 0.10
# Width of the 95 % interval of a class's recall, when the recall is about 0.85.
_WIDTH_CAUTION, _WIDTH_SERIOUS = 0.15, 0.25
_TYPICAL_RECALL = 0.85
_SHOWN_IDS = 5


@dataclass(frozen=True)
class Hazard:
    """One hazard: a short fixed word, how bad it is, one sentence, and the numbers behind it (shares are 0..1)."""

    kind: str
    severity: HazardSeverity
    sentence: str
    numbers: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class _Sides:
    """The walks of each side that are known, and those of them that have a class."""

    walks: Mapping[str, Sequence[ListedWalk]]
    counts: Mapping[str, NDArray[np.int64]]


def partition_hazards(
    partition: Partition, roster: Roster | None = None, against: Sequence[Partition] = ()
) -> list[Hazard]:
    """Every hazard of a partition, the worst first.

    roster: the walks that the ids name; without it nothing can be said about classes and people. against: partitions
    whose models might be tested here, or the other way round. The numbers are over the ids that the roster knows.
    """
    hazards = [*_overlaps(partition, against), *_validation(partition), *_purpose(partition)]
    if roster is None:
        sentence = "Classes and people cannot be judged without the walks: give a store, trees or a table of labels."
        hazards.append(Hazard("walks-not-given", "caution", sentence))
    else:
        sides = _sides(partition, roster)
        hazards += [*_ids(partition, roster), *_people(sides), *_people_overlaps(sides, roster, against)]
        if all(sides.counts[side].sum() for side in ("train", "test")):
            hazards += [*_ids_tell_class(sides), *_priors(sides), *_constant_answers(sides), *_small_classes(sides)]
    return sorted(hazards, key=lambda hazard: SEVERITIES.index(hazard.severity))


def _sides(partition: Partition, roster: Roster) -> _Sides:
    walks = {side: roster.find(ids)[0] for side, ids in partition.sides.items()}
    counts = {
        side: np.bincount([w.label for w in listed if w.label >= 0], minlength=len(CLASS_NAMES)).astype(np.int64)
        for side, listed in walks.items()
    }
    return _Sides(walks, counts)


def _ids(partition: Partition, roster: Roster) -> Iterator[Hazard]:
    """Ids that name no walk, walks that are named twice, walks without a class."""
    found, unknown = roster.find(partition.ids)
    if unknown:
        yield Hazard(
            "unknown-ids",
            "broken",
            f"{len(unknown)} of {len(partition.ids)} ids name no walk here, such as {_some(unknown)}.",
            {"n_unknown": len(unknown), "n_ids": len(partition.ids), "ids": unknown},
        )
    names = [walk.id for walk in found]
    twice = sorted({name for name in names if names.count(name) > 1}) if len(set(names)) < len(names) else []
    if twice:
        yield Hazard(
            "walk-listed-twice",
            "broken",
            f"{len(twice)} walks are listed twice, by their own id and by that of their tree, such as {_some(twice)}.",
            {"n_walks": len(twice), "ids": twice},
        )
    unlabelled = [walk.id for walk in found if walk.label < 0]
    if unlabelled:
        yield Hazard(
            "unknown-classes",
            "serious",
            f"{len(unlabelled)} of {len(found)} walks have no class, such as {_some(unlabelled)}; "
            "they can neither train nor be tested.",
            {"n_walks": len(unlabelled), "n_listed": len(found)},
        )


def _overlaps(partition: Partition, against: Sequence[Partition]) -> Iterator[Hazard]:
    for other in against:
        tested_here = set(partition.test) & other.seen
        tested_there = partition.seen & set(other.test)
        numbers = {
            "other": other.name,
            "n_test_seen_by_other": len(tested_here),
            "n_test": len(partition.test),
            "n_seen_in_test_of_other": len(tested_there),
            "n_test_of_other": len(other.test),
        }
        if tested_here or tested_there:
            sentence = (
                f"{len(tested_here)} of the {len(partition.test)} test walks train {other.name}, and "
                f"{len(tested_there)} of the {len(other.test)} test walks of {other.name} train this one: do not test "
                "a model of one on the other."
            )
            yield Hazard("overlap", "serious", sentence, numbers)
        else:
            yield Hazard("overlap", "note", f"No test walk trains {other.name}, nor the other way round.", numbers)


def _people_overlaps(sides: _Sides, roster: Roster, against: Sequence[Partition]) -> Iterator[Hazard]:
    for other in against:
        trained = {walk.subject_id for walk in roster.find(other.seen)[0]} - {None}
        tested = [walk for walk in sides.walks["test"] if walk.subject_id in trained]
        if tested:
            sentence = (
                f"{len(tested)} of the {len(sides.walks['test'])} test walks are of people who train {other.name}."
            )
            numbers = {"other": other.name, "n_walks": len(tested), "n_test": len(sides.walks["test"])}
            yield Hazard("people-overlap", "serious", sentence, numbers)


def _validation(partition: Partition) -> Iterator[Hazard]:
    if not partition.validation:
        sentence = (
            "No validation set is listed: choose models, thresholds and steps on a share of the training walks "
            "(`data split --validation`), never on the test walks."
        )
        yield Hazard("no-validation", "caution", sentence, {"n_train": len(partition.train)})


def _purpose(partition: Partition) -> Iterator[Hazard]:
    if partition.is_proxy:
        sentence = "This is a proxy subset for quick looks; what is found here must be shown again on the full data."
        yield Hazard("proxy", "serious", sentence, {"n_walks": len(partition.ids)})


def _people(sides: _Sides) -> Iterator[Hazard]:
    listed = [walk for walks in sides.walks.values() for walk in walks]
    n_unknown = sum(walk.subject_id is None for walk in listed)
    if n_unknown:
        sentence = (
            f"The person of {n_unknown} of {len(listed)} walks is unknown: whether people are on both sides cannot be "
            "checked, and intervals over walks are too narrow."
        )
        yield Hazard("unknown-people", "serious", sentence, {"n_walks": n_unknown, "n_listed": len(listed)})
    names = list(sides.walks)
    for first, second in ((a, b) for k, a in enumerate(names) for b in names[k + 1 :]):
        people = {w.subject_id for w in sides.walks[first]} & {w.subject_id for w in sides.walks[second]} - {None}
        if people:
            n_walks = sum(walk.subject_id in people for walk in sides.walks[second])
            sentence = (
                f"{len(people)} people are on both sides: {n_walks} of the {len(sides.walks[second])} {second} walks "
                f"are of people in {first}."
            )
            numbers = {"sides": [first, second], "n_people": len(people), "n_walks": n_walks}
            yield Hazard("people-on-both-sides", "serious", sentence, numbers)


def _ids_tell_class(sides: _Sides) -> Iterator[Hazard]:
    """How well thresholds on the number in the id predict the class.

    One tree is fitted to all walks, which shows whether classes lie in blocks; another learns from the training walks
    and is scored on the test walks, which shows that the blocks carry over.
    """
    walks = [walk for side in sides.walks.values() for walk in side if walk.label >= 0]
    numbers = _id_numbers(walks)
    if numbers is None:
        return
    labels = np.array([walk.label for walk in walks])
    place = {walk.id: k for k, walk in enumerate(walks)}
    train, test = ([place[w.id] for w in sides.walks[side] if w.label >= 0] for side in ("train", "test"))
    tree = DecisionTreeClassifier(max_leaf_nodes=_ID_LEAVES, random_state=0)
    share_all = float(tree.fit(numbers, labels).score(numbers, labels))
    right = int((tree.fit(numbers[train], labels[train]).predict(numbers[test]) == labels[test]).sum())
    n_majority = int(sides.counts["test"].max())
    facts = {
        "accuracy_all": share_all,
        "accuracy_test": right / len(test),
        "majority_test": n_majority / len(test),
        "n_walks": len(walks),
        "n_test": len(test),
    }
    found = (
        f"thresholds on the number in the id give the class of {_percent(share_all)} of all {len(walks)} walks; learnt "
        f"on training walks, of {_percent(right / len(test))} of the test walks (majority class "
        f"{_percent(n_majority / len(test))})"
    )
    if wilson_interval(right, len(test))[0] > n_majority / len(test):
        sentence = f"Ids reveal the class: {found}. Never feed or sort by the id."
        yield Hazard("ids-reveal-class", "serious", sentence, facts)
    else:
        yield Hazard("ids-reveal-class", "note", f"Ids do not reveal the class: {found}.", facts)


def _id_numbers(walks: Sequence[ListedWalk]) -> NDArray[np.float64] | None:
    """(n, 1) the first number in each id; None where some id has none."""
    found = [re.search(r"\d+", walk.id) for walk in walks]
    if not all(found):
        return None
    return np.array([[float(match.group())] for match in found if match])


def _priors(sides: _Sides) -> Iterator[Hazard]:
    train, test = sides.counts["train"], sides.counts["test"]
    shares = {side: counts / counts.sum() for side, counts in (("train", train), ("test", test))}
    differences = np.abs(shares["train"] - shares["test"])
    largest = float(differences.max())
    present = (train + test) > 0
    p_value = float(chi2_contingency(np.array([train, test])[:, present]).pvalue) if present.sum() > 1 else 1.0
    listed = "; ".join(
        f"{name} {_percent(a)} and {_percent(b)}"
        for name, a, b in zip(CLASS_NAMES, shares["train"], shares["test"], strict=True)
    )
    severity: HazardSeverity = (
        "serious" if largest > _PRIOR_SERIOUS else "caution" if largest > _PRIOR_CAUTION else "note"
    )
    verdict = "Class shares differ" if severity != "note" else "Class shares are alike"
    sentence = f"{verdict} between training and test: {listed}."
    numbers = {side: row.tolist() for side, row in shares.items()}
    yield Hazard(
        "class-priors", severity, sentence, {**numbers, "largest_difference": largest, "chi_square_p": p_value}
    )


def _constant_answers(sides: _Sides) -> Iterator[Hazard]:
    """What a model scores that gives every test walk the same class."""
    counts = sides.counts["test"]
    labels = np.repeat(np.arange(len(CLASS_NAMES)), counts)
    scores: dict[str, dict[str, float]] = {}
    for class_, class_name in enumerate(CLASS_NAMES):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", VanishedClassWarning)
            metrics = screening_metrics(np.tile(np.eye(len(CLASS_NAMES))[class_], (len(labels), 1)), labels)
        scores[class_name] = {name: metrics[name] for name in PRINTED_METRICS}
    listed = ", ".join(
        f"{name} {100 * row['accuracy']:.2f} / {100 * row['macro_f1']:.2f}" for name, row in scores.items()
    )
    majority = CLASS_NAMES[int(counts.argmax())]
    sentence = (
        f"Always answering {majority} has an accuracy of {_percent(scores[majority]['accuracy'])}; one answer for all "
        f"test walks, accuracy / macro-F1 in %: {listed}."
    )
    yield Hazard("constant-answers", "note", sentence, {"majority": majority, "scores": scores})


def _small_classes(sides: _Sides) -> Iterator[Hazard]:
    """How well the recall of each class can be measured on the sides where recall is measured."""
    for side in ("validation", "test"):
        for class_, class_name in enumerate(CLASS_NAMES):
            if side in sides.walks:
                people = [walk.subject_id for walk in sides.walks[side] if walk.label == class_]
                yield _recall_hazard(side, class_name, people)


def _recall_hazard(side: str, class_name: str, people: Sequence[str | None]) -> Hazard:
    """The interval that a recall of about 0.85 would have, each walk counted as independent.

    people: the person of each walk of the class.
    """
    n = len(people)
    if not n:
        sentence = f"No {side} walk is {class_name}: its recall cannot be measured."
        return Hazard("small-class", "serious", sentence, {"side": side, "class": class_name, "n_walks": 0})
    right = round(_TYPICAL_RECALL * n)
    low, high = wilson_interval(right, n)
    step = 1 / (n * len(CLASS_NAMES))
    n_people = len(set(people) - {None}) + people.count(None)
    severity: HazardSeverity = (
        "serious" if high - low > _WIDTH_SERIOUS else "caution" if high - low > _WIDTH_CAUTION else "note"
    )
    people_known = f" ({n_people} people)" if n_people < n else ""
    sentence = (
        f"{n} {side} walks{people_known} are {class_name}: {right} right of them is a recall of {_percent(low)} to "
        f"{_percent(high)} (95 %), and one walk moves macro recall by {100 * step:.1f} points."
    )
    numbers = {"n_walks": n, "n_people": n_people, "n_right": right, "low": low, "high": high}
    return Hazard(
        "small-class", severity, sentence, {"side": side, "class": class_name, **numbers, "macro_recall_step": step}
    )


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def _some(ids: Iterable[str]) -> str:
    return ", ".join(list(ids)[:_SHOWN_IDS])
