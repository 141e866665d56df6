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
from scoliogait.reproduction.run import of_share, places, plan_jobs, run_all
from scoliogait.reproduction.shared_walks import refuse_shared_walks

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from rich.console import Console

    from scoliogait.reproduction.report import Report
    from scoliogait.reproduction.rows import RowResult

# Two calls on one folder would train the same jobs.
_LOCK, _LOCK_S = ".reproduce{}.lock", 1.0
_SHOWN_METRICS = ("accuracy", "macro_f1")


@dataclass(frozen=True, repr=False)
class Reproduction(Shown):
    """Our figures beside the published ones. path: the folder; report: rows, failures, statements of the whole table.

    failed: names of the jobs that failed in this call.
    """

    path: Path
    report: Report
    failed: tuple[str, ...]

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
    workers: int = 1,
    devices: Sequence[str] = (),
    share: tuple[int, int] | None = None,
    allow_leak: bool = False,
    say: Callable[[str], None] = lambda line: None,
    console: Console | None = None,
) -> Reproduction:
    """Train every row of the published tables, test it once, write ours with intervals beside the published figures.

    The same call goes on where it was stopped, and more rows or seeds can be added later.

    data: a store, or the folder that the released trees lie in. out: folder to write. rows: names or patterns, all
    without them. seeds: trainings of each row, with the seeds 0, 1, ... smoke: tiny networks and a few steps, which
    shows that all of it runs, and no figure. workers: trainings side by side, each in a process and on a GPU of its
    own, or, where there is none, on its part of the cores. devices: one training at a time on each, such as
    ``["cuda:0", "GPU-9c1d..."]``. share: (k, n), only the k-th of n shares of the trainings, from 1; calls with the
    other shares may run at the same time, on other machines too. allow_leak: go on where walks train and test under
    two ids; the results say so. say: takes a line after every job. console: where progress is drawn.

    Raises DataError for input that cannot be used; a job that fails is reported and does not stop the others.
    """
    if devices and workers != 1:
        raise DataError("--workers: with --devices there is one training on each device; leave --workers out")
    chosen = choose_rows(rows)
    folder = ReproductionFolder(Path(out))
    planned = plan_jobs(folder, chosen, seeds)
    mine = planned if share is None else of_share(planned, share)
    where = places(workers, devices)
    if share is not None and where == [None]:
        where = [{}]  # in a process of its own, so that one that is killed takes no other job of the share along
    simulated = _settle(folder, Path(data), smoke, chosen, allow_leak)
    all_jobs, my_jobs = ([job for chain in some for job in chain] for some in (planned, mine))

    from scoliogait.reproduction.diary import Diary

    diary = Diary(folder, chosen, seeds, all_jobs, my_jobs, smoke, simulated, say)
    with locked(folder.path / _LOCK.format("" if share is None else f"-{share[0]}-of-{share[1]}"), _LOCK_S):
        diary.begin()
        run_all(folder, mine, where, diary.note, console, allow_leak)
        report = diary.write()
    return Reproduction(folder.path, report, tuple(failure.job.name for failure in diary.failures))


@names_missing_extra
def prepare_reproduction(
    data: str | Path,
    out: str | Path,
    *,
    rows: Sequence[str] = (),
    seeds: int = 3,
    smoke: bool = False,
    allow_leak: bool = False,
) -> int:
    """Bring walks and partitions into the folder, so that shares can be done anywhere; into how many it can be cut.

    Trainings that start from one another stay together. Arguments and errors: as ``reproduce`` has them.
    """
    chosen = choose_rows(rows)
    folder = ReproductionFolder(Path(out))
    _settle(folder, Path(data), smoke, chosen, allow_leak)
    return len(plan_jobs(folder, chosen, seeds))


def _settle(folder: ReproductionFolder, data: Path, smoke: bool, rows: Sequence[Row], allow_leak: bool) -> bool:
    """Bring walks and partitions into the folder; all that can be refused is refused before. Whether simulated."""

    def before_import() -> None:
        require_package("torch")
        folder.claim(data, smoke)

    folder.check(data, smoke)
    store = open_data(data, folder.store, before_import)
    require_package("torch")
    check_modalities(store, rows)
    partitions = partitions_of_rows(store, rows)
    if not allow_leak:
        refuse_shared_walks(store, list(partitions.values()))
    folder.claim(data, smoke)
    folder.settle(store, partitions)
    return store.simulated
