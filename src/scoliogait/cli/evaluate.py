"""``scoliogait evaluate``: a model and held-out walks in; predictions, metrics with intervals and pictures out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from scoliogait.errors import DataError

if TYPE_CHECKING:
    from scoliogait.evaluation.predictions import Predictions

_OWN_PARTITION = "partition.json"


class Subset(StrEnum):
    """Which walks of the partition."""

    TEST = "test"
    TRAIN = "train"


def evaluate(
    model: Annotated[str, typer.Argument(help="Model bundle folder, or builtin:demo.")],
    data: Annotated[Path, typer.Option(help="Store of walks.")],
    out: Annotated[Path, typer.Option(help="Folder to write.")],
    partition: Annotated[
        str | None,
        typer.Option(help="112, 114, 118, 1116 or a JSON file; without it the partition.json of the store."),
    ] = None,
    subset: Annotated[Subset, typer.Option(help="Which side of the partition.")] = Subset.TEST,
    resamples: Annotated[int, typer.Option(help="Bootstrap resamples.", min=1)] = 2000,
    seed: Annotated[int, typer.Option(help="Seed of the bootstrap.")] = 0,
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

    Example: scoliogait evaluate runs/demo/model --data cohort --partition cohort/partition.json --out runs/demo/test
    """
    from scoliogait.data.partition import read_partition
    from scoliogait.data.store import WalkStore
    from scoliogait.evaluation.summary import ScreeningPlan, summarise
    from scoliogait.report.evaluation import refuse_existing_evaluation, write_evaluation
    from scoliogait.screening import load_model
    from scoliogait.training.evaluate import evaluate_walks

    refuse_existing_evaluation(out, overwrite)
    # Before the work: a wrong option should not cost an evaluation.
    chosen_on = (
        _validation_predictions(model, validation) if sensitivity is not None or validation is not None else None
    )
    plan = ScreeningPlan(prevalence, chosen_on, sensitivity)
    store = WalkStore.open(data)
    chosen = read_partition(partition if partition is not None else data / _OWN_PARTITION)
    ids = chosen.test if subset is Subset.TEST else chosen.train
    bundle = load_model(model).bundle
    with _progress(len(ids)) as advance:
        predictions = evaluate_walks(bundle, store, ids, partition=chosen.name, subset=subset.value, progress=advance)
    summary = summarise(predictions, resamples, seed, plan=plan)
    write_evaluation(out, predictions, summary, chosen_on)
    print_summary(summary, Console(highlight=False))
    Console().print(Text(f"written: {out}", style="dim"), soft_wrap=True)


def print_summary(summary: Mapping[str, Any], console: Console) -> None:
    """The figures as a table: value, bootstrap interval, and for plain proportions the counts and Wilson interval."""
    facts, counts = summary["facts"], summary["counts"]
    title = (
        f"{counts['n_walks']} {facts['subset']} walks of {counts['n_people']} people, {facts['data']}, "
        f"partition {facts['partition']}; model {facts['model']}, selected by {facts['selection']}"
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


def _validation_predictions(model: str, file: Path | None) -> Predictions:
    """Of the file, or of the run that the model lies in. Raises DataError when there is none."""
    from scoliogait.evaluation.predictions import read_predictions
    from scoliogait.training.run_folder import RunFolder

    if file is not None:
        return read_predictions(file)
    own = RunFolder(Path(model).parent).validation_file
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


@contextmanager
def _progress(n_walks: int) -> Iterator[Callable[[int], None]]:
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("evaluating walks"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        job = bar.add_task("evaluating", total=n_walks)
        yield lambda n_done: bar.advance(job, n_done)
