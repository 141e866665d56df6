"""A row of many walks, here and in another checkout: CPU ms a walk, the ratio of both, and its target."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.fresh_process import Work, least_spent

N_FRAMES = 300
N_ROUNDS = 3


def row_of(what: str, works: Mapping[str, Work], n_walks: int, target: float) -> dict[str, Any]:
    """Measure ``here`` and, where it is given, ``there``; print the table, and give its row. what: as in its title."""
    taken = {side: 1e3 * of.cpu_s / n_walks for side, of in least_spent(works, N_ROUNDS).items()}
    row = {"walks": n_walks, **taken, "ratio": taken["there"] / taken["here"] if "there" in taken else None}
    title = f"{what} {n_walks} walks of {N_FRAMES} frames, CPU ms a walk; least of {N_ROUNDS} rounds"
    table = Table("here, ms", "there, ms", "ratio", "target", title=title)
    there = ("", "") if row["ratio"] is None else (f"{row['there']:.1f}", f"{row['ratio']:.2f}x")
    table.add_row(f"{row['here']:.1f}", *there, f">= {target:g}x")
    Console().print(table)
    return row
