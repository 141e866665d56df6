"""What a worker does with a shard of a manifest: a row for each walk whatever happens, in a file that appears whole."""

from __future__ import annotations

import faulthandler
import multiprocessing
import os
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import cv2

from scoliogait import __version__
from scoliogait.api.screen_many import ScreeningOutcome, Screenings, screenings_of_place
from scoliogait.district.content_print import content_print
from scoliogait.district.manifest import STORE, ManifestRow
from scoliogait.district.run_folder import ResultsFolder
from scoliogait.district.shards import Shard
from scoliogait.district.tries import BEFORE_THE_FIRST, MAX_TRIES, deaths_by_row, forget_tries, new_try
from scoliogait.errors import DataError, ModelError
from scoliogait.exported.formats import is_export
from scoliogait.io.backend_names import Backend, backend_named, digest_of
from scoliogait.io.find_walks import WalkPlace
from scoliogait.optional_package import names_missing_extra
from scoliogait.report.screening_parquet import outcomes_in, write_screenings
from scoliogait.report.screening_table import Cell
from scoliogait.screening import Screener, load_model

_SHORTENED = ("file", "reason", "notes", "source")
# Where a model lies, its digest, and the package that runs it.
_Loaded = tuple[str, str, str]


@dataclass(frozen=True)
class ShardWork:
    """What is done with every shard of a run: plain values, which any worker understands.

    root: where the walks lie; results: the folder of the run; both as workers see them. backend: what finds joints in
    videos, None for the networks of the package. reading: person, frame_rate_hz and layout. seconds_per_walk: a walk
    that takes longer ends its worker.
    """

    package: str
    root: str
    results: str
    model: str
    model_digest: str
    model_runs_with: str
    backend: str | None
    backend_digest: str | None
    reading: Mapping[str, Any]
    seconds_per_walk: float

    @property
    def read_as(self) -> dict[str, Any]:
        """As ``screenings_of_place`` takes it."""
        looks = None if self.backend is None else _backend(self.backend, self.backend_digest, self.reading["layout"])
        return {**self.reading, "backend": looks}


@names_missing_extra
def screen_shard(work: Mapping[str, Any], shard: Mapping[str, Any]) -> dict[str, Any]:
    """Screen the walks of a shard and write their rows, unless they lie there already. Gives the outcomes, counted.

    A walk at which a process died ``MAX_TRIES`` times is given up: it gets a row that says so. Raises DataError when
    this is another version of the package, the results cannot be written, or processes die before the first walk;
    ModelError when the model cannot be loaded or is another one.
    """
    if work.get("package") != __version__:
        raise DataError(
            f"a worker has scoliogait {__version__}, the run was begun with {work.get('package')}; install the same "
            "version everywhere"
        )
    asked, these = ShardWork(**work), Shard.from_dict(dict(shard))
    folder = ResultsFolder(Path(asked.results))
    if not folder.path.is_dir():
        raise DataError(f"{folder.path}: is not seen by a worker; give a folder that all machines share")
    counted = outcomes_in(folder.part(these.digest), these.digest, len(these.rows))
    if counted is None:
        rows = _rows(asked, these, folder.tries(these.digest))
        write_screenings(folder.part(these.digest), rows, these.digest)
        counted = Counter(str(row["outcome"]) for row in rows)
    forget_tries(folder.tries(these.digest))
    return {"number": these.number, "n_walks": len(these.rows), "outcomes": dict(counted)}


def _rows(work: ShardWork, shard: Shard, tries: Path) -> list[dict[str, Cell]]:
    died = deaths_by_row(tries)
    if died[BEFORE_THE_FIRST] >= MAX_TRIES:
        forget_tries(tries)
        raise DataError(
            f"{work.model}: {MAX_TRIES} workers died while they loaded the model; give each more memory, or take fewer "
            "(--workers)"
        )
    with new_try(tries) as begin:
        screener = _screener(*_loaded(work))
        _ = work.read_as  # what is wrong with a backend ends the run, and is no row of each walk
        rows = []
        for number, row in enumerate(shard.rows):
            _end_without_parent()
            begin(number)
            outcome = _given_up(work, row, screener) if died[number] >= MAX_TRIES else _guarded(work, row, screener)
            rows.append(_below_root(outcome.to_row(), work.root))
        return rows


def _guarded(work: ShardWork, row: ManifestRow, screener: Screener) -> ScreeningOutcome:
    """A walk that breaks our code is a row with what broke, and no end of the others."""
    try:
        with _not_longer_than(work.seconds_per_walk):
            return _screened(work, row, screener)
    except DataError as error:
        return _refused(work, row, screener, str(error))
    except ModelError:
        raise
    except Exception as error:
        what = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
        return _refused(work, row, screener, f"{_place(work, row)}: screening it failed ({what}); report this fault")


def _screened(work: ShardWork, row: ManifestRow, screener: Screener) -> ScreeningOutcome:
    path = _place(work, row)
    if not os.path.lexists(path):
        raise DataError(f"{path}: is gone since the manifest was made; restore it, or make the manifest again")
    root = os.path.realpath(work.root)
    if not Path(os.path.realpath(path)).is_relative_to(root):
        raise DataError(f"{path}: a link leads out of the root; put the recording below the root")
    before = content_print(path, with_sha256=False)
    if row.kind == STORE and row.walk_id is not None:
        outcome = _of_store(path, before.modified_ns, _loaded(work), _frozen(work)).of_walk(row.walk_id)
    else:
        (outcome,) = screenings_of_place(WalkPlace(path), screener, work.read_as)
    after = content_print(path, with_sha256=row.sha256 is not None)
    is_as_listed = after == row.content if row.sha256 is None else after.sha256 == row.sha256
    if not is_as_listed or (before.n_bytes, before.modified_ns) != (after.n_bytes, after.modified_ns):
        stated = f"{row.n_bytes:,} bytes" + (f", sha256 {row.sha256[:12]}" if row.sha256 else "")
        raise DataError(f"{path}: was changed since the manifest was made ({stated}); make the manifest again")
    return outcome


def _given_up(work: ShardWork, row: ManifestRow, screener: Screener) -> ScreeningOutcome:
    reason = f"ended the process that screened it {MAX_TRIES} times, or took longer than {work.seconds_per_walk:g} s"
    return _refused(work, row, screener, f"{_place(work, row)}: {reason}; it was given up, report this fault")


def _refused(work: ShardWork, row: ManifestRow, screener: Screener, reason: str) -> ScreeningOutcome:
    (outcome,) = screenings_of_place(WalkPlace(_place(work, row), problem=reason), screener, work.read_as)
    return replace(outcome, walk_id=row.walk_id, in_store=row.walk_id is not None)


def _place(work: ShardWork, row: ManifestRow) -> Path:
    return Path(work.root, row.path)


def _below_root(row: dict[str, Cell], root: str) -> dict[str, Cell]:
    """Paths as they are in the manifest: the same row wherever the root lies."""
    above = root.rstrip(os.sep) + os.sep
    shown = {name: value.replace(above, "") for name in _SHORTENED if isinstance(value := row[name], str)}
    return row | shown


@lru_cache(maxsize=1)
def _screener(model: str, digest: str, runs_with: str) -> Screener:
    """On the processor, with one thread: the same numbers on each machine, and a worker takes no more than its core."""
    cv2.setNumThreads(1)
    screener = load_model(model, "cpu", None if is_export(model) else "torch" if runs_with == "torch" else "exported")
    if (torch := sys.modules.get("torch")) is not None:  # not every model is run by it
        torch.set_num_threads(1)
    if screener.model.digest != digest:
        raise ModelError(
            f"{model}: is model {screener.model.digest[:12]} where a worker runs; the run was begun with {digest[:12]}"
        )
    return screener


@lru_cache(maxsize=1)
def _backend(name: str, digest: str | None, layout: str | None) -> Backend:
    """Its networks are loaded once, for the first video. Raises ModelError where it is another one here."""
    looks = backend_named(name, layout)
    if digest_of(looks) != digest:
        raise ModelError(f"{name}: is another backend where a worker runs; install and copy the same everywhere")
    return looks


@lru_cache(maxsize=2)
def _of_store(path: Path, modified_ns: int, screener: _Loaded, reading: tuple[tuple[str, Any], ...]) -> Screenings:
    """A store is opened once for all its walks. modified_ns: of its header; a changed one is opened again."""
    return screenings_of_place(WalkPlace(path, is_store=True), _screener(*screener), dict(reading))


def _loaded(work: ShardWork) -> _Loaded:
    return work.model, work.model_digest, work.model_runs_with


def _frozen(work: ShardWork) -> tuple[tuple[str, Any], ...]:
    return tuple(sorted(work.read_as.items()))


@contextmanager
def _not_longer_than(seconds: float) -> Iterator[None]:
    """End this process when the block takes longer, also where it hangs in a library."""
    faulthandler.dump_traceback_later(seconds, exit=True, file=_nowhere())
    try:
        yield
    finally:
        faulthandler.cancel_dump_traceback_later()


@cache
def _nowhere() -> Any:
    return Path(os.devnull).open("w")


def _end_without_parent() -> None:
    """A worker whose parent was killed goes on with nothing."""
    parent = multiprocessing.parent_process()
    if parent is not None and not parent.is_alive():
        raise SystemExit(1)
