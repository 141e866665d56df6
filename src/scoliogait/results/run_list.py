"""The runs under a folder, as rows that can be filtered and ranked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from scoliogait.errors import DataError
from scoliogait.evaluation.headline import HEADLINE
from scoliogait.files import is_being_written, read_json
from scoliogait.ledger import OPENED, RESULT, VERIFIED, Entry
from scoliogait.provenance import DataFacts
from scoliogait.seen_facts import SeenFacts
from scoliogait.training.history import History
from scoliogait.training.run_folder import RUN, RunFolder

# Keys of a row, in the order of the JSON. Figures are fractions 0..1, None where there is none.
TEXTS = ("name", "status", "recipe", "data", "partition", "selection", "started_from", "verified", "simulated")
TEST_FIGURES = tuple(f"test_{name}" for name in HEADLINE)
SORT_KEYS = (*HEADLINE, *TEST_FIGURES, "name")

RunRow = Mapping[str, Any]


def list_runs(folder: Path) -> list[RunRow]:
    """One row for each run under a folder, in the order of their paths; a run that cannot be read says why.

    Keys: ``TEXTS``; seed; macro_f1, accuracy of the validation walks and macro_f1_interval; the same with test_ before
    it, from the newest test result of the run's model; test_partition: of that result; test_leak: a sentence where some
    of its test walks had a part in the model; test_openings: how often a test set was opened in this run; last_step: of
    a run that is not finished, the last step it measured; problem: a line, or None. status is "finished", "running"
    (another process is training it now), "interrupted", "diverged" or "unreadable".

    Raises DataError when the folder is not there.
    """
    if not folder.is_dir():
        raise DataError(f"{folder}: is no folder; give the one that holds the runs")
    rows = [_row(RunFolder(file.parent), folder) for file in sorted(folder.rglob("run.json"))]
    return [row for row in rows if row is not None]


def filter_runs(rows: Sequence[RunRow], filters: Sequence[str]) -> list[RunRow]:
    """Rows that have each ``key=value``. Raises DataError for another form, and for a key that rows do not have."""
    kept = list(rows)
    keys = (*TEXTS, "seed")
    for text in filters:
        key, equals, value = text.partition("=")
        if not equals or key not in keys:
            raise DataError(f"--filter {text}: expected KEY=VALUE with a key among {', '.join(keys)}")
        kept = [row for row in kept if str(row[key]) == value]
    return kept


def sort_runs(rows: Sequence[RunRow], key: str) -> list[RunRow]:
    """Highest figure first, runs without it last; names in alphabetical order. Raises DataError for another key."""
    if key not in SORT_KEYS:
        raise DataError(f"--sort {key}: expected one of {', '.join(SORT_KEYS)}")
    by_name = sorted(rows, key=lambda row: str(row["name"]))
    if key == "name":
        return by_name
    return sorted(by_name, key=lambda row: -1.0 if row[key] is None else float(row[key]), reverse=True)


def _row(run: RunFolder, folder: Path) -> RunRow | None:
    row: dict[str, Any] = dict.fromkeys(TEXTS) | {"name": _name(run, folder), "seed": None}
    row |= dict.fromkeys((*HEADLINE, "macro_f1_interval", *TEST_FIGURES, "test_macro_f1_interval"))
    row |= dict.fromkeys(("test_partition", "test_leak", "test_openings", "last_step", "problem"))
    try:
        if not _is_run(run):
            return None
        row |= _facts(run.facts())
        row |= _unfinished(run)
        row |= _tests(run.ledger.entries(), run.facts().get("model_digest"))
    except DataError as error:
        row |= {"status": row["status"] or "unreadable", "problem": str(error)}
    return row


def _name(run: RunFolder, folder: Path) -> str:
    return folder.resolve().name if run.path == folder else run.path.relative_to(folder).as_posix()


def _is_run(run: RunFolder) -> bool:
    return RUN.is_in(read_json(run.facts_file))


def _facts(facts: Mapping[str, Any]) -> dict[str, Any]:
    validation = facts.get("validation") or {}
    started = facts.get("started_from")
    data = DataFacts.from_text(facts).to_text()
    return {
        "status": facts.get("status"),
        "recipe": facts.get("recipe_name"),
        "data": data.get("data"),
        "partition": data.get("partition"),
        "selection": (facts.get("selection") or {}).get("rule"),
        "started_from": None if started is None else started["name"],
        "simulated": data.get("simulated"),
        "seed": facts.get("seed"),
        "macro_f1_interval": validation.get("macro_f1", {}).get("interval"),
    } | {name: validation.get(name, {}).get("value") for name in HEADLINE}


def _unfinished(run: RunFolder) -> dict[str, Any]:
    """Status, last step and problem of a run that is not finished: going on just now, diverged, or interrupted."""
    facts = run.facts()
    if facts["status"] == "finished":
        return {}
    if facts.get("stopped") is not None:
        return {"status": "diverged", "problem": f"{run.path}: {facts['stopped']}"}
    last = max(History(run.history_file).rows, default=0)
    return {"status": "running" if is_being_written(run.path) else "interrupted", "last_step": last}


def _tests(entries: Sequence[Entry], model_digest: str | None) -> dict[str, Any]:
    own = [entry for entry in entries if entry.get("model_digest") == model_digest]
    results = [entry for entry in own if entry["event"] == RESULT]
    checks = [entry for entry in own if entry["event"] == VERIFIED]
    newest = results[-1] if results else {}
    figures = newest.get("metrics", {})
    verified = None if not checks else "yes" if checks[-1]["reproduced"] else "no"
    return {
        "test_openings": sum(entry["event"] == OPENED for entry in entries),
        "verified": verified,
        "test_partition": newest.get("partition"),
        "test_leak": _leak(newest),
        "test_macro_f1_interval": figures.get("macro_f1", {}).get("interval"),
    } | {f"test_{name}": figures.get(name, {}).get("value") for name in HEADLINE}


def _leak(result: Entry) -> str | None:
    seen = None if result.get("seen") is None else SeenFacts(**result["seen"])
    return seen.statements[0] if seen is not None and seen.n_seen else None
