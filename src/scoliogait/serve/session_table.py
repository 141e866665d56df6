"""The sessions and the work on them in one SQLite table, which a kill at any moment leaves whole.

A session is claimed in one statement and finished in one, by the claim that holds it: it is finished exactly once. No
write-ahead log is kept, and what is deleted is overwritten in the file, so that no text of a deleted session stays.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Literal

from scoliogait.errors import DataError
from scoliogait.serve.sentence import Sentence

State = Literal["uploading", "queued", "running", "done", "refused", "unreadable", "failed", "cancelled"]
FINAL = ("done", "refused", "unreadable", "failed", "cancelled")
MOST_ATTEMPTS = 2
_VERSION = 2
_MADE = """
create table session (
  number integer primary key autoincrement,
  id text not null unique,
  person text not null,
  made_at text not null,
  keeps integer not null,
  address text not null,
  state text not null,
  attempts integer not null default 0,
  pid integer,
  pid_made_at real,
  message text not null default ''
);
create table recording (
  session text not null references session (id) on delete cascade,
  number integer not null,
  shown text not null,
  stored text not null,
  primary key (session, number)
);
"""


@dataclass(frozen=True)
class Recording:
    """A file of a session. shown: what the user calls it. stored: what it is called on the disk."""

    number: int
    shown: str
    stored: str


@dataclass(frozen=True)
class Session:
    """A row. number: their order, whatever clocks say. made_at: local time in words. message: why it ended so."""

    number: int
    id: str
    person: str
    made_at: str
    keeps: bool
    state: State
    attempts: int
    pid: int | None
    pid_made_at: float | None
    message: Sentence | None

    @property
    def is_final(self) -> bool:
        return self.state in FINAL


class SessionTable:
    """May be used by several threads. Raises DataError for a file that is no such table."""

    def __init__(self, path: Path) -> None:
        self._lock = Lock()
        path.touch(mode=0o600)
        self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._db.row_factory = sqlite3.Row
        try:
            for pragma in ("journal_mode=delete", "synchronous=full", "secure_delete=on", "temp_store=memory"):
                self._db.execute(f"pragma {pragma}")
            self._db.execute("pragma foreign_keys=on")
            version = self._db.execute("pragma user_version").fetchone()[0]
            if version == 0:
                self._db.executescript(f"begin; {_MADE} pragma user_version={_VERSION}; commit;")
        except sqlite3.Error as error:
            raise DataError(f"{path}: is no table of sessions ({error}); give --folder another folder") from error
        if version not in (0, _VERSION):
            raise DataError(f"{path}: is of version {version}, this program reads {_VERSION}; give another folder")

    def close(self) -> None:
        with self._lock:
            self._db.close()

    @contextmanager
    def _change(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            self._db.execute("begin immediate")
            try:
                yield self._db
                self._db.execute("commit")
            except BaseException:
                self._db.execute("rollback")
                raise

    def _read(self, query: str, *values: object) -> list[sqlite3.Row]:
        with self._lock:
            return self._db.execute(query, values).fetchall()

    def add(self, session_id: str, person: str, made_at: str, keeps: bool, address: str) -> None:
        with self._change() as db:
            db.execute(
                "insert into session (id, person, made_at, keeps, address, state) values (?, ?, ?, ?, ?, 'uploading')",
                (session_id, person, made_at, keeps, address),
            )

    def add_recording(self, session_id: str, shown: str, stored: str) -> bool:
        """False where the session does not take files any more."""
        with self._change() as db:
            added = db.execute(
                "insert into recording (session, number, shown, stored) select id, "
                "(select count(*) + 1 from recording where session = ?), ?, ? "
                "from session where id = ? and state = 'uploading'",
                (session_id, shown, stored, session_id),
            )
            return added.rowcount == 1

    def enqueue(self, session_id: str) -> bool:
        """False where the session is not one that still takes files, or has none."""
        with self._change() as db:
            changed = db.execute(
                "update session set state = 'queued' where id = ? and state = 'uploading' "
                "and exists (select 1 from recording where session = session.id)",
                (session_id,),
            )
            return changed.rowcount == 1

    def claim(self) -> Session | None:
        """The longest waiting session, now running; None where none waits. No other claim gets it."""
        with self._change() as db:
            row = db.execute(
                "update session set state = 'running', attempts = attempts + 1, pid = null, pid_made_at = null "
                "where id = (select id from session where state = 'queued' order by number limit 1) returning *"
            ).fetchone()
        return None if row is None else _session(row)

    def note_process(self, session_id: str, pid: int, made_at: float) -> None:
        with self._change() as db:
            db.execute("update session set pid = ?, pid_made_at = ? where id = ?", (pid, made_at, session_id))

    def finish(self, claimed: Session, state: State, message: Sentence) -> bool:
        """End what was claimed; False where it was ended already, by a cancel for example."""
        with self._change() as db:
            changed = db.execute(
                "update session set state = ?, message = ?, pid = null, pid_made_at = null, address = '' "
                "where id = ? and state = 'running' and attempts = ?",
                (state, message.to_text(), claimed.id, claimed.attempts),
            )
            return changed.rowcount == 1

    def release(self, claimed: Session) -> None:
        """Back into the queue: the server is being ended, and the attempt does not count."""
        with self._change() as db:
            db.execute(
                "update session set state = 'queued', attempts = attempts - 1, pid = null, pid_made_at = null "
                "where id = ? and state = 'running' and attempts = ?",
                (claimed.id, claimed.attempts),
            )

    def cancel(self, session_id: str) -> bool:
        """False where it is over already."""
        with self._change() as db:
            changed = db.execute(
                "update session set state = 'cancelled', pid = null, pid_made_at = null, address = '' "
                "where id = ? and state in ('uploading', 'queued', 'running')",
                (session_id,),
            )
            return changed.rowcount == 1

    def delete(self, session_id: str) -> None:
        """The row and every trace of it: what is freed is overwritten, and the file is written anew."""
        with self._change() as db:
            db.execute("delete from session where id = ?", (session_id,))
        with self._lock:
            self._db.execute("vacuum")

    def recover(self) -> list[Session]:
        """After a kill: what ran is put back, half-sent sessions go. Gives what ran."""
        with self._change() as db:
            db.execute("delete from session where state = 'uploading'")
        return self.put_back()

    def put_back(self) -> list[Session]:
        """What runs by the table and by nothing else waits again, or has failed where this was its second time.

        Gives it as it was.
        """
        ran = [_session(row) for row in self._read("select * from session where state = 'running'")]
        with self._change() as db:
            db.execute(
                "update session set state = 'failed', address = '', message = ? "
                "where state = 'running' and attempts >= ?",
                (Sentence("failed.twice").to_text(), MOST_ATTEMPTS),
            )
            db.execute("update session set state = 'queued' where state = 'running'")
            db.execute("update session set pid = null, pid_made_at = null")
        return ran

    def get(self, session_id: str) -> Session | None:
        rows = self._read("select * from session where id = ?", session_id)
        return _session(rows[0]) if rows else None

    def all(self) -> list[Session]:
        """The newest first, by their order and not by any clock."""
        return [_session(row) for row in self._read("select * from session order by number desc")]

    def recordings(self, session_id: str) -> list[Recording]:
        rows = self._read("select number, shown, stored from recording where session = ? order by number", session_id)
        return [Recording(*row) for row in rows]

    def n_waiting(self, address: str) -> int:
        """Sessions of an address that are not over."""
        query = "select count(*) from session where address = ? and state in ('uploading', 'queued', 'running')"
        return int(self._read(query, address)[0][0])


def _session(row: sqlite3.Row) -> Session:
    values = {key: row[key] for key in row.keys() if key != "address"}  # noqa: SIM118 -- a Row iterates over values
    message = Sentence.from_text(row["message"]) if row["message"] else None
    return Session(**values | {"keeps": bool(row["keeps"]), "message": message})
