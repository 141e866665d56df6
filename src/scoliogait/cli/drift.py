"""``scoliogait drift``: results of a screening programme in; which site moved, and in what, out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

import scoliogait as sg
from scoliogait.cli import options
from scoliogait.cli.console import Console
from scoliogait.cli.printing import print_summary, print_written
from scoliogait.errors import DataError
from scoliogait.files import refuse_existing, write_json


def drift(
    results: Annotated[
        list[Path], typer.Argument(help="Tables of `scoliogait screen` (.csv, .jsonl, .json).", metavar="RESULTS...")
    ],
    against: Annotated[
        Path | None, typer.Option("--against", help="Results of an earlier period; else sites against each other.")
    ] = None,
    by: Annotated[str | None, typer.Option("--by", help="Column of the table that is the site.")] = None,
    table: Annotated[
        Path | None, typer.Option("--table", help="CSV with a column file or id, and the site of each input.")
    ] = None,
    json_out: Annotated[Path | None, typer.Option("--json", help="Write every figure to this JSON file.")] = None,
    picture: Annotated[Path | None, typer.Option("--picture", help="Draw the figures to this file (.png).")] = None,
    overwrite: Annotated[bool, options.overwrite("older files of these names")] = False,
) -> None:
    """Compare sites of a screening programme: refusals, doubts, classes, confidence, each with an interval.

    Nothing is known of who has scoliosis; what moved says where to look. The site is the first folder in which the
    paths of the inputs differ, or a column of a table.

    Exit code: 0 when nothing moved, 1 when something did, 2 for wrong input.

    Example: scoliogait drift results/2026-11.csv --against results/2026-10.csv
    """
    for path in (json_out, picture):
        if path is not None:
            refuse_existing(path, overwrite)
    if picture is not None and picture.suffix.lower() != ".png":
        raise DataError(f"--picture {picture}: is a PNG; choose a name that ends in .png")
    found = sg.drift(results, against=against, by=by, table=table)
    console = Console(highlight=False)
    print_summary(found.summary_words(), console)
    if json_out is not None:
        write_json(json_out, found.to_dict())
        print_written(console, json_out)
    if picture is not None:
        from scoliogait.report.figures import save_figure

        save_figure(found.plot(), picture)
        print_written(console, picture)
    if found.moved:
        raise typer.Exit(1)
