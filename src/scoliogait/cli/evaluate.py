"""``scoliogait evaluate``: a model and held-out walks in; predictions, metrics with intervals and pictures out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from scoliogait.cli.progress import progress_bar
from scoliogait.errors import DataError

if TYPE_CHECKING:
    from scoliogait.evaluation.predictions import Predictions
    from scoliogait.results.model_place import ModelPlace


class Subset(StrEnum):
    """Walks that the training has seen. The test walks are no choice here: ``--test`` opens them."""

    VALIDATION = "validation"
    TRAIN = "train"


def evaluate(
    model: Annotated[str, typer.Argument(help="Run folder, model bundle folder, or builtin:demo.")],
    data: Annotated[
        Path | None, typer.Option(help="Store of walks; default: the one that the run was trained on.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder to write; default: in the run, named after the walks.")
    ] = None,
    partition: Annotated[
        str | None,
        typer.Option(help="112, 114, 118, 1116 or a JSON file; default: the run's, else STORE/partition.json."),
    ] = None,
    subset: Annotated[
        Subset | None, typer.Option(help="Walks that the training has seen; default, in a run: validation.")
    ] = None,
    test: Annotated[bool, typer.Option("--test", help="Open the test set; the ledger notes it.")] = False,
    test_guided: Annotated[
        bool,
        typer.Option(
            "--test-guided", help="With --test: the best of all kept checkpoints on the test walks, marked so."
        ),
    ] = False,
    bundle: Annotated[
        Path | None, typer.Option(help="With --test-guided: write the best checkpoint as a bundle here.")
    ] = None,
    resamples: Annotated[int, typer.Option(help="Bootstrap resamples.", min=1)] = 2000,
    seed: Annotated[int, typer.Option(help="Seed of the bootstrap.", min=0)] = 0,
    prevalence: Annotated[
        float | None,
        typer.Option(
            help="Share of the people to be found where the screening is held, such as 0.03: adds PPV and NPV."
        ),
    ] = None,
    sensitivity: Annotated[
        float | None,
        typer.Option(
            help="Wanted sensitivity to abnormal walks, such as 0.9: chooses a threshold on validation walks."
        ),
    ] = None,
    validation: Annotated[
        Path | None,
        typer.Option(help="Predictions of validation walks; without it those that the training left beside the model."),
    ] = None,
    overwrite: Annotated[bool, typer.Option(help="Replace an older evaluation in that folder.")] = False,
) -> None:
    """Evaluate a model: predictions per walk, every metric with its interval, curves, calibration, operating point.

    Without --test it looks at the validation walks that the run held back. Each --test is written into the run's ledger
    (a bundle alone: into ledger.jsonl beside --out) before a test walk is predicted.

    Example: scoliogait evaluate runs/demo --test
    """
    from scoliogait.checkpoints.bundle import load_bundle
    from scoliogait.evaluation.summary import ScreeningPlan, summarise
    from scoliogait.provenance import Selection
    from scoliogait.report.evaluation import refuse_existing_evaluation, write_evaluation
    from scoliogait.results.evaluate import evaluate_seen_walks
    from scoliogait.results.model_place import find_model
    from scoliogait.results.test_run import TestRun

    place = find_model(model)
    walks = _walks_asked_for(place, subset, test, test_guided, bundle)
    if out is None:
        if place.run is None:
            raise DataError(f"{model}: --out is missing; give the folder to write")
        out = place.run.path / (Selection.TEST_GUIDED if test_guided else walks)
    refuse_existing_evaluation(out, overwrite)
    # Before the work, and before the test set is opened: a wrong option should cost neither.
    chosen_on = (
        _validation_predictions(place, validation) if sensitivity is not None or validation is not None else None
    )
    plan = ScreeningPlan(prevalence, chosen_on, sensitivity)
    store = place.open_store(data)
    chosen = place.partition(partition, store)
    console = Console(highlight=False)
    if test:
        tested = TestRun(place, store, chosen, out, write_evaluation, plan, resamples, seed)
        with progress_bar("evaluating walks", tested.n_predictions(test_guided)) as bar:
            tested = replace(tested, progress=bar.advance)
            summary = (tested.guided(bundle) if test_guided else tested.plain()).summary
    else:
        ids = chosen.train if walks == Subset.TRAIN else place.validation_ids(chosen, store, partition is not None)
        seen: Literal["train", "validation"] = "train" if walks == Subset.TRAIN else "validation"
        with progress_bar("evaluating walks", len(ids)) as bar:
            predictions = evaluate_seen_walks(load_bundle(place.bundle), store, ids, chosen, seen, progress=bar.advance)
        summary = summarise(predictions, resamples, seed, plan=plan)
        write_evaluation(out, predictions, summary, chosen_on)
    print_summary(summary, console)
    console.print(Text(f"written: {out}", style="dim"), soft_wrap=True)


def _walks_asked_for(
    place: ModelPlace, subset: Subset | None, test: bool, test_guided: bool, bundle: Path | None
) -> str:
    if place.run is None and not place.bundle.is_dir():
        raise DataError(f"{place.bundle}: is no folder; expected a run, a model bundle or builtin:demo")
    if test_guided and not test:
        raise DataError("--test-guided chooses on the test walks, so it needs --test too")
    if test_guided and place.run is None:
        raise DataError(f"{place.bundle}: --test-guided needs the checkpoints of a run; give the run folder")
    if bundle is not None and not test_guided:
        raise DataError("--bundle is for --test-guided; the model of a run is a bundle already")
    if test and subset is not None:
        raise DataError(f"--test and --subset {subset.value} are both given; take one of them")
    if test:
        return "test"
    if subset is None and place.run is None:
        raise DataError(
            f"{place.bundle}: lies in no run, so its validation walks are not known; give --subset, or --test to open "
            "the test set"
        )
    return (subset or Subset.VALIDATION).value


def print_summary(summary: Mapping[str, Any], console: Console) -> None:
    """The figures as a table: value, bootstrap interval, and for plain proportions the counts and Wilson interval."""
    from scoliogait.provenance import partition_words

    facts, counts = summary["facts"], summary["counts"]
    title = (
        f"{counts['n_walks']} {facts['subset']} walks of {counts['n_people']} people, {facts['data']}, "
        f"{partition_words(facts['partition'])}; model {facts['model']}, selected by {facts['selection']}"
    )
    table = Table(title=title, title_justify="left", title_style="bold")
    table.add_column("metric", no_wrap=True)
    for heading in ("value", "95 % bootstrap", "counted", "95 % Wilson"):
        table.add_column(heading, justify="right")
    for name, entry in summary["metrics"].items():
        counted = f"{entry['n_right']} of {entry['n']}" if "n_right" in entry else ""
        table.add_row(name, _value(entry["value"]), _span(entry["interval"]), counted, _span(entry.get("wilson")))
    console.print(table)
    _print_screening(summary, console)
    if "candidates" in summary:
        tried = [f"step {one['step']} {one['macro_f1']:.3f}" for one in summary["candidates"]]
        console.print(f"test-guided, macro-F1 of every kept checkpoint: {', '.join(tried)}", soft_wrap=True)
    for statement in summary["statements"]:
        console.print(Text(statement, style="yellow"))


def _print_screening(summary: Mapping[str, Any], console: Console) -> None:
    """Ranking, calibration and operating point, each as a line."""
    for group in ("abnormal", "positive"):
        ranking = summary["ranking"][group]
        called = " or ".join(ranking["classes"])
        console.print(
            f"ranking of {called}: ROC AUC {_with_span(ranking['roc_auc'])}, "
            f"average precision {_with_span(ranking['average_precision'])}",
            soft_wrap=True,
        )
    console.print(f"calibration of the called class: ECE {_with_span(summary['calibration']['top_label']['ece'])}")
    point = summary["operating_point"]
    decisions = {f"as called, {group}": entry for group, entry in summary["screening"].items()}
    if point is not None:
        decisions |= {f"at threshold {point['threshold']:.3f} (validation, {point['wanted_sensitivity']:.2f})": point}
    for name, entry in decisions.items():
        if "prevalence" in entry or entry is point:
            figures = ("sensitivity", "specificity", "ppv", "npv", "referral_rate")
            words = [f"{figure} {_with_span(entry[figure])}" for figure in figures if figure in entry]
            held = f", prevalence {entry['prevalence']:g}" if "prevalence" in entry else ""
            console.print(f"{name}{held}: {', '.join(words)}", soft_wrap=True)


def _with_span(entry: Mapping[str, Any]) -> str:
    span = _span(entry["interval"])
    return f"{_value(entry['value'])} ({span})" if span else _value(entry["value"])


def _validation_predictions(place: ModelPlace, file: Path | None) -> Predictions:
    """Of the file, or of the run that the model lies in. Raises DataError when there is none."""
    from scoliogait.evaluation.predictions import read_predictions
    from scoliogait.training.run_folder import RunFolder

    if file is not None:
        return read_predictions(file)
    own = RunFolder(place.bundle.parent).validation_file
    if not own.is_file():
        raise DataError(
            f"{own}: there are no validation predictions beside the model; give --validation FILE, "
            "or leave --sensitivity out"
        )
    return read_predictions(own)


def _value(value: float | None) -> str:
    return "undefined" if value is None else f"{value:.3f}"


def _span(interval: list[float] | None) -> str:
    return "" if interval is None else f"{interval[0]:.3f} to {interval[1]:.3f}"
