"""What a manifest on workers costs beside a plain loop over the same walks, and how much faster two workers are.

Each is a program of its own, from its start to its end; they take turns. CPU seconds (user and system) of all its
processes hold on a busy machine too, times of day only on an idle one with two cores or more. ``--full``: 1,000 walks
of 300 frames, the size of the table in docs/district.md, about five minutes on two idle cores.
"""

from __future__ import annotations

import importlib.util
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from rich.console import Console
from rich.table import Table

import scoliogait as sg
from benchmarks.fresh_process import ROOT
from benchmarks.many_walks import write_many_walks

_PLAIN = """
import sys
from pathlib import Path
import scoliogait as sg
from scoliogait.report.screening_files import ScreeningFiles
walks, _, out = map(Path, sys.argv[1:])
with ScreeningFiles(csv=out / "plain.csv").open() as files:
    for outcome in sg.screen_many(walks):
        files.add(outcome.to_row(), {})
"""
_FROM_MANIFEST = """
import sys
import scoliogait as sg
run = sg.screen_manifest(sys.argv[2], sys.argv[3])
"""
# Task by task in one process: all that a run does, but for its processes.
_HERE = f"""{_FROM_MANIFEST}
from here_engine import Here
run.run(Here())
run.merge()
"""
# Who waits for its server counts what that used, and what its workers used.
_ON_WORKERS = f"""
from scoliogait.api.screen_workers import begin_workers
begin_workers()
{_FROM_MANIFEST}
from multiprocessing import forkserver
from scoliogait.district.processes import Processes
run.run(Processes(%d))
run.merge()
forkserver._forkserver._stop()
"""
LOOP = "plain loop, CSV"
PROGRAMS: Mapping[str, str] = {
    LOOP: _PLAIN,
    "manifest, in one process": _HERE,
    "manifest, 1 worker": _ON_WORKERS % 1,
    "manifest, 2 workers": _ON_WORKERS % 2,
}


@dataclass(frozen=True)
class Took:
    """Seconds of all cores, and on the clock."""

    cpu_s: float
    clock_s: float


def run(full: bool = False) -> None:
    n_walks, n_frames, n_rounds = (1_000, 300, 3) if full else (100, 60, 1)
    with tempfile.TemporaryDirectory() as scratch:
        walks = write_many_walks(Path(scratch) / "walks", n_walks, n_frames)
        sg.make_manifest(walks, Path(scratch) / "m.parquet")
        rounds = [{name: _took(code, Path(scratch)) for name, code in PROGRAMS.items()} for _ in range(n_rounds)]
    title = f"{n_walks} simulated walks of {n_frames} frames, median of {n_rounds} rounds"
    table = Table(title=f"{title}; load before it {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    for heading in ("what", "CPU s", "beside the loop", "s on the clock", "times as fast"):
        table.add_column(heading)
    for name in PROGRAMS:
        more = median(one[name].cpu_s / one[LOOP].cpu_s - 1 for one in rounds)
        faster = median(one[LOOP].clock_s / one[name].clock_s for one in rounds)
        cpu_s, clock_s = (median(getattr(one[name], what) for one in rounds) for what in ("cpu_s", "clock_s"))
        table.add_row(name, f"{cpu_s:.2f}", f"{more:+.1%}", f"{clock_s:.1f}", f"{faster:.2f}")
    Console().print(table)
    if importlib.util.find_spec("pandas"):
        print("pandas is installed here: pyarrow loads it, 0.2 s in each process that writes a table")


def _took(code: str, scratch: Path) -> Took:
    out = scratch / "out"
    out.mkdir()
    paths = os.pathsep.join(map(str, (ROOT / "src", ROOT / "tests")))
    # One thread a process; compiled sources are kept, as those of an installed package are.
    environment = os.environ | {"PYTHONPATH": paths, "OMP_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": ""}
    given = [str(scratch / "walks"), str(scratch / "m.parquet"), str(out)]
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run([sys.executable, "-c", code, *given], env=environment, check=True)
    after, ended = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    shutil.rmtree(out)
    return Took(after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime, ended - began)
