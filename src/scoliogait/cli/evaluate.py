"""``scoliogait evaluate``: a model and held-out walks in; predictions, metrics with intervals and pictures out."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

import scoliogait as sg
from scoliogait.cli import options
from scoliogait.cli.completion import complete_model
from scoliogait.cli.console import Console
from scoliogait.cli.options import BootstrapSeed, ByColumns, ColumnTable, Resamples, RunStore
from scoliogait.cli.printing import print_next, print_summary, print_written
from scoliogait.cli.progress import progress_bar


class SeenWalks(StrEnum):
    """Walks that the training has seen. The test walks are no choice here: ``--test`` opens them."""

    VALIDATION = "validation"
    TRAIN = "train"


def evaluate(
    model: Annotated[
        str, typer.Argument(help="Run folder, model bundle folder, or builtin:NAME.", autocompletion=complete_model)
    ],
    data: RunStore = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder to write; default: in the run, named after the walks.")
    ] = None,
    partition: Annotated[str | None, options.partition("default: the run's, else STORE/partition.json.")] = None,
    subset: Annotated[
        SeenWalks | None, typer.Option(help="Walks that the training has seen; default, in a run: validation.")
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
    resamples: Resamples = 2000,
    seed: BootstrapSeed = 0,
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
    by: ByColumns = None,
    table: ColumnTable = None,
    allow_leak: options.AllowLeak = False,
    ledger_home: options.LedgerHome = None,
    overwrite: Annotated[bool, options.overwrite("an older evaluation in that folder")] = False,
) -> None:
    """Evaluate a model: predictions per walk, every metric with its interval, curves, calibration, operating point.

    Without --test it looks at the validation walks that the run held back. Each --test is written into the run's ledger
    (a bundle alone: into ledger.jsonl beside --out) before a test walk is predicted.

    Example: scoliogait evaluate runs/demo --test
    """
    from scoliogait.results.ledger_home import use_ledger_home

    use_ledger_home(ledger_home)
    with progress_bar("evaluating walks") as bar:
        evaluation = sg.evaluate(
            model,
            data,
            out=out,
            partition=partition,
            subset=None if subset is None else subset.value,
            test=test,
            test_guided=test_guided,
            bundle=bundle,
            resamples=resamples,
            seed=seed,
            prevalence=prevalence,
            sensitivity=sensitivity,
            validation=validation,
            by=by or (),
            table=table,
            allow_leak=allow_leak,
            overwrite=overwrite,
            progress=bar.reach,
        )
    console = Console(highlight=False)
    print_summary(evaluation.summary_words(), console)
    for divided in evaluation.strata:
        print_summary(divided.summary_words(), console)
    print_written(console, evaluation.path)
    if test:
        print_next(console, "compare", evaluation.path, "OTHER", note="is it better than another model?")
    else:
        given = [*([] if data is None else ["--data", data]), *([] if out is None else ["--out", "OTHER"])]
        print_next(console, "evaluate", model, *given, "--test", note="opens the test set; the ledger counts how often")
