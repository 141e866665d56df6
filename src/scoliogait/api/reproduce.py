"""The published tables on one's own copy of the data, as ``scoliogait reproduce`` makes them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from scoliogait.api.shown import Shown, Summary
from scoliogait.errors import DataError
from scoliogait.files import locked
from scoliogait.optional_package import names_missing_extra, require_package
from scoliogait.reproduction.data import check_modalities, open_data, partitions_of_rows
from scoliogait.reproduction.folder import ReproductionFolder
from scoliogait.reproduction.plan import Row, choose_rows
from scoliogait.reproduction.run import places, plan_jobs, run_all
from scoliogait.reproduction.shared_walks import refuse_shared_walks

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from rich.console import Console

    from scoliogait.reproduction.report import Report
    from scoliogait.reproduction.rows import RowResult

# Two calls on one folder would train the same jobs.
_LOCK, _LOCK_S = ".reproduce.lock", 1.0
_SHOWN_METRICS = ("accuracy", "macro_f1")


@dataclass(frozen=True, repr=False)
class Reproduction(Shown):
    """Our figures beside the published ones. path: the folder; report: rows, failures, statements."""

    path: Path
    report: Report

    def summary_words(self) -> Summary:
        return Summary(
            title=self.report.title,
            headings=("row", "accuracy, %", "macro-F1, %", "published", "lies"),
            rows=tuple(cells for row in self.report.rows for cells in _lines(row)),
            notes=tuple(f"failed: {name}: {reason}" for name, reason in self.report.failures),
            statements=tuple(self.report.statements),
        )

    def plot(self) -> Figure:
        """Ours with intervals beside the published figures. Raises DataError when no row is finished."""
        from scoliogait.reproduction.report import rows_figure

        if not self.report.rows:
            raise DataError(f"{self.path}: no row is finished; there is nothing to draw")
        return rows_figure(self.report.rows, self.report.title)


def _lines(row: RowResult) -> Iterator[tuple[str, ...]]:
    """A row of ours beside each published figure, a line each; ours stands in the first of them."""
    from scoliogait.reproduction.report import as_printed, in_percent

    ours = (row.name, *(in_percent(row.figures[metric]) for metric in _SHOWN_METRICS))
    for entry in row.beside:
        printed = " / ".join(as_printed(entry.figure, metric) or "–" for metric in _SHOWN_METRICS)
        lies = " / ".join(entry.places.get(metric, "–") for metric in _SHOWN_METRICS)
        yield *ours, printed, "not comparable" if entry.not_comparable else lies
        ours = ("",) * len(ours)
    if not row.beside:
        yield *ours, "", ""


@names_missing_extra
def reproduce(
    data: str | Path,
    out: str | Path,
    *,
    rows: Sequence[str] = (),
    seeds: int = 3,
    smoke: bool = False,
    jobs: int = 1,
    devices: Sequence[str] = (),
    allow_leak: bool = False,
    say: Callable[[str], None] = lambda line: None,
    console: Console | None = None,
) -> Reproduction:
    """Train every row of the published tables, test it once, write ours with intervals beside the published figures.

    The same call goes on where it was stopped, and more rows or seeds can be added later.

    data: a store, or the folder that the released trees lie in. out: folder to write. rows: names or patterns, all
    without them. seeds: trainings of each row, with the seeds 0, 1, ... smoke: tiny networks and a few steps, which
    shows that all of it runs, and no figure. jobs: trainings side by side on the CPU. devices: one training at a time
    on each, such as ``["cuda:0", "cuda:1"]``. allow_leak: go on where walks train and test under two ids; the results
    say so. say: takes a line after every job. console: where progress is drawn.

    Raises DataError for input that cannot be used; a job that fails is reported and does not stop the others.
    """
    if devices and jobs != 1:
        raise DataError("--jobs: with --devices there is one job on each device; leave --jobs out")
    chosen = choose_rows(rows)
    where = places(jobs, devices)
    folder = ReproductionFolder(Path(out))
    simulated = _settle(folder, Path(data), smoke, chosen, allow_leak)
    planned = plan_jobs(folder, chosen, seeds)
    all_jobs = [job for chain in planned for job in chain]
    for job in all_jobs:
        job.check()

    from scoliogait.reproduction.diary import Diary

    diary = Diary(folder, chosen, seeds, all_jobs, smoke, simulated, say)
    with locked(folder.path / _LOCK, _LOCK_S):
        diary.begin()
        run_all(folder, planned, where, diary.note, console, allow_leak)
        report = diary.write()
    return Reproduction(folder.path, report)


def _settle(folder: ReproductionFolder, data: Path, smoke: bool, rows: Sequence[Row], allow_leak: bool) -> bool:
    """Bring walks and partitions into the folder; all that can be refused is refused before. Whether simulated."""

    def claim() -> None:
        require_package("torch")  # after what is refused without it, and before anything is written
        folder.claim(data, smoke)

    folder.check(data, smoke)
    store = open_data(data, folder.store, claim)
    check_modalities(store, rows)
    partitions = partitions_of_rows(store, rows)
    if not allow_leak:
        refuse_shared_walks(store, list(partitions.values()))
    claim()
    folder.settle(store, partitions)
    return store.simulated
