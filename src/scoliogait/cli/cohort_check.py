"""A simulated cohort beside the published statistics of the real one, quantity by quantity."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.table import Table

from scoliogait.data.partition import OWN_PARTITION, read_partition
from scoliogait.data.published import Comparison, published_comparisons
from scoliogait.data.store import WalkStore
from scoliogait.simulation.ceiling import balanced_accuracy_from_truth
from scoliogait.simulation.truth import TRUTH_FILE, read_truth

__all__ = ["Comparison", "check_cohort", "markdown_table", "rich_table"]


def check_cohort(folder: Path) -> list[Comparison]:
    """Compare a cohort folder (store, partition, ground truth) with the published statistics."""
    rows = published_comparisons(WalkStore.open(folder), read_partition(folder / OWN_PARTITION))
    ceiling = 100 * balanced_accuracy_from_truth(read_truth(folder / TRUTH_FILE))
    rows.append(Comparison("strong classifier on the true parameters, balanced accuracy, %", "–", ceiling, 85, 92, 1))
    return rows


def rich_table(rows: Sequence[Comparison]) -> Table:
    """The comparison for a terminal."""
    table = Table(
        "quantity", "published", "simulated", "allowed", "verdict", title="Simulated and published statistics"
    )
    for row in rows:
        *texts, verdict = row.cells()
        table.add_row(*texts, f"[green]{verdict}[/]" if row.met else f"[bold red]{verdict}[/]")
    return table


def markdown_table(rows: Sequence[Comparison]) -> str:
    """The comparison for the documentation."""
    lines = ["| quantity | published | simulated | allowed | verdict |", "|---|---|---|---|---|"]
    lines += [f"| {' | '.join(row.cells())} |" for row in rows]
    return "\n".join(lines) + "\n"
