"""`scoliogait data split`: partitions made by one of several rules, always the same for the same seed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape

from scoliogait.cli import options
from scoliogait.errors import DataError

if TYPE_CHECKING:
    from scoliogait.data.partition import Partition
    from scoliogait.data.roster import Roster

_RULES = "--ratio, --train-ratio, --folds, --proxy or --common-test"
# Of all walks, in the one test set of a class-ratio study.
_TEST_SHARE = 0.3


@dataclass(frozen=True)
class Wishes:
    """What the options ask for: one rule and what belongs to it. validation: whether a validation set is wanted."""

    ratios: Sequence[str]
    train_ratio: str | None
    folds: int | None
    proxy: int | None
    common_test: bool
    test_share: float | None
    validation: bool


def split(
    source: Annotated[
        list[Path], typer.Argument(help="A store, a CSV table of labels (id, class, subject), or trees.")
    ],
    out: Annotated[Path, typer.Option(help="A JSON file, or a folder for files named after the partitions.")],
    from_: Annotated[
        list[str] | None, typer.Option("--from", help="A partition to start from: 112, 114, 118, 1116 or a JSON file.")
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
    from scoliogait.data.splitting import unknown_people, with_validation

    wishes = Wishes(ratio or (), train_ratio, folds, proxy, common_test, test_share, validation is not None)
    roster = read_roster(source)
    given = [read_partition(path) for path in from_ or ()]
    _refuse_contradictions(wishes, given)
    partitions = _make(wishes, roster, given, _name(out, name), seed)
    if validation is not None:
        partitions = [with_validation(roster, partition, validation, seed) for partition in partitions]
    files = _files(partitions, out)
    existing = [path for path in files if path.exists()]
    if existing and not overwrite:
        raise DataError(f"{existing[0]}: exists; give --overwrite to replace it")
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


def _refuse_contradictions(wishes: Wishes, given: Sequence[Partition]) -> None:
    """DataError unless the options name one rule, and what they start from fits it."""
    n_rules = sum(
        (
            bool(wishes.ratios),
            wishes.train_ratio is not None,
            wishes.folds is not None,
            wishes.proxy is not None,
            wishes.common_test,
        )
    )
    if n_rules == 0 and given and not wishes.validation:
        raise DataError(f"--from: nothing to change about it; add one of {_RULES}, or --validation")
    if n_rules > 1 or (n_rules == 0 and not given):
        raise DataError(f"data split: give one of {_RULES}; or --from with --validation")
    if wishes.test_share is not None and len(wishes.ratios) < 2:
        raise DataError("--test-share: has a meaning only for --ratio given several times")
    if len(given) > 1 and not wishes.common_test:
        raise DataError("--from: several partitions have a meaning only with --common-test")
    if wishes.ratios and given:
        raise DataError("--ratio: draws a new test set; to keep that of --from, give --train-ratio")
    if wishes.train_ratio is not None and not given:
        raise DataError("--train-ratio: keeps the test set of a partition; name it with --from")


def _make(wishes: Wishes, roster: Roster, given: Sequence[Partition], name: str | None, seed: int) -> list[Partition]:
    """The partitions that the options ask for."""
    from scoliogait.data import splitting

    start = given[0] if given else None
    whence = start.name if start else "all"
    ratios = [splitting.parse_ratio(text) for text in wishes.ratios]
    if wishes.common_test:
        return splitting.common_test(roster, given)
    if len(ratios) > 1:
        share = _TEST_SHARE if wishes.test_share is None else wishes.test_share
        return splitting.ratio_study(roster, ratios, share, seed, name or "study")
    if ratios:
        return [splitting.split_by_ratio(roster, ratios[0], seed, name or f"ratio{ratios[0].digits}")]
    if wishes.folds is not None:
        return splitting.subject_folds(roster, wishes.folds, seed, name or whence, start)
    if wishes.proxy is not None:
        return [splitting.proxy_subset(roster, wishes.proxy, seed, _proxy_name(name, whence, wishes.proxy), start)]
    if wishes.train_ratio is not None:
        ratio = splitting.parse_ratio(wishes.train_ratio)
        return [splitting.fixed_pool(roster, given[0], ratio, seed, name or f"{whence}_fixedpool_train{ratio.digits}")]
    return [replace(given[0], name=name or f"{whence}_validation")]


def _proxy_name(name: str | None, whence: str, n_walks: int) -> str:
    wanted = name or f"{whence}_proxy{n_walks}"
    if "proxy" not in wanted:
        raise DataError(f"--name {wanted}: a proxy subset must say so; name it {wanted}_proxy")
    return wanted


def _name(out: Path, name: str | None) -> str | None:
    """The name that is asked for: a partition is called as its file is."""
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
