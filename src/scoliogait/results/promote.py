"""Promotion: a run's model becomes the best of a folder of models, if the decision rules let it.

The folder's ledger decides what was promoted; ``best.json`` is what it says, written for readers. One promotion at a
time holds the folder's lock. The model is copied first and appears whole; then the ledger says so; then ``best.json``.
After a kill in between, the next promotion finds a copy that the ledger does not know, or a ``best.json`` that is
behind, and goes on from there. The run's own ledger says so last; a promotion that misses there is noted on retry.
"""

from __future__ import annotations

import math
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from scoliogait.checkpoints.bundle import Bundle, load_bundle
from scoliogait.checkpoints.model_folder import MODEL
from scoliogait.errors import DataError
from scoliogait.evaluation.compare import Comparison, compare_predictions
from scoliogait.evaluation.headline import HEADLINE
from scoliogait.evaluation.predictions import PREDICTIONS_FILE, TEST_FOLDER, read_predictions
from scoliogait.files import atomic_folder, locked, sha256_of, write_json
from scoliogait.json_file import read_model
from scoliogait.ledger import LEDGER_FILE, PROMOTED, RESULT, VERIFIED, Entry, Ledger
from scoliogait.provenance import Selection, partition_words
from scoliogait.results.opening import tell_card
from scoliogait.seen_facts import SeenFacts
from scoliogait.training.run_folder import RunFolder

BEST_FILE, LOCK_FILE = "best.json", ".promotion.lock"
PROMOTION_FILE = "promotion.json"
FAITHFUL, EMPIRICAL = "faithful", "empirical"
# A promotion compares two sets of predictions and copies a model: seconds.
_LOCK_SECONDS = 300.0


class PromotionRecord(BaseModel):
    """What ``promotion.json`` beside a promoted model says. provenance: faithful or empirical."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    name: str
    model_digest: str
    provenance: str
    run: str


@dataclass(frozen=True)
class Promotion:
    """path: of the promoted model. entry: in the folder's ledger. comparison: with the best before it, if any."""

    path: Path
    entry: Entry
    comparison: Comparison | None


def promote_run(
    run: RunFolder,
    artifacts: Path,
    metric: str,
    provenance: str,
    name: str | None = None,
    allow_leak: bool = False,
) -> Promotion:
    """Check the decision rules and copy bundle, card and predictions to ``artifacts/<name>``.

    metric: macro_f1 or accuracy, on the test walks; the folder's first promotion agrees on it. provenance: "faithful"
    (trained as the paper says) or "empirical" (changed because it helped). name: default the run folder's.
    allow_leak: go on where test walks had a part in the model, or where that is not known; the entry says so.

    Rules, each refused in one line as DataError: the model was verified since its test result was written; its test set
    was opened, is that of its own partition and no proxy subset; no test walk had a part in the model; it is better
    than the best so far on the same test walks, beyond noise (p < 0.05, paired).
    """
    if metric not in HEADLINE:
        raise DataError(f"metric {metric!r}: expected one of {', '.join(HEADLINE)}")
    if provenance not in (FAITHFUL, EMPIRICAL):
        raise DataError(f"provenance {provenance!r}: expected {FAITHFUL} (to the paper) or {EMPIRICAL}")
    bundle = load_bundle(run.model)
    result = check_evidence(run, bundle, allow_leak)
    target = artifacts / _checked_name(name or run.path.resolve().name)
    with locked(artifacts / LOCK_FILE, _LOCK_SECONDS):
        ledger = Ledger(artifacts / LEDGER_FILE)
        entries = ledger.entries()
        best = _best(entries)
        _finish_earlier(artifacts, best)
        unnoted = _unnoted_in(run, entries, bundle)
        if unnoted is not None:
            _note_in(run, unnoted)
        _check_free(target, entries, bundle)
        comparison = None if best is None else _check_better(run, result, artifacts, best, metric)
        _copy(run, result, target, bundle, provenance)
        entry = ledger.add(PROMOTED, _entry(target, result, bundle, metric, provenance, comparison, best))
        _write_best(artifacts, entry)
    _note_in(run, entry)
    return Promotion(target, entry, comparison)


def _note_in(run: RunFolder, entry: Entry) -> None:
    run.ledger.add(PROMOTED, {name: entry[name] for name in ("name", "model_digest", "metric")})


def _unnoted_in(run: RunFolder, entries: Sequence[Entry], bundle: Bundle) -> Entry | None:
    """The promotion of this model that a kill kept from the run's own ledger; None: there is none, or it is noted."""
    own = [entry for entry in entries if entry["event"] == PROMOTED and entry["model_digest"] == bundle.digest]
    noted = {e["name"] for e in run.ledger.entries() if e["event"] == PROMOTED and e["model_digest"] == bundle.digest}
    return next((entry for entry in own if entry["name"] not in noted), None)


def check_evidence(run: RunFolder, bundle: Bundle, allow_leak: bool = False) -> Entry:
    """The test result that the promotion rests on. Raises DataError naming the first rule that is not kept."""
    if bundle.facts.selection is Selection.TEST_GUIDED:
        raise _refusal(run, "no test-guided selection", "the model was selected with the test walks in view")
    entries = run.ledger.entries()
    results = [e for e in entries if e["event"] == RESULT and e["model_digest"] == bundle.digest]
    if not results:
        raise _refusal(run, "full test", "its test set was not opened with this model; evaluate it with --test")
    trained_with = bundle.provenance.get("partition_sha256")
    result = ([e for e in results if e["partition_sha256"] == trained_with] or results)[-1]
    if result["proxy"]:
        raise _refusal(run, "full test", f"its newest test result is from the proxy subset {result['partition']}")
    part = test_walks_with_a_part(bundle, result)
    if part is not None and not allow_leak:
        raise _refusal(run, "no test walk had a part in the model", f"{part}; --allow-leak promotes it and says so")
    verified = [e for e in entries if e["event"] == VERIFIED and e["model_digest"] == bundle.digest]
    if not verified or verified[-1]["number"] < result["number"]:
        raise _refusal(run, "verified", "its newest test result was not verified; run `scoliogait verify` first")
    if not verified[-1]["reproduced"]:
        raise _refusal(run, "verified", "the saved bundle did not reproduce its stored probabilities")
    file = run.path / result["predictions"]
    if not file.is_file() or sha256_of(file) != result["predictions_sha256"]:
        raise _refusal(run, "verified", f"{file} is no longer what was verified")
    return result


def test_walks_with_a_part(bundle: Bundle, result: Entry) -> str | None:
    """Why test walks of a result had a part in the model, or may have had; None where nothing speaks for it."""
    started = bundle.provenance.get("started_from", {})
    if started.get("test_walks_seen", 0) != 0:
        seen = "an unknown number of" if started["test_walks_seen"] is None else started["test_walks_seen"]
        return f"the weights it was started from ({started['name']}) had seen {seen} of its test walks"
    same_store = result["store_digest"] == bundle.provenance.get("store_digest")
    if same_store and bundle.provenance.get("partition_sha256") != result["partition_sha256"]:
        tested = partition_words(result["partition"])
        return f"its newest test result is of {tested}, which is not the one it was trained with"
    if result.get("seen") is None:  # written before walks were compared
        return None
    facts = SeenFacts(**result["seen"])
    if facts.n_seen:
        return f"{facts.n_seen} of {facts.n_walks} test walks trained or chose it"
    return None if facts.complete else "not all walks that had a part in it are recorded, so that is not known"


def _refusal(run: RunFolder, rule: str, what: str) -> DataError:
    return DataError(f"{run.path}: not promoted; rule '{rule}': {what}")


def _checked_name(name: str) -> str:
    if name in ("", ".", "..") or name.startswith(".") or {"/", "\\"} & set(name):
        raise DataError(f"name {name!r}: expected the name of a folder, without slashes and no dot in front")
    return name


def _best(entries: Sequence[Entry]) -> Entry | None:
    """The newest promotion: each was better than the one before."""
    return next((entry for entry in reversed(entries) if entry["event"] == PROMOTED), None)


def _finish_earlier(artifacts: Path, best: Entry | None) -> None:
    """Clear up after a promotion that was killed: no other process is writing, this one holds the lock."""
    for folder in artifacts.glob(".*.part"):
        shutil.rmtree(folder, ignore_errors=True)
    if best is not None:
        _write_best(artifacts, best)


def _check_free(target: Path, entries: Sequence[Entry], bundle: Bundle) -> None:
    names = {entry["name"]: entry["model_digest"] for entry in entries if entry["event"] == PROMOTED}
    if bundle.digest in names.values():
        raise DataError(f"{target.parent}: this model is promoted already; there is nothing to do")
    if target.name in names:
        raise DataError(f"{target}: holds another promoted model; give another --name")
    if not target.exists():
        return
    if _promoted_digest(target) != bundle.digest:  # else: the copy of a promotion of this model that was killed
        raise DataError(f"{target}: exists and is not in the ledger of promotions; give another --name")


def _promoted_digest(target: Path) -> str | None:
    """Of the model that a folder is the promotion of, None for any other folder."""
    file = target / PROMOTION_FILE
    remedy = "remove the folder, or give another --name"
    return read_model(file, PromotionRecord, remedy).model_digest if file.is_file() else None


def _check_better(run: RunFolder, result: Entry, artifacts: Path, best: Entry, metric: str) -> Comparison:
    if best["metric"] != metric:
        raise DataError(
            f"{artifacts}: its models are judged by {best['metric']}, not by {metric}; the metric is not changed "
            "from one promotion to the next"
        )
    if best["test_set"] != result["test_set"]:
        raise _refusal(
            run,
            "same test walks",
            f"it was tested on {partition_words(result['partition'])}, the best so far ({best['name']}) on other walks "
            f"({best['partition']}); evaluate it on those, or take another --artifacts folder",
        )
    before = read_predictions(artifacts / best["name"] / TEST_FOLDER / PREDICTIONS_FILE)
    comparison = compare_predictions(before, read_predictions(run.path / result["predictions"]))
    difference = comparison.differences[metric]
    if not (difference.estimate > 0 and difference.p_adjusted < 1 - comparison.level):
        low, high = difference.interval
        span = "no interval" if math.isnan(low) else f"{low:+.3f} to {high:+.3f}"
        raise _refusal(
            run,
            "better than the best so far, beyond noise",
            f"{metric} {difference.second:.3f} against {difference.first:.3f} of {best['name']}, difference "
            f"{difference.estimate:+.3f} ({span}, p = {difference.p_adjusted:.3f})",
        )
    return comparison


def _copy(run: RunFolder, result: Entry, target: Path, bundle: Bundle, provenance: str) -> None:
    with atomic_folder(target) as folder:
        shutil.copytree(run.model, folder / MODEL)
        shutil.copytree((run.path / result["predictions"]).parent, folder / TEST_FOLDER)
        for file in (run.validation_file, run.recipe_file):
            if file.is_file():
                shutil.copy2(file, folder / file.name)
        tell_card(folder / MODEL, run.ledger, bundle.digest)
        record = PromotionRecord(name=target.name, model_digest=bundle.digest, provenance=provenance, run=run.path.name)
        write_json(folder / PROMOTION_FILE, record.model_dump())


def _entry(
    target: Path,
    result: Entry,
    bundle: Bundle,
    metric: str,
    provenance: str,
    comparison: Comparison | None,
    best: Entry | None,
) -> dict[str, Any]:
    kept = ("data", "store_digest", "partition", "partition_sha256", "test_set", "n_walks", "n_openings", "metrics")
    beaten = None if best is None or comparison is None else {"name": best["name"], **comparison.as_json()}
    return (
        {"name": target.name, "model_digest": bundle.digest, "selection": result["selection"]}
        | {"provenance": provenance, "metric": metric}
        | {key: result[key] for key in kept}
        | {"better_than": beaten, "leak": test_walks_with_a_part(bundle, result)}
    )


def _write_best(artifacts: Path, entry: Entry) -> None:
    kept = ("name", "metric", "provenance", "selection", "data", "partition", "n_walks", "n_openings", "metrics")
    content = {key: entry[key] for key in kept} | {"model_digest": entry["model_digest"], "since": entry["time"]}
    write_json(artifacts / BEST_FILE, content | {"leak": entry.get("leak")})
