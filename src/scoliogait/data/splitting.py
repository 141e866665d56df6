"""Making partitions: pure functions of ids, classes and people.

The same walks and seed give the same partition, in whatever order the walks come. All walks of a person stay on one
side of what is divided here; a walk whose person is unknown counts as a person of its own. Ids come out sorted.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from scoliogait.data.partition import Partition, carve_validation
from scoliogait.data.roster import ListedWalk, Roster
from scoliogait.errors import DataError
from scoliogait.labels import CLASS_NAMES, ScreeningClass

# Walks of each class that a proxy subset has at least, half of them on either side.
_PROXY_CLASS_MINIMUM = 4

Counts = NDArray[np.int64]


@dataclass(frozen=True)
class TrainRatio:
    """Positive to neutral to negative walks in training, the order in which the field writes it."""

    positive: int
    neutral: int
    negative: int

    @property
    def digits(self) -> str:
        """``"118"`` for 1:1:8, as in the names of the released partitions."""
        return f"{self.positive}{self.neutral}{self.negative}"

    def __str__(self) -> str:
        return f"{self.positive}:{self.neutral}:{self.negative}"

    def counts(self, n_walks: int) -> Counts:
        """Training walks of each class, by class id, when ``n_walks`` are divided in this ratio: parts rounded down.

        With half of all walks, rounded down, these are the sizes of the four released partitions.
        """
        parts = self._parts()
        return n_walks * parts // parts.sum()

    def most_walks(self, available: Counts) -> int:
        """The most walks that can be divided so when no class may give more than ``available``."""
        parts = self._parts()
        return int(((available + 1) * parts.sum() // parts - ((available + 1) * parts.sum() % parts == 0)).min())

    def _parts(self) -> Counts:
        parts = {
            ScreeningClass.NEGATIVE: self.negative,
            ScreeningClass.NEUTRAL: self.neutral,
            ScreeningClass.POSITIVE: self.positive,
        }
        return np.array([parts[c] for c in ScreeningClass], dtype=np.int64)


def parse_ratio(text: str) -> TrainRatio:
    """``"1:1:8"``, positive to neutral to negative. Raises DataError unless it is three whole numbers from 1."""
    if not re.fullmatch(r"[1-9]\d{0,3}(:[1-9]\d{0,3}){2}", text.strip()):
        raise DataError(f"ratio {text!r}: expected positive:neutral:negative as whole numbers from 1, such as 1:1:8")
    positive, neutral, negative = (int(part) for part in text.strip().split(":"))
    return TrainRatio(positive, neutral, negative)


def split_by_ratio(roster: Roster, ratio: TrainRatio, seed: int, name: str) -> Partition:
    """Half of all walks for training, in this ratio of classes, and the rest for testing, as the released ones are.

    Fewer walks train where a class does not have enough, since each class must be tested too. Raises DataError when
    classes are unknown or too small.
    """
    walks = _sorted_walks(roster)
    available = _class_counts(walks)
    wanted = ratio.counts(min(len(walks) // 2, ratio.most_walks(available - 1)))
    train = _take(walks, wanted, np.random.default_rng(seed))
    test = _without(walks, train)
    _require_classes({"train": train, "test": test}, f"ratio {ratio}")
    return Partition(name, _ids(train), _ids(test), facts=_facts(roster, f"train ratio {ratio}", seed))


def fixed_pool(roster: Roster, partition: Partition, ratio: TrainRatio, seed: int, name: str) -> Partition:
    """The same test set and the same positive and neutral training ids; training negatives drawn to meet the ratio.

    The ids left out are in neither set. A listed validation set stays as it is. Raises DataError when the positive and
    neutral ids do not stand in that ratio, or the partition has too few training negatives.
    """
    walks = _listed_walks(roster, partition, partition.train)
    counts = _class_counts(walks)
    n_neutral, n_positive = int(counts[ScreeningClass.NEUTRAL]), int(counts[ScreeningClass.POSITIVE])
    if not n_neutral or not n_positive or ratio.positive * n_neutral != ratio.neutral * n_positive:
        raise DataError(
            f"{partition.words}: trains on {n_positive} positive and {n_neutral} neutral walks, all of which "
            f"are kept; ratio {ratio} asks for {ratio.positive}:{ratio.neutral}, so "
            f"{_kept_ratio(n_positive, n_neutral)}"
        )
    n_wanted = ratio.negative * n_positive // ratio.positive
    negatives = [walk for walk in walks if walk.label == ScreeningClass.NEGATIVE]
    if n_wanted > len(negatives):
        raise DataError(
            f"{partition.words}: trains on {len(negatives)} negative walks, ratio {ratio} needs {n_wanted}; "
            "a fixed pool can only be made smaller"
        )
    order = np.random.default_rng(seed).permutation(len(negatives))[:n_wanted]
    dropped = {walk.id for walk in negatives} - {negatives[k].id for k in order}
    train = tuple(id_ for id_ in partition.train if id_ not in dropped)
    facts = _facts(roster, f"fixed pool of {partition.name}, train ratio {ratio}", seed) | {"subset": "yes"}
    return replace(partition, name=name, train=train, facts={**partition.facts, **facts})


def _kept_ratio(n_positive: int, n_neutral: int) -> str:
    if not n_positive or not n_neutral:
        return "take a partition that trains on walks of each class"
    common = math.gcd(n_positive, n_neutral)
    return f"begin it with {n_positive // common}:{n_neutral // common}"


def with_validation(roster: Roster, partition: Partition, fraction: float, seed: int) -> Partition:
    """The partition with a share of its training walks listed as validation set: by class and by person.

    Raises DataError when it already lists one, or as ``carve_validation`` does.
    """
    if partition.validation:
        raise DataError(f"{partition.words}: lists a validation set already; start from one that does not")
    walks = _listed_walks(roster, partition, partition.train)
    train, validation = carve_validation(
        [w.id for w in walks], [w.label for w in walks], [w.subject_id for w in walks], fraction, seed
    )
    facts = {**partition.facts, "validation": f"share {fraction:g} of the training walks, seed {seed}"}
    return replace(partition, train=train, validation=validation, facts=facts)


def subject_folds(
    roster: Roster, n_folds: int, seed: int, name: str, partition: Partition | None = None
) -> list[Partition]:
    """Folds for cross-validation: classes keep their shares, people stay together, each walk is held out once.

    Without a partition each fold is tested in turn. With one, its test set stays as it is and each fold of its training
    and validation walks is the validation set in turn. Raises DataError for fewer than 2 folds or a class of too few
    people.
    """
    from sklearn.model_selection import StratifiedGroupKFold

    if n_folds < 2:
        raise DataError(f"{n_folds} folds; expected at least 2")
    walks = (
        _sorted_walks(roster)
        if partition is None
        else _listed_walks(roster, partition, (*partition.train, *partition.validation))
    )
    labels = np.array([walk.label for walk in walks])
    people = np.array(_people_keys(walks))
    for class_, class_name in enumerate(CLASS_NAMES):
        n_people = len(set(people[labels == class_]))
        if n_people < n_folds:
            people_words = "only 1 person is" if n_people == 1 else f"only {n_people} people are"
            remedy = f"choose {n_people} folds or fewer" if n_people > 1 else "no folds can be made of it"
            raise DataError(
                f"{n_folds} folds: {people_words} {class_name}; {remedy}, or add walks of other people of that class"
            )
    folds = StratifiedGroupKFold(n_splits=n_folds, shuffle=True, random_state=seed)
    made = []
    for number, (rest, held_out) in enumerate(folds.split(labels, labels, people), start=1):
        train, fold = _ids(walks[k] for k in rest), _ids(walks[k] for k in held_out)
        within = f" within {partition.name}" if partition else ""
        made_as = _facts(roster, f"fold {number} of {n_folds}{within}", seed)
        facts = {**(partition.facts if partition else {}), **made_as}
        sides = (
            {"train": train, "test": fold}
            if partition is None
            else {"train": train, "validation": fold, "test": partition.test}
        )
        made.append(Partition(f"{name}_fold{number}of{n_folds}", facts=facts, **sides))
    return made


def proxy_subset(roster: Roster, n_walks: int, seed: int, name: str, partition: Partition | None = None) -> Partition:
    """A small fixed subset for quick looks, half of it to train and half to test; its facts and name say so.

    From a partition only training walks are drawn, so that a quick look never opens the test set. Classes keep their
    shares, but have at least four walks. Raises DataError when the walks do not suffice.
    """
    walks = _sorted_walks(roster) if partition is None else _listed_walks(roster, partition, partition.train)
    available = _class_counts(walks)
    wanted = _proportional(available, n_walks)
    if n_walks < _PROXY_CLASS_MINIMUM * len(CLASS_NAMES) or (wanted > available).any():
        raise DataError(
            f"proxy of {n_walks} walks: expected at least {_PROXY_CLASS_MINIMUM * len(CLASS_NAMES)}, no more than "
            f"there are, and {_PROXY_CLASS_MINIMUM} or more walks of every class to draw from (there are "
            f"{_named(available)})"
        )
    rng = np.random.default_rng(seed)
    chosen = _take(walks, wanted, rng)
    train = _take(chosen, (_class_counts(chosen) + 1) // 2, rng)
    test = _without(chosen, train)
    _require_classes({"train": train, "test": test}, f"proxy of {n_walks} walks")
    source = "all walks" if partition is None else f"the training walks of {partition.name}"
    facts = _facts(roster, f"proxy of {len(chosen)} of {source}", seed) | {"purpose": "proxy", "subset": "yes"}
    return Partition(name, _ids(train), _ids(test), facts=facts)


def common_test(roster: Roster, partitions: Sequence[Partition]) -> list[Partition]:
    """The given partitions, each with its own training set, tested on the walks that none of them trains on.

    Walks of a person that one of them trains on are left out too. Raises DataError for fewer than two partitions or
    when no walk is left.
    """
    if len(partitions) < 2:
        raise DataError("a common test set needs two partitions or more; give --from once for each")
    trained = [walk for p in partitions for walk in _listed_walks(roster, p, (*p.train, *p.validation))]
    people = set(_people_keys(trained))
    tested = [walk for p in partitions for walk in _listed_walks(roster, p, p.test)]
    left = {walk.id: walk for walk, key in zip(tested, _people_keys(tested), strict=True) if key not in people}
    if not left:
        raise DataError(
            f"partitions {', '.join(p.name for p in partitions)}: every walk trains one of them, none is left to test; "
            "draw new ones with a common test set (--ratio several times)"
        )
    facts = _facts(roster, f"common test set of {', '.join(p.name for p in partitions)}", None) | {"subset": "yes"}
    test = _ids(left.values())
    return [replace(p, name=f"{p.name}_commontest", test=test, facts={**p.facts, **facts}) for p in partitions]


def ratio_study(
    roster: Roster, ratios: Sequence[TrainRatio], test_share: float, seed: int, name: str
) -> list[Partition]:
    """One partition for each ratio, all with the same test set and the same number of training walks.

    The test set is drawn first, with the classes' own shares. Training walks come from what is left, as many as the
    ratio that needs most allows, and of each class a smaller share is part of a larger one as far as people allow. So
    nothing but the ratio changes. Raises DataError when a class is too small.
    """
    if not 0 < test_share < 1:
        raise DataError(f"test share is {test_share:g}; expected above 0 and below 1")
    walks = _sorted_walks(roster)
    wanted = np.floor(test_share * _class_counts(walks) + 0.5).astype(np.int64)
    test = _take(walks, wanted, np.random.default_rng((seed, 0)))
    pool = _without(walks, test)
    n_train = min(ratio.most_walks(_class_counts(pool)) for ratio in ratios)
    partitions = []
    for ratio in ratios:
        train = _take(pool, ratio.counts(n_train), np.random.default_rng((seed, 1)))
        _require_classes({"train": train, "test": test}, f"ratio {ratio}")
        facts = _facts(roster, f"train ratio {ratio}, common test set of {test_share:g} of all walks", seed)
        partitions.append(
            Partition(f"{name}_train{ratio.digits}", _ids(train), _ids(test), facts=facts | {"subset": "yes"})
        )
    return partitions


def unknown_people(walks: Sequence[ListedWalk]) -> str:
    """In words, how many people are known of these walks."""
    n_unknown = sum(walk.subject_id is None for walk in walks)
    if not n_unknown:
        return "known for all walks"
    return f"unknown for {n_unknown} of {len(walks)} walks, each of which counts as a person of its own"


def _facts(roster: Roster, made_as: str, seed: int | None) -> dict[str, str]:
    facts = {"made_as": made_as, "people": unknown_people(roster.walks)}
    if seed is not None:
        facts["seed"] = str(seed)
    return facts | ({"simulated": "yes"} if roster.simulated else {})


def _sorted_walks(roster: Roster) -> list[ListedWalk]:
    """All walks by id. Raises DataError when a class is unknown or has no walk."""
    unlabelled = [walk.id for walk in roster.walks if walk.label < 0]
    if unlabelled:
        raise DataError(
            f"{roster.where}: the class of {len(unlabelled)} of {len(roster.walks)} walks is unknown, the first: "
            f"{unlabelled[0]}; label them or leave them out"
        )
    _require_classes({"the list": roster.walks}, roster.where)
    return sorted(roster.walks, key=lambda walk: walk.id)


def _listed_walks(roster: Roster, partition: Partition, ids: Sequence[str]) -> list[ListedWalk]:
    """The walks of a partition's ids, each under the id that the partition lists, sorted."""
    roster.require(partition)
    walks: dict[str, ListedWalk] = {}
    for id_ in sorted(ids):
        named, _ = roster.find([id_])
        if named[0].label < 0:
            raise DataError(f"{roster.where}: the class of walk {named[0].id} is unknown; label it or leave it out")
        walks[id_] = replace(named[0], id=id_)
    return list(walks.values())


def _people_keys(walks: Iterable[ListedWalk]) -> list[str]:
    """One name for all walks of a person, a name of its own for a walk of an unknown person."""
    return [f"walk {w.id}" if w.subject_id is None else f"person {w.subject_id}" for w in walks]


def _take(walks: Sequence[ListedWalk], wanted: Counts, rng: np.random.Generator) -> list[ListedWalk]:
    """Whole people in random order, each taken when no class gets more walks than wanted, in the walks' order."""
    people: dict[str, list[ListedWalk]] = {}
    for key, walk in zip(_people_keys(walks), walks, strict=True):
        people.setdefault(key, []).append(walk)
    keys = list(people)
    counts = [_class_counts(people[key]) for key in keys]
    room, taken = wanted.copy(), set()
    for place in rng.permutation(len(keys)):
        if (counts[place] <= room).all():
            room -= counts[place]
            taken.add(keys[place])
    return [walk for key, walk in zip(_people_keys(walks), walks, strict=True) if key in taken]


def _without(walks: Sequence[ListedWalk], taken: Sequence[ListedWalk]) -> list[ListedWalk]:
    ids = {walk.id for walk in taken}
    return [walk for walk in walks if walk.id not in ids]


def _class_counts(walks: Iterable[ListedWalk]) -> Counts:
    return np.bincount([walk.label for walk in walks], minlength=len(CLASS_NAMES)).astype(np.int64)


def _proportional(available: Counts, n_walks: int) -> Counts:
    """Walks of each class: its share, but at least the minimum; what that adds is taken from the largest class."""
    wanted = np.maximum(np.floor(n_walks * available / available.sum()).astype(np.int64), _PROXY_CLASS_MINIMUM)
    wanted[available.argmax()] += n_walks - wanted.sum()
    return wanted


def _require_classes(sides: Mapping[str, Sequence[ListedWalk]], what: str) -> None:
    for side, walks in sides.items():
        counts = Counter(walk.label for walk in walks)
        absent = [name for class_, name in enumerate(CLASS_NAMES) if not counts[class_]]
        if absent:
            raise DataError(
                f"{what}: leaves no {' and no '.join(absent)} walk in {side}; add walks or people of "
                f"{' and '.join(absent)}{' or choose a more even ratio' if what.startswith('ratio') else ''}"
            )


def _named(counts: ArrayLike) -> str:
    return ", ".join(f"{count} {name}" for count, name in zip(np.asarray(counts), CLASS_NAMES, strict=True))


def _ids(walks: Iterable[ListedWalk]) -> tuple[str, ...]:
    return tuple(sorted(walk.id for walk in walks))
