"""``scoliogait reproduce``: the published tables on your own copy of the data, with one command."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from scoliogait.reproduction.folder import Job, ReproductionFolder
    from scoliogait.reproduction.plan import Row
    from scoliogait.reproduction.report import Report
    from scoliogait.reproduction.run import Failure

# A table of what is done so far can be read while days of training go on; drawing it costs a second or two.
_REPORT_EVERY_S = 60.0
# Two calls on one folder would train the same jobs.
_LOCK, _LOCK_S = ".reproduce.lock", 1.0


def reproduce(
    data: Annotated[Path, typer.Argument(help="A store, or the folder that the released trees lie in.")],
    out: Annotated[Path, typer.Option(help="Folder to write; one of an earlier call goes on.")],
    rows: Annotated[
        list[str] | None,
        typer.Option(help="Rows by name or pattern, such as 'drf-*,sconet-mt-118'; repeatable. All without it."),
    ] = None,
    seeds: Annotated[int, typer.Option(help="Trainings of each row, with the seeds 0, 1, ...", min=1)] = 3,
    smoke: Annotated[
        bool, typer.Option("--smoke", help="Tiny networks and a few steps: shows that all of it runs, and no figure.")
    ] = False,
    jobs: Annotated[int, typer.Option(help="Trainings side by side on the CPU.", min=1)] = 1,
    devices: Annotated[
        str | None, typer.Option(help="One training on each of these at a time, such as cuda:0,cuda:1.")
    ] = None,
) -> None:
    """Train every row of the published tables, test it once, write ours with intervals beside the published figures.

    The same command goes on where it was stopped, and more rows or seeds can be added later.

    Example: scoliogait reproduce store --out reproduction --rows 'sconet-*,drf-*' --devices cuda:0,cuda:1
    """
    from scoliogait.errors import DataError
    from scoliogait.files import locked
    from scoliogait.reproduction.folder import ReproductionFolder
    from scoliogait.reproduction.plan import choose_rows
    from scoliogait.reproduction.run import places, plan_jobs, run_all

    if devices is not None and jobs != 1:
        raise DataError("--jobs: with --devices there is one job on each device; leave --jobs out")
    chosen = choose_rows(rows or ())
    where = places(jobs, [name.strip() for name in devices.split(",")] if devices else ())
    folder = ReproductionFolder(out)
    simulated = _settle(folder, data, smoke, chosen, Console(stderr=True))
    planned = plan_jobs(folder, chosen, seeds)
    diary = Diary(folder, chosen, seeds, [job for chain in planned for job in chain], smoke, simulated)
    for job in diary.jobs:
        job.check()

    from scoliogait.reproduction.report import PAGE, TABLE

    with locked(out / _LOCK, _LOCK_S):
        diary.begin()
        run_all(folder, planned, where, diary.note, diary.console)
        report = diary.write()
    _print(report, Console(highlight=False))
    Console().print(Text(f"written: {out / TABLE}, {out / PAGE}", style="dim"), soft_wrap=True)
    if report.failures:
        raise typer.Exit(1)


def _settle(folder: ReproductionFolder, data: Path, smoke: bool, rows: Sequence[Row], console: Console) -> bool:
    """Bring walks and partitions into the folder; all that can be refused is refused before. Whether simulated."""
    from scoliogait.reproduction.data import check_modalities, open_data, partitions_of_rows

    folder.check(data, smoke)
    with console.status("reading the walks"):
        store = open_data(data, folder.store, lambda: folder.claim(data, smoke))
    check_modalities(store, rows)
    partitions = partitions_of_rows(store, rows)
    folder.claim(data, smoke)
    folder.settle(store, partitions)
    return store.simulated


@dataclass
class Diary:
    """Tells the end of every job, and keeps the table of what is done up to date."""

    folder: ReproductionFolder
    rows: Sequence[Row]
    n_seeds: int
    jobs: Sequence[Job]
    smoke: bool
    simulated: bool
    failures: list[Failure] = field(default_factory=list)
    n_ended: int = 0
    written_s: float = 0.0
    console: Console = field(default_factory=lambda: Console(stderr=True, highlight=False))

    def begin(self) -> None:
        self.n_ended, self.written_s = sum(job.finished for job in self.jobs), time.monotonic()
        self.console.print(f"{len(self.jobs)} jobs of {len(self.rows)} rows, {self.n_ended} of them finished before")

    def note(self, job: Job, failure: Failure | None) -> None:
        """Called after every job."""
        self.n_ended += 1
        result = "done"
        if failure is not None:
            self.failures.append(failure)
            result = f"failed: {failure.reason}"
        self.console.print(Text(f"{self.n_ended} of {len(self.jobs)}  {job.name}: {result}"), soft_wrap=True)
        if time.monotonic() - self.written_s > _REPORT_EVERY_S:
            self.write()
            self.written_s = time.monotonic()

    def write(self) -> Report:
        """Write table and page of what is done so far."""
        from scoliogait.reproduction.report import Report, write_reproduction
        from scoliogait.reproduction.rows import finished_rows

        told = [(failure.job.name, failure.reason) for failure in self.failures]
        n_waiting = sum(not job.finished for job in self.jobs) - len(told)
        rows = finished_rows(self.folder, self.rows, self.n_seeds)
        report = Report(rows, told, n_waiting, self.smoke, self.simulated)
        write_reproduction(self.folder.path, report)
        return report


def _print(report: Report, console: Console) -> None:
    """Accuracy and macro-F1 of each row beside the published figures, then what must be said, then the failures."""
    from scoliogait.reproduction.report import as_printed, in_percent

    table = Table(title=report.title, title_justify="left", title_style="bold")
    table.add_column("row", no_wrap=True)
    for heading in ("accuracy, %", "macro-F1, %", "published", "lies"):
        table.add_column(heading)
    metrics = ("accuracy", "macro_f1")
    for row in report.rows:
        printed = [" / ".join(as_printed(entry.figure, metric) or "–" for metric in metrics) for entry in row.beside]
        lies = [
            "not comparable"
            if entry.not_comparable
            else " / ".join(entry.places.get(metric, "–") for metric in metrics)
            for entry in row.beside
        ]
        ours = (in_percent(row.figures[metric]) for metric in metrics)
        table.add_row(row.name, *ours, "\n".join(printed), "\n".join(lies))
    console.print(table)
    for statement in report.statements:
        console.print(Text(statement, style="yellow"))
    for name, reason in report.failures:
        console.print(Text(f"failed: {name}: {reason}", style="bold red"), soft_wrap=True)
