"""A scheduler and workers of Dask as programs of their own, each of which can be killed and is started again."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.fresh_process import ROOT

_Program = subprocess.Popen[bytes]


@dataclass
class OwnDask:
    """at_start: a folder for PYTHONPATH, which each worker finds first; with another one all begin anew. settings: of
    Dask, as variables of the environment.
    """

    n_workers: int
    at_start: Path = Path()
    settings: Mapping[str, str] = field(default_factory=dict)
    scheduler: _Program | None = None
    port: int = 0
    workers: list[_Program] = field(default_factory=list)

    @property
    def address(self) -> str:
        return f"tcp://127.0.0.1:{self.port}"

    def mend(self, at_start: Path) -> None:
        """Start what is not there. Workers of a scheduler that is gone go as well."""
        if self.scheduler is None or self.scheduler.poll() is not None or at_start != self.at_start:
            self.end()
            self.at_start = at_start
            with socket.socket() as free:
                free.bind(("127.0.0.1", 0))
                self.port = free.getsockname()[1]
            words = ("--host", "127.0.0.1", "--port", str(self.port), "--no-dashboard")
            self.scheduler = self._begun("distributed.cli.dask_scheduler", *words)
        self.workers = [worker for worker in self.workers if worker.poll() is None]
        words = (self.address, "--host", "127.0.0.1", "--nthreads", "1", "--no-nanny", "--no-dashboard")
        while len(self.workers) < self.n_workers:
            self.workers.append(self._begun("distributed.cli.dask_worker", *words))

    def kill(self, victim: _Program) -> str:
        """What was killed, in words."""
        victim.kill()
        victim.wait()
        return "schedulers killed" if victim is self.scheduler else "workers killed"

    @property
    def programs(self) -> list[_Program]:
        return [*self.workers, *([self.scheduler] if self.scheduler is not None else [])]

    def scheduler_peak_mb(self) -> float:
        """The most memory of the scheduler so far. Linux alone tells it of another process."""
        assert self.scheduler is not None
        lines = Path(f"/proc/{self.scheduler.pid}/status").read_text(encoding="utf-8").splitlines()
        return next(float(line.split()[1]) for line in lines if line.startswith("VmHWM")) * 1.024e-3

    def end(self) -> None:
        for program in self.programs:
            program.kill()
            program.wait()
        self.workers, self.scheduler = [], None

    def _begun(self, *words: str) -> _Program:
        paths = os.pathsep.join([str(self.at_start), str(ROOT / "src")])
        environment = os.environ | {"PYTHONPATH": paths, "OMP_NUM_THREADS": "1"} | self.settings
        quiet = subprocess.DEVNULL
        return subprocess.Popen([sys.executable, "-m", *words], env=environment, stdout=quiet, stderr=quiet)
