"""The ledger of a run: what was done with its test set and its results, line by line, and nothing ever taken away.

One JSON object a line. Each holds the checksum of the line before and its own, so that a changed, a moved and a missing
line are found. The last entry is also kept beside the ledger (``*.last``), written before it is appended: with that a
line that a kill or a full disk cut off is completed, and a ledger that lost its end is recognised. It
guards against accidents and quiet edits, not against someone who rewrites the whole chain.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from scoliogait.errors import DataError
from scoliogait.files import advice_on, atomic_file, locked

LEDGER_FILE = "ledger.jsonl"
# What an entry is about.
OPENED, RESULT, VERIFIED, PROMOTED = "test opened", "test result", "verified", "promoted"
# A writer holds the lock for milliseconds; a wait this long means that something hangs.
LOCK_SECONDS = 20.0
_START = "0" * 64
CHAIN = ("number", "time", "event", "before", "sha256")

Entry = Mapping[str, Any]


@dataclass(frozen=True)
class Ledger:
    """A ledger file, which need not exist yet."""

    path: Path

    def entries(self) -> tuple[Entry, ...]:
        """All entries, oldest first. Raises DataError that names the line when the file was changed or lost its end,
        and when another process holds its lock for too long."""
        with self._lock():
            return self._read()[0]

    def add(self, event: str, facts: Mapping[str, Any]) -> Entry:
        """Append an entry; it is on the disk when this returns. facts: JSON values, shown as they are.

        Raises DataError as ``entries`` does, and when the entry cannot be written. Where the disk was full just then,
        the next writer may still add it: rather an opening too many than one too few.
        """
        clash = sorted(set(facts) & set(CHAIN))
        if clash:
            raise ValueError(f"a ledger entry sets {clash} itself")
        with self._lock():
            entries, missing = self._read()
            if missing:
                self._append(missing)
            entry = {
                "number": len(entries) + 1,
                "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
                "event": event,
                **facts,
                "before": entries[-1]["sha256"] if entries else _START,
            }
            entry["sha256"] = _checksum(entry)
            line = _line(entry)
            with atomic_file(self._last) as temporary:
                temporary.write_bytes(line)
            self._append(line)
        return entry

    @property
    def files(self) -> tuple[Path, ...]:
        """The ledger and what belongs to it."""
        return (self.path, self._last, self._lock_file)

    @property
    def _last(self) -> Path:
        return self.path.with_name(f"{self.path.name}.last")

    @property
    def _lock_file(self) -> Path:
        return self.path.with_name(f".{self.path.name}.lock")

    def _lock(self) -> AbstractContextManager[None]:
        return locked(self._lock_file, LOCK_SECONDS)

    def _append(self, line: bytes) -> None:
        try:
            with self.path.open("ab") as stream:
                stream.write(line)
                stream.flush()
                os.fsync(stream.fileno())
        except OSError as error:
            raise DataError(
                f"{self.path}: the entry cannot be written ({error.strerror or error}). {advice_on(error)}"
            ) from error

    def _read(self) -> tuple[tuple[Entry, ...], bytes]:
        """The entries, and the bytes that the file still lacks of the last one."""
        try:
            content = self.path.read_bytes() if self.path.exists() else b""
            last = self._last.read_bytes() if self._last.exists() else b""
        except OSError as error:
            raise DataError(f"{self.path}: cannot be read ({error.strerror or error})") from error
        whole, torn = content[: content.rfind(b"\n") + 1], content[content.rfind(b"\n") + 1 :]
        entries = list(_chain(whole.split(b"\n")[:-1], self.path))
        if not last:
            if torn:
                raise self._damaged(len(entries) + 1)
            return tuple(entries), b""
        newest = _entry_of(last.removesuffix(b"\n"), self._last, "its only line")
        if entries and entries[-1]["sha256"] == newest["sha256"] and not torn:
            return tuple(entries), b""
        before = entries[-1]["sha256"] if entries else _START
        # Only an entry that was being appended when its process died may be missing at the end.
        if newest["before"] != before or newest["number"] != len(entries) + 1 or not last.startswith(torn):
            raise self._damaged(len(entries) + 1)
        return (*entries, newest), last[len(torn) :]

    def _damaged(self, number: int) -> DataError:
        return DataError(
            f"{self.path}: line {number} is cut off or missing, and it is not the entry that was being written "
            f"({self._last.name}); restore the file from a copy, it is the record of what was done with the test set"
        )


def digest_of_test_set(store_digest: str, walk_ids: Sequence[str]) -> str:
    """Names a set of walks of a store, whatever partition lists them and in whatever order."""
    content = json.dumps([store_digest, sorted(walk_ids)], separators=(",", ":"))
    return hashlib.sha256(content.encode("utf-8")).hexdigest()


def openings(entries: Sequence[Entry], test_set: str, model_digest: str | None = None) -> int:
    """How often a test set was opened, by any model of the ledger or by the one named."""
    return sum(
        entry["event"] == OPENED
        and entry.get("test_set") == test_set
        and model_digest in (None, entry.get("model_digest"))
        for entry in entries
    )


def _chain(lines: Sequence[bytes], path: Path) -> Iterator[Entry]:
    before = _START
    for number, line in enumerate(lines, start=1):
        entry = _entry_of(line, path, f"line {number}")
        if entry["before"] != before or entry["number"] != number:
            raise DataError(
                f"{path}: line {number} does not follow the line before it; lines were removed, added or moved; "
                "restore the file from a copy"
            )
        before = entry["sha256"]
        yield entry


def _entry_of(line: bytes, path: Path, where: str) -> Entry:
    try:
        entry = json.loads(line)
        intact = set(CHAIN) <= set(entry) and entry["sha256"] == _checksum(entry) and line + b"\n" == _line(entry)
    except (ValueError, TypeError):
        intact = False
    if not intact:
        raise DataError(f"{path}: {where} was changed after it was written; restore the file from a copy")
    return entry


def _checksum(entry: Entry) -> str:
    content = {key: value for key, value in entry.items() if key != "sha256"}
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode("utf-8")).hexdigest()


def _line(entry: Entry) -> bytes:
    return (json.dumps(entry, ensure_ascii=False, allow_nan=False) + "\n").encode("utf-8")


def ledger_beside(checkpoint: str | Path) -> Ledger:
    """Where the openings by a checkpoint are noted when no other place is named: in its folder."""
    return Ledger(Path(checkpoint).parent / LEDGER_FILE)
