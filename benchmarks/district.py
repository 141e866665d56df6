"""Many walks on many workers: what resuming takes, and memory of the client and of a scheduler by rows.

``--full``: the sizes of the tables in docs/district.md. What workers cost is measured by ``python -m benchmarks
engine``, kills by ``python -m benchmarks.kills``.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import scoliogait as sg
from benchmarks.fresh_process import ROOT, Spent, Work, spent
from benchmarks.many_walks import write_many_walks
from benchmarks.own_dask import OwnDask
from scoliogait.district.engine import Engine
from scoliogait.district.processes import Processes

_ON_PROCESSES = """
import scoliogait as sg
from scoliogait.district.processes import Processes
run = sg.screen_manifest(arguments[0], arguments[1])
run.run(Processes(int(arguments[2])))
run.merge()
"""
_NO_WORK = """
from scoliogait.district.manifest import open_manifest
from scoliogait.district.shards import shards_of
sys.path.insert(0, arguments[1])
from benchmarks.district import engine_named, no_work
manifest = open_manifest(arguments[0])
tasks = (shard.to_dict() for shard in shards_of(manifest.rows(), "work"))
with engine_named(arguments[2]) as engine:
    assert sum(result["n_walks"] for result in engine.run(no_work, tasks)) == manifest.n_rows
"""
# With processes the client is all there is beside workers; with Dask here the scheduler is a part of it.
_ENGINES = {"processes": "client", "dask": "client and scheduler of --cluster local"}
# As docs/district.md advises for a scheduler that one starts, and as it is without.
_SCHEDULERS = {"as advised": {"DASK_DISTRIBUTED__ADMIN__LOW_LEVEL_LOG_LENGTH": "10"}, "without settings": {}}


def no_work(task: dict[str, object]) -> dict[str, object]:
    """What a worker does where only the way to it and back is measured."""
    return {"n_walks": len(task["rows"])}  # type: ignore[arg-type]


@contextmanager
def engine_named(name: str) -> Iterator[Engine]:
    """Two workers here, or those at an address."""
    if name == "processes":
        yield Processes(2)
        return
    from scoliogait.district.address import scheduler_address
    from scoliogait.district.on_dask import dask_at, local_dask

    with local_dask(2) if name == "dask" else dask_at(scheduler_address(name, None, False)) as on_dask:
        yield on_dask


def run(full: bool = False) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        _resuming(folder / "resuming", 10_000 if full else 500)
        _memory(folder / "memory", (10_000, 100_000) if full else (1_000, 10_000))


def _resuming(folder: Path, n_walks: int) -> None:
    walks = write_many_walks(folder / "walks", n_walks, 12)
    sg.make_manifest(walks, folder / "m.parquet")
    arguments = (folder / "m.parquet", folder / "out", 2)
    spent(Work(_ON_PROCESSES, "", arguments))
    again = spent(Work(_ON_PROCESSES, "", arguments))
    print(f"resuming a finished run of {n_walks:,} walks, merging included: {again.process_cpu_s:.1f} s of CPU in all")


def _memory(folder: Path, sizes: tuple[int, ...]) -> None:
    from scoliogait.district.manifest import ManifestRow, write_manifest

    folder.mkdir()
    for n_rows in sizes:
        names = (f"{number // 1000:03d}/{number:06d}.npz" for number in range(n_rows))
        rows = (ManifestRow(name, name, None, "native", 30_000, 10**18, f"{hash(name):064x}") for name in names)
        write_manifest(folder / f"{n_rows}.parquet", folder, rows)
        for engine, what in _ENGINES.items():
            _print_memory(what, n_rows, _without_work(folder, n_rows, engine).peak_mb)
        for how, settings in _SCHEDULERS.items():
            dask = OwnDask(2, settings=settings)
            dask.mend(ROOT)
            try:
                client = _without_work(folder, n_rows, dask.address)
                _print_memory(f"client of a scheduler {how}", n_rows, client.peak_mb)
                _print_memory(f"scheduler {how}", n_rows, dask.scheduler_peak_mb())
            finally:
                dask.end()


def _without_work(folder: Path, n_rows: int, engine: str) -> Spent:
    return spent(Work(_NO_WORK, "import sys", (folder / f"{n_rows}.parquet", ROOT, engine)))


def _print_memory(of: str, n_rows: int, peak_mb: float) -> None:
    print(f"{of}, a manifest of {n_rows:,} rows: {peak_mb:.0f} MB at most")
