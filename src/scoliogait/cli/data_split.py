"""`scoliogait data split`: partitions made by one of several rules, always the same for the same seed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from scoliogait.cli import options
from scoliogait.cli.completion import complete_partition
from scoliogait.cli.console import Console
from scoliogait.cli.printing import print_next
from scoliogait.errors import DataError
from scoliogait.files import refuse_existing

if TYPE_CHECKING:
    from scoliogait.data.partition import Partition


def split(
    source: Annotated[
        list[Path], typer.Argument(help="A store, a CSV table of labels (id, class, subject), or trees.")
    ],
    out: Annotated[Path, typer.Option(help="A JSON file, or a folder for files named after the partitions.")],
    from_: Annotated[
        list[str] | None,
        typer.Option(
            "--from",
            help="A partition to start from: 112, 114, 118, 1116 or a JSON file.",
            autocompletion=complete_partition,
        ),
    ] = None,
    ratio: Annotated[
        list[str] | None,
        typer.Option(
            help="positive:neutral:negative in training, half of all walks, such as 1:1:8. Given several times: one "
            "partition each, all with one test set and as many training walks."
        ),
    ] = None,
    train_ratio: Annotated[
        str | None, typer.Option(help="With --from: keep the test set, draw fewer training negatives for this ratio.")
    ] = None,
    folds: Annotated[
        int | None, typer.Option(help="Folds that keep people together; with --from within its training walks.")
    ] = None,
    proxy: Annotated[
        int | None, typer.Option(help="Walks of a small subset for quick looks; with --from of its training walks.")
    ] = None,
    common_test: Annotated[
        bool, typer.Option("--common-test", help="With several --from: test all on walks that none trains on.")
    ] = False,
    validation: Annotated[
        float | None, typer.Option(help="Share of the training walks to list as validation set, such as 0.15.")
    ] = None,
    test_share: Annotated[
        float | None, typer.Option(help="Share of all walks in the one test set of several ratios; 0.3 unless given.")
    ] = None,
    name: Annotated[str | None, typer.Option(help="Name of the partition; that of the file unless given.")] = None,
    seed: Annotated[int, typer.Option(help="The same seed gives the same partition.", min=0)] = 0,
    overwrite: Annotated[bool, options.overwrite("existing files")] = False,
) -> None:
    """Make partitions by class ratio, by people, or from another partition; the same seed gives the same one.

    Example: scoliogait data split walks --from 118 --train-ratio 1:1:2 --name 118_fixedpool_train112 --out splits
    """
    from scoliogait.cli.hazard_table import print_sizes
    from scoliogait.data.partition import read_partition, write_partition
    from scoliogait.data.roster import read_roster
    from scoliogait.data.split_rules import SplitRequest, make_partitions
    from scoliogait.data.splitting import unknown_people

    request = SplitRequest(
        ratio or (), train_ratio, folds, proxy, common_test, test_share, validation, _name(out, name), seed
    )
    roster = read_roster(source)
    partitions = make_partitions(roster, [read_partition(path) for path in from_ or ()], request)
    files = _files(partitions, out)
    for path in files:
        refuse_existing(path, overwrite)
    for path, partition in zip(files, partitions, strict=True):
        write_partition(path, partition)
    console = Console(highlight=False)
    print_sizes(partitions, roster, console)
    people = unknown_people(roster.walks)
    if any(walk.subject_id is None for walk in roster.walks):
        console.print(f"[bold yellow]The person is {people}: one person may be on both sides.[/]")
    else:
        console.print(f"People are {people}.")
    for path in files:
        console.print(f"written: {escape(str(path))}", style="dim", soft_wrap=True)
    print_next(console, "train", "RECIPE", "--data", "STORE", "--partition", files[0], "--out", "runs/first")


def _name(out: Path, name: str | None) -> str | None:
    """The name that is asked for: a partition is called as its file is."""
    if name is not None and (name in ("", ".", "..") or name != PurePath(name).name or "\\" in name):
        raise DataError(
            f"--name {name!r}: a partition is named after its file; give a name without folders, such as mine"
        )
    if out.suffix != ".json":
        return name
    if name is not None and name != out.stem:
        raise DataError(f"--name {name}: a partition is named after its file; write --out {out.with_name(name)}.json")
    return out.stem


def _files(partitions: Sequence[Partition], out: Path) -> list[Path]:
    if out.suffix == ".json":
        if len(partitions) > 1:
            raise DataError(f"{out}: {len(partitions)} partitions are made; name a folder with --out")
        return [out]
    if out.is_file():
        raise DataError(f"{out}: is a file; name a folder or a .json file with --out")
    return [out / f"{partition.name}.json" for partition in partitions]
