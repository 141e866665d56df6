"""What speaks against starting from a model: input drawn differently, or training on walks that this run tests on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from torch import nn

from scoliogait.data.partition import PUBLISHED, partition_digest, read_partition
from scoliogait.errors import RecipeError
from scoliogait.representation.contract import InputContract
from scoliogait.training.freezing import frozen_names
from scoliogait.training.recipe import Recipe
from scoliogait.training.walks import RunWalks
from scoliogait.training.warm_start import WarmStart, warm_start

# What a bundle's provenance says of the walks that a model was trained on.
_DATA_KEYS = ("data", "store_digest", "partition", "partition_sha256", "simulated", "seed", "validation_fraction")
# Computed from each run's own training walks, so of course another.
_OWN_VALUES = ("pav.minimum", "pav.maximum")


@dataclass(frozen=True)
class StartFindings:
    """test_walks_seen: test walks of this run that the source was trained on, None where that cannot be known.

    trained_on: the data of the source and of all it was started from itself. cautions: one sentence each.
    """

    test_walks_seen: int | None
    trained_on: tuple[Mapping[str, Any], ...]
    cautions: tuple[str, ...]


def check_start(warm: WarmStart, recipe: Recipe, walks: RunWalks) -> StartFindings:
    """Compare the source with this run. Raises RecipeError when it was trained on test walks, unless allow_leak is set.

    The ids that a model was trained on are known when its partition is a published one, or the same as this run's. Its
    validation walks count as seen: they chose it.
    """
    trained_on = tuple(_trained_on(warm.provenance))
    cautions = list(_drawn_differently(warm, recipe.contract))
    seen: set[str] = set()
    known = bool(trained_on)
    for data in trained_on:
        ids = _ids_seen(data, walks)
        if ids is None:
            known = False
        else:
            seen |= ids
            cautions.extend(_other_validation_walks(data, ids, recipe, walks))
    leaked = len(seen & set(walks.partition.test))
    if leaked:
        message = (
            f"{warm.source} was trained on {leaked} of the {len(walks.partition.test)} test walks of partition "
            f"{walks.partition.name}, so a test result would be too high"
        )
        if not recipe.start.allow_leak:
            raise RecipeError(
                f"start.weights: {message}; take the partition it was trained on, or, where no test on these walks is "
                "wanted, --allow-leak (the model card will say so)"
            )
        cautions.append(f"{message}.")
    elif not known:
        cautions.append(
            f"It is not known on which walks {warm.source} was trained; if test walks of partition "
            f"{walks.partition.name} were among them, a test result will be too high."
        )
    return StartFindings(leaked if known or leaked else None, trained_on, tuple(dict.fromkeys(cautions)))


def _trained_on(provenance: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The data of a model and of its ancestors, youngest first; nothing where they are not recorded."""
    recipe = provenance.get("recipe", {})
    told = dict(provenance) | {"validation_fraction": recipe.get("data", {}).get("validation_fraction")}
    if "partition" in told:
        yield {key: told.get(key) for key in _DATA_KEYS}
    yield from provenance.get("started_from", {}).get("trained_on", ())


def _ids_seen(data: Mapping[str, Any], walks: RunWalks) -> set[str] | None:
    """Ids, in the naming of this run's store, of the walks that a model was trained on; None where unknown."""
    if data["simulated"] != walks.store.origin.get("simulated", "no"):
        return set()  # a simulated walk is no recorded one
    if data["store_digest"] == walks.store.digest and data["partition_sha256"] == partition_digest(walks.partition):
        return set(walks.partition.seen)
    # The ids of a published partition name the same walks everywhere, but in each simulated cohort others.
    if data["partition"] in PUBLISHED and (data["simulated"] == "no" or data["store_digest"] == walks.store.digest):
        return set(read_partition(data["partition"]).seen)
    return None


def _other_validation_walks(data: Mapping[str, Any], ids: set[str], recipe: Recipe, walks: RunWalks) -> Iterator[str]:
    same_partition = data["partition_sha256"] == partition_digest(walks.partition)
    now = (recipe.seed, recipe.data.validation_fraction)
    if same_partition and (walks.partition.validation or (data["seed"], data["validation_fraction"]) == now):
        return  # listed, or the same choice: the same walks
    n_seen = len(ids & {walks.store.walk_ids[i] for i in walks.validation})
    if n_seen:
        yield (
            f"Up to {n_seen} of the {len(walks.validation)} validation walks trained the weights that this run starts "
            "from, so validation figures are too high; use the same partition, seed and data.validation_fraction."
        )


def _drawn_differently(warm: WarmStart, contract: InputContract) -> Iterator[str]:
    if warm.contract is None:
        return
    before, now = (dict(_flat(c.model_dump(mode="json"))) for c in (warm.contract, contract))
    if set(before["representation"].split("+")) <= set(now["representation"].split("+")):
        del before["representation"]  # the new model sees more, and the same among it
    changes = [
        f"{key} {_text(before[key])} -> {_text(value)}"
        for key, value in now.items()
        if key in before and before[key] != value and not key.startswith(_OWN_VALUES)
    ]
    if changes:
        yield f"{warm.source} saw its input drawn differently: {', '.join(changes)}."


def _flat(section: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Dotted keys and values; sections that are not there are left out: what a model lacks is not drawn differently."""
    for key, value in section.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{key}.")
        elif value is not None:
            yield prefix + key, value


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
