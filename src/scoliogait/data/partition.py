"""Partitions: which walks train and which test. The four published ones of Scoliosis1K come with the package.

No published partition has a validation set; ``carve_validation`` takes one from the training ids. A partition of ours
may list one, and says how it was made: both as further keys of the published JSON form, which OpenGait does not read.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from scoliogait.errors import DataError
from scoliogait.files import read_json, write_json
from scoliogait.labels import CLASS_NAMES
from scoliogait.provenance import OWN_PARTITION_NAME, partition_words
from scoliogait.wording import first_few

# A partition that belongs to a store lies in it under this name.
OWN_PARTITION = f"{OWN_PARTITION_NAME}.json"
_FOLDER = Path(__file__).parent / "partitions"
# Named after the ratio of positive to neutral to negative in training: 1:1:2, 1:1:4, 1:1:8, 1:1:16.
PUBLISHED: tuple[str, ...] = ("112", "114", "118", "1116")
_MAX_FOLDS = 20


@dataclass(frozen=True)
class Partition:
    """Training, test and validation ids in the order of the file; validation ids are none of the training ids.

    validation is empty where the file lists none. facts: how the partition was made, such as ``{"purpose": "proxy"}``.
    Raises DataError when an id comes twice, or training or test is empty.
    """

    name: str
    train: tuple[str, ...]
    test: tuple[str, ...]
    validation: tuple[str, ...] = ()
    facts: Mapping[str, str] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        for side, ids in (("TRAIN_SET", self.train), ("TEST_SET", self.test)):
            if not ids:
                raise DataError(f"partition {self.name}: {side} is empty; it needs at least one id")
        counts = Counter(self.ids)
        repeated = [i for i, count in counts.items() if count > 1]
        if repeated:
            raise DataError(
                f"partition {self.name}: {first_few(repeated)} listed more than once (within a set or in both); "
                "list each id once"
            )

    @property
    def ids(self) -> tuple[str, ...]:
        return (*self.train, *self.test, *self.validation)

    @property
    def sides(self) -> dict[str, tuple[str, ...]]:
        """The ids of train, validation (where it is listed) and test."""
        sides = {"train": self.train, "validation": self.validation, "test": self.test}
        return {name: ids for name, ids in sides.items() if ids}

    @property
    def seen(self) -> frozenset[str]:
        """The ids that a model made with this partition has learnt from or was chosen by: training and validation."""
        return frozenset((*self.train, *self.validation))

    @property
    def digest(self) -> str:
        """sha256 over the ids of each side, whatever their order and the file's name; validation ids where listed."""
        sides = [self.train, self.test, *([self.validation] if self.validation else [])]
        content = json.dumps([sorted(ids) for ids in sides], separators=(",", ":"))
        return hashlib.sha256(content.encode("utf-8")).hexdigest()

    @property
    def words(self) -> str:
        """As a sentence names it: ``partition 118``; the file of a store, which has no name, as the store's own."""
        return partition_words(self.name)

    @property
    def is_proxy(self) -> bool:
        """Whether it is a small subset for quick looks, whose results stand for nothing."""
        return self.facts.get("purpose") == "proxy"

    @property
    def is_subset(self) -> bool:
        """Whether it leaves out walks on purpose."""
        return self.facts.get("subset") == "yes"

    @property
    def file_name(self) -> str:
        """Name of the JSON file: the published name where it is a published partition."""
        return _published_file(self.name) if self.name in PUBLISHED else f"{self.name}.json"


def read_partition(path_or_name: str | Path) -> Partition:
    """A partition from a JSON file with ``TRAIN_SET`` and ``TEST_SET``, or a published one: 112, 114, 118, 1116.

    ``VALIDATION_SET`` (ids) and ``FACTS`` (texts) may be there too; other keys are ignored. Raises DataError naming the
    file and what is wrong with it.
    """
    name = str(path_or_name)
    if name in PUBLISHED:
        path = _FOLDER / _published_file(name)
    else:
        path = Path(path_or_name)
        if not path.is_file():
            raise DataError(
                f"{path}: is no file and no published partition; expected {', '.join(PUBLISHED)} or a JSON file"
            )
        name = path.stem
    content = read_json(path)
    listed = {key: _id_list(content, key, path) for key in ("TRAIN_SET", "TEST_SET")}
    validation = _id_list(content, "VALIDATION_SET", path) if "VALIDATION_SET" in content else ()
    facts = content.get("FACTS", {})
    if not isinstance(facts, dict) or not all(isinstance(fact, str) for fact in facts.values()):
        raise DataError(f"{path}: FACTS is not a table of texts; expected names and texts, or no FACTS at all")
    return Partition(name, listed["TRAIN_SET"], listed["TEST_SET"], validation, facts)


def write_partition(path: str | Path, partition: Partition) -> None:
    """Write the published JSON form, with VALIDATION_SET and FACTS where there are any.

    Atomic; raises DataError when it cannot.
    """
    content: dict[str, Any] = {"TRAIN_SET": list(partition.train), "TEST_SET": list(partition.test)}
    if partition.validation:
        content["VALIDATION_SET"] = list(partition.validation)
    if partition.facts:
        content["FACTS"] = dict(partition.facts)
    write_json(path, content)


def carve_validation(
    train_ids: Sequence[str], labels: ArrayLike, subject_ids: Sequence[str | None], fraction: float, seed: int
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Split training ids into (training, validation), both in the given order.

    Every class keeps its share, and all walks of a person land on one side where persons are known (None: unknown, the
    walk stands for itself). fraction: wanted share of validation, above 0 and at most 0.5; the result is as near to it
    as whole folds allow. The same arguments give the same split. Raises DataError for unknown labels and for a class of
    fewer than two persons, which cannot be on both sides.
    """
    from sklearn.model_selection import StratifiedGroupKFold

    classes = np.asarray(labels)
    if not len(train_ids) == len(classes) == len(subject_ids):
        raise DataError(
            f"carve_validation: {len(train_ids)} ids, {len(classes)} labels and {len(subject_ids)} subjects; "
            "expected one of each a walk"
        )
    if not 0 < fraction <= 0.5:
        raise DataError(f"validation share: fraction is {fraction}; expected above 0 and at most 0.5")
    if ((classes < 0) | (classes >= len(CLASS_NAMES))).any():
        first = train_ids[int(np.argmax((classes < 0) | (classes >= len(CLASS_NAMES))))]
        raise DataError(f"validation share: walk {first!r} has no class; leave it out or label it")
    groups = np.array(
        [f"walk {i}" if s is None else f"subject {s}" for i, s in zip(train_ids, subject_ids, strict=True)]
    )
    people = {c: len(set(groups[classes == c])) for c in sorted(set(classes.tolist()))}
    smallest = min(people.values())
    if smallest < 2:
        alone = " and ".join(CLASS_NAMES[c] for c, n_people in people.items() if n_people < 2)
        raise DataError(
            f"validation share {fraction:g}: the training walks of class {alone} are of only one person, who cannot be "
            "both trained on and held back; add walks of another person of that class, list the validation ids in the "
            "partition, or train without validation walks (--set data.validation_fraction=0)"
        )
    taken, n_folds = _share_of_folds(fraction, min(smallest, _MAX_FOLDS))
    folds = StratifiedGroupKFold(n_splits=n_folds, shuffle=True, random_state=seed)
    chosen: set[int] = set()
    for _, (_, held_out) in zip(range(taken), folds.split(classes, classes, groups), strict=False):
        chosen.update(held_out.tolist())
    training = tuple(i for k, i in enumerate(train_ids) if k not in chosen)
    return training, tuple(i for k, i in enumerate(train_ids) if k in chosen)


def _published_file(name: str) -> str:
    return f"Scoliosis1K_{name}.json"


def _share_of_folds(fraction: float, max_folds: int) -> tuple[int, int]:
    """(folds to take, number of folds) nearest to the fraction, with as few folds as possible."""
    shares = [(max(1, round(fraction * n)), n) for n in range(2, max_folds + 1)]
    wanted = Fraction(fraction)
    return min(shares, key=lambda share: (abs(Fraction(*share) - wanted).limit_denominator(10**6), share[1]))


def given_or_own(given: str | Path | None, store: Path) -> str | Path:
    """The partition given by name or path, else the one in the store's folder. Raises DataError without either."""
    own = store / OWN_PARTITION
    if given is None and not own.is_file():
        raise DataError(f"{store}: has no {OWN_PARTITION}; give --partition")
    return own if given is None else given


def _id_list(content: Any, key: str, path: Path) -> tuple[str, ...]:
    ids = content.get(key) if isinstance(content, dict) else None
    if not isinstance(ids, list) or not all(isinstance(i, str) and i for i in ids):
        raise DataError(f"{path}: {key} is not a list of ids in quotes; expected TRAIN_SET and TEST_SET")
    return tuple(ids)
