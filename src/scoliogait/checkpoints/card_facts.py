"""What a model's files say about it, one sentence a fact, under the names by which the checklists ask for it.

A fact that no file states has no sentence: nothing is guessed, and a checklist leaves its item empty.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from scoliogait.answer_threshold import AnswerThreshold, threshold_statement
from scoliogait.checkpoints.card_figures import figures_of, number_text, row, summaries
from scoliogait.fact_text import yes_or_no
from scoliogait.labels import CLASS_NAMES
from scoliogait.provenance import Selection, model_statements, partition_words, times, walk_origin

# The one sentence that holds for every model of the package.
INTENDED_USE = (
    'Research on gait-based screening, on walks recorded as the input contract says. "Abnormal" means neutral or '
    "positive; a sensitivity names its class. Results do not carry over to other cameras, ages, clothing or countries "
    "without a test there."
)
# All names that a checklist may ask for.
FACTS = (
    *("identity", "intended_use", "software", "machine", "input", "output", "cut_off", "calibration", "audit_trail"),
    *("training_data", "simulation", "counts", "partition", "selection", "start", "recipe", "balance"),
    *("people", "unknown_class", "interval_method", "figures", "confusion", "statements", "tests", "test_data"),
)
_ORIGINS = {"recorded": ", recorded walks of real people", "simulated": ", simulated walkers", "unknown": ""}
# A summary without a name is of walks that nobody has named.
_SUBSETS = {
    "": "Walks that are not named",
    "validation": "Validation walks, which chose the model",
    "test": "Test walks",
}
# The figures that stand for a result; all of them are in the tables of the card.
_SHOWN = ("accuracy", "macro_f1", "sensitivity_abnormal", "specificity_abnormal")


def card_facts(
    config: Mapping[str, Any],
    metrics: Mapping[str, Any],
    digest: str,
    contract: str,
    tests: Sequence[Mapping[str, Any]] = (),
    run: Mapping[str, Any] | None = None,
) -> dict[str, str]:
    """Name -> sentence, of ``FACTS`` those that are stated. Arguments as ``model_card`` takes them.

    run: content of the ``run.json`` that the model was trained in, None where there is none.
    """
    facts = dict(_of_model(config, digest, contract))
    facts |= dict(_of_training(config["provenance"], run or {}))
    facts |= dict(_of_results(metrics, config["provenance"], tests))
    return {name: text if text.endswith(".") else f"{text}." for name, text in facts.items() if text}


def _of_model(config: Mapping[str, Any], digest: str, contract: str) -> Iterator[tuple[str, str]]:
    provenance, name = config["provenance"], config["architecture"]["architecture"]
    recipe = f", recipe {provenance['recipe_name']}" if provenance.get("recipe_name") else ""
    yield "identity", f"Architecture {name}{recipe}, digest {digest}."
    yield "intended_use", INTENDED_USE
    yield "input", f"Input: {contract}."
    yield "output", f"Probabilities of {', '.join(CLASS_NAMES)}, which add up to 1."
    threshold = config.get("answer_threshold")
    yield "cut_off", threshold_statement(None if threshold is None else AnswerThreshold.model_validate(threshold))
    if config["temperature"] != 1:
        yield "calibration", f"Scores are divided by a temperature of {config['temperature']:.3g}."
    walks = provenance.get("walks_sha256")
    yield "audit_trail", "" if walks is None else f"The walks that trained and chose it are listed (sha256 {walks})."


def _of_training(provenance: Mapping[str, Any], run: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    made_with = {"scoliogait": "scoliogait_version", "torch": "torch_version"}
    yield "software", _listed({name: provenance.get(key) for name, key in made_with.items()})
    machine = {"trained on": "machine", "Python": "python_version", "device": "device"}
    yield "machine", _listed({name: run.get(key) for name, key in machine.items()})
    if provenance.get("data"):
        digest = f", sha256 {provenance['store_digest']}" if provenance.get("store_digest") else ""
        yield "training_data", f"Training data: {provenance['data']}{_ORIGINS[walk_origin(provenance)]}{digest}."
    if provenance.get("simulation_seed"):
        yield "simulation", f"Simulated with seed {provenance['simulation_seed']}."
    counts = _table_in(provenance, "counts")
    yield "counts", "; ".join(f"{part}: {_counted(_table_in(counts, part))}" for part in counts)
    if provenance.get("partition"):
        words = partition_words(str(provenance["partition"]))
        yield "partition", f"{words}, sha256 {provenance.get('partition_sha256', 'not stated')}"
    yield "selection", _selection(provenance)
    started = _table_in(provenance, "started_from")
    yield "start", f"Started from {started['name']}, sha256 {started.get('sha256', 'not stated')}." if started else ""
    recipe = _table_in(provenance, "recipe")
    yield "recipe", _recipe(recipe, provenance.get("seed"))
    balanced = _table_in(recipe, "sampler").get("class_balanced")
    yield "balance", "" if balanced is None else f"Batches balanced by class: {yes_or_no(balanced)}."


def _of_results(
    metrics: Mapping[str, Any], provenance: Mapping[str, Any], tests: Sequence[Mapping[str, Any]]
) -> Iterator[tuple[str, str]]:
    told = [(_SUBSETS.get(subset, subset), summary) for subset, summary in summaries(metrics)]
    yield "figures", "; ".join(filter(None, (_figures(subset, figures_of(summary)) for subset, summary in told)))
    counts = [(subset, summary["counts"]) for subset, summary in told if "counts" in summary]
    yield "people", "; ".join(f"{s}: {c['n_walks']} walks of {c['n_people']} people" for s, c in counts)
    left_out = [(subset, of["n_walks_of_unknown_class"]) for subset, of in counts]
    yield "unknown_class", "; ".join(f"{s}: {n} walks of unknown class were left out" for s, n in left_out)
    yield "confusion", "; ".join(f"{s}: {_table(t['confusion_matrix'])}" for s, t in told if "confusion_matrix" in t)
    methods = [summary["interval_method"]["interval"] for _, summary in told if "interval_method" in summary]
    yield "interval_method", "; ".join(dict.fromkeys(methods))
    of_model = model_statements(walk_origin(provenance), Selection.of(provenance))
    yield "statements", " ".join(dict.fromkeys((*of_model, *statements(metrics))))
    yield "tests", "; ".join(_test(test) for test in tests)
    tested = [summary["facts"] for subset, summary in told if subset == _SUBSETS["test"] and "facts" in summary]
    yield "test_data", " ".join(dict.fromkeys(_test_data(facts, provenance) for facts in [*tested, *tests]))


def statements(metrics: Mapping[str, Any]) -> tuple[str, ...]:
    """What must be known of the results, each sentence once."""
    every = [metrics, *(value for value in metrics.values() if isinstance(value, Mapping))]
    return tuple(dict.fromkeys(text for summary in every for text in summary.get("statements", ())))


def _listed(stated: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in stated.items() if value is not None)


def _counted(classes: Mapping[str, int]) -> str:
    return ", ".join(f"{number} {name}" for name, number in classes.items())


def _selection(provenance: Mapping[str, Any]) -> str:
    said = Selection.of(provenance)
    if said is Selection.NOT_STATED:
        return ""
    step, metric = provenance.get("selected_step"), provenance.get("selection_metric")
    return f"Checkpoint chosen by: {said.value}" + _if(step, ", step {}") + _if(metric, ", metric {}") + "."


def _if(value: Any, words: str) -> str:
    return "" if value is None else words.format(value)


def _recipe(recipe: Mapping[str, Any], seed: Any) -> str:
    optimizer, trainer = _table_in(recipe, "optimizer"), _table_in(recipe, "trainer")
    stated = {"steps": trainer.get("steps"), "optimizer": optimizer.get("name"), "learning rate": optimizer.get("lr")}
    chosen = _listed(stated | {"seed": seed})
    return f"Trained with {chosen}; the whole recipe stands in config.json." if recipe else ""


def _table_in(facts: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """The table under a key; an empty one where there is none."""
    value = facts.get(key)
    return value if isinstance(value, Mapping) else {}


def _figures(subset: str, figures: Mapping[str, Any]) -> str:
    rows = [row(name, figures[name]) for name in _SHOWN if name in figures]
    return f"{subset}: " + ", ".join(f"{name} {value} ({span})" for name, value, span in rows) if rows else ""


def _table(matrix: Mapping[str, Any]) -> str:
    rows = zip(matrix["classes"], matrix["counts"], strict=True)
    called = ", ".join(matrix["classes"])
    return "; ".join(f"{name} called {called}: {', '.join(map(str, counts))}" for name, counts in rows)


def _test(test: Mapping[str, Any]) -> str:
    rows = [row(name, entry) for name, entry in test["metrics"].items()]
    figures = ", ".join(f"{name} {value} ({span})" for name, value, span in rows)
    where = f"{test['data']}, {partition_words(test['partition'])}, {number_text(test['n_walks'])} walks"
    return f"Test set of {where}, opened {times(test['n_openings'])}: {figures}"


def _test_data(facts: Mapping[str, Any], provenance: Mapping[str, Any]) -> str:
    if provenance.get("store_digest") is None:
        return ""
    same = facts.get("store_digest") == provenance["store_digest"]
    beside = "the data that it was trained on" if same else "other data than it was trained on"
    return f"Tested on {facts.get('data')}, {beside}."
