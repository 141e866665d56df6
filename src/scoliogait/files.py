"""Writing that never leaves a half-written file behind: write beside the target, flush to disk, rename.

A kill can leave what was being written beside the target, and an older folder under its ``previous`` name. The next
writer of that target clears up; where the older folder had already made room, it is put back. While a part is written
its writer holds a lock of its own name, so that nobody takes a part for a leftover that is not one.
"""

from __future__ import annotations

import errno
import glob
import hashlib
import json
import os
import re
import shutil
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from filelock import BaseFileLock, FileLock, Timeout

from scoliogait.errors import DataError
from scoliogait.incoming import parse_json, read_bytes
from scoliogait.limits import MAX_JSON_BYTES

# What this module leaves beside a target, or in its folder, when it is killed.
_PART = re.compile(r"\.(?P<target>.+)\.[0-9a-f]{8}\.part")
_OF_THE_DISK = (errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS)
_SPACE = "Free some disk space or choose another folder"
_RIGHTS = "Choose a folder that you may write to"
_ADVICE = {
    **dict.fromkeys((errno.ENOSPC, errno.EDQUOT, errno.EFBIG), _SPACE),
    **dict.fromkeys((errno.EACCES, errno.EPERM, errno.EROFS), _RIGHTS),
    **dict.fromkeys((errno.ENOTDIR, errno.EEXIST), "A part of that path is a file; choose another folder"),
    errno.EISDIR: "That is a folder; give the name of a file",
    errno.ENAMETOOLONG: "Choose a shorter name",
}
_LOCK = re.compile(r"\.(?P<target>.+)\.lock")


@contextmanager
def atomic_file(path: str | Path) -> Iterator[Path]:
    """Give a temporary path in the target's folder; it replaces ``path`` when the block ends well, else it is removed.

    Raises DataError naming the target when the disk is full or the folder cannot be written.
    """
    target = Path(path)
    with _part_beside(target) as temporary:
        try:
            temporary.touch()
            mode = temporary.stat().st_mode
            yield temporary
            with temporary.open("rb+") as stream:
                os.fsync(stream.fileno())
            temporary.chmod(mode)
            temporary.replace(target)
        except OSError as error:
            raise _cannot_write(target, error) from error


@contextmanager
def streamed_file(path: str | Path) -> Iterator[Path]:
    """As ``atomic_file``, for what is written bit by bit over a long time: one writer at a time.

    What a killed writer of this file left beside it is removed first. Raises DataError also when another process is
    writing it.
    """
    with sole_writer(path, "file"):
        _clear_up(Path(path))
        with atomic_file(path) as temporary:
            yield temporary


@contextmanager
def atomic_folder(path: str | Path) -> Iterator[Path]:
    """Give a temporary folder beside ``path``; it becomes ``path`` when the block ends well, else it is removed.

    An existing folder is replaced, and put back if the last step fails. Raises DataError as ``atomic_file`` does, and
    when another process is writing this folder.
    """
    target = Path(path)
    with sole_writer(target):
        _clear_up(target)
        with _new_folder(target) as temporary:
            yield temporary


@contextmanager
def _new_folder(target: Path) -> Iterator[Path]:
    with _part_beside(target) as temporary:
        try:
            temporary.mkdir()
            mode = temporary.stat().st_mode
            yield temporary
            _set_modes(temporary, mode)
            _swap(temporary, target)
        except OSError as error:
            raise _cannot_write(target, error) from error


@contextmanager
def _part_beside(target: Path) -> Iterator[Path]:
    """A name of its own beside the target, locked for the block; what killed writers of the target left goes first.

    What lies there at the end is removed.
    """
    part = target.with_name(f".{target.name}.{uuid.uuid4().hex[:8]}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _cannot_write(target, error) from error
    for leftover in _parts_of(target):
        _remove_unless_written(leftover)
    lock = FileLock(part.with_suffix(".lock"), timeout=0)
    with suppress(OSError):  # where nothing can be locked; what cannot be written is said by the writing itself
        lock.acquire()
    try:
        yield part
    finally:
        _remove(part)
        _let_go(lock)


@contextmanager
def full_disk_in_one_line(path: str | Path) -> Iterator[None]:
    """Raise DataError naming ``path`` when a library that writes there in the block meets a full or broken disk."""
    try:
        yield
    except OSError as error:
        if error.errno not in _OF_THE_DISK:
            raise
        raise DataError(
            f"{path}: cannot be written any more ({error.strerror or error}); free some disk space and run again, what "
            "was saved is kept"
        ) from error


@contextmanager
def sole_writer(path: str | Path, kind: str = "folder") -> Iterator[None]:
    """For the block no other process writes this folder, or this file (``kind``). The lock lies beside it and goes away
    with the block.

    Raises DataError when another process is writing it. Where nothing can be written there is no lock and no writer.
    """
    target = Path(path)
    lock = FileLock(_lock_of(target), timeout=0)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except Timeout as error:
        if not _lock_of(target).exists() and not _can_make(_lock_of(target)):
            yield
            return
        raise DataError(
            f"{target}: another process is writing this {kind}; wait until it ends, or choose another {kind}"
        ) from error
    except OSError:
        yield
        return
    try:
        yield
    finally:
        with suppress(OSError):  # some systems do not remove what is open; the next writer takes the same file
            Path(lock.lock_file).unlink()
        lock.release()


def _can_make(lock_file: Path) -> bool:
    """Whether a lock can be made there at all: filelock waits in vain in places such as /proc."""
    try:
        lock_file.touch()
    except OSError:
        return False
    return True


def is_being_written(path: str | Path) -> bool:
    """Whether another process is writing this folder just now."""
    target = Path(path)
    if not _lock_of(target).exists():
        return False
    try:
        with sole_writer(target):
            return False
    except DataError:
        return True


def holds_nothing(path: Path) -> bool:
    """Whether a folder is not there, empty, or holds only what a killed writer of ours left in it."""
    if not path.is_dir():
        return not path.exists()
    return all(_PART.fullmatch(child.name) or _LOCK.fullmatch(child.name) for child in path.iterdir())


def undo_cut_replacement(path: str | Path) -> None:
    """Put an older folder back whose replacement was killed between two renames, unless somebody is writing it."""
    target = Path(path)
    if not target.exists() and _previous_of(target).exists():
        with suppress(DataError), sole_writer(target):
            _clear_up(target)


def clear_leftovers(folder: Path) -> None:
    """Remove what killed writers left anywhere in a folder, but nothing that is still being written."""
    for part in list(folder.rglob(".*.part")):
        match = _PART.fullmatch(part.name)
        if match and not is_being_written(part.with_name(match["target"])):
            _remove_unless_written(part)


def _clear_up(target: Path) -> None:
    """Remove what an earlier writer of this target left; the caller is its sole writer."""
    previous = _previous_of(target)
    for leftover in _parts_of(target):
        _remove_unless_written(leftover)
    with suppress(OSError):  # what cannot be cleared is no reason to fail; writing itself will say what is wrong
        if previous.exists() and not target.exists():
            previous.replace(target)
        _remove(previous)


def _parts_of(target: Path) -> list[Path]:
    found = target.parent.glob(f".{glob.escape(target.name)}.*.part")
    return [path for path in found if (match := _PART.fullmatch(path.name)) and match["target"] == target.name]


def _remove_unless_written(part: Path) -> None:
    """A part whose writer has died. One that lives holds the lock; where nothing can be locked all parts stay."""
    lock = FileLock(part.with_suffix(".lock"), timeout=0)
    with suppress(OSError):
        lock.acquire()
        _remove(part)
    _let_go(lock)


def _let_go(lock: BaseFileLock) -> None:
    """Of a lock that no second writer ever asks for: its file goes too."""
    if lock.is_locked:
        lock.release()
        with suppress(OSError):
            Path(lock.lock_file).unlink(missing_ok=True)


@contextmanager
def locked(lock_file: str | Path, seconds: float) -> Iterator[None]:
    """For the block no other process is in a block of this lock file. A process that dies lets go of it.

    Where the folder cannot be written there is nothing to wait for, and no lock is taken. Raises DataError when another
    process has not let go after ``seconds``.
    """
    path = Path(lock_file)
    lock = FileLock(path, timeout=seconds)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except Timeout as error:
        raise DataError(
            f"{path}: another process has held this lock for {seconds:g} s; wait until it ends, then try again"
        ) from error
    except OSError:
        yield
        return
    try:
        yield
    finally:
        lock.release()


def _set_modes(folder: Path, mode: int) -> None:
    """Every file and folder in it as readable as this machine makes new ones: some libraries write for the owner alone.

    mode: of a new folder; a new file has the same without the right to be run.
    """
    for path in folder.rglob("*"):
        if not path.is_symlink():
            path.chmod(mode if path.is_dir() else mode & 0o666)


def _previous_of(target: Path) -> Path:
    return target.with_name(f".{target.name}.previous")


def _lock_of(target: Path) -> Path:
    return target.with_name(f".{target.name}.lock")


def _swap(temporary: Path, target: Path) -> None:
    if not target.exists():
        temporary.replace(target)
        return
    previous = _previous_of(target)
    _remove(previous)
    target.replace(previous)
    try:
        temporary.replace(target)
    except OSError:
        previous.replace(target)
        raise
    _remove(previous)


def _remove(leftover: Path) -> None:
    if leftover.is_symlink() or leftover.is_file():  # of a link the link goes, what it points to stays
        leftover.unlink(missing_ok=True)
    shutil.rmtree(leftover, ignore_errors=True)


def write_json(path: str | Path, content: Any) -> None:
    """Write indented JSON atomically, keys in the order given."""
    with atomic_file(path) as temporary:
        fill_with_json(temporary, content)


def fill_with_json(path: Path, content: Any) -> None:
    """The same text into a file that the caller opened with ``atomic_file`` or ``streamed_file``."""
    # A path may hold bytes that are no UTF-8: JSON spells such half code points just as Python escapes them.
    text = json.dumps(content, indent=2, ensure_ascii=False) + "\n"
    path.write_text(text, encoding="utf-8", errors="backslashreplace")


def sha256_of(path: Path) -> str:
    """Hexadecimal sha256 of a file's bytes."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def read_json(path: str | Path) -> Any:
    """Read a JSON file, with or without the byte order mark of Windows editors.

    Raises DataError naming the file, and the line where it is not JSON; also for what ``parse_json`` refuses, a pipe, a
    device and a file of more than 64 MiB.
    """
    return parse_json(read_bytes(path, MAX_JSON_BYTES), path)


def refuse_existing(
    path: Path,
    overwrite: bool,
    is_ours: Callable[[Path], bool] | None = None,
    kind: str = "",
    other: str | None = None,
) -> None:
    """DataError when the output exists, unless it may be overwritten.

    is_ours: what is no older output of the same ``kind`` ("a store") is never overwritten, and a folder that holds
    nothing does not count; None: anything may be overwritten. other: what to choose in its place, where that is not a
    folder or a name like this one.
    """
    undo_cut_replacement(path)
    is_empty = is_ours is not None and holds_nothing(path)
    if is_empty or not path.exists():
        return
    other = other or ("another folder" if path.is_dir() else "another name")
    if is_ours is not None and not is_ours(path):
        raise DataError(f"{path}: exists and is not {kind}; choose {other}")
    if not overwrite:
        raise DataError(f"{path}: exists; give --overwrite to replace it, or choose {other}")


def _cannot_write(target: Path, error: OSError) -> DataError:
    return DataError(
        f"{target}: cannot be written ({error.strerror or error}); nothing was changed. {advice_on(error)}"
    )


def advice_on(error: OSError) -> str:
    """What to do where this machine does not let a file be written, as a sentence without its stop."""
    return _ADVICE.get(error.errno or 0, "Choose another folder")
