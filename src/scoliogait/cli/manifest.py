"""``scoliogait manifest``: which walks a run over many machines is to screen, and what it will have to do."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

import scoliogait as sg
from scoliogait.cli import options
from scoliogait.cli.console import Console
from scoliogait.cli.interrupts import interrupt_in_one_line
from scoliogait.cli.printing import print_next, print_written
from scoliogait.cli.progress import progress_bar
from scoliogait.cli.screening_text import print_found
from scoliogait.wording import first_few

if TYPE_CHECKING:
    from scoliogait.district.list_walks import ListedWalks

_MIB = 1 << 20


def manifest(
    paths: Annotated[
        list[Path],
        typer.Argument(help="Walk files, videos, folders of them, trees, stores, and patterns.", metavar="PATH..."),
    ],
    out: Annotated[Path, typer.Option(help="Write the table of walks to this file (.parquet).")],
    root: Annotated[
        Path | None, typer.Option(help="The folder below which all walks lie; else the smallest that holds them.")
    ] = None,
    checksums: Annotated[
        bool,
        typer.Option(
            help="Read every recording once for its sha256, which finds doubles and changes; without, size and time."
        ),
    ] = True,
    overwrite: Annotated[bool, options.overwrite("an older manifest")] = False,
) -> None:
    """List the walks of folders, trees, stores and videos in a table, and say what there is to do.

    Example: scoliogait manifest recordings/ --out walks.parquet
    """
    console = Console(highlight=False)
    with interrupt_in_one_line("no manifest was written"), progress_bar("listing") as bar:
        listed = sg.make_manifest(paths, out, root=root, checksums=checksums, overwrite=overwrite, progress=bar.reach)
    print_found(listed.found, console)
    _print_listed(listed, console)
    print_written(console, out)
    print_next(console, "screen", "--manifest", out, "--out", "results")


def _print_listed(listed: ListedWalks, console: Console) -> None:
    n_walks = len(listed.rows)
    kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(listed.kinds.items()))
    trees = f"; {listed.n_in_trees} in trees" if listed.n_in_trees else ""
    what = f"{n_walks} walk{'s' if n_walks != 1 else ''} below {listed.root}: {kinds}{trees}"
    console.print(Text(f"{what}; {listed.n_bytes / _MIB:,.1f} MiB", "bold"), soft_wrap=True)
    if listed.doubles:
        names = first_few([f"{row.id} is {row.same_as}" for row in listed.doubles], 3)
        line = f"{len(listed.doubles)} hold the same as another, and get a row all the same: {names}"
        console.print(Text(line, "yellow"), soft_wrap=True)
    for path, problem in listed.problems.items():
        console.print(Text(f"will be unreadable: {problem or path}", "yellow"), soft_wrap=True)
