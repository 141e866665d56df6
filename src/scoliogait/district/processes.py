"""Tasks on processes of this machine, without any other library: a worker that dies is replaced, its task redone."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import time
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import forkserver, resource_tracker
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from tempfile import gettempdir
from typing import Any

from scoliogait.district.engine import MOST_DEATHS_IN_A_ROW, NamedWork, Task, Work
from scoliogait.district.worker_process import BROKEN, READY, REFUSED, serve_tasks
from scoliogait.errors import DataError

# Nothing of this process's threads and files is in a worker. On Linux it is forked from a server that has imported what
# it runs, once for all; elsewhere it begins with nothing.
_FORKS = sys.platform == "linux"
_CONTEXT = multiprocessing.get_context("forkserver" if _FORKS else "spawn")
# pyarrow imports it, where there is one, when it makes its first array.
_LOADED_BY_PYARROW = "pandas"
_THREADS = "OMP_NUM_THREADS"
_MOST_FAILED_STARTS = 10
# Times the starts that have failed: a server that was killed still looks alive until the system has cleared it away.
_SECONDS_TO_CLEAR = 0.1
_SECONDS_TO_LEAVE = 5.0


@dataclass(eq=False)
class _Worker:
    process: BaseProcess
    connection: Connection
    ready: bool = False
    task: Task | None = None


@dataclass
class Processes:
    """n_workers: how many at once; each holds one task."""

    n_workers: int
    link: str | None = None

    def run(self, work: Work, tasks: Iterable[Task]) -> Iterator[dict[str, Any]]:
        """As ``Engine.run``."""
        room = _Room(work, iter(tasks), self.n_workers)
        begin_server(_home_of(work))
        try:
            yield from room.results()
        finally:
            room.leave()


def begin_server(module: str) -> None:
    """Begin the process that workers are forked from, which imports what they run; where one runs already, nothing.

    It loads while this process goes on: called early, the first workers are there sooner. Nothing where none is forked.
    Raises DataError where it cannot be begun.
    """
    if not _FORKS:
        return
    _CONTEXT.set_forkserver_preload([module, _LOADED_BY_PYARROW])
    resource_tracker.ensure_running()  # else it begins with the server, and Python lets Ctrl-C through after that
    try:
        with _one_thread_each(), _deaf_to_interrupts():
            forkserver.ensure_running()
    except OSError as error:
        raise DataError(
            f"{gettempdir()}: no workers can be begun with their socket in this folder ({error}); where its name is "
            "long, name a shorter one in the variable TMPDIR"
        ) from error


class _Room:
    """The workers of one run."""

    def __init__(self, work: Work, tasks: Iterator[Task], n_workers: int) -> None:
        self._work = work
        self._tasks = tasks
        self._again: deque[Task] = deque()
        self._n_workers = n_workers
        self._workers: list[_Worker] = []
        self._deaths_in_a_row = 0
        self._failed_starts = 0

    def results(self) -> Iterator[dict[str, Any]]:
        waiting = self._next_task()
        while waiting is not None or any(worker.task is not None for worker in self._workers):
            waiting = self._hand_out(waiting)
            ready = wait([worker.connection for worker in self._workers])
            for worker in [one for one in self._workers if one.connection in ready]:
                result = self._heard(worker)
                if result is not None:
                    yield result
            if waiting is None:
                waiting = self._next_task()

    def leave(self) -> None:
        """End all workers: in order where they let us, and else at once."""
        for worker in self._workers:
            worker.connection.close()
            if worker.task is not None:
                worker.process.terminate()
        for worker in self._workers:
            worker.process.join(_SECONDS_TO_LEAVE)
            if worker.process.is_alive():
                worker.process.kill()
                worker.process.join()
        self._workers.clear()

    def _next_task(self) -> Task | None:
        return self._again.popleft() if self._again else next(self._tasks, None)

    def _hand_out(self, waiting: Task | None) -> Task | None:
        """Give tasks to whoever is free, and start workers while there are too few; the task that nobody took."""
        for worker in [one for one in self._workers if one.ready and one.task is None]:
            if waiting is None:
                return None
            try:
                worker.connection.send(waiting)
            except OSError:
                self._buried(worker)
                continue
            worker.task, waiting = waiting, self._next_task()
        while waiting is not None and len(self._workers) < self._n_workers:
            self._start()
        return waiting

    def _start(self) -> None:
        ours, theirs = _CONTEXT.Pipe()
        process = _CONTEXT.Process(target=serve_tasks, args=(theirs, self._work))  # type: ignore[attr-defined]
        try:
            with _one_thread_each():
                process.start()
        except (EOFError, OSError) as error:  # the server of workers died just now; the next start begins another
            ours.close()
            self._died(False, f"{type(error).__name__} at its start")
            time.sleep(_SECONDS_TO_CLEAR * self._failed_starts)
            return
        finally:
            theirs.close()
        self._workers.append(_Worker(process, ours))

    def _heard(self, worker: _Worker) -> dict[str, Any] | None:
        try:
            word, answer = worker.connection.recv()
        except (EOFError, OSError):
            self._buried(worker)
            return None
        if word == READY:
            worker.ready, self._failed_starts = True, 0
            return None
        worker.task = None
        if word == REFUSED:
            raise answer
        if word == BROKEN:
            raise RuntimeError(f"a worker failed:\n{answer}")
        self._deaths_in_a_row = 0
        return answer

    def _buried(self, worker: _Worker) -> None:
        """Remove a worker that died; its task is done again by another."""
        worker.connection.close()
        worker.process.join(_SECONDS_TO_LEAVE)
        self._workers.remove(worker)
        if worker.task is not None:
            self._again.append(worker.task)
        self._died(worker.ready, f"exit code {worker.process.exitcode}")

    def _died(self, after_start: bool, how: str) -> None:
        self._deaths_in_a_row += 1
        self._failed_starts += not after_start
        if self._failed_starts >= _MOST_FAILED_STARTS or self._deaths_in_a_row >= MOST_DEATHS_IN_A_ROW:
            raise DataError(
                f"workers die again and again ({how}), {self._deaths_in_a_row} in a row with nothing finished; see "
                "what ends them (mostly memory), then run again: what is finished is kept"
            )


def _home_of(work: Work) -> str:
    """The module that a worker imports for it; that of the function where some arguments were given before."""
    return work.module if isinstance(work, NamedWork) else str(getattr(work, "func", work).__module__)


@contextmanager
def _one_thread_each() -> Iterator[None]:
    """Libraries of the processes that are started meanwhile take one thread: there is a worker for each core."""
    before = os.environ.get(_THREADS)
    os.environ[_THREADS] = "1"
    try:
        yield
    finally:
        os.environ.pop(_THREADS) if before is None else os.environ.update({_THREADS: before})


@contextmanager
def _deaf_to_interrupts() -> Iterator[None]:
    """Ctrl-C is for this process, after the block: one that is begun meanwhile does not end with a trace of its own."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
