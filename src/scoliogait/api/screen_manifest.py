"""A manifest in, one row for each of its walks out, on many processes; killed at any moment it goes on where it was."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scoliogait import __version__
from scoliogait.api.places import DEFAULT_MODEL, Place, path_of
from scoliogait.api.screen_workers import SCREENS_SHARDS
from scoliogait.checkpoints.model_folder import is_builtin
from scoliogait.district.engine import Engine, NamedWork, Task
from scoliogait.district.manifest import Manifest, open_manifest
from scoliogait.district.run_folder import ResultsFolder, RunFacts
from scoliogait.district.shards import Shard, shards_of
from scoliogait.district.tries import SECONDS_PER_WALK
from scoliogait.errors import DataError
from scoliogait.exported.stated import package_that_runs, stated_model
from scoliogait.io.backend_names import backend_named, check_one_video, digest_of
from scoliogait.io.read import check_frame_rate
from scoliogait.report.screening_parquet import merged_screenings, outcomes_in, read_screenings
from scoliogait.report.screening_table import COLUMNS, Cell
from scoliogait.result_states import NOT_USABLE, UNREADABLE


@dataclass(frozen=True)
class ManifestProgress:
    """n_done of n_walks have a row, n_found of them from an earlier run. outcomes: what came of those done."""

    n_done: int
    n_found: int
    n_walks: int
    outcomes: Counter[str]

    @property
    def n_refused(self) -> int:
        """Not usable and unreadable ones."""
        return self.outcomes[NOT_USABLE] + self.outcomes[UNREADABLE]

    def words(self, seconds: float) -> str:
        """How far it is, how fast and for how long still, after so many seconds of work."""
        rate = (self.n_done - self.n_found) / seconds if seconds > 0 else 0.0
        left = f", {(self.n_walks - self.n_done) / rate / 60:.0f} min left" if rate else ""
        return f"{self.n_done:,} of {self.n_walks:,} walks, {rate:.1f} a second{left}, {self.n_refused:,} refused"


@dataclass(frozen=True)
class ManifestScreening:
    """A run over a manifest. Making one checks everything that can be checked without reading a walk.

    share: (k, n) for the k-th of n shares of the shards, from 1; None for all.
    """

    manifest: Manifest
    folder: ResultsFolder
    facts: RunFacts
    share: tuple[int, int] | None = None
    seconds_per_walk: float = SECONDS_PER_WALK

    def shards(self) -> Iterator[Shard]:
        """All shards of the manifest, in order; each is made anew and nothing is kept."""
        return shards_of(self.manifest.rows(), self.manifest.n_rows, self.facts.digest_content)

    def run(self, engine: Engine, progress: Callable[[ManifestProgress], None] = lambda now: None) -> ManifestProgress:
        """Screen what is not finished. progress: called after each shard.

        Raises DataError and ModelError as ``screen_shard`` and the engine do; what is finished is kept then.
        """
        tally = _Tally(self._n_walks(), progress)
        work = NamedWork(SCREENS_SHARDS, "screen_shard", self._work())
        for result in engine.run(work, self._unfinished(tally)):
            tally.add(result["n_walks"], Counter(result["outcomes"]))
        return tally.now

    def _unfinished(self, tally: _Tally) -> Iterator[Task]:
        for shard in self._of_share():
            found = outcomes_in(self.folder.part(shard.digest), shard.digest, len(shard.rows))
            if found is None:
                yield shard.to_dict()
            else:
                tally.add(len(shard.rows), found, found_there=True)

    def _n_walks(self) -> int:
        """Of this share; of one of several it is counted."""
        return self.manifest.n_rows if self.share is None else sum(len(shard.rows) for shard in self._of_share())

    def merge(
        self, each_row: Callable[[dict[str, Cell]], None] | None = None, columns: Sequence[str] = COLUMNS
    ) -> Path:
        """One table of all walks in the order of the manifest, each once.

        each_row: called with every row of it, as far as the columns go. Raises DataError naming the first walk that has
        no result yet.
        """
        with merged_screenings(self.folder.results, self.facts.manifest) as add:
            for shard in self.shards():
                part = self.folder.part(shard.digest)
                if not part.is_file():
                    raise DataError(
                        f"{self.folder.path}: walk {shard.rows[0].id!r} and others have no result yet; run without "
                        "--shard to finish and merge"
                    )
                table = read_screenings(part, shard.digest, len(shard.rows))
                add(table)
                if each_row is not None:
                    for row in table.select(columns).to_pylist():
                        each_row(row)
        return self.folder.results

    def _of_share(self) -> Iterator[Shard]:
        k, n = self.share or (1, 1)
        return (shard for shard in self.shards() if shard.number % n == k - 1)

    def _work(self) -> dict[str, Any]:
        return {
            "package": self.facts.package,
            "root": str(self.manifest.root),
            "results": str(self.folder.path.absolute()),
            "model": self.facts.model,
            "model_digest": self.facts.model_digest,
            "model_runs_with": self.facts.model_runs_with,
            "backend": self.facts.backend,
            "backend_digest": self.facts.backend_digest,
            "reading": dict(self.facts.options),
            "seconds_per_walk": self.seconds_per_walk,
        }


class _Tally:
    """Counts walks as their shards get done."""

    def __init__(self, n_walks: int, progress: Callable[[ManifestProgress], None]) -> None:
        self.now = ManifestProgress(0, 0, n_walks, Counter())
        self._progress = progress

    def add(self, n_walks: int, outcomes: Counter[str], found_there: bool = False) -> None:
        before = self.now
        n_found = before.n_found + n_walks * found_there
        self.now = ManifestProgress(before.n_done + n_walks, n_found, before.n_walks, before.outcomes + outcomes)
        self._progress(self.now)


def screen_manifest(
    manifest: str | Path,
    out: str | Path,
    model: Place = DEFAULT_MODEL,
    *,
    root: str | Path | None = None,
    person: int | None = None,
    frame_rate_hz: float | None = None,
    layout: str | None = None,
    backend: str | None = None,
    share: tuple[int, int] | None = None,
    seconds_per_walk: float = SECONDS_PER_WALK,
) -> ManifestScreening:
    """A run over all walks of a manifest with results in the folder ``out``, new or begun before.

    root: where the walks lie here, if not where the manifest says. model, person, frame_rate_hz, layout, backend: as
    for ``screen_many``; workers must see the file of a backend, too. share: (k, n), only the k-th of n shares, from 1.
    seconds_per_walk: what takes longer ends its worker, and is given up as a walk that ends it is.

        if __name__ == "__main__":
            run = sg.screen_manifest("walks.parquet", "results")
            run.run(Processes(4))
            print(run.merge())

    Raises DataError for a manifest that is none (see ``open_manifest``), for results of another manifest, model,
    version or options in ``out``, and for a share that is none; ModelError where there is no such model.
    """
    if share is not None and not 1 <= share[0] <= share[1]:
        raise DataError(f"share {share[0]}/{share[1]}: expected K/N with K from 1 to N")
    check_frame_rate(frame_rate_hz)
    place = path_of(model)
    digest = stated_model(place).digest
    named = str(place) if is_builtin(place) else str(Path(place).absolute())
    options: dict[str, str | int | float | None] = {
        "person": person,
        "frame_rate_hz": frame_rate_hz,
        "layout": layout,
    }
    looks = None if backend is None else backend_named(backend, layout)
    listed = open_manifest(manifest, root)
    check_one_video(looks, listed.n_rows)
    folder = ResultsFolder(Path(out))
    facts = RunFacts(
        package=__version__,
        manifest=listed.digest,
        model=named,
        model_digest=digest,
        model_runs_with=package_that_runs(place),
        backend=None if backend is None else _absolute(backend),
        backend_digest=None if looks is None else digest_of(looks),
        options=options,
    )
    folder.claim(facts)
    return ManifestScreening(listed, folder, facts, share, seconds_per_walk)


def _absolute(backend: str) -> str:
    """The same name, with the path that its file has everywhere on this machine."""
    name, _, file = backend.partition(":")
    return f"{name}:{Path(file).absolute()}" if file else name
