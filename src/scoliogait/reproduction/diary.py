"""The diary of a reproduction: the end of every job, and a table of what is done so far."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from scoliogait.reproduction.folder import Job, ReproductionFolder
from scoliogait.reproduction.plan import Row
from scoliogait.reproduction.report import Report, write_reproduction
from scoliogait.reproduction.rows import finished_rows
from scoliogait.reproduction.run import Failure

# A table of what is done so far can be read while days of training go on; drawing it costs a second or two.
_REPORT_EVERY_S = 60.0


@dataclass
class Diary:
    """Reports the end of every job in a line, and keeps the table of what is done up to date.

    jobs: of the whole table. mine: those of this call, which are all unless it does a share. say: takes one line of
    text.
    """

    folder: ReproductionFolder
    rows: Sequence[Row]
    n_seeds: int
    jobs: Sequence[Job]
    mine: Sequence[Job]
    smoke: bool
    simulated: bool
    say: Callable[[str], None]
    failures: list[Failure] = field(default_factory=list)
    n_ended: int = 0
    written_s: float = 0.0

    def begin(self) -> None:
        """Call it before the first job."""
        self.n_ended, self.written_s = sum(job.finished for job in self.mine), time.monotonic()
        all_of_them = f"{len(self.jobs)} jobs of {len(self.rows)} rows"
        share = "" if len(self.mine) == len(self.jobs) else f"; this share has {len(self.mine)}"
        self.say(f"{all_of_them}{share}, {self.n_ended} of them finished before")

    def note(self, job: Job, failure: Failure | None) -> None:
        """Call it after every job."""
        self.n_ended += 1
        result = "done"
        if failure is not None:
            self.failures.append(failure)
            result = f"failed: {failure.reason}"
        self.say(f"{self.n_ended} of {len(self.mine)}  {job.name}: {result}")
        if time.monotonic() - self.written_s > _REPORT_EVERY_S:
            self.write()
            self.written_s = time.monotonic()

    def write(self) -> Report:
        """Write table and page of what is done so far, here and by processes that do other shares."""
        failed = {job.name: reason for job in self.jobs if (reason := job.failure) is not None}
        failed |= {failure.job.name: failure.reason for failure in self.failures}
        n_waiting = sum(not job.finished for job in self.jobs) - len(failed)
        rows = finished_rows(self.folder, self.rows, self.n_seeds)
        report = Report(rows, list(failed.items()), n_waiting, self.smoke, self.simulated)
        write_reproduction(self.folder.path, report)
        return report
