"""``scoliogait evaluate``: a model and held-out walks in; predictions, metrics with intervals and a picture out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

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
    overwrite: Annotated[bool, typer.Option(help="Replace an older evaluation in that folder.")] = False,
) -> None:
    """Evaluate a model: predictions per walk, every metric with its interval, confusion matrix.

    Example: scoliogait evaluate runs/demo/model --data cohort --partition cohort/partition.json --out runs/demo/test
    """
    from scoliogait.data.partition import read_partition
    from scoliogait.data.store import WalkStore
    from scoliogait.evaluation.summary import summarise
    from scoliogait.report.evaluation import refuse_existing_evaluation, write_evaluation
    from scoliogait.screening import load_model
    from scoliogait.training.evaluate import evaluate_walks

    refuse_existing_evaluation(out, overwrite)
    store = WalkStore.open(data)
    chosen = read_partition(partition if partition is not None else data / _OWN_PARTITION)
    ids = chosen.test if subset is Subset.TEST else chosen.train
    bundle = load_model(model).bundle
    with _progress(len(ids)) as advance:
        predictions = evaluate_walks(bundle, store, ids, partition=chosen.name, subset=subset.value, progress=advance)
    summary = summarise(predictions, resamples, seed)
    write_evaluation(out, predictions, summary)
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
    for statement in summary["statements"]:
        console.print(Text(statement, style="yellow"))


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
