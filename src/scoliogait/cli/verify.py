"""``scoliogait verify``: does the saved model of a run say again what the run wrote down?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table
from rich.text import Text

from scoliogait.cli.completion import complete_run
from scoliogait.cli.console import Console
from scoliogait.cli.options import RunStore
from scoliogait.cli.printing import print_next
from scoliogait.errors import DataError

if TYPE_CHECKING:
    from scoliogait.results.verify import Verification


def verify(
    run: Annotated[Path, typer.Argument(help="Run folder.", autocompletion=complete_run)],
    data: RunStore = None,
) -> None:
    """Predict a run's walks again from its saved bundle, in a fresh process, and compare every stored probability.

    Exit code 2 when one differs by more than 0.00001. The outcome is written into the run's ledger.

    Example: scoliogait verify runs/first
    """
    from scoliogait.results.model_place import find_run
    from scoliogait.results.verify import verify_run

    console = Console(highlight=False)
    found = find_run(run)
    with Console(stderr=True).status("verifying in a fresh process"):
        verification = verify_run(found, data)
    console.print(_table(verification))
    where = verification.where
    console.print(f"Checked on {where['device']}, {where['threads']} thread(s), torch {where['torch_version']}.")
    if not verification.reproduced:
        raise DataError(verification.first_difference)
    console.print(Text("All stored probabilities are reproduced by the saved bundle.", style="bold"))
    print_next(console, "promote", run, "--provenance", "empirical", note="or faithful: trained as the paper says")


def _table(verification: Verification) -> Table:
    from scoliogait.results.verify import TOLERANCE

    table = Table(title=f"model {verification.where['model_digest'][:12]}", title_justify="left", title_style="bold")
    table.add_column("predictions", overflow="fold")
    for heading in ("walks", "made on", "difference"):
        table.add_column(heading, justify="right")
    table.add_column(f"within {TOLERANCE:g}")
    for check in verification.checks:
        predictions = check.stored.predictions
        outcome = Text("yes", style="green") if check.reproduced else Text("no", style="bold red")
        device = predictions.facts.get("device", "unknown")
        table.add_row(Text(check.stored.place), str(len(predictions)), device, f"{check.difference:.1e}", outcome)
    return table
