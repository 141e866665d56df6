"""Opening a test set: noted in a ledger before a single walk of it is predicted, counted, and stated with the result.

An ``Opening`` is the proof of that entry and the only way to the test walks: what predicts them asks for one.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import InitVar, asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scoliogait.checkpoints.bundle import write_card
from scoliogait.data.partition import Partition
from scoliogait.data.store import WalkStore
from scoliogait.data.walk_prints import prints_of
from scoliogait.errors import DataError
from scoliogait.evaluation.headline import HEADLINE
from scoliogait.files import sha256_of
from scoliogait.ledger import CHAIN, OPENED, RESULT, Entry, Ledger, digest_of_test_set, openings
from scoliogait.provenance import OpeningFacts, Selection
from scoliogait.results.card import card_rows
from scoliogait.results.ledger_home import LedgerHome
from scoliogait.seen_facts import SeenFacts

_NOTED = object()
_COUNTS = ("n_openings", "n_by_model", "n_elsewhere")


@dataclass(frozen=True, eq=False)
class Opening:
    """An opening that is in the ledger. ``open_test_set`` makes it, and nothing else can: TypeError.

    indices: int64, of the test walks in the store, in the order of the partition. facts: which test set, and how often
    it was opened so far, this time included. about: what the entry says of data, partition and model.
    """

    ledger: Ledger
    store: WalkStore
    partition: Partition
    indices: NDArray[np.int64]
    facts: OpeningFacts
    about: Mapping[str, Any]
    noted: InitVar[object] = None

    def __post_init__(self, noted: object) -> None:
        if noted is not _NOTED:
            raise TypeError("an Opening comes from open_test_set, which notes it in a ledger first")

    @property
    def seen(self) -> SeenFacts | None:
        """How many of the walks had a part in the model; None where that was not asked."""
        facts = self.about.get("seen")
        return None if facts is None else SeenFacts(**facts)

    @property
    def walk_ids(self) -> tuple[str, ...]:
        return tuple(self.store.walk_ids[index] for index in self.indices)


def open_test_set(
    ledger: Ledger,
    store: WalkStore,
    partition: Partition,
    *,
    model_digest: str,
    selection: Selection,
    seen: SeenFacts | None = None,
    **more: Any,
) -> Opening:
    """Note that the test walks of a partition are about to be predicted.

    seen: how many of them had a part in the model, None where that is not known of anything. more: further facts of the
    entry.

    It is noted twice: in the ledger of this machine, which counts the openings of these walks in all stores and runs,
    then in ``ledger`` with that count. Raises DataError when the store lacks test walks, and when one of the ledgers
    cannot be read or written: then the test set stays closed.
    """
    indices = store.indices_of(partition.test)
    test_set = digest_of_test_set(store.digest, [store.walk_ids[index] for index in indices])
    about = {
        "data": store.name,
        "store_digest": store.digest,
        "partition": partition.name,
        "partition_sha256": partition.digest,
        "proxy": partition.is_proxy,
        "subset": "test",
        "n_walks": len(indices),
        "test_set": test_set,
        "model_digest": model_digest,
        "selection": selection.value,
        "seen": None if seen is None else asdict(seen),
        "opening": uuid.uuid4().hex,
        **more,
    }
    own = [e for e in ledger.entries() if e["event"] == OPENED and e.get("test_set") == test_set]
    told = ("data", "partition", "n_walks", "model_digest", "selection", "opening")
    counted = LedgerHome.of_this_machine().note(prints_of(store, indices, "test"), {name: about[name] for name in told})
    facts = _counted(test_set, model_digest, own, counted)
    about |= {name: getattr(facts, name) for name in _COUNTS}
    ledger.add(OPENED, about)
    return Opening(ledger, store, partition, indices, facts, about, _NOTED)


def _counted(test_set: str, model_digest: str, own: Sequence[Entry], everywhere: Sequence[Entry]) -> OpeningFacts:
    """own: earlier openings in the run's ledger. everywhere: in that of the machine, the present one included."""
    known = {entry["opening"] for entry in everywhere}
    only_here = [entry for entry in own if entry.get("opening") not in known]
    by_model = [entry for entry in (*everywhere, *only_here) if entry.get("model_digest") == model_digest]
    n_openings = len(everywhere) + len(only_here)
    return OpeningFacts(test_set, n_openings, len(by_model), n_openings - len(own) - 1)


def opening_without_result(
    ledger: Ledger, store: WalkStore, partition: Partition, model_digest: str, selection: Selection
) -> Opening | None:
    """The newest opening of this test set, if it was for this model and no result of it was noted: a kill came between.

    None otherwise. It is not another look: what it is for is to note a result that was written, not to predict again.
    """
    indices = store.indices_of(partition.test)
    test_set = digest_of_test_set(store.digest, [store.walk_ids[index] for index in indices])
    entries = ledger.entries()
    own = [e for e in entries if e.get("test_set") == test_set and e["event"] in (OPENED, RESULT)]
    wanted = (OPENED, model_digest, selection.value)
    if not own or (own[-1]["event"], own[-1].get("model_digest"), own[-1].get("selection")) != wanted:
        return None
    about = {key: value for key, value in own[-1].items() if key not in CHAIN}
    if set(_COUNTS) <= set(about):
        facts = OpeningFacts(test_set, *(about[name] for name in _COUNTS))
    else:  # an entry from before openings were counted over all runs
        facts = OpeningFacts(test_set, openings(entries, test_set), openings(entries, test_set, model_digest))
    return Opening(ledger, store, partition, indices, facts, about, _NOTED)


def refuse_test_walks(store: WalkStore, partition: Partition, indices: NDArray[np.int64]) -> None:
    """Raise DataError when walks that were asked for as seen are test walks of the partition."""
    closed = set(partition.test)
    tree_ids = store.tree_ids
    asked = [store.walk_ids[index] for index in indices if {store.walk_ids[index], tree_ids[index]} & closed]
    if asked:
        raise DataError(
            f"{partition.words}: {len(asked)} of the {len(indices)} walks given are its test walks, the first: "
            f"{asked[0]}; a test set is opened by `scoliogait evaluate --test`, which notes it"
        )


def note_result(
    opening: Opening, predictions: Path, summary: Mapping[str, Any], model_digest: str, selection: Selection
) -> None:
    """Note the written result of an opening: its headline, and its predictions file with a checksum."""
    headline = {name: _figure(summary["metrics"][name]) for name in HEADLINE}
    about = dict(opening.about) | {"model_digest": model_digest, "selection": selection.value}
    place = Path(os.path.relpath(predictions.resolve(), opening.ledger.path.parent.resolve())).as_posix()
    file = {"predictions": place, "predictions_sha256": sha256_of(predictions)}
    opening.ledger.add(RESULT, about | {"n_openings": opening.facts.n_openings, "metrics": headline} | file)


def tell_card(model: Path, ledger: Ledger, model_digest: str) -> None:
    """Write the model card in a bundle's folder again, with what the ledger knows of its tests."""
    write_card(model, card_rows(ledger.entries(), model_digest))


def _figure(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {"value": entry["value"], "interval": entry["interval"]}
