"""The model card: what a reader must know before using a model, generated from what the bundle holds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from scoliogait.answer_threshold import AnswerThreshold, threshold_statement
from scoliogait.checkpoints.card_facts import INTENDED_USE, statements
from scoliogait.checkpoints.card_figures import figures_of, row, summaries
from scoliogait.checkpoints.checklists import FilledChecklist
from scoliogait.checkpoints.hub_metadata import card_head
from scoliogait.provenance import Selection, partition_words, walk_origin

# Told in words by the template; all other provenance goes into a table.
_TOLD_IN_WORDS = ("data", "simulated", "selection", "started_from")


def model_card(
    config: Mapping[str, Any],
    metrics: Mapping[str, Any],
    digest: str,
    contract: str,
    tests: Sequence[Mapping[str, Any]] = (),
    checklists: Sequence[FilledChecklist] = (),
) -> str:
    """README.md of a bundle, in the Markdown with YAML head that model hubs read.

    config: content of config.json; metrics: content of metrics.json; contract: the input contract in one line. tests:
    one mapping for each test set that a ledger knows of: data, partition, proxy, n_walks, selection, n_openings,
    n_by_model, metrics (figure -> value and interval). checklists: stand at the end.
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
        head=card_head(_name(provenance, config["architecture"], digest), provenance, metrics, tests),
        statements=list(statements(metrics)),
        intended_use=INTENDED_USE,
        checklists=[_checklist(filled) for filled in checklists],
        tests=[_tested(test) for test in tests],
        digest=digest,
    )


def _name(provenance: Mapping[str, Any], architecture: Mapping[str, Any], digest: str) -> str:
    """Of the model: a folder can be renamed, so what it was trained by and its digest."""
    return f"{provenance.get('recipe_name') or architecture['architecture']} {digest[:12]}"


def _window_frames(contract: Mapping[str, Any]) -> int | None:
    """Frames of a window; None where whole walks are scored."""
    return contract.get("training_frames") if contract.get("evaluation_frames") == "windows" else None


def _called(threshold: Mapping[str, Any] | None) -> str:
    return threshold_statement(None if threshold is None else AnswerThreshold.model_validate(threshold))


def _checklist(filled: FilledChecklist) -> dict[str, Any]:
    rows = [(item.number, item.about, _text(filled.answers[item.number])) for item in filled.checklist.items]
    return {"checklist": filled.checklist, "rows": rows, "empty": filled.empty}


def _tested(test: Mapping[str, Any]) -> dict[str, Any]:
    rows = [row(name, entry) for name, entry in test["metrics"].items()]
    return dict(test) | {"rows": rows, "partition": partition_words(test["partition"])}


def _results(metrics: Mapping[str, Any]) -> Iterator[tuple[str, list[tuple[str, str, str]]]]:
    """(subset, rows of figure, value, interval); figures that stand alone come first, without a subset."""
    for subset, summary in summaries(metrics):
        yield subset, [row(name, entry) for name, entry in figures_of(summary).items()]


def _text(value: Any) -> str:
    return str(value).replace("|", "\\|").replace("\n", " ")
