"""What speaks against starting from a model: input drawn differently, or training on walks that this run tests on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from torch import nn

from scoliogait.data.partition import PUBLISHED, read_partition
from scoliogait.errors import RecipeError
from scoliogait.fact_text import NOT_STATED
from scoliogait.identity.walk_prints import WalkPrints
from scoliogait.provenance import DataFacts
from scoliogait.representation.contract import InputContract
from scoliogait.training.freezing import frozen_names
from scoliogait.training.recipe import Recipe
from scoliogait.training.recipe_file import dotted_values
from scoliogait.training.start_walks import start_walks
from scoliogait.training.walks import RunWalks
from scoliogait.training.warm_start import WarmStart, warm_start

# Computed from each run's own training walks, so of course another; and what says nothing of how input is drawn.
_OWN_VALUES = ("pav.minimum", "pav.maximum", "outline.scale_px", "training_frames", "evaluation_frames")
_VALIDATION_SEEN = (
    "{n} of the {n_walks} validation walks trained the weights that this run starts from, so validation figures are "
    "too high; use the same partition, seed and data.validation_fraction."
)


@dataclass(frozen=True)
class TrainingData:
    """What a model was trained on. seed, validation_fraction: which of these walks were held back, None if unknown."""

    walks: DataFacts
    seed: int | None = None
    validation_fraction: float | None = None

    @classmethod
    def from_facts(cls, facts: Mapping[str, Any]) -> TrainingData:
        """From what a bundle records of its training or of that of its ancestors."""
        return cls(DataFacts.from_text(facts), facts.get("seed"), facts.get("validation_fraction"))

    def to_facts(self) -> dict[str, Any]:
        """Plain JSON values; ``from_facts`` reads them back equal."""
        return self.walks.to_text() | {"seed": self.seed, "validation_fraction": self.validation_fraction}


@dataclass(frozen=True)
class StartFindings:
    """test_walks_seen: test walks of this run that the source was trained on, None where that cannot be known.

    trained_on: the data of the source and of all it was started from itself. cautions: one sentence each.
    """

    test_walks_seen: int | None
    trained_on: tuple[TrainingData, ...]
    cautions: tuple[str, ...]


def check_start(warm: WarmStart, recipe: Recipe, walks: RunWalks) -> StartFindings:
    """Compare the source with this run. Raises RecipeError when it was trained on test walks, unless allow_leak is set.

    A source that carries a record of its walks is compared by it, id and content. Of an older one the ids are known
    when its partition is a published one, or the same as this run's. Its validation walks count as seen: they chose it.
    """
    trained_on = tuple(_trained_on(warm.provenance))
    cautions = list(_drawn_differently(warm, recipe.contract))
    if warm.walks is not None:
        leaked, n_walks, known = _by_record(warm.walks, walks, cautions)
    else:
        leaked, n_walks, known = _by_partition(trained_on, recipe, walks, cautions)
    if leaked:
        message = (
            f"{warm.source} was trained on {leaked} of the {n_walks} test walks of partition "
            f"{walks.partition.name}, so a test result would be too high"
        )
        if not recipe.start.allow_leak:
            raise RecipeError(
                f"start.weights: {message}; take the partition it was trained on, or, where no test on these walks is "
                "wanted, start.allow_leak=true (finetune: --allow-leak), which the model card will say"
            )
        cautions.append(f"{message}.")
    elif not known:
        cautions.append(
            f"It is not known on which walks {warm.source} was trained{_cohorts(trained_on)}; if test walks of "
            f"partition {walks.partition.name} were among them, a test result will be too high."
        )
    return StartFindings(leaked if known or leaked else None, trained_on, tuple(dict.fromkeys(cautions)))


def _cohorts(trained_on: Sequence[TrainingData]) -> str:
    """What is known of walks that no record lists: the seeds of simulated cohorts."""
    seeds = sorted({data.walks.simulation_seed for data in trained_on} - {NOT_STATED})
    return f", for it keeps no record of them (simulated with seed {', '.join(seeds)})" if seeds else ""


def _by_record(record: WalkPrints, walks: RunWalks, cautions: list[str]) -> tuple[int, int, bool]:
    """Test walks that had a part in the source, of how many, and whether all is known; cautions are appended."""
    found = start_walks(record, walks)
    if found.n_validation:
        cautions.append(_VALIDATION_SEEN.format(n=found.n_validation, n_walks=found.n_validation_walks))
    return found.n_test, found.n_test_walks, found.complete


def _by_partition(
    trained_on: Sequence[TrainingData], recipe: Recipe, walks: RunWalks, cautions: list[str]
) -> tuple[int, int, bool]:
    """The same of a source without a record, as far as the ids of partitions say it."""
    seen: set[str] = set()
    known = bool(trained_on)
    for data in trained_on:
        ids = _ids_seen(data, walks)
        if ids is None:
            known = False
        else:
            seen |= ids
            cautions.extend(_other_validation_walks(data, ids, recipe, walks))
    return len(seen & set(walks.partition.test)), len(walks.partition.test), known


def _trained_on(provenance: Mapping[str, Any]) -> Iterator[TrainingData]:
    """The data of a model and of its ancestors, youngest first; nothing where they are not recorded.

    Weights that began with a model of unknown data end with an entry that states nothing, so that nothing is certain.
    """
    recipe = provenance.get("recipe", {})
    fraction = recipe.get("data", {}).get("validation_fraction")
    if "partition" in provenance:
        yield TrainingData.from_facts(dict(provenance) | {"validation_fraction": fraction})
    if "started_from" in provenance:
        yield from map(TrainingData.from_facts, provenance["started_from"].get("trained_on") or ({},))


def _ids_seen(data: TrainingData, walks: RunWalks) -> set[str] | None:
    """Ids, in the naming of this run's store, of the walks that a model was trained on; None where unknown."""
    theirs, ours = data.walks, walks.store.facts(walks.partition)
    if theirs.shares_no_walk(ours):
        return set()
    same_store = theirs.is_same_store(ours)
    if same_store and theirs.partition_sha256 == ours.partition_sha256:
        return set(walks.partition.seen)
    # The ids of a published partition name the same recorded walks everywhere, but in each simulated cohort others.
    both_recorded = theirs.origin == ours.origin == "recorded"
    if theirs.partition in PUBLISHED and (both_recorded or same_store):
        return set(read_partition(theirs.partition).seen)
    return None


def _other_validation_walks(data: TrainingData, ids: set[str], recipe: Recipe, walks: RunWalks) -> Iterator[str]:
    same_partition = data.walks.partition_sha256 == walks.partition.digest
    now = (recipe.seed, recipe.data.validation_fraction)
    if same_partition and (walks.partition.validation or (data.seed, data.validation_fraction) == now):
        return  # listed, or the same choice: the same walks
    n_seen = len(ids & {walks.store.walk_ids[i] for i in walks.validation})
    if n_seen:
        yield _VALIDATION_SEEN.format(n=f"Up to {n_seen}", n_walks=len(walks.validation))


def _drawn_differently(warm: WarmStart, contract: InputContract) -> Iterator[str]:
    if warm.contract is None:
        return
    before, now = (dict(dotted_values(c.model_dump(mode="json", exclude_none=True))) for c in (warm.contract, contract))
    if set(before["representation"].split("+")) <= set(now["representation"].split("+")):
        del before["representation"]  # the new model sees more, and the same among it
    changes = [
        f"{key} {_text(before[key])} -> {_text(value)}"
        for key, value in now.items()
        if key in before and before[key] != value and not key.startswith(_OWN_VALUES)
    ]
    if changes:
        yield f"{warm.source} saw its input drawn differently: {', '.join(changes)}."


def _text(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


Start = tuple[WarmStart, StartFindings]


def start_model(module: nn.Module, recipe: Recipe, walks: RunWalks) -> Start | None:
    """Bring the recipe's start weights into ``module``, in place; None, and nothing done, when it names none.

    Raises as ``warm_start``, ``check_start`` and ``frozen_names`` do; RecipeError when random values would be frozen.
    """
    frozen_names(module, recipe.start.freeze)
    if recipe.start.weights is None:
        if recipe.start.freeze:
            raise RecipeError(
                f"recipe {recipe.name}: start.freeze would hold random values, since start.weights is not given; "
                f"run `scoliogait finetune {recipe.name} --from WEIGHTS`, or set start: {{}}"
            )
        return None
    warm = warm_start(module, recipe.start)
    return warm, check_start(warm, recipe, walks)
