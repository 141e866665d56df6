"""`scoliogait data`: walks into a store, a store into trees, and what is wrong with either."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape

from scoliogait.cli import options
from scoliogait.cli.console import Console
from scoliogait.cli.data_analyze import analyze
from scoliogait.cli.data_split import split
from scoliogait.cli.interrupts import interrupt_in_one_line
from scoliogait.cli.options import ByColumns, ColumnTable, StorePath
from scoliogait.cli.printing import print_next, print_summary
from scoliogait.cli.progress import progress_bar
from scoliogait.errors import DataError
from scoliogait.files import refuse_existing

if TYPE_CHECKING:
    from scoliogait.api.columns import ColumnCheck
    from scoliogait.data.partition import Partition
    from scoliogait.data.problems import Problem, ProblemSeverity
    from scoliogait.data.roster import Roster
    from scoliogait.data.stated import Stated
    from scoliogait.data.store import WalkStore
    from scoliogait.survey.hazards import Hazard

app = typer.Typer(no_args_is_help=True, help="Stores, trees and partitions: made, checked and described.")
app.command("split")(split)
app.command("analyze")(analyze)

_COLOURS: dict[ProblemSeverity, str] = {"unusable": "red", "doubtful": "yellow", "note": "dim"}
_FEW_NOTES = 3


class ExportKind(StrEnum):
    """What a tree holds."""

    MAPS = "maps"
    SILHOUETTES = "silhouettes"
    POSES = "poses"
    GIVEN_MAPS = "given-maps"


@app.command("import")
def import_(
    sources: Annotated[list[Path], typer.Argument(help="Trees (joined by id), walk files, videos, folders of these.")],
    out: Annotated[Path, typer.Option(help="Folder of the new store.")],
    frame_rate_hz: options.FrameRate = None,
    joints: options.Joints = None,
    backend: options.Backend = None,
    subjects: options.Subjects = None,
    skip_unusable: Annotated[
        bool, typer.Option(help="Leave out walks that cannot be used instead of stopping.")
    ] = False,
    overwrite: Annotated[bool, options.overwrite("an existing store")] = False,
) -> None:
    """Build a store from OpenGait trees, silhouettes and poses of a walk joined, or from single walks.

    Example: scoliogait data import Scoliosis1K-sil-pkl Scoliosis1K-pose-pkl --frame-rate-hz 15 --out walks
    """
    from scoliogait.data.importing import import_walks

    problems: list[Problem] = []
    try:
        again = f"{out} was not written; the same command goes on after the videos that were read"
        with interrupt_in_one_line(again), progress_bar("reading walks") as bar:
            store = import_walks(
                sources,
                out,
                frame_rate_hz=frame_rate_hz,
                layout=joints,
                backend=backend,
                subjects=subjects,
                overwrite=overwrite,
                skip_unusable=skip_unusable,
                problems=problems,
                progress=bar.reach,
                pictures=bar.look,
            )
    finally:
        _print_problems(problems)
    modalities = " and ".join(sorted(store.modalities)) or "no modality in common"
    console = Console(highlight=False)
    console.print(f"{_counted(len(store), 'walk')} with {modalities} in {escape(str(out))}{_people_words(store)}")
    print_next(console, "data", "check", out, "--partition", "PARTITION", note="118 or a file: hazards of the split")


def _counted(n: int, noun: str) -> str:
    return f"{n} {noun}{'' if n == 1 else 's'}"


def _people_words(store: WalkStore) -> str:
    """How many people that is, as far as they are known."""
    people = {subject for subject in store.subject_ids if subject is not None}
    n_unknown = sum(subject is None for subject in store.subject_ids)
    if not people:
        return "; whose they are is unknown"
    return f"; {len(people)} {'person' if len(people) == 1 else 'people'}" + (
        f", unknown for {_counted(n_unknown, 'walk')}" if n_unknown else ""
    )


@app.command("export")
def export(
    store: StorePath,
    out: Annotated[Path, typer.Option(help="Root folder of the new tree.")],
    kind: Annotated[
        ExportKind, typer.Option(help="maps: drawn from poses, with PAV. given-maps: the maps that were imported.")
    ] = ExportKind.MAPS,
    partition: Annotated[str | None, options.partition("its training ids normalise the PAV.")] = None,
    set_: Annotated[
        list[str] | None,
        typer.Option("--set", help="A setting of the maps, such as sigma_limb=15 or joints=body-only."),
    ] = None,
    device: Annotated[str, typer.Option(help="Where maps are drawn: cpu or cuda.")] = "cpu",
    overwrite: Annotated[bool, options.overwrite("an existing exported tree")] = False,
) -> None:
    """Write a tree that OpenGait can train from.

    Example: scoliogait data export walks --out heatmaps --partition 118 --set alignment=shared
    """
    from scoliogait.data.partition import read_partition
    from scoliogait.data.store import WalkStore
    from scoliogait.data.tree_export import export_poses, export_tree, is_exported_tree

    if set_ and kind is not ExportKind.MAPS:
        raise DataError(f"--set: has no meaning for {kind.value}; it sets how maps are drawn (--kind maps)")
    contract = None if kind is ExportKind.POSES else _contract(kind, set_ or [])
    refuse_existing(out, overwrite, is_exported_tree, "an exported tree")
    opened = WalkStore.open(store)
    chosen = None if partition is None else read_partition(partition)
    if kind is ExportKind.MAPS:
        from scoliogait.models.device import choose_device

        choose_device(device)
    with progress_bar("writing walks") as bar:
        if contract is None:
            export_poses(opened, out, chosen, overwrite, bar.reach)
        else:
            export_tree(opened, out, contract, chosen, overwrite, device, bar.reach)
    Console().print(f"{len(opened)} walks in {escape(str(out))}", highlight=False)
    if kind is ExportKind.MAPS and chosen is None:
        Console().print("PAVs are normalised over all walks, test walks included; give --partition to avoid that leak")


@app.command("check")
def check(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(help="Trees of the same walks, one store, or one CSV table of labels (id, class, subject)."),
    ] = None,
    partition: Annotated[str | None, options.partition("its hazards are listed too.")] = None,
    against: Annotated[
        list[str] | None,
        typer.Option(help="Partitions whose training walks must not be tested here; for a published one the others."),
    ] = None,
    frame_rate_hz: options.FrameRate = None,
    joints: options.Joints = None,
    subjects: options.Subjects = None,
    subset: Annotated[bool, typer.Option(help="The partition lists only some of the ids on purpose.")] = False,
    by: ByColumns = None,
    table: ColumnTable = None,
    again: Annotated[
        bool, typer.Option(help="Look at every walk of a store, and not at what was found in it before.")
    ] = False,
    notes: Annotated[bool, typer.Option(help="Show each note on walks too, however many.")] = False,
    json_: Annotated[bool, typer.Option("--json", help="Everything as JSON, with the numbers behind it.")] = False,
) -> None:
    """List every problem of trees or of a store, the hazards of a partition, and what a column tells of the classes.

    Exit code 2 when there is something to mend: walks with a problem, a partition that is broken, or a column that
    identifies the class.

    Example: scoliogait data check Scoliosis1K-sil-pkl Scoliosis1K-pose-pkl --partition 118
    """
    from scoliogait.cli.hazard_table import json_report, print_hazards
    from scoliogait.data.partition import read_partition
    from scoliogait.data.people_table import read_people
    from scoliogait.data.stated import Stated

    if against and partition is None:
        raise DataError("--against: has no meaning without a partition; add --partition")
    if table is not None and not by:
        raise DataError(f"{table}: a table is given and no column of it; add --by COLUMN")
    chosen = None if partition is None else read_partition(partition)
    stated = Stated(frame_rate_hz, joints, None if subjects is None else read_people(subjects))
    problems, roster = _problems_and_roster(paths or [], chosen, subset, stated, again, bool(by))
    columns = _columns(paths or [], roster, by or [], table)
    hazards = [] if chosen is None else _hazards(chosen, roster, _others(chosen, against, roster))
    if json_:
        typer.echo(json_report(problems, chosen, roster, hazards, [column.to_dict() for column in columns]))
    else:
        _print_problems(problems, notes)
        if chosen is not None:
            print_hazards(chosen, roster, hazards, Console(highlight=False))
        for column in columns:
            print_summary(column.summary_words(), Console(highlight=False))
    told = [hazard for column in columns for hazard in column.hazards]
    if any(problem.severity != "note" for problem in problems) or any(
        h.severity == "broken" for h in [*hazards, *told]
    ):
        raise typer.Exit(2)
    if not json_:
        counts = {"the partition": hazards, "columns": told}
        serious = {where: sum(hazard.severity == "serious" for hazard in found) for where, found in counts.items()}
        words = [f"{count} serious hazards of {where}" for where, count in serious.items() if count]
        console = Console(highlight=False)
        console.print("nothing to mend" + (f", but {' and '.join(words)}" if words else ""))
        _print_next_of_check(paths or [], partition, console)


def _print_next_of_check(paths: Sequence[Path], partition: str | None, console: Console) -> None:
    """Trees become a store, a store trains a model; a table of labels is neither."""
    from scoliogait.data.partition import OWN_PARTITION
    from scoliogait.data.store import is_store

    if not paths or not paths[0].is_dir():
        return
    if not is_store(paths[0]):
        print_next(console, "data", "import", *paths, "--out", "STORE")
    elif partition is not None:
        print_next(console, "train", "small-ske", "--data", paths[0], "--partition", partition, "--out", "runs/first")
    else:
        own = paths[0] / OWN_PARTITION
        known = own if own.is_file() else "PARTITION"
        print_next(console, "data", "check", paths[0], "--partition", known, note="hazards of the split")


def _problems_and_roster(
    paths: Sequence[Path], chosen: Partition | None, subset: bool, stated: Stated, again: bool, by: bool
) -> tuple[list[Problem], Roster | None]:
    """Problems of the walks, and who they are; no one where no walks are given or the store is damaged."""
    from scoliogait.data.roster import read_roster, with_people
    from scoliogait.data.stated import NOTHING_STATED
    from scoliogait.data.store import is_store
    from scoliogait.data.tree_check import check_store, check_trees

    if again and not (paths and is_store(paths[0])):
        raise DataError("--again: only of a store is kept what was found before; leave it out, or name a store")
    if not paths or paths[0].suffix.lower() == ".csv":
        if chosen is None and not (by and paths):
            raise DataError("data check: name trees or a store; without walks only a partition can be checked")
        if stated != NOTHING_STATED:
            raise DataError(
                "data check: --joints, --frame-rate-hz and --subjects are about walks; name trees or a store"
            )
        return [], read_roster(paths) if paths else None
    left_out = subset or (chosen is not None and chosen.is_subset)
    if is_store(paths[0]) and len(paths) > 1:
        raise DataError(f"{paths[1]}: one store is checked at a time; give only {paths[0]}")
    with progress_bar("checking walks") as bar:
        if is_store(paths[0]):
            problems = check_store(paths[0], chosen, left_out, bar.reach, stated, again)
        else:
            problems = check_trees(paths, chosen, left_out, bar.reach, stated)
    damaged = any(problem.kind == "damaged-store" for problem in problems)
    return problems, None if damaged or (chosen is None and not by) else with_people(read_roster(paths), stated.people)


def _columns(paths: Sequence[Path], roster: Roster | None, by: Sequence[str], table: Path | None) -> list[ColumnCheck]:
    from scoliogait.api.columns import check_listed_column

    if by and roster is None:
        raise DataError(f"--by {by[0]}: needs walks with classes; name trees, a sound store or a table of labels")
    return [] if roster is None else [check_listed_column(roster, paths, name, table) for name in by]


def _hazards(chosen: Partition, roster: Roster | None, others: Sequence[Partition]) -> list[Hazard]:
    from scoliogait.survey.hazards import partition_hazards

    return partition_hazards(chosen, roster, others)


def _others(chosen: Partition, against: Sequence[str] | None, roster: Roster | None) -> list[Partition]:
    """The partitions to compare with: those asked for, else the other published ones for a published one."""
    from scoliogait.data.partition import PUBLISHED, read_partition

    if against is None and chosen.name in PUBLISHED and not (roster and roster.simulated):
        against = [name for name in PUBLISHED if name != chosen.name]
    return [read_partition(name) for name in against or ()]


def _contract(kind: ExportKind, settings: Iterable[str]) -> Any:
    from scoliogait.representation.contract import InputContract, parse_contract
    from scoliogait.representation.settings import SkeletonMapConfig

    if kind is ExportKind.SILHOUETTES:
        return InputContract(representation="silhouette")
    if kind is ExportKind.GIVEN_MAPS:
        return InputContract(representation="exported-skeleton-map")
    values: dict[str, str] = {}
    for setting in settings:
        name, separator, value = setting.partition("=")
        if not separator:
            raise DataError(f"--set {setting}: expected name=value, such as sigma_limb=15")
        if name.strip() not in SkeletonMapConfig.model_fields:
            known = ", ".join(SkeletonMapConfig.model_fields)
            raise DataError(f"--set {setting}: is no setting of the maps; expected one of {known}")
        values[name.strip()] = value.strip()
    size_px = values.get("size", "64")
    skeleton_map = values | ({"size": int(size_px)} if size_px.isdecimal() else {})
    where = "--set"
    return parse_contract(
        {"representation": "skeleton-map", "size_px": skeleton_map.get("size", 64), "skeleton_map": skeleton_map}, where
    )


def _print_problems(problems: Sequence[Problem], notes: bool = False) -> None:
    """One line a problem, the worst first; more than a few notes only as counts unless asked for."""
    console = Console(soft_wrap=True, highlight=False)
    order = list(_COLOURS)
    notes = notes or sum(problem.severity == "note" for problem in problems) <= _FEW_NOTES
    for problem in sorted(problems, key=lambda p: (order.index(p.severity), p.kind, p.where)):
        if notes or problem.severity != "note":
            console.print(
                f"[{_COLOURS[problem.severity]}]{problem.severity}[/] {escape(' '.join(str(problem).split()))}"
            )
    counts = Counter((problem.severity, problem.kind) for problem in problems)
    for severity in order:
        kinds = [f"{kind} {count}" for (level, kind), count in sorted(counts.items()) if level == severity]
        if kinds:
            hint = "" if notes or severity != "note" else " (each with data check --notes)"
            console.print(f"{severity}: {', '.join(kinds)}{hint}")
