"""``scoliogait promote``: a run's model becomes the best of a folder of models, if the decision rules let it."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from scoliogait.cli.completion import complete_run
from scoliogait.cli.console import Console
from scoliogait.cli.options import AllowLeak
from scoliogait.cli.printing import print_next


class Metric(StrEnum):
    """Figures that models are compared by."""

    MACRO_F1 = "macro_f1"
    ACCURACY = "accuracy"


class Provenance(StrEnum):
    """Where the way of training comes from."""

    FAITHFUL = "faithful"
    EMPIRICAL = "empirical"


def promote(
    run: Annotated[Path, typer.Argument(help="Run folder, tested and verified.", autocompletion=complete_run)],
    provenance: Annotated[
        Provenance, typer.Option(help="faithful: trained as the paper says; empirical: changed because it helped.")
    ],
    artifacts: Annotated[Path, typer.Option(help="Folder of promoted models.")] = Path("artifacts"),
    metric: Annotated[Metric, typer.Option(help="What the folder's models are judged by.")] = Metric.MACRO_F1,
    name: Annotated[str | None, typer.Option(help="Name in the folder; default: the run's.")] = None,
    allow_leak: AllowLeak = False,
) -> None:
    """Copy a model with its card and predictions to the folder of the best, if it beats the best there beyond noise.

    Refused, in one line that names the rule, unless it was verified after its test, tested on all test walks of its own
    partition, selected without them, and better than the best so far on the same walks (paired, p < 0.05).

    Example: scoliogait promote runs/first --provenance empirical
    """
    from scoliogait.results.model_place import find_run

    found = find_run(run)

    from scoliogait.report.comparison import difference_words
    from scoliogait.results.promote import promote_run

    promotion = promote_run(found, artifacts, metric.value, provenance.value, name, allow_leak)
    console = Console(highlight=False)
    leak = promotion.entry["leak"]
    if leak is not None:
        said = f"Promoted although {leak}: its figures may be too good."
        console.print(Text(said, style="bold yellow"), soft_wrap=True)
    figure = promotion.entry["metrics"][metric.value]["value"]
    console.print(Text(f"promoted: {promotion.path}", style="bold"), soft_wrap=True)
    if promotion.comparison is None:
        console.print(f"The first of its folder: {metric.value} {figure:.3f}.")
    else:
        difference = promotion.comparison.differences[metric.value]
        beaten = promotion.entry["better_than"]["name"]
        words = difference_words(difference, promotion.comparison.level)
        console.print(Text(f"Better than {beaten}: {metric.value} {figure:.3f}, {words}."), soft_wrap=True)
    print_next(console, "screen", "PATH...", "--model", promotion.path)
