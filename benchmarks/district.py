"""Many walks on many workers: what the engine costs beside a plain loop, what resuming takes, and memory by rows.

``--full``: the sizes of the tables in docs/district.md. Kills have a benchmark of their own: ``python -m
benchmarks.kills``.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from rich.console import Console
from rich.table import Table

import scoliogait as sg
from benchmarks.fresh_process import Spent, Work, spent
from benchmarks.many_walks import write_many_walks

# What every process of a run does once, whatever it screens.
_START = """
import sys, torch, cv2
torch.set_num_threads(1); cv2.setNumThreads(1)
import scoliogait as sg
from pathlib import Path
"""
_PLAIN = """
from scoliogait.report.screening_files import ScreeningFiles
screener = sg.load_model("builtin:pose-set", "cpu")
with ScreeningFiles(csv=Path(arguments[1])).open() as files:
    for outcome in sg.screen_many(arguments[0], screener):
        files.add(outcome.to_row(), {})
"""
# The whole work of a run but for its processes: in one, task by task.
_IN_SHARDS = """
sys.path.insert(0, arguments[3])
from here_engine import Here
run = sg.screen_manifest(arguments[0], arguments[1])
run.run(Here())
run.merge()
"""
_ON_PROCESSES = """
import resource, json
from scoliogait.district.processes import Processes
run = sg.screen_manifest(arguments[0], arguments[1])
run.run(Processes(int(arguments[2])))
run.merge()
used = resource.getrusage(resource.RUSAGE_CHILDREN)
begin_s -= used.ru_utime + used.ru_stime
"""
_NO_WORK = """
from scoliogait.district.manifest import open_manifest
from scoliogait.district.processes import Processes
from scoliogait.district.shards import shards_of
sys.path.insert(0, arguments[1])
from benchmarks.district import no_work
manifest = open_manifest(arguments[0])
tasks = (shard.to_dict() for shard in shards_of(manifest.rows(), "work"))
n_walks = sum(result["n_walks"] for result in Processes(2).run(no_work, tasks))
assert n_walks == manifest.n_rows
"""
_TESTS, _ROOT = Path(__file__).parents[1] / "tests", Path(__file__).parents[1]


def no_work(task: dict[str, object]) -> dict[str, object]:
    """What a worker does where only the way to it and back is measured."""
    return {"n_walks": len(task["rows"])}  # type: ignore[arg-type]


def run(full: bool = False) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        _costs(folder / "costs", *((1_000, 300) if full else (100, 60)))
        _resuming(folder / "resuming", 10_000 if full else 500)
        _memory(folder / "memory", (10_000, 100_000) if full else (1_000, 10_000))


def _costs(folder: Path, n_walks: int, n_frames: int) -> None:
    walks = write_many_walks(folder / "walks", n_walks, n_frames)
    sg.make_manifest(walks, folder / "m.parquet")
    plain = spent(Work(_PLAIN, _START, (walks, folder / "plain.csv")))
    table = Table(title=f"{n_walks} simulated walks of {n_frames} frames, CPU seconds of all processes")
    for heading in ("what", "CPU s", "beside the loop", "per walk ms"):
        table.add_column(heading)

    def line(what: str, cost: Spent) -> None:
        share = f"{cost.cpu_s / plain.cpu_s - 1:+.1%}"
        table.add_row(what, f"{cost.cpu_s:.1f}", share, f"{1000 * cost.cpu_s / n_walks:.1f}")

    line("plain loop, CSV", plain)
    shards = (folder / "m.parquet", folder / "here", 0, _TESTS)
    line("shards in one process, merged", spent(Work(_IN_SHARDS, _START, shards)))
    for n_workers in (1, 2):
        arguments = (folder / "m.parquet", folder / f"out{n_workers}", n_workers)
        line(f"{n_workers} worker(s) and their start, merged", spent(Work(_ON_PROCESSES, _START, arguments)))
    Console().print(table)


def _resuming(folder: Path, n_walks: int) -> None:
    walks = write_many_walks(folder / "walks", n_walks, 12)
    sg.make_manifest(walks, folder / "m.parquet")
    arguments = (folder / "m.parquet", folder / "out", 2)
    spent(Work(_ON_PROCESSES, _START, arguments))
    again = spent(Work(_ON_PROCESSES, _START, arguments))
    print(f"resuming a finished run of {n_walks:,} walks, merging included: {again.process_cpu_s:.1f} s of CPU in all")


def _memory(folder: Path, sizes: tuple[int, ...]) -> None:
    from scoliogait.district.manifest import ManifestRow, write_manifest

    folder.mkdir()
    for n_rows in sizes:
        names = (f"{number // 1000:03d}/{number:06d}.npz" for number in range(n_rows))
        rows = (ManifestRow(name, name, None, "native", 30_000, 10**18, f"{hash(name):064x}") for name in names)
        write_manifest(folder / f"{n_rows}.parquet", folder, rows)
        peak = spent(Work(_NO_WORK, "import sys", (folder / f"{n_rows}.parquet", _ROOT)))
        print(f"client with a manifest of {n_rows:,} rows: {peak.peak_mb:.0f} MB at most, {peak.cpu_s:.1f} s of CPU")
