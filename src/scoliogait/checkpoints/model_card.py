"""The model card: what a reader must know before using a model, generated from what the bundle holds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from scoliogait.answer_threshold import AnswerThreshold, threshold_statement
from scoliogait.provenance import Selection, partition_words, walk_origin

# Told in words by the template; all other provenance goes into a table.
_TOLD_IN_WORDS = ("data", "simulated", "selection", "started_from")


def model_card(
    config: Mapping[str, Any],
    metrics: Mapping[str, Any],
    digest: str,
    contract: str,
    tests: Sequence[Mapping[str, Any]] = (),
) -> str:
    """README.md of a bundle, in the Markdown with YAML head that model hubs read.

    config: content of config.json; metrics: content of metrics.json; contract: the input contract in one line. tests:
    one mapping for each test set that a ledger knows of: data, partition, proxy, n_walks, selection, n_openings,
    n_by_model, metrics (figure -> value and interval).
    """
    environment = Environment(
        loader=PackageLoader("scoliogait.checkpoints", "templates"),
        autoescape=False,  # the card is Markdown
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    provenance = config["provenance"]
    return environment.get_template("model_card.md").render(
        architecture=config["architecture"],
        contract=contract,
        temperature=config["temperature"],
        logit_scale=config["logit_scale"],
        window_frames=_window_frames(config["contract"]),
        called=_called(config.get("answer_threshold")),
        data=provenance.get("data"),
        origin=walk_origin(provenance),
        selection=provenance.get("selection"),
        test_guided=Selection.of(provenance) is Selection.TEST_GUIDED,
        started_from=provenance.get("started_from"),
        facts={key: _text(value) for key, value in provenance.items() if key not in _TOLD_IN_WORDS},
        results=list(_results(metrics)),
        statements=list(_statements(metrics)),
        tests=[_tested(test) for test in tests],
        digest=digest,
    )


def _window_frames(contract: Mapping[str, Any]) -> int | None:
    """Frames of a window; None where whole walks are scored."""
    return contract.get("training_frames") if contract.get("evaluation_frames") == "windows" else None


def _called(threshold: Mapping[str, Any] | None) -> str:
    return threshold_statement(None if threshold is None else AnswerThreshold.model_validate(threshold))


def _tested(test: Mapping[str, Any]) -> dict[str, Any]:
    rows = [_row(name, entry) for name, entry in test["metrics"].items()]
    return dict(test) | {"rows": rows, "partition": partition_words(test["partition"])}


def _results(metrics: Mapping[str, Any]) -> Iterator[tuple[str, list[tuple[str, str, str]]]]:
    """(subset, rows of figure, value, interval); figures that stand alone come first, without a subset."""
    own = metrics.get("metrics", metrics)
    rows = [_row(name, entry) for name, entry in own.items() if _is_figure(entry)]
    if rows:
        yield "", rows
    for subset, summary in metrics.items():
        if isinstance(summary, Mapping) and isinstance(summary.get("metrics"), Mapping):
            yield subset, [_row(name, entry) for name, entry in summary["metrics"].items() if _is_figure(entry)]


def _statements(metrics: Mapping[str, Any]) -> Iterator[str]:
    summaries = [metrics, *(value for value in metrics.values() if isinstance(value, Mapping))]
    statements: dict[str, None] = {text: None for summary in summaries for text in summary.get("statements", ())}
    yield from statements


def _is_figure(entry: Any) -> bool:
    if isinstance(entry, Mapping):
        return "value" in entry
    return isinstance(entry, int | float) and not isinstance(entry, bool)


def _row(name: str, entry: Any) -> tuple[str, str, str]:
    value, interval = (entry["value"], entry.get("interval")) if isinstance(entry, Mapping) else (entry, None)
    span = f"{interval[0]:.3f} to {interval[1]:.3f}" if interval else "not given"
    return name, _number(value), span


def _number(value: Any) -> str:
    if value is None:
        return "undefined"
    return str(value) if isinstance(value, int) else f"{value:.3f}"


def _text(value: Any) -> str:
    return str(value).replace("|", "\\|").replace("\n", " ")
