"""Hazards and sizes of partitions for a terminal of 80 columns, and as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from rich.markup import escape
from rich.table import Table

from scoliogait.cli.console import Console
from scoliogait.data.partition import Partition
from scoliogait.data.problems import Problem
from scoliogait.data.roster import Roster
from scoliogait.labels import CLASS_NAMES

if TYPE_CHECKING:
    from scoliogait.survey.hazards import Hazard, HazardSeverity

_COLOURS: dict[HazardSeverity, str] = {"broken": "bold red", "serious": "red", "caution": "yellow", "note": "dim"}


def print_hazards(partition: Partition, roster: Roster | None, hazards: Sequence[Hazard], console: Console) -> None:
    """The sizes of the partition, then a row a hazard, the worst first."""
    print_sizes([partition], roster, console)
    table = Table(title=f"Hazards of partition {escape(partition.name)}", title_justify="left", show_lines=True)
    table.add_column("severity", no_wrap=True)
    table.add_column("what, with the numbers")
    for hazard in hazards:
        table.add_row(f"[{_COLOURS[hazard.severity]}]{hazard.severity}[/]", escape(hazard.sentence))
    console.print(table)


def print_sizes(partitions: Sequence[Partition], roster: Roster | None, console: Console) -> None:
    """A row a side of each partition: walks, and of which class as far as that is known."""
    table = Table(title="Walks" + (", simulated" if roster and roster.simulated else ""), title_justify="left")
    table.add_column("partition", overflow="fold")
    table.add_column("side", no_wrap=True)
    for heading in ("walks", *CLASS_NAMES):
        table.add_column(heading, justify="right", no_wrap=True)
    for partition in partitions:
        counts = roster.class_counts(partition) if roster else {}
        for number, (side, ids) in enumerate(partition.sides.items()):
            classes = [str(counts[side][name]) for name in CLASS_NAMES] if roster else ["?"] * len(CLASS_NAMES)
            table.add_row("" if number else escape(partition.name), side, str(len(ids)), *classes)
    console.print(table)


def json_report(
    problems: Sequence[Problem],
    partition: Partition | None,
    roster: Roster | None,
    hazards: Sequence[Hazard],
    columns: Sequence[Mapping[str, Any]] = (),
) -> str:
    """Problems of the walks, the partition's facts and sizes, its hazards with their numbers, and columns by class."""
    report: dict[str, Any] = {"problems": [asdict(problem) for problem in problems]}
    if partition is not None:
        report["partition"] = {
            "name": partition.name,
            "facts": dict(partition.facts),
            "walks": {side: len(ids) for side, ids in partition.sides.items()},
            "classes": roster.class_counts(partition) if roster else None,
            "simulated": roster.simulated if roster else None,
        }
        report["hazards"] = [asdict(hazard) for hazard in hazards]
    if columns:
        report["columns"] = list(columns)
    return json.dumps(report, indent=2)
