"""Test walks that had a part in the model they are to test: found by id and by content, counted, and refused."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scoliogait.checkpoints.bundle import Bundle
from scoliogait.data.partition import Partition
from scoliogait.data.store import WalkStore
from scoliogait.data.walk_prints import kinds_to_compare, prints_of
from scoliogait.errors import DataError
from scoliogait.identity.walk_prints import find_walks
from scoliogait.provenance import DataFacts
from scoliogait.seen_facts import SeenFacts


@dataclass(frozen=True)
class SeenWalks:
    """facts: how many. walk_ids: which of the test walks they are."""

    facts: SeenFacts
    walk_ids: tuple[str, ...] = ()


def seen_walks(bundle: Bundle, store: WalkStore, partition: Partition) -> SeenWalks:
    """Which test walks of a partition trained or chose a model, or the weights that it was started from.

    A model without a record of its walks has seen none where it was trained on this very partition of this store, from
    random values, or where all that it was trained on is certain to be other walks, as simulated ones are to recorded
    ones; else that cannot be known. So it is with what the record of a model lacks, the walks of its start. Raises
    ModelError for a record that was changed, DataError when the store lacks test walks.
    """
    indices = store.indices_of(partition.test)
    record = bundle.walks()
    if record is None:
        known = _is_own_test_set(bundle, store, partition) or _saw_other_walks(bundle, store, partition, recorded=False)
        return SeenWalks(SeenFacts(0, len(indices), known))
    found = find_walks(prints_of(store, indices, "test", kinds_to_compare(store, record)), record)
    # Simulated cohorts count their walks from one: names say nothing.
    n_by_name = 0 if store.simulated else found.n_only_by_name
    complete = record.complete or _saw_other_walks(bundle, store, partition, recorded=True)
    facts = SeenFacts(found.n_same, len(indices), complete, n_by_name)
    return SeenWalks(facts, _ids(store, indices[found.same]))


def refuse_leak(seen: SeenWalks, allow_leak: bool) -> None:
    """Raise DataError for test walks that had a part in the model, unless that is allowed."""
    facts = seen.facts
    if facts.n_seen and not allow_leak:
        raise DataError(
            f"{facts.n_seen} of {facts.n_walks} test walks trained or chose this model, or what it was started from "
            f"(the first: {seen.walk_ids[0]}), so its result would be too good; take walks that had no part in it, or "
            "give --allow-leak: the result will say so"
        )


def _is_own_test_set(bundle: Bundle, store: WalkStore, partition: Partition) -> bool:
    model, here = bundle.facts, store.facts(partition)
    return (
        model.started_from is None
        and here.is_same_store(model.trained_on)
        and here.partition_sha256 == model.trained_on.partition_sha256
    )


def _saw_other_walks(bundle: Bundle, store: WalkStore, partition: Partition, recorded: bool) -> bool:
    """Whether nothing that the model and its start were trained on can be here. recorded: of its own walks a record
    says that, so the start alone is asked."""
    start = bundle.provenance.get("started_from", {}).get("trained_on", ())
    trained_on = [*([] if recorded else [bundle.facts.trained_on]), *map(DataFacts.from_text, start)]
    if bundle.facts.started_from is not None and not start:
        return False
    here = store.facts(partition)
    return bool(trained_on) and all(data.shares_no_walk(here) for data in trained_on)


def _ids(store: WalkStore, indices: NDArray[np.int64]) -> tuple[str, ...]:
    return tuple(store.walk_ids[index] for index in indices.tolist())
