"""A long run whose workers and whose client are killed again and again: what is lost, and what the table is at the end.

``python -m benchmarks.kills FOLDER --walks 10000 --frames 30 --workers 4 --kills 30``. Among the walks are one that
kills each process that opens it, one that is there twice, and one that changes during the run; once the disk is full.
The table is compared with that of a run nobody disturbs.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pyarrow as pa
import pyarrow.parquet as pq

import scoliogait as sg
from benchmarks.many_walks import write_many_walks
from benchmarks.own_dask import OwnDask
from scoliogait.district.run_folder import RESULTS
from scoliogait.district.shards import WALKS_PER_SHARD

_ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(_ROOT / "tests"))
from here_engine import dies_at, disk_full_after  # noqa: E402 -- beside the tests

# A scheduler and workers of Dask that are programs of their own, and are killed as such.
OWN = "own"
# In the command line of a worker, and of the process that workers are forked from.
_WORKERS = ("spawn_main", "forkserver")
ODD = _POISON, _CHANGES, _DOUBLE = "50/poison.npz", "zz/changes.npz", "zz/double.npz"


@dataclass
class Campaign:
    """A run with its disturbances. after: walks that are begun before the next kill, at most."""

    folder: Path
    n_workers: int
    cluster: str | None
    after: int
    random: random.Random
    own: OwnDask | None = None
    outcomes: Counter[str] = field(default_factory=Counter)

    @property
    def parts(self) -> Path:
        return self.folder / "out" / "parts"

    def n_begun(self) -> int:
        """Walks that are finished or that a try at a shard has come to; the last shards count as full ones."""
        n_parts = len(list(self.parts.glob("[!.]*"))) if self.parts.is_dir() else 0
        try:
            return n_parts * WALKS_PER_SHARD + sum(map(_number_in, self.folder.glob("out/tries/*/*.busy")))
        except FileNotFoundError:  # a shard was finished meanwhile
            return self.n_begun()

    def start(self, at_start: Path) -> subprocess.Popen[bytes]:
        """Another client on the same results."""
        command = [sys.executable, "-m", "scoliogait", "screen", "--manifest", str(self.folder / "m.parquet")]
        command += ["--out", str(self.folder / "out")]
        if self.own is not None:
            self.own.mend(at_start)
            command += ["--cluster", self.own.address]
        else:
            command += ["--workers", str(self.n_workers), *(["--cluster", self.cluster] if self.cluster else [])]
        paths = os.pathsep.join([str(at_start), str(_ROOT / "src")])
        self.outcomes["runs"] += 1
        with (self.folder / "log").open("ab") as log:
            return subprocess.Popen(command, env=os.environ | {"PYTHONPATH": paths}, stdout=log, stderr=log)

    def until(self, n_begun: int, client: subprocess.Popen[bytes]) -> bool:
        """Whether so many walks are begun before the client ends by itself."""
        while client.poll() is None:
            if self.n_begun() >= n_begun:
                return True
            if self.own is not None:
                self.own.mend(self.own.at_start)
            time.sleep(0.02)
        return False

    def kill_one(self, client: subprocess.Popen[bytes], also_client: bool) -> bool:
        """Kill a worker, what workers belong to, or the client at random; whether the client is gone."""
        if self.own is not None and not (also_client and self.random.random() < 1 / (self.n_workers + 2)):
            self.outcomes[self.own.kill(self.random.choice(self.own.programs))] += 1
            return False
        victims = [one for one in _children(client.pid) if any(word in _line_of(one) for word in _WORKERS)]
        victims += [psutil.Process(client.pid)] if also_client else []
        if not victims:
            return False
        victim = self.random.choice(victims)
        is_server = victim.pid != client.pid and bool(_children(victim.pid))
        with suppress(psutil.Error):  # it has just ended by itself
            victim.send_signal(signal.SIGKILL)
        if victim.pid == client.pid:
            client.wait()
            self.outcomes["clients killed"] += 1
            return True
        self.outcomes[f"{'servers of workers' if is_server else 'workers'} killed"] += 1
        return False

    @property
    def n_kills(self) -> int:
        return sum(count for what, count in self.outcomes.items() if what.endswith(" killed"))

    def go_through(self, n_kills: int, at_start: Path) -> None:
        """Until the run has ended by itself, after so many kills where there is so much to do."""
        while True:
            client = self.start(at_start)
            if self._disturbed(client, n_kills):
                continue
            code = client.wait()
            if (self.folder / "out" / RESULTS).is_file():
                self.outcomes[f"runs that ended with code {code}"] += 1
                return
            self.outcomes["runs that lost their scheduler"] += 1

    def _disturbed(self, client: subprocess.Popen[bytes], n_kills: int) -> bool:
        n_here = 0
        while self.n_kills < n_kills and self.until(self.n_begun() + self.random.randint(1, self.after), client):
            # A client dies at its fifth kill at the latest, so that runs are many.
            n_here += 1
            if n_here >= 6:
                client.kill()
                client.wait()
                self.outcomes["clients killed"] += 1
                return True
            if self.kill_one(client, also_client=n_here > 2):
                return True
        return False


def _number_in(file: Path) -> int:
    try:
        return max(int(file.read_text()), 0)
    except (OSError, ValueError):  # it is just being written, or gone
        return 0


def _children(pid: int) -> list[psutil.Process]:
    try:
        return psutil.Process(pid).children(recursive=True)
    except psutil.Error:  # it is gone
        return []


def _line_of(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return ""


def prepare(folder: Path, n_walks: int, n_frames: int) -> None:
    """Walks, a manifest, and what is odd among them."""
    walks = write_many_walks(folder / "walks", n_walks - 3, n_frames)
    some = (walks / "00" / "00000.npz").read_bytes()
    for name in ODD:
        (walks / name).parent.mkdir(exist_ok=True)
        (walks / name).write_bytes(some)
    sg.make_manifest(walks, folder / "m.parquet")


@dataclass(frozen=True)
class Ending:
    """What was done to a run, its table, and whether that is the table of a run that nobody disturbed."""

    outcomes: Counter[str]
    table: pa.Table
    same: bool


def campaign(folder: Path, n_walks: int, n_frames: int, n_workers: int, n_kills: int, cluster: str | None) -> Ending:
    """Make the walks, run under disturbances, and once more without."""
    folder.mkdir(parents=True, exist_ok=True)
    prepare(folder, n_walks, n_frames)
    seeded = random.Random(14)
    after = max(2 * n_walks // (n_kills + 8), 1)
    disturbed = Campaign(folder, n_workers, cluster, after, seeded, OwnDask(n_workers) if cluster == OWN else None)
    # Full when the first parts are there; then with room.
    full = disturbed.start(disk_full_after(folder / "full", 1 + n_walks // 1000, disturbed.parts))
    disturbed.outcomes[f"full disk: runs that ended with code {full.wait()}"] += 1
    (folder / "walks" / _CHANGES).write_bytes((folder / "walks" / "01" / "00001.npz").read_bytes())
    try:
        disturbed.go_through(n_kills, dies_at(folder / "poison", Path(_POISON).name))
    finally:
        if disturbed.own is not None:
            disturbed.own.end()
    (folder / "out").rename(folder / "disturbed")
    Campaign(folder, n_workers, None, after, seeded).go_through(0, folder / "poison")
    tables = [folder / name / RESULTS for name in ("disturbed", "out")]
    return Ending(disturbed.outcomes, pq.read_table(tables[0]), tables[0].read_bytes() == tables[1].read_bytes())


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.kills", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--walks", type=int, default=10_000)
    parser.add_argument("--frames", type=int, default=30)
    parser.add_argument("--workers", type=int, default=4)
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--cluster", choices=["local", OWN], help="Dask: here, or programs of its own")
    asked = parser.parse_args(arguments)
    ending = campaign(asked.folder, asked.walks, asked.frames, asked.workers, asked.kills, asked.cluster)
    print(f"{asked.walks} simulated walks of {asked.frames} frames, {asked.workers} workers")
    for what, count in sorted(ending.outcomes.items()):
        print(f"  {what}: {count}")
    files = ending.table["file"].to_pylist()
    print(f"  rows: {len(files)}, of different files: {len(set(files))}")
    print(f"  byte for byte the table of the undisturbed run: {ending.same}")
    for name in ODD:
        row = ending.table.slice(files.index(name), 1).to_pylist()[0]
        print(f"  {name}: {row['outcome']}: {row['reason']}")


if __name__ == "__main__":
    main(sys.argv[1:])
