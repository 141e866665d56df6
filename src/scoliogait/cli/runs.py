"""``scoliogait runs``: the runs under a folder, listed, filtered and ranked by what their validation walks say."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table
from rich.text import Text

from scoliogait.cli.console import Console
from scoliogait.cli.options import PrintJson
from scoliogait.cli.printing import print_next

if TYPE_CHECKING:
    from scoliogait.results.run_list import RunRow

BY_TEST = (
    "Sorted by test figures: to take the first of this list is a test-guided selection, and its figure is too good."
)


def runs(
    folder: Annotated[Path, typer.Argument(help="Folder that holds runs, at any depth.")],
    filters: Annotated[
        list[str] | None,
        typer.Option("--filter", metavar="KEY=VALUE", help="Only runs with this, such as recipe=drf-118; repeatable."),
    ] = None,
    sort: Annotated[
        str,
        typer.Option(help="macro_f1 or accuracy (of validation walks), name, test_macro_f1 or test_accuracy."),
    ] = "macro_f1",
    json_out: PrintJson = False,
) -> None:
    """List runs, best first by their validation walks; test figures are shown where the test set was opened.

    Example: scoliogait runs runs --filter partition=118 --sort macro_f1
    """
    from scoliogait.results.run_list import TEST_FIGURES, filter_runs, list_runs, sort_runs

    found = list_runs(folder)
    rows = sort_runs(filter_runs(found, filters or []), sort)
    if json_out:
        typer.echo(json.dumps([dict(row) for row in rows], indent=2))
        return
    console = Console(highlight=False)
    if not rows:
        what = f"none of its {len(found)} runs has {' and '.join(filters or [])}" if found else "holds no run"
        console.print(Text(f"{folder}: {what}"), soft_wrap=True)
        return
    console.print(_table(rows, sort))
    for row in rows:
        if row["problem"] is not None:
            console.print(Text(row["problem"], style="yellow"), soft_wrap=True)
        if row["test_leak"] is not None:
            console.print(Text(f"{row['name']}: {row['test_leak']}", style="yellow"), soft_wrap=True)
    if sort in TEST_FIGURES:
        console.print(Text(BY_TEST, style="yellow"))
    _print_next(folder, rows, console)


def _print_next(folder: Path, rows: Sequence[RunRow], console: Console) -> None:
    """Finish what was interrupted, else compare the two best that were tested."""
    interrupted = [_place(folder, row) for row in rows if row["status"] == "interrupted"]
    tested = [_place(folder, row) for row in rows if row["test_macro_f1"] is not None]
    if interrupted:
        print_next(console, "train", "--resume", "--out", interrupted[0], note="it was interrupted")
    elif len(tested) > 1:
        print_next(console, "compare", *tested[:2], note="is the first better beyond noise?")


def _place(folder: Path, row: RunRow) -> Path:
    return place if (place := folder / str(row["name"])).is_dir() else folder  # the folder may be the run itself


def _table(rows: Sequence[RunRow], sort: str) -> Table:
    title = f"{len(rows)} run{'' if len(rows) == 1 else 's'}, by {sort}"
    table = Table(title=title, title_justify="left", title_style="bold", show_lines=True)
    table.add_column("run", overflow="fold", ratio=3)
    table.add_column("data, partition", overflow="fold", ratio=2)
    table.add_column("selection", no_wrap=True)
    table.add_column("validation\nmacro-F1", justify="right", no_wrap=True)
    table.add_column("test\nmacro-F1", justify="right", no_wrap=True)
    for row in rows:
        table.add_row(
            _run_cell(row), _data_cell(row), row["selection"] or "", _figure(row, "macro_f1"), _test_cell(row)
        )
    return table


def _run_cell(row: RunRow) -> Text:
    at = f" at step {row['last_step']}" if row["last_step"] else ""
    lines = [] if row["status"] == "finished" else [f"{row['status']}{at}"]
    lines += [] if row["recipe"] is None else [f"{row['recipe']}, seed {row['seed']}"]
    lines += [] if row["started_from"] is None else [f"from {row['started_from']}"]
    return Text.assemble((row["name"], "bold"), *((f"\n{line}", "dim") for line in lines))


def _data_cell(row: RunRow) -> Text:
    simulated = " (simulated)" if row["simulated"] == "yes" else ""
    return Text("\n".join(filter(None, (f"{row['data'] or ''}{simulated}", row["partition"]))))


def _test_cell(row: RunRow) -> str:
    if not row["test_openings"]:
        return "not opened" if row["test_openings"] == 0 else ""
    times = "once" if row["test_openings"] == 1 else f"{row['test_openings']} times"
    verified = {None: "", "yes": "verified", "no": "NOT verified"}[row["verified"]]
    other = "" if row["test_partition"] in (None, row["partition"]) else f"on {row['test_partition']}"
    leak = "" if row["test_leak"] is None else "with a LEAK"
    return "\n".join(filter(None, (_figure(row, "test_macro_f1"), other, leak, f"opened {times}", verified)))


def _figure(row: RunRow, name: str) -> str:
    """The figure, and its interval on a line below."""
    value, interval = row[name], row[f"{name}_interval"]
    if value is None:
        return ""
    return f"{value:.3f}" + ("" if interval is None else f"\n{interval[0]:.3f}-{interval[1]:.3f}")
