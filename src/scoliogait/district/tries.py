"""Which walk a process was busy with when it died: a small file for each try at a shard, which a death leaves behind.

Who tries holds the lock of its file, so that a try that goes on elsewhere is not taken for a dead one. Nothing here
is flushed to the disk: it must outlive the process, not the machine.
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from filelock import FileLock

from scoliogait.errors import DataError
from scoliogait.files import advice_on

# A walk that ended its process so often is given up.
MAX_TRIES = 3
# What takes longer ends its process, unless somebody says otherwise.
SECONDS_PER_WALK = 3600.0
# In place of a row's number: nothing was begun yet.
BEFORE_THE_FIRST = -1
_BUSY, _LOCK = ".busy", ".lock"


def deaths_by_row(folder: Path) -> Counter[int]:
    """How often a process died at each row of a shard. folder: of the tries at that shard; it need not exist."""
    died: Counter[int] = Counter()
    for busy in _notes_in(folder):
        lock = FileLock(busy.with_suffix(_LOCK), timeout=0)
        with suppress(OSError, ValueError), lock:  # Timeout is an OSError: that one lives
            died[int(busy.read_text(encoding="ascii"))] += 1
    return died


@contextmanager
def new_try(folder: Path) -> Iterator[Callable[[int], None]]:
    """Give a function that notes which row comes now. What ends the block, an exception too, is no death.

    Raises DataError where the note cannot be written.
    """
    busy = folder / f"{uuid.uuid4().hex}{_BUSY}"
    lock = FileLock(busy.with_suffix(_LOCK), timeout=0)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock.acquire()
        note = _opened(busy)
    except OSError as error:
        raise DataError(f"{folder}: cannot be written ({error.strerror or error}). {advice_on(error)}") from error

    def begin(row: int) -> None:
        try:
            note.seek(0)
            note.write(b"%4d" % row)  # as long for each, so that no digit of one before is left
        except OSError as error:
            raise DataError(f"{busy}: cannot be written ({error.strerror or error}). {advice_on(error)}") from error

    try:
        begin(BEFORE_THE_FIRST)
        yield begin
    finally:
        with suppress(OSError):
            note.close()
            busy.unlink(missing_ok=True)
        lock.release()
        with suppress(OSError):
            Path(lock.lock_file).unlink(missing_ok=True)


def _notes_in(folder: Path) -> list[Path]:
    with suppress(FileNotFoundError):  # it goes away when another process has finished the shard
        return sorted(folder.glob(f"*{_BUSY}"))
    return []


def _opened(busy: Path) -> BinaryIO:
    """Written to the disk at once. Where the folder went away, as another process has finished the shard, nowhere."""
    try:
        return busy.open("wb", buffering=0)
    except FileNotFoundError:
        return BytesIO()


def forget_tries(folder: Path) -> None:
    """The shard is done: what its deaths left goes. A try that still goes on keeps its own."""
    with suppress(OSError):
        for left in folder.iterdir():
            left.unlink(missing_ok=True)
        folder.rmdir()
