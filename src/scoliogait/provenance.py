"""What a result rests on, with types: which data, which model, how it was chosen, and what must be said because of it.

Files hold these facts as text (metadata of predictions, ``metrics.json``, the provenance of a bundle). Here is the one
place where that text becomes a type and the type becomes text again; a fact that an older file lacks is not stated.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Literal

from scoliogait.errors import DataError
from scoliogait.fact_text import NOT_STATED, count_of, is_yes, text_of, yes_or_no
from scoliogait.seen_facts import SEEN_UNKNOWN, SeenFacts

# The file name of a store's own partition without its ending: as a name it says nothing.
OWN_PARTITION_NAME = "partition"

SIMULATED_WALKS = "These walks are simulated: the figures say nothing about real people."
TRAINING_WALKS = "The model was trained on these walks: the figures say nothing about new ones."
OTHER_PARTITION = (
    "The model was trained on another partition of the same data ({model_partition}), so some of these walks may have "
    "trained it: the figures may be too good."
)
TEST_GUIDED_FIGURES = "The model was selected with the test walks in view (test-guided): the figures are too good."
TEST_GUIDED_TITLE = "test-guided: selected with test walks in view"
VALIDATION_WALKS = "The model and its temperature were chosen on these walks: the figures are somewhat too good."
TEST_OPENED = "Test set opened {n_openings} by the ledger's count, {n_by_model} with this model."
TEST_OPENED_ELSEWHERE = (
    "Noted elsewhere: {n} of them, of the same walks or of sets that share at least half of the smaller one, whatever "
    "store, partition and ids."
)
PROXY = "These walks are a proxy subset for quick looks: the figures stand for nothing."
START_SAW_TEST = (
    "The weights that the model was started from ({started_from}) had seen {n_seen} test walks of the model's "
    "partition: the figures may be too good."
)
START_UNKNOWN = (
    "It is not known on which walks the weights that the model was started from ({started_from}) were trained: if test "
    "walks were among them, the figures are too good."
)
# Of a model, whatever walk it is shown.
SIMULATED_STATEMENT = (
    "The model was trained on simulated walkers: its probabilities show that the software runs and say nothing about "
    "this person."
)
UNKNOWN_ORIGIN_STATEMENT = (
    "It is not recorded on which walks the model was trained, or how well it does: its probabilities are not to be "
    "relied on before it was tested on walks like this one."
)
TEST_GUIDED_STATEMENT = (
    "The model was selected with its test walks in view (test-guided): its test figures are too good, and how well it "
    "does on new walks is unknown."
)

WalkOrigin = Literal["recorded", "simulated", "unknown"]
# Said with every result of a walk that states so.
SIMULATED_WALK = "The walk is simulated: nobody was filmed."


class Selection(StrEnum):
    """How a checkpoint was chosen, in the one word that every file has for it."""

    VALIDATION = "validation"  # the best on walks held back from training
    LAST = "last"  # the last step; no walk had a say
    TEST_GUIDED = "test-guided"  # the best on the very test walks
    DIAGNOSIS = "diagnosis"  # no model was chosen: an audit looks for the contract of a foreign checkpoint
    NOT_STATED = NOT_STATED

    @classmethod
    def of(cls, facts: Mapping[str, Any]) -> Selection:
        """What ``selection`` says among the facts of a model; any other text, as of a foreign file, states nothing."""
        word = str(facts.get("selection", "")).strip().lower()
        return cls(word) if word in set(cls) else cls.NOT_STATED


def name_of_data(origin: Mapping[str, str], folder: Path) -> str:
    """The name of a set of walks: the one that its origin gives, else that of its folder, however it was reached."""
    return origin.get("name") or folder.resolve().name or str(folder.resolve())


def simulation_seed(origin: Mapping[str, str]) -> str:
    """The seed in the settings that a simulated cohort keeps in its origin; not stated for every other set of walks."""
    try:
        settings = json.loads(origin.get("settings", "null"))
    except ValueError:
        return NOT_STATED
    return text_of(settings, "seed") if isinstance(settings, dict) and is_simulated(origin) else NOT_STATED


def walk_origin(facts: Mapping[str, Any]) -> WalkOrigin:
    """What ``simulated`` says among the facts of walks or of a model; unstated is unknown, never taken for recorded.

    Raises DataError for a word that is neither yes nor no.
    """
    said = text_of(facts, "simulated")
    if said == NOT_STATED:
        return "unknown"
    return "simulated" if is_yes(said, "simulated") else "recorded"


def is_simulated(facts: Mapping[str, Any]) -> bool:
    """Whether the facts of walks say that they, or some of them, are simulated. Raises as ``walk_origin`` does."""
    return walk_origin(facts) == "simulated"


def partition_words(name: str) -> str:
    """A partition in a sentence: ``partition 118``; a store's own file, which has no other name, as just that."""
    return "the store's own partition" if name == OWN_PARTITION_NAME else f"partition {name}"


@dataclass(frozen=True)
class DataFacts:
    """Which walks. Digests are sha256 in hexadecimal; partition and its digest say which walks train and which test.

    subset: "train", "validation" or "test", None for all of a partition. proxy: a small subset for quick looks.
    simulation_seed: that a whole cohort was simulated with; a set that also holds other walks has none.
    """

    name: str = NOT_STATED
    origin: WalkOrigin = "unknown"
    store_digest: str = NOT_STATED
    partition: str = NOT_STATED
    partition_sha256: str = NOT_STATED
    subset: str | None = None
    proxy: bool = False
    simulation_seed: str = NOT_STATED

    @classmethod
    def from_text(cls, facts: Mapping[str, Any]) -> DataFacts:
        """From the facts of a result, a run or a bundle. Raises DataError for a word that is neither yes nor no."""
        return cls(
            name=text_of(facts, "data"),
            origin=walk_origin(facts),
            store_digest=text_of(facts, "store_digest"),
            partition=text_of(facts, "partition"),
            partition_sha256=text_of(facts, "partition_sha256"),
            subset=None if facts.get("subset") is None else str(facts["subset"]),
            proxy=is_yes(facts.get("proxy", "no"), "proxy"),
            simulation_seed=text_of(facts, "simulation_seed"),
        )

    def to_text(self) -> dict[str, str]:
        """The facts under the names that files have for them; what is not stated is left out."""
        stated = {
            "data": self.name,
            "simulated": {"recorded": "no", "simulated": "yes", "unknown": NOT_STATED}[self.origin],
            "store_digest": self.store_digest,
            "partition": self.partition,
            "partition_sha256": self.partition_sha256,
            "simulation_seed": self.simulation_seed,
        }
        where = {} if self.subset is None else {"subset": self.subset, "proxy": yes_or_no(self.proxy)}
        return {key: value for key, value in stated.items() if value != NOT_STATED} | where

    def is_same_store(self, other: DataFacts) -> bool:
        return self.store_digest == other.store_digest != NOT_STATED

    def shares_no_walk(self, other: DataFacts) -> bool:
        """Whether it is certain, from the facts alone, that no walk is in both: one is a cohort that was simulated as a
        whole, and the other is recorded, or was simulated with another seed."""
        seeds = {self.simulation_seed, other.simulation_seed}
        origins = {self.origin, other.origin}
        return len(seeds) == 2 and (NOT_STATED not in seeds or origins == {"simulated", "recorded"})

    def is_same_partition(self, other: DataFacts) -> bool:
        """By the ids in it where both are recorded, else by name."""
        if NOT_STATED in (self.partition_sha256, other.partition_sha256):
            return self.partition == other.partition
        return self.partition_sha256 == other.partition_sha256


@dataclass(frozen=True)
class ModelFacts:
    """Which model, what it was trained on and how it was chosen.

    started_from: name of the weights that its training began with, None for random values. start_saw: how many test
    walks of its partition those had seen, None where that is unknown.
    """

    name: str = NOT_STATED
    digest: str = NOT_STATED
    contract: str = NOT_STATED
    trained_on: DataFacts = field(default_factory=DataFacts)
    selection: Selection = Selection.NOT_STATED
    started_from: str | None = None
    start_saw: int | None = None

    @classmethod
    def from_provenance(cls, provenance: Mapping[str, Any], name: str, digest: str, contract: str) -> ModelFacts:
        """Of a bundle, from what it says of itself. Raises DataError for a start that is no table with a name."""
        started = provenance.get("started_from")
        if started is not None and not (isinstance(started, Mapping) and "name" in started):
            raise DataError(f"started_from is a {type(started).__name__}; expected a table with a name")
        seen = None if started is None else started.get("test_walks_seen")
        if seen is not None and type(seen) is not int:
            raise DataError("started_from: test_walks_seen is no whole number")
        return cls(
            name=name,
            digest=digest,
            contract=contract,
            trained_on=DataFacts.from_text(provenance),
            selection=Selection.of(provenance),
            started_from=None if started is None else str(started["name"]),
            start_saw=seen,
        )

    def in_words(self) -> dict[str, str]:
        """What a result says of its model; what is not stated is left out."""
        trained_on = self.trained_on.to_text()
        stated = {"data": trained_on.get("data"), "selection": self.selection.value}
        stated["simulated"] = trained_on.get("simulated")
        known = {key: value for key, value in stated.items() if value not in (None, NOT_STATED)}
        return {"name": self.name, "digest": self.digest, "contract": self.contract} | known

    @classmethod
    def from_text(cls, facts: Mapping[str, str]) -> ModelFacts:
        """From the facts of a result. Raises DataError for a count that is no number."""
        seen = facts.get("start_test_walks_seen", "unknown")
        of_training = ("data", "store_digest", "partition", "partition_sha256")
        return cls(
            name=text_of(facts, "model"),
            digest=text_of(facts, "model_digest"),
            contract=text_of(facts, "model_contract"),
            trained_on=DataFacts.from_text({key: text_of(facts, f"model_{key}") for key in of_training}),
            selection=Selection.of(facts),
            started_from=facts.get("started_from"),
            start_saw=None if seen == "unknown" else count_of(seen, "start_test_walks_seen"),
        )

    def to_text(self) -> dict[str, str]:
        seen = "unknown" if self.start_saw is None else str(self.start_saw)
        started = self.started_from
        return {
            "model": self.name,
            "model_digest": self.digest,
            "model_contract": self.contract,
            "model_data": self.trained_on.name,
            "model_store_digest": self.trained_on.store_digest,
            "model_partition": self.trained_on.partition,
            "model_partition_sha256": self.trained_on.partition_sha256,
            "selection": self.selection.value,
        } | ({} if started is None else {"started_from": started, "start_test_walks_seen": seen})


@dataclass(frozen=True)
class OpeningFacts:
    """Which test set was opened, how often by all models of the ledgers, and how often by this one.

    n_elsewhere: openings that do not stand in the run's own ledger, but in that of the machine.
    """

    test_set: str
    n_openings: int
    n_by_model: int
    n_elsewhere: int = 0

    @classmethod
    def from_text(cls, facts: Mapping[str, str]) -> OpeningFacts | None:
        """From the facts of a result; None where no test set was opened. Raises DataError for what is no number."""
        if "test_openings" not in facts:
            return None
        keys = ("test_openings", "test_openings_by_model")
        n_openings, n_by_model = (count_of(text_of(facts, key), key) for key in keys)
        elsewhere = count_of(facts.get("test_openings_elsewhere", "0"), "test_openings_elsewhere")
        return cls(text_of(facts, "test_set"), n_openings, n_by_model, elsewhere)

    def to_text(self) -> dict[str, str]:
        return {
            "test_set": self.test_set,
            "test_openings": str(self.n_openings),
            "test_openings_by_model": str(self.n_by_model),
            "test_openings_elsewhere": str(self.n_elsewhere),
        }


@dataclass(frozen=True)
class ResultFacts:
    """All that a result must carry. device: the kind that computed it. seen: of test walks, None in older results."""

    data: DataFacts = field(default_factory=DataFacts)
    model: ModelFacts = field(default_factory=ModelFacts)
    opening: OpeningFacts | None = None
    device: str = NOT_STATED
    seen: SeenFacts | None = None

    @classmethod
    def from_text(cls, facts: Mapping[str, str]) -> ResultFacts:
        """Raises DataError for a fact that is not what it must be; one that is missing is not stated."""
        return cls(
            DataFacts.from_text(facts),
            ModelFacts.from_text(facts),
            OpeningFacts.from_text(facts),
            text_of(facts, "device"),
            SeenFacts.from_text(facts),
        )

    def to_text(self) -> dict[str, str]:
        opened = {} if self.opening is None else self.opening.to_text()
        seen = {} if self.seen is None else self.seen.to_text()
        return self.data.to_text() | self.model.to_text() | {"device": self.device} | opened | seen

    @property
    def seen_statements(self) -> tuple[str, ...]:
        """Whether test walks had a part in the model, for the top of a result; of other walks nothing."""
        if self.seen is not None:
            return self.seen.statements
        # Of walks of the store that it was trained on, the partition says it.
        elsewhere = self.data.subset == "test" and not self.data.is_same_store(self.model.trained_on)
        return (SEEN_UNKNOWN,) if elsewhere else ()

    @property
    def statements(self) -> tuple[str, ...]:
        """What must be said about walks that are simulated, or that may have had a part in making the model."""
        return tuple(_result_statements(self))


def model_statements(origin: WalkOrigin, selection: Selection) -> tuple[str, ...]:
    """What must be said along with whatever a model says: of a model trained on such walks and chosen in such a way."""
    more = {"recorded": (), "simulated": (SIMULATED_STATEMENT,), "unknown": (UNKNOWN_ORIGIN_STATEMENT,)}
    return (*more[origin], *((TEST_GUIDED_STATEMENT,) if selection is Selection.TEST_GUIDED else ()))


def times(number: int) -> str:
    """``once`` or ``3 times``."""
    return "once" if number == 1 else f"{number} times"


def _result_statements(facts: ResultFacts) -> Iterator[str]:
    data, model, opening = facts.data, facts.model, facts.opening
    yield from facts.seen_statements
    if data.origin == "simulated":
        yield SIMULATED_WALKS
    if model.selection is Selection.TEST_GUIDED:
        yield TEST_GUIDED_FIGURES
    if opening is not None:
        yield TEST_OPENED.format(n_openings=times(opening.n_openings), n_by_model=times(opening.n_by_model))
        if opening.n_elsewhere:
            yield TEST_OPENED_ELSEWHERE.format(n=opening.n_elsewhere)
    if data.proxy:
        yield PROXY
    compared = facts.seen is not None and facts.seen.complete
    if data.subset == "test" and model.started_from is not None and not compared:
        if model.start_saw is None:
            yield START_UNKNOWN.format(started_from=model.started_from)
        elif model.start_saw:
            yield START_SAW_TEST.format(started_from=model.started_from, n_seen=model.start_saw)
    if not data.is_same_store(model.trained_on):
        return
    if not data.is_same_partition(model.trained_on):
        if compared:
            return
        yield OTHER_PARTITION.format(model_partition=model.trained_on.partition)
    elif data.subset == "train":
        yield TRAINING_WALKS
    elif data.subset == "validation" and model.selection is Selection.VALIDATION:
        yield VALIDATION_WALKS
