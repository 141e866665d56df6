"""``scoliogait recipes``: the recipes that come with the package."""

from __future__ import annotations

from rich.table import Table
from rich.text import Text

import scoliogait as sg
from scoliogait.cli.console import Console
from scoliogait.cli.printing import print_next


def recipes() -> None:
    """List the recipes that come with the package, one line each on what it is.

    Example: scoliogait recipes
    """
    from scoliogait.training.recipe_list import recipe_description

    console = Console(highlight=False)
    table = Table(box=None, padding=(0, 1), show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for name in sg.recipe_names():
        table.add_row(Text(name, "bold"), Text(recipe_description(name)))
    console.print(table)
    print_next(console, "train", "small-ske", "--data", "STORE", "--out", "runs/first")
