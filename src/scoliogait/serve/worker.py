"""One job in a process of its own, seen from the server: started, heard, watched, ended."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread
from time import monotonic

import psutil

from scoliogait.limits import MIB
from scoliogait.serve.job_request import STARTING, JobRequest, Said
from scoliogait.serve.sentence import Sentence

COMMAND = (sys.executable, "-P", "-m", "scoliogait.serve.job")  # -P: nothing is imported from its folder
_KEPT = (
    "PATH",
    "PYTHONPATH",
    "LD_LIBRARY_PATH",
    "DYLD_LIBRARY_PATH",
    "HOME",
    "LANG",
    "LC_ALL",
    "SYSTEMROOT",
    "USERPROFILE",
    "APPDATA",
    "LOCALAPPDATA",
)
_MOST_LINE = 10_000


@dataclass
class Worker:
    """A running job. heard: the last that it said of its progress. ``end`` must be called."""

    request: JobRequest
    process: subprocess.Popen[bytes]
    heard: Said = STARTING
    _begun: float = field(default_factory=monotonic)
    _listener: Thread | None = None

    @classmethod
    def start(cls, request: JobRequest, work: Path) -> Worker:
        """work: the folder for its temporary files. It runs on the processor alone, so that its memory is known."""
        environment = {name: os.environ[name] for name in _KEPT if name in os.environ}
        environment |= dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(work)) | {"CUDA_VISIBLE_DEVICES": ""}
        process = subprocess.Popen(
            COMMAND,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=work,
            env=environment,
        )
        worker = cls(request, process)
        worker._listener = Thread(target=worker._listen, daemon=True)
        worker._listener.start()
        assert process.stdin is not None
        with suppress(OSError):  # it died at once; its code says so
            process.stdin.write(request.to_line())
            process.stdin.flush()
        return worker

    @property
    def made_at(self) -> float:
        """When the process was made, as the system says it: with the pid it names one process."""
        with suppress(psutil.Error):
            return psutil.Process(self.process.pid).create_time()
        return 0.0

    def too_much(self) -> Sentence | None:
        """What it takes too much of; None while all is well."""
        limits = self.request
        if monotonic() - self._begun > limits.work_s:
            return Sentence("failed.minutes", {"minutes": limits.work_s / 60})
        if self._memory_bytes() > limits.memory_bytes:
            return Sentence("failed.memory", {"mb": limits.memory_bytes / MIB})
        return None

    def why_it_ended(self) -> Sentence:
        """Of one that ended without an outcome."""
        code = self.process.returncode
        how = f"signal {-code}" if code < 0 else f"code {code}"
        return Sentence("failed.broke_down", {"how": how})

    def end(self) -> None:
        """Whatever it does, it and its children are gone after this."""
        for child in self._children():
            with suppress(psutil.Error):
                child.kill()
        with suppress(OSError):
            self.process.kill()
        self.process.wait()
        if self._listener is not None:
            self._listener.join(timeout=5)
        for stream in (self.process.stdin, self.process.stdout):
            if stream is not None:
                with suppress(OSError):
                    stream.close()

    def finish_hearing(self) -> None:
        """After its end: wait until all that it said is heard."""
        if self._listener is not None:
            self._listener.join(timeout=5)

    def _listen(self) -> None:
        assert self.process.stdout is not None
        with suppress(ValueError, OSError, TypeError):
            while line := self.process.stdout.readline(_MOST_LINE):
                self.heard = Said.from_line(line.decode("utf-8"))

    def _children(self) -> list[psutil.Process]:
        with suppress(psutil.Error):
            return psutil.Process(self.process.pid).children(recursive=True)
        return []

    def _memory_bytes(self) -> int:
        total = 0
        with suppress(psutil.Error):
            for process in (psutil.Process(self.process.pid), *self._children()):
                with suppress(psutil.Error):
                    total += process.memory_info().rss
        return total


def end_orphan(pid: int, made_at: float) -> None:
    """End what an earlier server left running: this pid, unless another process has it by now."""
    with suppress(psutil.Error):
        process = psutil.Process(pid)
        if abs(process.create_time() - made_at) < 1.0:
            process.kill()
            process.wait(timeout=5)
