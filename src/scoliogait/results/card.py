"""The card of a model with all that is known of it: from its bundle, from the run that it lies in, from its tests.

Needs no torch: the weights are not read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from scoliogait.checkpoints.card_facts import card_facts
from scoliogait.checkpoints.checklists import filled_checklists
from scoliogait.checkpoints.config_file import CONFIG, read_config
from scoliogait.checkpoints.metrics_file import METRICS, read_metrics
from scoliogait.checkpoints.model_card import model_card
from scoliogait.errors import DataError
from scoliogait.evaluation.predictions import TEST_FOLDER
from scoliogait.files import read_json
from scoliogait.ledger import RESULT, Entry, openings
from scoliogait.results.model_place import find_model

# What a card repeats of a result in a ledger.
_KEPT = ("data", "store_digest", "partition", "test_set", "n_walks", "selection", "metrics")


def whole_card(model: str | Path, with_checklists: bool = True) -> str:
    """The card of a model, Markdown with a YAML head, and with checklists filled from its files.

    model: a bundle, the run or the promotion that it lies in, or ``builtin:NAME``. The result of its test set, where it
    lies beside the model, stands in it with all figures. Raises ModelError for what is no bundle, or a damaged one;
    DataError for a run that is not finished and for results that cannot be read.
    """
    place = find_model(str(model))
    config, digest = read_config(place.bundle / CONFIG)
    metrics = dict(read_metrics(place.bundle, config.metrics_sha256))
    tests = [] if place.run is None else card_rows(place.run.ledger.entries(), digest)
    tested = _test_summary(place.bundle.parent / TEST_FOLDER / METRICS, digest)
    if tested is not None:
        metrics["test"] = tested
        tests = [test for test in tests if test["test_set"] != tested["facts"].get("test_set")]
    content, contract = config.model_dump(mode="json"), config.contract.describe()
    run = None if place.run is None else place.run.facts()
    facts = card_facts(content, metrics, digest, contract, tests, run)
    return model_card(content, metrics, digest, contract, tests, filled_checklists(facts) if with_checklists else ())


def card_rows(entries: Sequence[Entry], model_digest: str) -> list[dict[str, Any]]:
    """What a model card says of each test set that the model was tried on: the newest result, and how often opened."""
    newest = {e["test_set"]: e for e in entries if e["event"] == RESULT and e["model_digest"] == model_digest}
    return [
        {name: result[name] for name in _KEPT}
        | {
            "n_openings": max(openings(entries, test_set), result["n_openings"]),
            "n_by_model": max(openings(entries, test_set, model_digest), result.get("n_by_model", 0)),
            "proxy": result["proxy"],
        }
        for test_set, result in newest.items()
    ]


def _test_summary(path: Path, digest: str) -> Mapping[str, Any] | None:
    """What an evaluation of this model on its test set has written; None where there is none of this model."""
    if not path.is_file():
        return None
    summary = read_json(path)
    if not (isinstance(summary, dict) and all(isinstance(summary.get(key), dict) for key in ("facts", "metrics"))):
        raise DataError(f"{path}: is no result of an evaluation; expected one made by `scoliogait evaluate --test`")
    return summary if summary["facts"].get("model_digest") == digest else None
