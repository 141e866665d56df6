"""The YAML head of a model card: what model hubs read of it, with every stored figure as an evaluation result.

The format is the model index of Hugging Face. Whoever writes a card with its library gives results of one task, type of
data, configuration, split and revision the name of the first: so each result has its subset as split, and as revision
a digest.
Numbers are plain floats, because a number of another kind can be written into a card but not read from it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import yaml

from scoliogait.checkpoints.card_figures import figures_of, summaries, value_and_interval
from scoliogait.errors import DataError
from scoliogait.fact_text import NOT_STATED, text_of

# Hubs know no task of this kind.
TASK = {"type": "other", "name": "screening of a walk as negative, neutral or positive"}
_TAGS = ["scoliosis", "gait", "screening"]


def card_head(
    name: str, provenance: Mapping[str, Any], metrics: Mapping[str, Any], tests: Sequence[Mapping[str, Any]] = ()
) -> str:
    """The head's YAML, without the lines of dashes around it.

    name: of the model. metrics: content of metrics.json. tests: as ``model_card`` takes them. Raises DataError when two
    subsets could not be told apart.
    """
    head: dict[str, Any] = {"library_name": "scoliogait", "tags": _TAGS}
    results = [result for result in _results(provenance, metrics, tests) if result["metrics"]]
    _refuse_doubles(results)
    if results:
        head["model-index"] = [{"name": name, "results": results}]
    return yaml.safe_dump(head, sort_keys=False, allow_unicode=True, width=120)


def _results(
    provenance: Mapping[str, Any], metrics: Mapping[str, Any], tests: Sequence[Mapping[str, Any]]
) -> Iterator[dict[str, Any]]:
    stored = set()
    for subset, summary in summaries(metrics):
        facts = summary.get("facts") or provenance
        stored.add(facts.get("test_set"))
        yield _result(facts, subset or text_of(facts, "subset"), figures_of(summary))
    for test in tests:
        if test.get("test_set") not in stored - {None}:  # else its figures stand there already, and more of them
            yield _result(test, "test", test["metrics"])


def _result(facts: Mapping[str, Any], split: str, figures: Mapping[str, Any]) -> dict[str, Any]:
    name = text_of(facts, "data")
    revision = facts.get("test_set") or text_of(facts, "store_digest")
    data = {"name": name, "type": name, "config": text_of(facts, "partition"), "split": split, "revision": revision}
    data = {key: str(value) for key, value in data.items() if value != NOT_STATED or key in ("name", "type")}
    return {"task": dict(TASK), "dataset": data, "metrics": list(_metrics(figures))}


def _metrics(figures: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for name, entry in figures.items():
        value, interval = value_and_interval(entry)
        if value is None:  # undefined: a hub has no word for it
            continue
        metric: dict[str, Any] = {"type": name, "value": float(value)}
        if interval:
            metric["args"] = {"interval_95": [float(bound) for bound in interval]}
        yield metric


def _refuse_doubles(results: Sequence[Mapping[str, Any]]) -> None:
    seen: set[tuple[str | None, ...]] = set()
    for result in results:
        data = result["dataset"]
        key = tuple(data.get(part) for part in ("type", "config", "split", "revision"))
        if key in seen:
            raise DataError(
                f"model card: two results of {data['name']}, split {data.get('split')}, cannot be told apart"
            )
        seen.add(key)
