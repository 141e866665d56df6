"""Takes one waiting session after the other and has a process work on it; a thread beside the page."""

from __future__ import annotations

import logging
from contextlib import suppress
from threading import Event, Lock, Thread
from time import monotonic

from scoliogait.serve.data_folder import DataFolder
from scoliogait.serve.fault import place_of
from scoliogait.serve.job_request import STARTING, JobFile, JobRequest, Said
from scoliogait.serve.sentence import Sentence
from scoliogait.serve.session_table import Session, SessionTable
from scoliogait.serve.settings import Settings
from scoliogait.serve.worker import Worker, end_orphan

log = logging.getLogger("scoliogait.serve")

_LOOK_EVERY_S = 0.1
_AFTER_A_FAULT_S = 1.0
# A page that was closed before it sent all its files leaves a session that nobody finishes.
_GIVEN_UP_S = 3600.0


class Runner:
    """The only one that claims sessions. What it keeps in memory may be lost: progress, and who is still sending."""

    def __init__(self, folder: DataFolder, table: SessionTable, settings: Settings) -> None:
        self._folder = folder
        self._table = table
        self._settings = settings
        self._stop = Event()
        self._work = Event()
        self._cancelled: set[str] = set()
        self._progress: dict[str, Said] = {}
        self._touched: dict[str, float] = {}
        self._lock = Lock()
        self._broke_off = False
        self._thread = Thread(target=self._run, name="runner")

    def recover(self) -> None:
        """After the end of an earlier server, however it came: no orphan works on, nothing is lost or left."""
        for session in self._table.recover():
            if session.pid is not None and session.pid_made_at is not None:
                end_orphan(session.pid, session.pid_made_at)
        self._folder.sweep({one.id: one.keeps or not one.is_final for one in self._table.all()})

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """End the work at once; what ran waits for the next start."""
        self._stop.set()
        self._work.set()
        self._thread.join()

    def wake(self) -> None:
        """There is a waiting session."""
        self._work.set()

    def expect(self, session_id: str) -> None:
        """Its files will come."""
        with self._lock:
            self._touched[session_id] = monotonic()

    def is_expected(self, session_id: str) -> bool:
        """Whether its files, of which some just came, are still to be taken: it was not cancelled, deleted, started."""
        with self._lock:
            if session_id not in self._touched:
                return False
            self._touched[session_id] = monotonic()
            return True

    def let_go(self, session_id: str) -> None:
        """All its files came, or none will."""
        with self._lock:
            self._touched.pop(session_id, None)

    def progress(self, session_id: str) -> Said | None:
        return self._progress.get(session_id)

    def cancel(self, session_id: str) -> bool:
        """False where it is over already. Its recordings are gone as soon as its process is."""
        if not self._table.cancel(session_id):
            return False
        self.let_go(session_id)
        self._cancelled.add(session_id)
        self._work.set()
        if self.progress(session_id) is None:
            self._clear(session_id)
        return True

    def delete(self, session_id: str) -> None:
        """Everything of it, whatever it is at."""
        self._table.cancel(session_id)
        self._cancelled.add(session_id)
        self.let_go(session_id)
        ends_at = monotonic() + 10
        while self.progress(session_id) is not None and monotonic() < ends_at:
            self._stop.wait(0.05)
        self._table.delete(session_id)
        self._folder.forget(session_id)

    def _run(self) -> None:
        while not self._stop.is_set():
            self._work.clear()
            try:
                if not self._work_on_next():
                    self._work.wait(1.0)
            except Exception as error:  # a table that cannot be written, above all: this thread must not end
                log.error("work on a session broke off: %s", place_of(error))
                self._broke_off = True
                self._stop.wait(_AFTER_A_FAULT_S)

    def _work_on_next(self) -> bool:
        """False where nothing waits."""
        if self._broke_off:
            for lost in self._table.put_back():  # nobody else claims: what runs by the table runs no more
                self._clear(lost.id)
            self._broke_off = False
        session = self._table.claim()
        if session is not None:
            self._work_on(session)
            return True
        self._give_up_on_silent_pages()
        return False

    def _work_on(self, session: Session) -> None:
        self._progress[session.id] = STARTING
        try:
            self._in_a_process(session)
        except OSError as error:  # no process can be made, no file written: said to the user, and the next one is tried
            log.error("a job could not be started: %s", error.strerror)
            self._table.finish(session, "failed", Sentence("failed.not_started", {"why": str(error.strerror)}))
        finally:
            self._clear(session.id)
            self._progress.pop(session.id, None)
            self._cancelled.discard(session.id)

    def _in_a_process(self, session: Session) -> None:
        worker = Worker.start(self._request(session), self._folder.make_work(session.id))
        try:
            self._table.note_process(session.id, worker.process.pid, worker.made_at)
            ended_by = self._watch(session, worker)
        finally:
            worker.end()
        if self._stop.is_set() and worker.heard.outcome is None:
            self._table.release(session)
        elif ended_by is not None:
            self._table.finish(session, "failed", ended_by)
        elif worker.heard.outcome is None:
            self._table.finish(session, "failed", worker.why_it_ended())
        else:
            self._table.finish(session, worker.heard.outcome, worker.heard.at)

    def _watch(self, session: Session, worker: Worker) -> Sentence | None:
        """Until the process ends or must be ended; why it must, where it took too much."""
        while worker.process.poll() is None:
            self._progress[session.id] = worker.heard
            if self._stop.wait(_LOOK_EVERY_S) or session.id in self._cancelled:
                return None
            if (why := worker.too_much()) is not None:
                return why
        worker.finish_hearing()
        return None

    def _request(self, session: Session) -> JobRequest:
        folder = self._folder.recordings(session.id)
        files = [JobFile(str(folder / one.stored), one.shown) for one in self._table.recordings(session.id)]
        limits = self._settings
        return JobRequest(
            files=tuple(files),
            person=session.person,
            folder=str(self._folder.session(session.id)),
            model=limits.model,
            memory_bytes=limits.memory_bytes,
            work_s=limits.work_s,
            written_bytes=limits.written_bytes,
        )

    def _clear(self, session_id: str) -> None:
        """What must not stay when the work on a session is over."""
        session = self._table.get(session_id)
        if session is None:
            self._folder.forget(session_id)
        elif session.is_final and not session.keeps:
            self._folder.forget_recordings(session_id)
        else:
            with suppress(OSError):
                self._folder.forget_work(session_id)

    def _give_up_on_silent_pages(self) -> None:
        with self._lock:
            silent = [one for one, last in self._touched.items() if monotonic() - last > _GIVEN_UP_S]
        for session_id in silent:
            self.delete(session_id)
