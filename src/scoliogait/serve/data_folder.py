"""The folder of a server: one at a time, a folder of its own for each session, nothing left behind by broken ends."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from scoliogait.errors import DataError
from scoliogait.files import advice_on
from scoliogait.serve.names import is_id

_MARK = "sessions.sqlite3"
_OWN = {_MARK, f"{_MARK}-journal", "server.lock", "sessions"}


@dataclass(frozen=True)
class DataFolder:
    """Where everything lies. All folders are the owner's alone (0700), all files too (0600)."""

    path: Path

    @property
    def table(self) -> Path:
        return self.path / _MARK

    def session(self, session_id: str) -> Path:
        return self.path / "sessions" / session_id

    def recordings(self, session_id: str) -> Path:
        return self.session(session_id) / "recordings"

    def work(self, session_id: str) -> Path:
        """For what a job writes while it runs; also its folder of temporary files."""
        return self.session(session_id) / "work"

    def report(self, session_id: str, language: str, kind: str) -> Path:
        """kind: html, json, fhir.json or pdf; the last is not always there. All languages hold the same."""
        return self.session(session_id) / f"{report_name(language)}.{kind}"

    @contextmanager
    def taken(self) -> Iterator[None]:
        """For the block no other server works in this folder.

        Raises DataError where another one does, where the folder cannot be written, and where it holds other things;
        nothing was changed in it then.
        """
        lock = FileLock(self.path / "server.lock", timeout=0, mode=0o600)
        try:
            self._check()
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            lock.acquire()
            self.path.chmod(0o700)
            (self.path / "sessions").mkdir(mode=0o700, exist_ok=True)
            _can_be_written(self.path / "sessions")
        except Timeout as error:
            raise DataError(
                f"{self.path}: another server works in this folder; end it, or give --folder another one"
            ) from error
        except OSError as error:
            raise DataError(f"{self.path}: cannot be used ({error.strerror or error}). {advice_on(error)}") from error
        try:
            yield
        finally:
            lock.release()

    def _check(self) -> None:
        """What can be known without writing. Raises DataError or OSError."""
        if not self.path.exists():
            return
        if any(child.name not in _OWN for child in self.path.iterdir()):
            raise DataError(f"{self.path}: holds other files; give an empty folder, or one of an earlier server")
        if not os.access(self.path, os.W_OK | os.X_OK, effective_ids=os.access in os.supports_effective_ids):
            raise PermissionError(errno.EACCES, "it is read-only")

    def make(self, session_id: str) -> None:
        self.session(session_id).mkdir(mode=0o700)
        self.recordings(session_id).mkdir(mode=0o700)

    def make_work(self, session_id: str) -> Path:
        """An empty folder for the job."""
        folder = self.work(session_id)
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(mode=0o700)
        return folder

    def forget_recordings(self, session_id: str) -> None:
        """Remove the videos and poses of a session, and what the work on them left."""
        _remove(self.recordings(session_id))
        _remove(self.work(session_id))

    def forget_work(self, session_id: str) -> None:
        """Remove what the work on a session left, and keep its recordings."""
        _remove(self.work(session_id))

    def forget(self, session_id: str) -> None:
        """Remove all files of a session."""
        _remove(self.session(session_id))

    def sweep(self, known: dict[str, bool]) -> None:
        """Remove what a killed server left. known: ids of the sessions that stay, and whether recordings stay too."""
        for folder in list((self.path / "sessions").iterdir()):
            if not is_id(folder.name) or folder.name not in known:
                _remove(folder)
                continue
            _remove(folder / "work")
            if not known[folder.name]:
                _remove(folder / "recordings")
            for part in folder.rglob("*.part"):
                part.unlink(missing_ok=True)

    def free_bytes(self) -> int:
        return shutil.disk_usage(self.path).free


def report_name(language: str) -> str:
    """What the files of a report are called, before their endings."""
    return f"report-{language}"


def _can_be_written(folder: Path) -> None:
    probe = folder / f".{os.getpid()}.probe"
    probe.touch()
    probe.unlink()


def _remove(path: Path) -> None:
    if path.is_symlink() or path.is_file():
        with suppress(OSError):
            path.unlink()
    shutil.rmtree(path, ignore_errors=True)
