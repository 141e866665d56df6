"""`scoliogait data analyze`: one page that says what is in a store."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from scoliogait.cli import options
from scoliogait.cli.console import Console
from scoliogait.cli.options import StorePath
from scoliogait.cli.printing import print_next
from scoliogait.cli.progress import progress_bar
from scoliogait.errors import DataError
from scoliogait.files import refuse_existing

if TYPE_CHECKING:
    from scoliogait.data.store import WalkStore
    from scoliogait.survey.cohort_check import PublishedComparison


def analyze(
    store: StorePath,
    out: Annotated[Path, typer.Option(help="The HTML file to write.")],
    partition: Annotated[str | None, options.partition("classes are then compared without its test walks.")] = None,
    overwrite: Annotated[bool, options.overwrite("an existing file")] = False,
) -> None:
    """Describe a store on one HTML page: counts, joints, asymmetry by class with tests, maps, walks to look at.

    Example: scoliogait data analyze walks --partition 118 --out walks.html
    """
    from scoliogait.data.partition import OWN_PARTITION, read_partition
    from scoliogait.data.store import WalkStore

    if out.is_dir():
        raise DataError(f"{out}: is a folder; name the HTML file to write")
    refuse_existing(out, overwrite)
    opened = WalkStore.open(store)
    chosen = None if partition is None else read_partition(partition)

    from scoliogait import __version__
    from scoliogait.data.roster import store_roster
    from scoliogait.report.store_page import write_store_page
    from scoliogait.survey.description import describe_store
    from scoliogait.survey.hazards import partition_hazards

    with progress_bar("measuring walks") as bar:
        description = describe_store(opened, chosen, bar.reach)
    hazards = [] if chosen is None else partition_hazards(chosen, store_roster(opened))
    published, why_not = _published(opened)
    write_store_page(out, opened, description, __version__, chosen, hazards, published, why_not)
    console = Console(highlight=False)
    console.print(f"{len(opened)} walks described in {escape(str(out))}", soft_wrap=True)
    given = [] if partition is None else ["--partition", partition]
    if given or (store / OWN_PARTITION).is_file():
        print_next(console, "train", "small-ske", "--data", store, *given, "--out", "runs/first")
    else:
        print_next(console, "data", "split", store, "--ratio", "1:1:2", "--out", "partition.json")


def _published(store: WalkStore) -> tuple[list[PublishedComparison], str]:
    """The published statistics beside those of a simulated cohort with partition and truth, or why there are none.

    Both are empty for other stores, which have nothing to be compared with.
    """
    from scoliogait.data.partition import OWN_PARTITION
    from scoliogait.simulation.truth import TRUTH_FILE
    from scoliogait.survey.cohort_check import check_cohort

    complete = all((store.path / name).is_file() for name in (OWN_PARTITION, TRUTH_FILE))
    if not (store.simulated and complete and "poses" in store.modalities):
        return [], ""
    try:
        return check_cohort(store.path), ""
    except DataError as error:
        return [], str(error)
