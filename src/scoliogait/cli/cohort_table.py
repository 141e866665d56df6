"""A simulated cohort beside the published statistics of the real one, as a table for a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.table import Table

from scoliogait.survey.cohort_check import PublishedComparison


def rich_table(rows: Sequence[PublishedComparison]) -> Table:
    """One line a quantity, with its verdict."""
    table = Table(
        "quantity", "published", "simulated", "allowed", "verdict", title="Simulated and published statistics"
    )
    for row in rows:
        *texts, verdict = row.cells()
        table.add_row(*texts, f"[green]{verdict}[/]" if row.met else f"[bold red]{verdict}[/]")
    return table
