"""Opening a test set: noted in a ledger before a single walk of it is predicted, counted, and told with the result."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scoliogait.checkpoints.bundle import Bundle, write_card
from scoliogait.data.partition import Partition, partition_digest
from scoliogait.data.store import WalkStore
from scoliogait.evaluation.predictions import Predictions
from scoliogait.files import sha256_of
from scoliogait.ledger import OPENED, RESULT, Entry, Ledger, digest_of_test_set, openings
from scoliogait.results.evaluate import evaluate_walks

HEADLINE = ("macro_f1", "accuracy")


@dataclass(frozen=True)
class Opening:
    """An opening that is in the ledger.

    n_openings: of this test set so far, by all models of the ledger; n_by_model: by this model; both with this one.
    about: what the entry says of data, partition and model.
    """

    ledger: Ledger
    n_openings: int
    n_by_model: int
    about: Mapping[str, Any]

    @property
    def facts(self) -> dict[str, str]:
        """What a result must carry of it."""
        return {
            "partition_sha256": str(self.about["partition_sha256"]),
            "proxy": "yes" if self.about["proxy"] else "no",
            "test_set": str(self.about["test_set"]),
            "test_openings": str(self.n_openings),
            "test_openings_by_model": str(self.n_by_model),
        }


def open_test_set(
    ledger: Ledger, store: WalkStore, partition: Partition, *, model_digest: str, selection: str, **more: Any
) -> Opening:
    """Note that the test walks of a partition are about to be predicted. more: further facts of the entry.

    Raises DataError when the store lacks test walks, and when the ledger cannot be read or written: then the test set
    stays closed.
    """
    walk_ids = [store.walk_ids[index] for index in store.indices_of(partition.test)]
    about = {
        "data": store.origin.get("name", store.path.resolve().name),
        "store_digest": store.digest,
        "partition": partition.name,
        "partition_sha256": partition_digest(partition),
        "proxy": partition.is_proxy,
        "subset": "test",
        "n_walks": len(walk_ids),
        "test_set": digest_of_test_set(store.digest, walk_ids),
        "model_digest": model_digest,
        "selection": selection,
        **more,
    }
    ledger.add(OPENED, about)
    entries = ledger.entries()
    return Opening(
        ledger, openings(entries, about["test_set"]), openings(entries, about["test_set"], model_digest), about
    )


def open_and_judge(
    bundle: Bundle,
    store: WalkStore,
    partition: Partition,
    ledger: Ledger,
    write: Callable[[Predictions], tuple[Path, Mapping[str, Any]]],
    progress: Callable[[int], None] | None = None,
) -> Mapping[str, Any]:
    """The road of a model to its test result: note the opening, predict, write, note the result. Returns the summary.

    write: puts the predictions on the disk; gives their file and their summary. progress: called with the number of
    walks just done. Raises what ``open_test_set``, ``evaluate_walks`` and ``write`` raise.
    """
    selection = str(bundle.provenance.get("selection", "not stated"))
    opening = open_test_set(ledger, store, partition, model_digest=bundle.digest, selection=selection)
    predictions = evaluate_walks(
        bundle,
        store,
        partition.test,
        partition=partition.name,
        subset="test",
        progress=progress,
        facts=opening.facts,
    )
    file, summary = write(predictions)
    note_result(opening, file, summary, bundle.digest, selection)
    return summary


def note_result(
    opening: Opening, predictions: Path, summary: Mapping[str, Any], model_digest: str, selection: str
) -> None:
    """Note the written result of an opening: its headline, and its predictions file with a checksum."""
    headline = {name: _figure(summary["metrics"][name]) for name in HEADLINE}
    about = dict(opening.about) | {"model_digest": model_digest, "selection": selection}
    place = Path(os.path.relpath(predictions.resolve(), opening.ledger.path.parent.resolve())).as_posix()
    file = {"predictions": place, "predictions_sha256": sha256_of(predictions)}
    opening.ledger.add(RESULT, about | {"n_openings": opening.n_openings, "metrics": headline} | file)


def tell_card(model: Path, ledger: Ledger, model_digest: str) -> None:
    """Write the model card in a bundle's folder again, with what the ledger knows of its tests."""
    write_card(model, card_rows(ledger.entries(), model_digest))


def card_rows(entries: Sequence[Entry], model_digest: str) -> list[dict[str, Any]]:
    """What a model card says of each test set that the model was tried on: the newest result, and how often opened."""
    newest = {e["test_set"]: e for e in entries if e["event"] == RESULT and e["model_digest"] == model_digest}
    return [
        {name: result[name] for name in ("data", "partition", "n_walks", "selection", "metrics")}
        | {
            "n_openings": openings(entries, test_set),
            "n_by_model": openings(entries, test_set, model_digest),
            "proxy": result["proxy"],
        }
        for test_set, result in newest.items()
    ]


def _figure(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {"value": entry["value"], "interval": entry["interval"]}
